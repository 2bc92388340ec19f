package org.freelims.sync.transport;

import static java.util.Objects.requireNonNull;

/**
 * Why a connection ends, in the terms of RFC 6455, section 7.4. Immutable.
 *
 * @param code the close code, 1000 to 4999
 * @param text plain text, at most 123 bytes of UTF-8, as a close frame holds
 */
public record CloseReason(int code, String text) {
    /** The peer or this side is done. */
    public static final int NORMAL = 1000;

    /** The server goes down, or the client leaves. */
    public static final int GOING_AWAY = 1001;

    /** The text is not what the protocol allows. */
    public static final int BAD_DATA = 1007;

    /** The peer did something that policy forbids. */
    public static final int POLICY = 1008;

    /** The message is longer than allowed. */
    public static final int TOO_BIG = 1009;

    /** A defect of the server. */
    public static final int INTERNAL = 1011;

    /** Come back later. */
    public static final int TRY_AGAIN = 1013;

    /** Never sent: the connection broke without a close frame. */
    public static final int BROKEN = 1006;

    public CloseReason {
        requireNonNull(text, "text");
        if (code < 1000 || code > 4999) {
            throw new IllegalArgumentException("close code must be 1000 to 4999 but was " + code);
        }
    }
}
