package org.freelims.sync.server.socketio;

import static org.freelims.sync.server.socketio.EngineCodec.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * Puts the Socket.IO packets of one client together from its messages: a text, and as many binary
 * messages as the text announces. Confined to the turns of one session.
 *
 * <p>What is kept between messages is one text and the attachments so far, together no more than
 * {@code maxBytes}.
 */
final class SocketPacketReader {
    /** The most attachments of one packet. */
    static final int MAX_ATTACHMENTS = 64;

    /** The longest name of a namespace, in characters. */
    static final int MAX_NAMESPACE = 128;

    private static final int MAX_ACK_DIGITS = 15;

    private final int maxBytes;
    private @Nullable Incomplete incomplete;

    /**
     * @param maxBytes the most bytes of all attachments of one packet
     */
    SocketPacketReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Reads a text message; the packet is absent while attachments are to come.
     *
     * @throws SyncException {@link ErrorCode#MALFORMED} if it is no packet that a client may send
     */
    Optional<SocketPacket> text(String text) {
        if (incomplete != null) {
            throw malformed("A text came where an attachment was to come.");
        }
        Header header = new Header(text);
        if (header.attachments == 0) {
            return Optional.of(header.packet());
        }
        incomplete = new Incomplete(header);
        return Optional.empty();
    }

    /**
     * Reads a binary message; the packet is absent while more attachments are to come.
     *
     * @throws SyncException {@link ErrorCode#MALFORMED} if none was to come, or the packet's text
     *     does not refer to each attachment once; {@link ErrorCode#MESSAGE_TOO_BIG} if they are too
     *     big together
     */
    Optional<SocketPacket> binary(byte[] data) {
        if (incomplete == null) {
            throw malformed("An attachment came that no packet announced.");
        }
        incomplete.bytes += data.length;
        if (incomplete.bytes > maxBytes) {
            throw new SyncException(
                    ErrorCode.MESSAGE_TOO_BIG,
                    "The attachments of one packet are larger than " + maxBytes + " bytes.");
        }
        incomplete.data.add(data);
        if (incomplete.data.size() < incomplete.header.attachments) {
            return Optional.empty();
        }
        SocketPacket packet = incomplete.header.packet(incomplete.data);
        incomplete = null;
        return Optional.of(packet);
    }

    /** Forgets what has come of a packet: the rest will not. */
    void end() {
        incomplete = null;
    }

    private static final class Incomplete {
        final Header header;
        final List<byte[]> data = new ArrayList<>();
        int bytes;

        Incomplete(Header header) {
            this.header = header;
        }
    }

    /** {@code <type>[<attachments>-][<namespace>,][<ack id>][<JSON>]}, read from left to right. */
    private static final class Header {
        private final String text;
        private int at;
        private final char type;
        final int attachments;
        private final String namespace;
        private final long ackId;
        private final @Nullable JsonNode json;

        Header(String text) {
            this.text = text;
            this.type = text.isEmpty() ? '?' : text.charAt(at++);
            this.attachments = type == '5' || type == '6' ? attachments() : 0;
            this.namespace = namespace();
            this.ackId = ackId();
            this.json = at == text.length() ? null : SocketJson.parse(text.substring(at));
        }

        private int attachments() {
            int dash = text.indexOf('-', at);
            String digits = dash < 0 || dash > at + 4 ? "" : text.substring(at, dash);
            if (digits.isEmpty() || !digits.chars().allMatch(Header::isDigit)) {
                throw malformed("A binary packet does not say how many attachments it has.");
            }
            at = dash + 1;
            int number = Integer.parseInt(digits);
            if (number > MAX_ATTACHMENTS) {
                throw malformed("A packet has more than " + MAX_ATTACHMENTS + " attachments.");
            }
            return number;
        }

        private String namespace() {
            if (at == text.length() || text.charAt(at) != '/') {
                return "/";
            }
            int comma = text.indexOf(',', at);
            int end = comma < 0 ? text.length() : comma;
            if (end - at > MAX_NAMESPACE) {
                throw malformed("A namespace is longer than " + MAX_NAMESPACE + " characters.");
            }
            String name = text.substring(at, end);
            at = comma < 0 ? end : end + 1;
            return name;
        }

        private long ackId() {
            int from = at;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            if (at - from > MAX_ACK_DIGITS) {
                throw malformed("An acknowledgement's number is too long.");
            }
            return at == from ? SocketPacket.NO_ACK : Long.parseLong(text.substring(from, at));
        }

        private static boolean isDigit(int c) {
            return c >= '0' && c <= '9';
        }

        SocketPacket packet() {
            return packet(json);
        }

        SocketPacket packet(List<byte[]> data) {
            return packet(json == null ? null : SocketJson.withAttachments(json, data));
        }

        private SocketPacket packet(@Nullable JsonNode content) {
            return switch (type) {
                case '0' -> new SocketPacket.Connect(namespace, auth(content));
                case '1' -> {
                    if (content != null || ackId != SocketPacket.NO_ACK) {
                        throw malformed("A DISCONNECT packet carries nothing.");
                    }
                    yield new SocketPacket.Disconnect(namespace);
                }
                case '2', '5' -> event(array(content));
                case '3', '6' -> {
                    if (ackId == SocketPacket.NO_ACK) {
                        throw malformed("An ACK packet has no number.");
                    }
                    yield new SocketPacket.Ack(namespace, ackId, elements(array(content), 0));
                }
                default -> throw malformed("A Socket.IO packet from a client starts with 0 to 6.");
            };
        }

        private ObjectNode auth(@Nullable JsonNode content) {
            if (ackId != SocketPacket.NO_ACK || (content != null && !content.isObject())) {
                throw malformed("A CONNECT packet carries an object or nothing.");
            }
            return content == null ? SocketJson.MAPPER.createObjectNode() : (ObjectNode) content;
        }

        private SocketPacket event(ArrayNode content) {
            JsonNode name = content.get(0);
            if (name == null || !(name.isTextual() || name.isNumber())) {
                throw malformed("An EVENT packet's first element is the event's name.");
            }
            return new SocketPacket.Event(namespace, ackId, name.asText(), elements(content, 1));
        }

        private static ArrayNode array(@Nullable JsonNode content) {
            if (content instanceof ArrayNode array) {
                return array;
            }
            throw malformed("An EVENT or ACK packet carries an array.");
        }

        private static List<JsonNode> elements(ArrayNode array, int from) {
            List<JsonNode> elements = new ArrayList<>(array.size());
            for (int i = from; i < array.size(); i++) {
                elements.add(array.get(i));
            }
            return elements;
        }
    }
}
