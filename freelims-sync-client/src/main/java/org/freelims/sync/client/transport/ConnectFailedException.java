package org.freelims.sync.client.transport;

import static java.util.Objects.requireNonNull;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A server could not be reached, or what answered is no sync server. The message is fit for a user:
 * it says what was wrong and what to do.
 */
public final class ConnectFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What was wrong. */
    public enum Kind {
        /** The host's name is not known. */
        UNKNOWN_HOST(true),
        /** Nothing listens there, or a firewall says no. */
        REFUSED(true),
        /** No answer in time. */
        TIMEOUT(true),
        /** The certificate is not trusted, or one side speaks TLS and the other does not. */
        TLS(false),
        /** There is a web server, but nothing at this path. */
        WRONG_PATH(false),
        /** The token is missing or not valid. */
        UNAUTHENTICATED(false),
        /** The server, or a proxy before it, does not let this client in. */
        FORBIDDEN(false),
        /** The server sends to another address. */
        REDIRECTED(false),
        /** What answers does not speak WebSocket here. */
        NOT_WEBSOCKET(false),
        /** What answers speaks WebSocket, but not the sync protocol. */
        NOT_SYNC(false),
        /** The server, or what is behind the proxy, is not there now. */
        UNAVAILABLE(true),
        /** The connection broke before it was open. */
        BROKEN(true);

        private final boolean passing;

        Kind(boolean passing) {
            this.passing = passing;
        }

        /** Returns whether waiting can help, without anybody changing anything here. */
        public boolean isPassing() {
            return passing;
        }
    }

    private final Kind kind;

    public ConnectFailedException(Kind kind, String message, @Nullable Throwable cause) {
        super(requireNonNull(message, "message"), cause);
        this.kind = requireNonNull(kind, "kind");
    }

    /** Returns what was wrong. */
    public Kind kind() {
        return kind;
    }

    @Override
    public String getMessage() {
        return requireNonNull(super.getMessage());
    }

    /** Tells what an HTTP answer other than 101 means. */
    static ConnectFailedException ofStatus(URI uri, int status, Optional<String> location) {
        String answered = uri + " answered HTTP " + status + ": ";
        Kind kind;
        String advice;
        if (status == 401) {
            kind = Kind.UNAUTHENTICATED;
            advice = "the token is missing or not valid. Sign in again to get a new one.";
        } else if (status == 403) {
            kind = Kind.FORBIDDEN;
            advice =
                    "this client is not let in. Ask whoever runs the server whether the account,"
                            + " the origin and the network are allowed.";
        } else if (status == 404) {
            kind = Kind.WRONG_PATH;
            advice =
                    "there is a server, but no sync endpoint at this path. The usual path is "
                            + ConnectRequest.DEFAULT_PATH
                            + ".";
        } else if (status >= 300 && status < 400) {
            kind = Kind.REDIRECTED;
            advice =
                    "the server sends to another address"
                            + location.map(to -> ", " + to).orElse("")
                            + ". Use that one (http stands for ws, https for wss).";
        } else if (status == 407) {
            kind = Kind.FORBIDDEN;
            advice = "the proxy wants a password. Configure the proxy of the transport.";
        } else if (status == 429 || status >= 500) {
            kind = Kind.UNAVAILABLE;
            advice =
                    "the server, or what is behind the proxy, is not available now. Try again"
                            + " later; if it stays so, look at its log.";
        } else {
            kind = Kind.NOT_WEBSOCKET;
            advice =
                    "no WebSocket was opened. Check host, port and path; a proxy in between must"
                            + " pass the Upgrade header on.";
        }
        return new ConnectFailedException(kind, answered + advice, null);
    }

    /** Tells what a failure to connect means. */
    static ConnectFailedException of(URI uri, Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof ConnectFailedException known) {
                return known;
            }
            Kind kind = kind(t);
            if (kind != null) {
                return new ConnectFailedException(kind, message(uri, kind, t), failure);
            }
        }
        return new ConnectFailedException(Kind.BROKEN, message(uri, Kind.BROKEN, failure), failure);
    }

    private static @Nullable Kind kind(Throwable t) {
        if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
            return Kind.UNKNOWN_HOST;
        }
        if (t instanceof TimeoutException
                || t instanceof HttpTimeoutException
                || t instanceof SocketTimeoutException) {
            return Kind.TIMEOUT;
        }
        if (t instanceof SSLException) {
            return Kind.TLS;
        }
        // the JDK wraps an unknown host in one of these: look on
        return t instanceof ConnectException
                        && !(t.getCause() instanceof UnresolvedAddressException)
                ? Kind.REFUSED
                : null;
    }

    private static String message(URI uri, Kind kind, Throwable t) {
        String where = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        return switch (kind) {
            case UNKNOWN_HOST ->
                    "There is no host " + uri.getHost() + ". Check the name in " + uri + ".";
            case REFUSED ->
                    "Nothing answers at "
                            + where
                            + ". Check that the server runs, and host and port of "
                            + uri
                            + ".";
            case TIMEOUT ->
                    "No answer from "
                            + where
                            + " in time. Check the network and any firewall between here and"
                            + " there.";
            case TLS ->
                    "No secure connection to "
                            + where
                            + ": "
                            + t.getMessage()
                            + ". Check the certificate, and that the port is the one for wss://.";
            default ->
                    "The connection to "
                            + where
                            + " broke before it was open. Check that host and port of "
                            + uri
                            + " are a sync server's, and wss:// if it is a secure one.";
        };
    }
}
