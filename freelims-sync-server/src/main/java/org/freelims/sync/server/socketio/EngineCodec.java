package org.freelims.sync.server.socketio;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;

/** Reads Engine.IO packets, strictly. Stateless and thread-safe. */
final class EngineCodec {
    /** Stands between the packets of one polling payload. */
    static final char SEPARATOR = '\u001e';

    private EngineCodec() {}

    /**
     * Reads the packet of one text frame.
     *
     * @throws SyncException {@link ErrorCode#MALFORMED} if it is no packet that a client may send
     */
    static EnginePacket decode(String text) {
        if (text.isEmpty()) {
            throw malformed("An Engine.IO packet is empty.");
        }
        String data = text.substring(1);
        return switch (text.charAt(0)) {
            case '1' -> signal(EnginePacket.Signal.CLOSE, data);
            case '2' -> new EnginePacket.Ping(data);
            case '3' -> new EnginePacket.Pong(data);
            case '4' -> new EnginePacket.Message(data);
            case '5' -> signal(EnginePacket.Signal.UPGRADE, data);
            case '6' -> signal(EnginePacket.Signal.NOOP, data);
            default -> throw malformed("An Engine.IO packet from a client starts with 1 to 6.");
        };
    }

    private static EnginePacket signal(EnginePacket.Signal signal, String data) {
        if (!data.isEmpty()) {
            throw malformed("An Engine.IO " + signal.name() + " packet carries no data.");
        }
        return signal;
    }

    /**
     * Reads the body of one POST.
     *
     * @param maxPackets how many packets it may hold
     * @throws SyncException {@link ErrorCode#MALFORMED} if one is no packet that a client may send,
     *     {@link ErrorCode#RATE_LIMITED} if there are too many
     */
    static List<EnginePacket> decodePayload(byte[] body, int maxPackets) {
        requireAtMost(maxPackets, body);
        String text = utf8(body);
        List<EnginePacket> packets = new ArrayList<>();
        for (int from = 0; from <= text.length(); ) {
            int end = text.indexOf(SEPARATOR, from);
            end = end < 0 ? text.length() : end;
            packets.add(
                    end > from && text.charAt(from) == 'b'
                            ? base64(text.substring(from + 1, end))
                            : decode(text.substring(from, end)));
            from = end + 1;
        }
        return packets;
    }

    /* Counted before anything is made of them, so that a body of separators costs nothing. */
    private static void requireAtMost(int maxPackets, byte[] body) {
        int packets = 1;
        for (byte b : body) {
            packets += b == SEPARATOR ? 1 : 0;
        }
        if (packets > maxPackets) {
            throw new SyncException(
                    ErrorCode.RATE_LIMITED,
                    "The request holds more than " + maxPackets + " packets. Send fewer at once.");
        }
    }

    private static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw malformed("The payload is not UTF-8.");
        }
    }

    private static EnginePacket base64(String text) {
        try {
            return new EnginePacket.Binary(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            throw malformed("A binary packet is not Base64.");
        }
    }

    static SyncException malformed(String message) {
        return new SyncException(ErrorCode.MALFORMED, message);
    }
}
