package org.freelims.sync.client.transport;

import org.freelims.sync.transport.CloseReason;

/** What both transports make of an end. */
final class CloseReasons {
    /** No message of a sync server is nearly as long; it bounds what a broken one can cost. */
    static final int MAX_MESSAGE_CHARS = 16 << 20;

    private CloseReasons() {}

    static CloseReason of(int code, String text) {
        boolean legal = code >= 1000 && code <= 4999 && code != CloseReason.BROKEN && code != 1005;
        return new CloseReason(legal ? code : CloseReason.BROKEN, text);
    }

    static CloseReason broken(Throwable failure) {
        String message = failure.getMessage();
        return new CloseReason(
                CloseReason.BROKEN, message == null ? failure.getClass().getName() : message);
    }

    static CloseReason tooBig() {
        return new CloseReason(
                CloseReason.TOO_BIG,
                "the server sent a message of more than " + MAX_MESSAGE_CHARS + " characters");
    }
}
