package org.freelims.sync.transport;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/**
 * One message to a client, encoded once and shared by all who get it. Thread-safe; the payload must
 * not be modified.
 *
 * <p>A frame of a feed ({@link #stream} is present) or a heartbeat is droppable: a connection over
 * its byte cap gives it back, and the hub reads the change from the log again later. All others
 * answer this client alone and are never dropped.
 */
public final class Frame {
    /** What a frame says; see {@link ServerMessage}. */
    public enum Kind {
        NOTIFICATION,
        LEFT,
        RESYNC,
        SNAPSHOT,
        HEARTBEAT,
        ANSWER
    }

    private final Kind kind;
    private final byte[] payload;
    private final String resource;
    private final @Nullable Position position;
    private final @Nullable Position prev;
    private final @Nullable Object stream;
    private final @Nullable ServerMessage message;
    private volatile @Nullable Memo memo;

    private Frame(
            Kind kind,
            byte[] payload,
            String resource,
            @Nullable Position position,
            @Nullable Position prev,
            @Nullable Object stream,
            @Nullable ServerMessage message) {
        this.kind = requireNonNull(kind, "kind");
        this.payload = requireNonNull(payload, "payload");
        this.resource = requireNonNull(resource, "resource");
        this.position = position;
        this.prev = prev;
        this.stream = stream;
        this.message = message;
    }

    /** A frame for one client. */
    public static Frame answer(ServerMessage message) {
        Kind kind = Kind.ANSWER;
        String resource = "";
        if (message instanceof ServerMessage.SnapshotPage page) {
            kind = Kind.SNAPSHOT;
            resource = page.resource();
        } else if (message instanceof ServerMessage.Left left) {
            kind = Kind.LEFT;
            resource = left.resource();
        } else if (message instanceof ServerMessage.Resync) {
            kind = Kind.RESYNC;
        }
        return new Frame(kind, encode(message), resource, null, null, null, message);
    }

    /** The heartbeat that all live sessions share. */
    public static Frame heartbeat(ServerMessage.Heartbeat message) {
        return new Frame(
                Kind.HEARTBEAT, encode(message), "", message.position(), null, null, message);
    }

    /**
     * A frame that all members of a feed share.
     *
     * @param stream what the frame belongs to, told apart by identity
     * @param position the place in the log of the change it tells of
     * @param prev nothing of the stream lies between it and {@code position}
     * @param payload the message's JSON as UTF-8
     */
    public static Frame shared(
            Kind kind,
            Object stream,
            String resource,
            Position position,
            Position prev,
            byte[] payload) {
        return new Frame(
                kind, payload, resource, position, prev, requireNonNull(stream, "stream"), null);
    }

    private static byte[] encode(ServerMessage message) {
        return MessageCodec.encode(message).getBytes(StandardCharsets.UTF_8);
    }

    /** Returns what the frame says. */
    public Kind kind() {
        return kind;
    }

    /** Returns the message's JSON as UTF-8, shared: not to be modified. */
    public byte[] payload() {
        return payload;
    }

    /** Returns the length of the payload, in bytes. */
    public int size() {
        return payload.length;
    }

    /** Returns the resource of the change, or empty text where the frame is of none. */
    public String resource() {
        return resource;
    }

    /** Returns the place in the log that a droppable frame tells of. */
    public Position position() {
        return present(position);
    }

    /** Returns the place in the log that a shared frame follows on. */
    public Position prev() {
        return present(prev);
    }

    private static Position present(@Nullable Position position) {
        if (position == null) {
            throw new IllegalStateException("this frame is of no place in the log");
        }
        return position;
    }

    /** Returns whether a connection over its byte cap may give this back. */
    public boolean droppable() {
        return position != null;
    }

    /** Returns the feed's stream it belongs to, for a frame that is shared. */
    public Optional<Object> stream() {
        return Optional.ofNullable(stream);
    }

    /** Returns the message, for a frame that is not shared. */
    public Optional<ServerMessage> message() {
        return Optional.ofNullable(message);
    }

    /** Returns this frame as {@code encoding} puts it on the wire; made once, then shared. */
    public <T> T encoded(FrameEncoding<T> encoding) {
        for (Memo m = memo; m != null; m = m.next) {
            if (m.encoding == encoding) {
                @SuppressWarnings("unchecked") // only this method stores, under the same key
                T known = (T) m.value;
                return known;
            }
        }
        T value = encoding.encode(this);
        // a race loses at most one memo: the loser's value is equal and only made again
        memo = new Memo(encoding, requireNonNull(value, "encoded"), memo);
        return value;
    }

    private record Memo(FrameEncoding<?> encoding, Object value, @Nullable Memo next) {}
}
