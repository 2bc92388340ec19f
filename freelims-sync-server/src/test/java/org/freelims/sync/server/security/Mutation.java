package org.freelims.sync.server.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Makes malformed messages of good ones. Stateless. */
final class Mutation {
    private static final int MOST_STEPS = 4;
    private static final int LONGEST = 60_000;

    /** What parsers, databases, pages and logs stumble over. */
    private static final List<byte[]> PIECES =
            Stream.concat(
                            Stream.of(
                                            "\0",
                                            "\\u0000",
                                            "\\ud800",
                                            "1e999999",
                                            "-1e-999999999",
                                            "-0",
                                            "9007199254740993",
                                            "99999999999999999999",
                                            "9".repeat(5000),
                                            "[".repeat(2000),
                                            "{\"a\":".repeat(500),
                                            "\"" + "x".repeat(3000) + "\"",
                                            "null",
                                            "true",
                                            "\"",
                                            "}",
                                            "%",
                                            "%00",
                                            "%zz",
                                            "%ff%fe",
                                            "&".repeat(300),
                                            ",".repeat(300),
                                            "a=1&".repeat(40),
                                            "' OR 1=1; DROP TABLE users --",
                                            "\r\nX-Injected: yes\r\n\r\n",
                                            "${jndi:ldap://127.0.0.1/x}",
                                            "<script>alert(1)</script>",
                                            "%n%s%d{0}",
                                            "\u202e\u0007\u001b[2J",
                                            "\ud83d\ude00",
                                            "../../etc/passwd",
                                            "99999999999-",
                                            "\u001e",
                                            "{\"_placeholder\":true,\"num\":2147483648}")
                                    .map(text -> text.getBytes(UTF_8)),
                            Stream.of(
                                    new byte[] {(byte) 0xC0, (byte) 0xAF},
                                    new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                                    new byte[] {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
                                    new byte[] {(byte) 0xFF},
                                    new byte[300]))
                    .toList();

    private Mutation() {}

    /** Returns what became of one of these, after a few steps; or, now and then, random bytes. */
    static byte[] of(List<byte[]> valid, Random random) {
        if (random.nextInt(20) == 0) {
            return bytes(random, random.nextInt(400));
        }
        byte[] message = any(valid, random);
        for (int left = 1 + random.nextInt(MOST_STEPS); left > 0; left--) {
            message = step(message, valid, random);
        }
        return message.length <= LONGEST ? message : Arrays.copyOf(message, LONGEST);
    }

    private static byte[] step(byte[] message, List<byte[]> valid, Random random) {
        int from = random.nextInt(message.length + 1);
        int until = Math.min(message.length, from + random.nextInt(16));
        return switch (random.nextInt(9)) {
            case 0 -> flipped(message, random);
            case 1 -> spliced(message, from, new byte[0], until);
            case 2 -> spliced(message, until, Arrays.copyOfRange(message, from, until), until);
            case 3 -> spliced(message, from, any(PIECES, random), from);
            case 4 -> spliced(message, from, any(PIECES, random), until);
            case 5 -> spliced(message, from, bytes(random, 1 + random.nextInt(8)), from);
            case 6 -> Arrays.copyOf(message, from);
            case 7 -> spliced(message, from, any(valid, random), message.length);
            default -> withoutValue(message, any(PIECES, random), random);
        };
    }

    private static byte[] flipped(byte[] message, Random random) {
        byte[] flipped = message.clone();
        if (flipped.length > 0) {
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return flipped;
    }

    /** Puts a piece where a value is: after a colon, an equals sign or a slash. */
    private static byte[] withoutValue(byte[] message, byte[] piece, Random random) {
        int from = random.nextInt(message.length + 1);
        while (from < message.length && ":=/".indexOf(message[from]) < 0) {
            from++;
        }
        int until = Math.min(message.length, from + 1);
        while (until < message.length && ",}]& \r".indexOf(message[until]) < 0) {
            until++;
        }
        return spliced(message, Math.min(message.length, from + 1), piece, until);
    }

    private static byte[] spliced(byte[] message, int from, byte[] piece, int until) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(message, 0, from);
        out.writeBytes(piece);
        out.write(message, until, message.length - until);
        return out.toByteArray();
    }

    private static byte[] any(List<byte[]> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
