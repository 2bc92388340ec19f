package org.freelims.sync.protocol;

/**
 * Every code an {@code error}, {@code resync} or {@code closing} can carry, and what the client
 * should do (rule 14).
 */
public enum ErrorCode {
    /** The text is not a JSON object. The connection is closed with 1007. */
    MALFORMED(Advice.FIX),
    /** No message has this type. The connection goes on. */
    UNKNOWN_TYPE(Advice.FIX),
    /** A field is missing, of the wrong kind or out of range; the message names it. */
    BAD_REQUEST(Advice.FIX),
    /** The subscription expression does not read; the message says where. */
    BAD_EXPRESSION(Advice.FIX),
    /**
     * The message or frame is longer than {@code maxMessageBytes}. The connection is closed with
     * 1009.
     */
    MESSAGE_TOO_BIG(Advice.FIX),
    /** The connection asked for more subscriptions than it may have. */
    TOO_MANY_SUBSCRIPTIONS(Advice.FIX),
    /** Nobody is signed in on this connection yet. */
    UNAUTHENTICATED(Advice.RENEW),
    /** The token is not valid, for whatever reason. */
    BAD_TOKEN(Advice.RENEW),
    /** The token's time is over. The connection is closed. */
    TOKEN_EXPIRED(Advice.RENEW),
    /** The principal was deactivated or its token revoked. The connection is closed. */
    REVOKED(Advice.RENEW),
    /** A live connection can't become somebody else's: open another. */
    OTHER_PRINCIPAL(Advice.FIX),
    /**
     * The principal may not see this, or there is no such thing; the answer is the same (rule 10).
     */
    FORBIDDEN(Advice.STOP),
    /**
     * The position's history or its successors are gone: take a snapshot, or go on from now (rule
     * 7).
     */
    POSITION_LOST(Advice.RESYNC),
    /** All records of the resource are gone: drop them. The subscription goes on. */
    TRUNCATED(Advice.RESYNC),
    /** This server can't serve a snapshot of that. */
    SNAPSHOT_UNAVAILABLE(Advice.FIX),
    /**
     * The client sends faster than it may, or its principal has more connections than it may. The
     * connection is closed.
     */
    RATE_LIMITED(Advice.RETRY),
    /** The client took nothing for the stall timeout. The connection is closed. */
    STALLED(Advice.RETRY),
    /** Something the server needs, such as its database, does not answer. */
    UNAVAILABLE(Advice.RETRY),
    /** The server is going down. */
    SHUTTING_DOWN(Advice.RETRY),
    /** A defect of the server; its log says more. */
    INTERNAL(Advice.RETRY);

    /** What a client should do about an error. */
    public enum Advice {
        /** The request is wrong: correct the program or the input; sending it again is no use. */
        FIX,
        /** Get a new token, then authenticate or connect again. */
        RENEW,
        /** Try again after a jittered, growing delay. */
        RETRY,
        /**
         * What is held locally can't be continued: drop it and take a snapshot, or go on from now.
         */
        RESYNC,
        /** This will not be granted: do not ask again with the same rights. */
        STOP
    }

    private final Advice advice;

    ErrorCode(Advice advice) {
        this.advice = advice;
    }

    /** Returns what a client that gets this code should do. */
    public Advice advice() {
        return advice;
    }
}
