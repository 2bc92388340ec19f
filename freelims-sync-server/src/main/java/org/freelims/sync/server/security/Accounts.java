package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * The accounts of the LIMS' {@code users} table: finding, signing in, creating and changing them.
 * Password hashes are read here and nowhere else. Thread-safe.
 */
public final class Accounts {
    private static final Logger LOG = System.getLogger(Accounts.class.getName());
    private static final String COLUMNS =
            "u.id, u.username, u.email, u.full_name, u.is_active, u.is_admin";
    private static final String UNIQUE_VIOLATION = "23505";

    private final Jdbi jdbi;
    private final Passwords passwords;

    public Accounts(Jdbi jdbi, Passwords passwords) {
        this.jdbi = requireNonNull(jdbi, "jdbi");
        this.passwords = requireNonNull(passwords, "passwords");
    }

    /**
     * Returns the account if the password is right; an inactive one too, as its holder may be told
     * so. A wrong name and a wrong password give the same answer after the same time. A hash that
     * is weaker than today's is replaced on success.
     */
    public Optional<Account> signIn(String username, String password) {
        Credentials found = credentials(username);
        int uniformCost = Math.max(passwords.cost(), found.highestCost());
        if (!passwords.matches(password, found.hash(), uniformCost)) {
            return Optional.empty();
        }
        if (passwords.isWeaker(found.hash()) && Passwords.objectionTo(password).isEmpty()) {
            rehash(found, password);
        }
        return found.account();
    }

    private record Credentials(Optional<Account> account, String hash, int highestCost) {}

    /* One statement whether the name exists or not, so that it takes the same time. */
    private Credentials credentials(String username) {
        if (username.indexOf('\0') >= 0) {
            return new Credentials(Optional.empty(), "", 0);
        }
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT m.cost, u.hashed_password, "
                                                + COLUMNS
                                                + " FROM (SELECT max(substring(hashed_password from"
                                                + " '^\\$2[aby]\\$([0-9]{2})\\$')::int) AS cost"
                                                + " FROM users) m LEFT JOIN users u ON u.username ="
                                                + " :username")
                                .bind("username", username)
                                .map((rs, context) -> readCredentials(rs))
                                .first());
    }

    private static Credentials readCredentials(ResultSet rs) throws SQLException {
        int highestCost = rs.getInt("cost");
        rs.getInt("id");
        if (rs.wasNull()) {
            return new Credentials(Optional.empty(), "", highestCost);
        }
        return new Credentials(
                Optional.of(readAccount(rs)), text(rs, "hashed_password"), highestCost);
    }

    private void rehash(Credentials found, String password) {
        Account account = found.account().orElseThrow();
        String newHash = passwords.hash(password);
        // Only if it is still the same hash: a password changed meanwhile must not come back.
        jdbi.useTransaction(
                handle -> {
                    Attribution.of(account).apply(handle);
                    handle.createUpdate(
                                    "UPDATE users SET hashed_password = :new"
                                            + " WHERE id = :id AND hashed_password = :old")
                            .bind("new", newHash)
                            .bind("id", account.id())
                            .bind("old", found.hash())
                            .execute();
                });
        LOG.log(Level.INFO, "Renewed the password hash of {0} at today's cost", account.username());
    }

    /** Finds an account by its exact user name. */
    public Optional<Account> find(String username) {
        if (username.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        return jdbi.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT "
                                                + COLUMNS
                                                + " FROM users u WHERE u.username = :username")
                                .bind("username", username)
                                .map((rs, context) -> readAccount(rs))
                                .findFirst());
    }

    /** Finds an account by id. */
    public Optional<Account> find(int id) {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery("SELECT " + COLUMNS + " FROM users u WHERE u.id = :id")
                                .bind("id", id)
                                .map((rs, context) -> readAccount(rs))
                                .findFirst());
    }

    /** Returns all accounts by id. */
    public List<Account> list() {
        return jdbi.withHandle(
                handle ->
                        handle.createQuery("SELECT " + COLUMNS + " FROM users u ORDER BY u.id")
                                .map((rs, context) -> readAccount(rs))
                                .list());
    }

    /**
     * Creates an active account.
     *
     * @throws AccountTakenException if the user name or the e-mail address is in use
     * @throws IllegalArgumentException if the password can't be used
     */
    public Account create(NewAccount wanted, Attribution attribution) {
        String hash = passwords.hash(wanted.password());
        try {
            return jdbi.inTransaction(handle -> insert(handle, wanted, hash, attribution));
        } catch (UnableToExecuteStatementException e) {
            if (e.getCause() instanceof SQLException cause
                    && UNIQUE_VIOLATION.equals(cause.getSQLState())) {
                throw new AccountTakenException("Username or email already registered");
            }
            throw e;
        }
    }

    private static Account insert(
            Handle handle, NewAccount wanted, String hash, Attribution attribution) {
        attribution.apply(handle);
        requireFree(handle, "email", wanted.email(), "Email already registered");
        requireFree(handle, "username", wanted.username(), "Username already taken");
        int id =
                handle.createQuery(
                                "INSERT INTO users (email, username, full_name, hashed_password,"
                                    + " is_active, is_admin) VALUES (:email, :username, :fullName,"
                                    + " :hash, true, :admin) RETURNING id")
                        .bind("email", wanted.email())
                        .bind("username", wanted.username())
                        .bind("fullName", wanted.fullName())
                        .bind("hash", hash)
                        .bind("admin", wanted.admin())
                        .mapTo(Integer.class)
                        .one();
        return new Account(
                id, wanted.username(), wanted.email(), wanted.fullName(), true, wanted.admin());
    }

    private static void requireFree(Handle handle, String column, String value, String message) {
        boolean taken =
                handle.createQuery(
                                "SELECT EXISTS (SELECT 1 FROM users WHERE " + column + " = :value)")
                        .bind("value", value)
                        .mapTo(Boolean.class)
                        .one();
        if (taken) {
            throw new AccountTakenException(message);
        }
    }

    /**
     * Gives the account a new password, inside the caller's transaction.
     *
     * @throws IllegalArgumentException if the password can't be used
     */
    public void setPassword(Handle handle, int id, String password) {
        handle.createUpdate(
                        "UPDATE users SET hashed_password = :hash, updated_at = now()"
                                + " WHERE id = :id")
                .bind("hash", passwords.hash(password))
                .bind("id", id)
                .execute();
    }

    /**
     * Gives the account a new password.
     *
     * @throws IllegalArgumentException if the password can't be used
     */
    public void setPassword(int id, String password, Attribution attribution) {
        jdbi.useTransaction(
                handle -> {
                    attribution.apply(handle);
                    setPassword(handle, id, password);
                });
    }

    /** Allows or forbids the account to be used; sessions that are live end within seconds. */
    public void setActive(int id, boolean active, Attribution attribution) {
        setFlag(id, "is_active", active, attribution);
    }

    /** Makes the account an administrator, or no longer one. */
    public void setAdmin(int id, boolean admin, Attribution attribution) {
        setFlag(id, "is_admin", admin, attribution);
    }

    private void setFlag(int id, String column, boolean value, Attribution attribution) {
        jdbi.useTransaction(
                handle -> {
                    attribution.apply(handle);
                    handle.createUpdate(
                                    "UPDATE users SET "
                                            + column
                                            + " = :value, updated_at = now() WHERE id = :id AND "
                                            + column
                                            + " IS DISTINCT FROM :value")
                            .bind("value", value)
                            .bind("id", id)
                            .execute();
                });
    }

    private static Account readAccount(ResultSet rs) throws SQLException {
        return new Account(
                rs.getInt("id"),
                text(rs, "username"),
                text(rs, "email"),
                text(rs, "full_name"),
                rs.getBoolean("is_active"),
                rs.getBoolean("is_admin"));
    }

    private static String text(ResultSet rs, String column) throws SQLException {
        String value = rs.getString(column);
        return value == null ? "" : value;
    }
}
