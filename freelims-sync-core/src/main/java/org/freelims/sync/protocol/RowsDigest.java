package org.freelims.sync.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/**
 * A number for a set of rows, the same for the same rows in any order: PROTOCOL.md's digest. A row
 * is put in and taken out in the time that hashing it takes, whatever the number of others. It
 * finds differences that faults make; it does not hold against somebody who looks for rows to suit.
 * Immutable.
 */
public final class RowsDigest {
    /** The digest of no rows. */
    public static final RowsDigest EMPTY = new RowsDigest(0, 0);

    private static final int BYTES = 16;

    private final long high;
    private final long low;

    private RowsDigest(long high, long low) {
        this.high = high;
        this.low = low;
    }

    /**
     * Returns the digest of one row.
     *
     * @param data JSON object text; the order of its fields and the space between them don't count
     * @throws IllegalArgumentException if it is none
     */
    public static RowsDigest ofRow(String resource, String id, String data) {
        MessageDigest sha = sha256();
        put(put(sha, resource), id);
        new TreeMap<>(Row.parse(data).texts()).forEach((name, text) -> put(put(sha, name), text));
        byte[] hash = sha.digest();
        BigInteger number = new BigInteger(1, java.util.Arrays.copyOf(hash, BYTES));
        return new RowsDigest(number.shiftRight(Long.SIZE).longValue(), number.longValue());
    }

    private static MessageDigest put(MessageDigest sha, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        sha.update((bytes.length + ":").getBytes(UTF_8));
        sha.update(bytes);
        return sha;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns the digest of these rows and those, which have none in common. */
    public RowsDigest plus(RowsDigest other) {
        long sum = low + other.low;
        int carry = Long.compareUnsigned(sum, low) < 0 ? 1 : 0;
        return new RowsDigest(high + other.high + carry, sum);
    }

    /** Returns the digest of these rows without those, which are among them. */
    public RowsDigest minus(RowsDigest other) {
        int borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
        return new RowsDigest(high - other.high - borrow, low - other.low);
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof RowsDigest that && high == that.high && low == that.low;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(low);
    }

    /** Returns 32 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }
}
