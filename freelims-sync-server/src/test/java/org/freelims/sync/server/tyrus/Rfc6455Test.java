package org.freelims.sync.server.tyrus;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** RFC 6455 by raw bytes: what a client may send is echoed, what it may not closes with a code. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Rfc6455Test {
    private static final int LIMIT = 1000;
    private static final int ALIVE = 0;
    private static final byte[] NONE = {};

    private final List<DynamicTest> cases = new ArrayList<>();
    private Optional<ServerFixture> fixture = Optional.empty();

    @BeforeAll
    void start() {
        fixture =
                Optional.of(
                        ServerFixture.start(
                                builder ->
                                        builder.limits(
                                                ConnectionLimits.defaults()
                                                        .withMessageBytes(LIMIT))));
    }

    @AfterAll
    void stop() {
        fixture.ifPresent(ServerFixture::close);
    }

    @TestFactory
    List<DynamicTest> headers_followSection5_2() {
        cases.clear();
        for (int rsv : new int[] {0x40, 0x20, 0x10, 0x60, 0x50, 0x30, 0x70}) {
            closes("reserved bits " + hex(rsv) + " on text", 1002, frame(0x81 | rsv, "x"));
        }
        for (int rsv : new int[] {0x40, 0x20, 0x10}) {
            closes("reserved bits " + hex(rsv) + " on ping", 1002, frame(0x89 | rsv, ""));
            closes("reserved bits " + hex(rsv) + " on close", 1002, frame(0x88 | rsv, ""));
            closes(
                    "reserved bits " + hex(rsv) + " on continuation",
                    1002,
                    frame(0x01, "x"),
                    frame(0x80 | rsv, "y"));
        }
        for (int opcode : new int[] {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
            closes("reserved opcode " + opcode, 1002, frame(0x80 | opcode, ""));
            closes("reserved opcode " + opcode + " with data", 1002, frame(0x80 | opcode, "abc"));
        }
        closes("unmasked text", 1002, bytes(0x81, 0x01, 'x'));
        closes("unmasked empty text", 1002, bytes(0x81, 0x00));
        closes("unmasked binary", 1002, bytes(0x82, 0x01, 'x'));
        closes("unmasked ping", 1002, bytes(0x89, 0x00));
        closes("unmasked pong", 1002, bytes(0x8A, 0x00));
        closes("unmasked close", 1002, bytes(0x88, 0x02, 0x03, 0xE8));
        closes("unmasked continuation", 1002, frame(0x01, "a"), bytes(0x80, 0x01, 'b'));
        closes("good then unmasked", 1002, frame(0x81, "good"), bytes(0x81, 0x01, 'x'));
        closes("16-bit length of 0", 1002, bytes(0x81, 0xFE, 0, 0, 1, 2, 3, 4));
        closes("16-bit length of 125", 1002, bytes(0x81, 0xFE, 0, 125, 1, 2, 3, 4));
        closes("64-bit length of 0", 1002, bytes(0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0));
        closes("64-bit length of 125", 1002, bytes(0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 125));
        closes("64-bit length of 126", 1002, bytes(0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0, 126));
        closes("64-bit length of 65535", 1002, bytes(0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF));
        closes("64-bit length, highest bit", 1002, bytes(0x81, 0xFF, 0x80, 0, 0, 0, 0, 1, 0, 0));
        closes("64-bit length, all bits", 1002, all(bytes(0x81, 0xFF), fill(8, 0xFF)));
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> messages_areEchoed() {
        cases.clear();
        for (int length : new int[] {0, 1, 2, 125, 126, 127, 128, 999, LIMIT}) {
            echoes("text of " + length, "x".repeat(length), frame(0x81, "x".repeat(length)));
        }
        echoes("binary", "\u0001\u0002", frame(0x82, "\u0001\u0002"));
        echoes("empty binary", "", frame(0x82, ""));
        echoes("two fragments", "abcd", frame(0x01, "ab"), frame(0x80, "cd"));
        echoes("three fragments", "abc", frame(0x01, "a"), frame(0x00, "b"), frame(0x80, "c"));
        echoes(
                "empty fragments",
                "ab",
                frame(1, ""),
                frame(0, "ab"),
                frame(0, ""),
                frame(0x80, ""));
        echoes("all fragments empty", "", frame(1, ""), frame(0, ""), frame(0x80, ""));
        echoes("binary fragments", "ab", frame(0x02, "a"), frame(0x80, "b"));
        echoes(
                "ping between fragments",
                "abcd",
                frame(0x01, "ab"),
                frame(0x89, "p"),
                frame(0x80, "cd"));
        echoes("pong between fragments", "ab", frame(1, "a"), frame(0x8A, ""), frame(0x80, "b"));
        echoes("unasked pong", "x", frame(0x8A, "nobody asked"), frame(0x81, "x"));
        echoes("mask of zeros", "abc", bytes(0x81, 0x83, 0, 0, 0, 0, 'a', 'b', 'c'));
        echoes("byte by byte", "slow", 1, frame(0x81, "slow"));
        echoes("fragments byte by byte", "abcd", 1, frame(0x01, "ab"), frame(0x80, "cd"));
        echoes("split in the length", "y".repeat(300), 3, frame(0x81, "y".repeat(300)));
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> fragmentation_followsSection5_4() {
        cases.clear();
        closes("continuation of nothing", 1002, frame(0x80, "x"));
        closes("continuation of nothing, not final", 1002, frame(0x00, "x"));
        closes("text within text", 1002, frame(0x01, "a"), frame(0x81, "b"));
        closes("binary within text", 1002, frame(0x01, "a"), frame(0x82, "b"));
        closes("text within binary", 1002, frame(0x02, "a"), frame(0x81, "b"));
        closes("fragment within fragment", 1002, frame(0x01, "a"), frame(0x01, "b"));
        closes(
                "continuation after the last",
                1002,
                frame(0x01, "a"),
                frame(0x80, "b"),
                frame(0x80, "c"));
        closes("endless empty fragments", 1008, frame(0x01, ""), times(5000, frame(0x00, "")));
        closes("endless one-byte fragments", 1009, frame(0x01, "a"), times(1000, frame(0, "b")));
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> controlFrames_followSection5_5() {
        cases.clear();
        for (int opcode : new int[] {8, 9, 10}) {
            closes("fragmented control " + opcode, 1002, frame(opcode, ""));
            closes("control of 126, " + opcode, 1002, frame(0x80 | opcode, fill(126, 0)));
            closes("control of 65536, " + opcode, 1002, frame(0x80 | opcode, fill(65536, 0)));
        }
        for (int length : new int[] {0, 1, 125}) {
            String data = "p".repeat(length);
            cases.add(
                    dynamicTest(
                            "ping of " + length + " is answered alike",
                            () -> {
                                try (RawClient client = open()) {
                                    client.write(frame(0x89, data));
                                    RawClient.Frame answer = client.read().orElseThrow();
                                    assertEquals(0xA, answer.opcode());
                                    assertEquals(data, answer.text());
                                }
                            }));
        }
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> closeFrames_followSection7() {
        cases.clear();
        closes("close without a code", 1000, frame(0x88, ""));
        closes("close of one byte", 1002, frame(0x88, "x"));
        for (int code : new int[] {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012}) {
            closes("close with " + code, code, close(code, NONE));
        }
        for (int code : new int[] {1013, 1014, 3000, 3999, 4000, 4999}) {
            closes("close with " + code, code, close(code, "bye".getBytes(UTF_8)));
        }
        for (int code : new int[] {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999}) {
            closes("close with forbidden " + code, 1002, close(code, NONE));
        }
        for (int code : new int[] {5000, 10000, 65535}) {
            closes("close with forbidden " + code, 1002, close(code, "x".getBytes(UTF_8)));
        }
        closes("close, longest reason", 1000, close(1000, fill(123, 'r')));
        closes(
                "close, reason not UTF-8",
                1007,
                close(1000, octets("CEBAE1BDB9CF83CEBCCEB5EDA080")));
        closes("close, reason cut", 1007, close(1000, octets("E282")));
        echoes("text before close", "x", all(frame(0x81, "x"), close(1000, NONE)));
        closes("text after close", 1000, close(1000, NONE), frame(0x81, "x"));
        closes("broken frame after close", 1000, close(1000, NONE), bytes(0xFF, 0xFF));
        closes("close within a fragmented text", 1000, frame(0x01, "a"), close(1000, NONE));
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> text_isUtf8() {
        cases.clear();
        for (String good :
                List.of(
                        "κόσμε",
                        "ä",
                        "€",
                        "𐍈",
                        "\u0000",
                        "\uD7FF\uE000\uFFFD\uFFFF",
                        "\uDBFF\uDFFF")) {
            echoes("text " + good.codePoints().boxed().toList(), good, frame(0x81, good));
            echoes(
                    "byte by byte " + good.codePoints().boxed().toList(),
                    good,
                    1,
                    frame(0x81, good));
        }
        byte[] euro = "€".getBytes(UTF_8);
        echoes(
                "a character over three fragments",
                "€",
                frame(0x01, part(euro, 0, 1)),
                frame(0x00, part(euro, 1, 2)),
                frame(0x80, part(euro, 2, 3)));
        for (String bad :
                List.of(
                        "80",
                        "BF",
                        "C0AF",
                        "C080",
                        "C1BF",
                        "E080AF",
                        "E09FBF",
                        "F08080AF",
                        "F08FBFBF",
                        "EDA080",
                        "EDBFBF",
                        "EDADBFEDBFBF",
                        "F4908080",
                        "F5808080",
                        "F8888080AF",
                        "FC8480808080",
                        "FE",
                        "FF",
                        "C3",
                        "E282",
                        "F09F98",
                        "C328",
                        "E28228",
                        "F0288CBC",
                        "61FF62")) {
            closes("text " + bad, 1007, frame(0x81, octets(bad)));
            closes("text " + bad + " byte by byte", 1007, 1, frame(0x81, octets(bad)));
            closes("fragment " + bad, 1007, frame(0x01, "ok"), frame(0x80, octets(bad)));
        }
        closes("cut at the end of fragments", 1007, frame(1, part(euro, 0, 2)), frame(0x80, ""));
        closes("bad byte, message not ended", 1007, frame(0x01, octets("FF")));
        return List.copyOf(cases);
    }

    @TestFactory
    List<DynamicTest> sizes_areLimited() {
        cases.clear();
        closes("text over the limit", 1009, frame(0x81, "x".repeat(LIMIT + 1)));
        closes("binary over the limit", 1009, frame(0x82, "x".repeat(LIMIT + 1)));
        closes("header over the limit, no payload", 1009, bytes(0x81, 0xFE, 0x03, 0xE9));
        closes(
                "gigabytes announced",
                1009,
                bytes(0x82, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF));
        closes("most that can be announced", 1009, all(bytes(0x82, 0xFF, 0x7F), fill(7, 0xFF)));
        closes(
                "fragments over the limit together",
                1009,
                frame(0x01, "x".repeat(LIMIT)),
                frame(0x80, "y"));
        return List.copyOf(cases);
    }

    private RawClient open() {
        return RawClient.open(fixture.orElseThrow().port(), "/echo");
    }

    private void closes(String name, int code, byte[]... frames) {
        closes(name, code, 0, frames);
    }

    private void closes(String name, int code, int chunk, byte[]... frames) {
        cases.add(
                dynamicTest(
                        name + " -> " + code,
                        () -> {
                            try (RawClient client = open()) {
                                send(client, chunk, frames);
                                assertEquals(code, client.readClose());
                                client.write(close(code < 1000 ? 1000 : code, NONE));
                                assertEquals(true, client.ended(), "the server closes the stream");
                            }
                        }));
    }

    private void echoes(String name, String text, byte[]... frames) {
        echoes(name, text, 0, frames);
    }

    private void echoes(String name, String text, int chunk, byte[]... frames) {
        cases.add(
                dynamicTest(
                        name + " -> " + ALIVE,
                        () -> {
                            try (RawClient client = open()) {
                                send(client, chunk, frames);
                                RawClient.Frame answer = client.read().orElseThrow();
                                while (answer.opcode() > 2) {
                                    answer = client.read().orElseThrow();
                                }
                                assertEquals(text, answer.text());
                                client.sendClose(1000, "");
                                assertEquals(1000, client.readClose());
                            }
                        }));
    }

    private static void send(RawClient client, int chunk, byte[]... frames) {
        byte[] bytes = all(frames);
        int step = chunk == 0 ? Math.max(1, bytes.length) : chunk;
        for (int at = 0; at < bytes.length; at += step) {
            client.write(part(bytes, at, Math.min(bytes.length, at + step)));
        }
    }

    private static String hex(int bits) {
        return Integer.toHexString(bits).toUpperCase(Locale.ROOT);
    }

    private static byte[] frame(int first, String text) {
        return RawClient.frame(first, text.getBytes((first & 0xF) == 2 ? ISO_8859_1 : UTF_8));
    }

    private static byte[] frame(int first, byte[] payload) {
        return RawClient.frame(first, payload);
    }

    private static byte[] close(int code, byte[] reason) {
        return frame(0x88, all(bytes(code >> 8, code), reason));
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] fill(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] octets(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] part(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] times(int count, byte[] frame) {
        return all(Stream.generate(() -> frame).limit(count).toArray(byte[][]::new));
    }

    private static byte[] all(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
