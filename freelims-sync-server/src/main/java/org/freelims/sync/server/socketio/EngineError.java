package org.freelims.sync.server.socketio;

import java.util.Locale;

/** Why a request is refused: the HTTP status, and the code and words that clients know. */
enum EngineError {
    UNKNOWN_TRANSPORT(400, 0, "Transport unknown"),
    UNKNOWN_SID(400, 1, "Session ID unknown"),
    BAD_METHOD(400, 2, "Bad handshake method"),
    BAD_REQUEST(400, 3, "Bad request"),
    FORBIDDEN(403, 4, "Forbidden"),
    UNSUPPORTED_VERSION(400, 5, "Unsupported protocol version"),
    TOO_BIG(413, 3, "Payload too big"),
    TOO_MANY_SESSIONS(503, 3, "Too many sessions; try again later");

    private final int status;
    private final int code;
    private final String message;

    EngineError(int status, int code, String message) {
        this.status = status;
        this.code = code;
        this.message = message;
    }

    int status() {
        return status;
    }

    /** Returns the answer's body. */
    String json() {
        return String.format(Locale.ROOT, "{\"code\":%d,\"message\":\"%s\"}", code, message);
    }
}
