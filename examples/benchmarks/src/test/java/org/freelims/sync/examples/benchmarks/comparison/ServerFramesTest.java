package org.freelims.sync.examples.benchmarks.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerFramesTest {
    private final List<String> frames = new ArrayList<>();
    private final StringBuilder payload = new StringBuilder();
    private final ServerFrames reader =
            new ServerFrames(
                    new ServerFrames.Listener() {
                        @Override
                        public void onPayload(int opcode, byte[] bytes, int from, int to) {
                            payload.append(
                                    new String(bytes, from, to - from, StandardCharsets.US_ASCII));
                        }

                        @Override
                        public void onFrameEnd(int opcode) {
                            frames.add(opcode + ":" + payload.length());
                            payload.setLength(0);
                        }
                    });

    @Test
    void feed_ofFramesOfEveryLengthForm_endsEachWhereItEnds() {
        byte[] bytes = sent();
        reader.feed(bytes, 0, bytes.length);
        assertEquals(List.of("1:5", "9:0", "1:300", "2:70000", "1:1"), frames);
    }

    @Test
    void feed_byteByByte_endsEachWhereItEnds() {
        byte[] bytes = sent();
        for (int i = 0; i < bytes.length; i++) {
            reader.feed(bytes, i, i + 1);
        }
        assertEquals(List.of("1:5", "9:0", "1:300", "2:70000", "1:1"), frames);
    }

    private static byte[] sent() {
        ByteBuffer sent = ByteBuffer.allocate(100_000);
        sent.put((byte) 0x81).put((byte) 5).put(new byte[5]);
        sent.put((byte) 0x89).put((byte) 0);
        sent.put((byte) 0x81).put((byte) 126).putShort((short) 300).put(new byte[300]);
        sent.put((byte) 0x82).put((byte) 127).putLong(70_000).put(new byte[70_000]);
        sent.put((byte) 0x81).put((byte) 1).put((byte) '2');
        byte[] bytes = new byte[sent.position()];
        sent.flip().get(bytes);
        return bytes;
    }
}
