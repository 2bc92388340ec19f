package org.freelims.sync.server.socketio;

import java.util.ArrayList;
import java.util.List;

/** The packets that answer one GET. Confined to one turn. */
final class PollPayload implements OutboundSource.Sink {
    /** python-engineio, up to its newest, gives a session up whose answer holds more. */
    static final int MAX_PACKETS = 16;

    private final List<WirePacket> packets = new ArrayList<>(4);
    private final int wantedBytes;
    private int bytes;

    PollPayload(int wantedBytes) {
        this.wantedBytes = wantedBytes;
    }

    static byte[] of(WirePacket packet) {
        PollPayload payload = new PollPayload(0);
        payload.add(packet);
        return payload.bytes();
    }

    @Override
    public void add(WirePacket packet) {
        bytes += packet.polledSize() + (packets.isEmpty() ? 0 : 1);
        packets.add(packet);
    }

    @Override
    public int room() {
        return Math.max(0, wantedBytes - bytes);
    }

    @Override
    public int packets() {
        return Math.max(0, MAX_PACKETS - packets.size());
    }

    /** Returns the payload: the packets with the separator between them. */
    byte[] bytes() {
        byte[] payload = new byte[bytes];
        int at = 0;
        for (WirePacket packet : packets) {
            if (at > 0) {
                payload[at++] = EngineCodec.SEPARATOR;
            }
            at = packet.appendTo(payload, at);
        }
        return payload;
    }
}
