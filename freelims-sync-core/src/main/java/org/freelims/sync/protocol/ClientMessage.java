package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

/**
 * What a client says. Immutable. {@link #id} comes back in the answer; {@link #NO_ID} means it gave
 * none.
 */
public sealed interface ClientMessage {
    /** The id of a message that carries none. */
    long NO_ID = -1;

    /** The largest id: 2^53 - 1, the largest integer that every JSON reader keeps. */
    long MAX_ID = (1L << 53) - 1;

    /** Returns the client's number for this message, 0 to {@link #MAX_ID}, or {@link #NO_ID}. */
    long id();

    /** Says who the client is, or renews its token. */
    record Authenticate(long id, String token) implements ClientMessage {
        public Authenticate {
            checkId(id);
            requireNonNull(token, "token");
        }

        /** Leaves the token out. */
        @Override
        public String toString() {
            return "Authenticate[id=" + id + "]";
        }
    }

    /**
     * Asks for the changes of what {@code to} names.
     *
     * @param to a subscription expression as the client spells it
     */
    record Subscribe(long id, String to, StartFrom from) implements ClientMessage {
        public Subscribe {
            checkId(id);
            requireNonNull(to, "to");
            requireNonNull(from, "from");
        }
    }

    /** Ends a subscription, named in any spelling. */
    record Unsubscribe(long id, String to) implements ClientMessage {
        public Unsubscribe {
            checkId(id);
            requireNonNull(to, "to");
        }
    }

    /** Asks for a {@code pong}. */
    record Ping(long id) implements ClientMessage {
        public Ping {
            checkId(id);
        }
    }

    /**
     * A text that is no message. It is answered with this error; after {@link ErrorCode#MALFORMED}
     * the connection is closed.
     *
     * @param id the message's id as far as it could be read
     */
    record Unreadable(long id, ErrorCode code, String message) implements ClientMessage {
        public Unreadable {
            checkId(id);
            requireNonNull(code, "code");
            requireNonNull(message, "message");
        }
    }

    private static void checkId(long id) {
        if (id < NO_ID || id > MAX_ID) {
            throw new IllegalArgumentException("id must be 0 to 2^53-1 but was " + id);
        }
    }
}
