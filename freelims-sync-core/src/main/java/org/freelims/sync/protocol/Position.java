package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

/**
 * A place in one history. Clients treat its text as opaque; it is {@code <epoch>:<offset>}, with
 * {@code .<mark>} behind it where the log has one.
 *
 * <p>{@code offset} orders changes and means nothing outside {@code epoch}: after a restore from a
 * backup the same offset names another change, and a client that compared offsets alone would
 * silently skip what lies between. {@code mark}, a prefix of the entry's hash, catches the case
 * that even the epoch does not: a standby that took over without the last transactions, and then
 * wrote others at the same offsets (rule 7).
 *
 * @param epoch names one unbroken history: letters, digits, {@code _} and {@code -}, 1 to 64 of
 *     them
 * @param offset the number of changes up to and with this one; 0 is before the first
 * @param mark what tells this entry from another at the same place, in the same alphabet, up to 64;
 *     empty if the log has none
 */
public record Position(String epoch, long offset, String mark) {
    private static final int MAX_WORD = 64;

    public Position {
        requireNonNull(epoch, "epoch");
        requireNonNull(mark, "mark");
        if (epoch.isEmpty() || !isWord(epoch)) {
            throw new IllegalArgumentException("epoch must be 1 to 64 letters, digits, '_' or '-'");
        }
        if (!isWord(mark)) {
            throw new IllegalArgumentException("mark must be up to 64 letters, digits, '_' or '-'");
        }
        if (offset < 0) {
            throw new IllegalArgumentException("offset must be >= 0 but was " + offset);
        }
    }

    /** Returns a position without a mark. */
    public static Position of(String epoch, long offset) {
        return new Position(epoch, offset, "");
    }

    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws SyncException {@link ErrorCode#BAD_REQUEST} if the text is no position
     */
    public static Position parse(String text) {
        int colon = text.indexOf(':');
        if (colon > 0 && text.length() <= 3 * MAX_WORD) {
            int dot = text.indexOf('.', colon);
            String number = text.substring(colon + 1, dot < 0 ? text.length() : dot);
            String mark = dot < 0 ? "" : text.substring(dot + 1);
            try {
                if (isNumber(number)) {
                    return new Position(text.substring(0, colon), Long.parseLong(number), mark);
                }
            } catch (IllegalArgumentException e) {
                throw unreadable(e);
            }
        }
        throw unreadable(null);
    }

    /** Returns whether this lies after {@code other}, which must be of the same epoch. */
    public boolean isAfter(Position other) {
        if (!epoch.equals(other.epoch)) {
            throw new IllegalArgumentException("positions of different epochs have no order");
        }
        return offset > other.offset;
    }

    @Override
    public String toString() {
        return mark.isEmpty() ? epoch + ':' + offset : epoch + ':' + offset + '.' + mark;
    }

    private static SyncException unreadable(@org.jspecify.annotations.Nullable Throwable cause) {
        return new SyncException(
                ErrorCode.BAD_REQUEST,
                "Not a position. Hand back a position exactly as the server sent it, or use \"now\""
                        + " or \"snapshot\".",
                cause);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isWord(String text) {
        return text.length() <= MAX_WORD
                && text.chars()
                        .allMatch(
                                c ->
                                        (c >= '0' && c <= '9')
                                                || (c >= 'a' && c <= 'z')
                                                || (c >= 'A' && c <= 'Z')
                                                || c == '_'
                                                || c == '-');
    }
}
