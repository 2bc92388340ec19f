package org.freelims.sync.server.lims;

import java.util.Map;

/** The request is refused, with a status and a plain sentence that clients show as it is. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    RefusedException(int status, String detail) {
        this(status, detail, Map.of());
    }

    RefusedException(int status, String detail, Map<String, String> headers) {
        super(detail);
        this.status = status;
        this.headers = Map.copyOf(headers);
    }

    static RefusedException notFound(String noun) {
        return new RefusedException(404, noun + " not found");
    }

    static RefusedException badRequest(String detail) {
        return new RefusedException(400, detail);
    }

    static RefusedException forbidden(String detail) {
        return new RefusedException(403, detail);
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }
}
