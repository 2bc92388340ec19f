package org.freelims.sync.server.security;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.bcrypt.BCrypt;

/**
 * Hashes and checks passwords with bcrypt, written as FreeLIMS writes them ({@code $2b$}). Hashes
 * of the older spellings {@code $2a$} and {@code $2y$} are checked too. Thread-safe; every call
 * takes a noticeable time, which is the point of it.
 */
public final class Passwords {
    /** bcrypt reads no further than this; longer new passwords are refused, not cut. */
    public static final int MAX_PASSWORD_BYTES = 72;

    /** The cost of new hashes unless another is given: about a quarter of a second. */
    public static final int DEFAULT_COST = 12;

    /** A stored hash above this would hold a thread for minutes; it is treated as unusable. */
    private static final int HIGHEST_COST = 17;

    private static final Pattern HASH = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final String DUMMY_SALT_AND_HASH =
            "abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK";

    private final int cost;
    private final SecureRandom random;

    /**
     * @param cost the base-2 logarithm of the work for a new hash, 4 to 17
     * @param random where salts come from
     */
    public Passwords(int cost, SecureRandom random) {
        if (cost < 4 || cost > HIGHEST_COST) {
            throw new IllegalArgumentException(
                    "bcrypt cost must be from 4 to " + HIGHEST_COST + " but was " + cost);
        }
        this.cost = cost;
        this.random = random;
    }

    /** Hashes at {@link #DEFAULT_COST}. */
    public static Passwords withDefaultCost() {
        return new Passwords(DEFAULT_COST, new SecureRandom());
    }

    /**
     * Hashes a new password.
     *
     * @throws IllegalArgumentException if {@link #objectionTo} has one
     */
    public String hash(String password) {
        String objection = objectionTo(password);
        if (!objection.isEmpty()) {
            throw new IllegalArgumentException(objection);
        }
        return BCrypt.hashpw(password, BCrypt.gensalt("$2b", cost, random));
    }

    /** Says why {@code password} can't be used as a new password; empty if it can. */
    public static String objectionTo(String password) {
        if (password.isEmpty()) {
            return "a password must not be empty";
        }
        if (password.indexOf('\0') >= 0) {
            return "a password must not contain the character U+0000";
        }
        if (password.getBytes(StandardCharsets.UTF_8).length > MAX_PASSWORD_BYTES) {
            return "a password may be at most " + MAX_PASSWORD_BYTES + " bytes long";
        }
        return "";
    }

    /**
     * Checks {@code password} against a stored hash. A refusal takes as long as one check at {@code
     * uniformCost} whatever the hash is, or whether there is one, so that it doesn't tell whether
     * the account exists or how old its hash is.
     *
     * @param storedHash the account's hash; empty if there is no such account
     */
    boolean matches(String password, String storedHash, int uniformCost) {
        OptionalInt storedCost = costOf(storedHash);
        boolean usable = storedCost.isPresent() && password.indexOf('\0') < 0;
        boolean matches = usable && BCrypt.checkpw(password, storedHash);
        if (!matches) {
            spend(usable ? storedCost.getAsInt() : 0, Math.min(uniformCost, HIGHEST_COST));
        }
        return matches;
    }

    /*
     * A check at cost c is 2^c rounds. After one at `done`, checks at done, done+1, ... target-1 add up
     * to 2^target in all; with nothing done yet one check at target is the same work.
     */
    private static void spend(int done, int target) {
        if (done == 0) {
            burn(target);
        } else {
            for (int c = done; c < target; c++) {
                burn(c);
            }
        }
    }

    private static void burn(int atCost) {
        boolean unused =
                BCrypt.checkpw("", String.format("$2b$%02d$%s", atCost, DUMMY_SALT_AND_HASH));
    }

    /** Whether a stored hash costs less than new ones do, so that it should be replaced. */
    boolean isWeaker(String storedHash) {
        OptionalInt storedCost = costOf(storedHash);
        return storedCost.isPresent() && storedCost.getAsInt() < cost;
    }

    int cost() {
        return cost;
    }

    private static OptionalInt costOf(String storedHash) {
        Matcher matcher = HASH.matcher(storedHash);
        if (!matcher.matches()) {
            return OptionalInt.empty();
        }
        int found = Integer.parseInt(matcher.group(1));
        return found >= 4 && found <= HIGHEST_COST ? OptionalInt.of(found) : OptionalInt.empty();
    }
}
