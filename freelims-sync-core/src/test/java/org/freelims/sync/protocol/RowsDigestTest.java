package org.freelims.sync.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowsDigestTest {
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);

    private static RowsDigest row(String id, String data) {
        return RowsDigest.ofRow("inventory", id, data);
    }

    @Test
    void ofRow_asTheProtocolWritesIt_isTheHashOfItsParts() throws Exception {
        byte[] parts =
                "9:inventory1:12:id1:18:quantity4:1.504:unit5:\"\u00b5l\""
                        .getBytes(StandardCharsets.UTF_8);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(parts);
        String expected = HexFormat.of().formatHex(Arrays.copyOf(hash, 16));

        assertEquals(
                expected,
                row("1", "{\"unit\": \"\u00b5l\", \"id\":1, \"quantity\":1.50}").toString());
    }

    @Test
    void ofRow_anyOtherPart_differs() {
        RowsDigest digest = row("1", "{\"id\":1,\"n\":5}");
        assertNotEquals(digest, row("2", "{\"id\":1,\"n\":5}"));
        assertNotEquals(digest, row("1", "{\"id\":1,\"n\":5.0}"));
        assertNotEquals(digest, row("1", "{\"id\":1,\"m\":5}"));
        assertNotEquals(digest, row("1", "{\"id\":1}"));
        assertNotEquals(digest, RowsDigest.ofRow("samples", "1", "{\"id\":1,\"n\":5}"));
    }

    @Test
    void plusAndMinus_manyRows_areTheSumModulo2To128() {
        Random random = new Random(7);
        RowsDigest digest = RowsDigest.EMPTY;
        BigInteger sum = BigInteger.ZERO;
        for (int i = 0; i < 1000; i++) {
            RowsDigest one = row(Integer.toString(random.nextInt(100)), "{\"n\":" + i + "}");
            BigInteger number = new BigInteger(one.toString(), 16);
            boolean in = random.nextInt(3) > 0;
            digest = in ? digest.plus(one) : digest.minus(one);
            sum = (in ? sum.add(number) : sum.subtract(number)).mod(MODULUS);
            assertEquals(sum, new BigInteger(digest.toString(), 16));
        }
    }
}
