package org.freelims.sync.server.security;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/** As much of DER (X.690) as it takes to wrap old kinds of private keys in PKCS#8. Stateless. */
final class Der {
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int PARAMETERS = 0xA0;

    private static final byte[] VERSION = {0x02, 0x01, 0x00};
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
    private static final byte[] EC_PUBLIC_KEY = HexFormat.of().parseHex("06072a8648ce3d0201");

    private Der() {}

    /** Wraps an RSAPrivateKey (RFC 8017, appendix A.1.2). */
    static byte[] pkcs8OfRsa(byte[] key) {
        return value(SEQUENCE, VERSION, RSA, value(OCTET_STRING, key));
    }

    /**
     * Wraps an ECPrivateKey (RFC 5915), which names its curve.
     *
     * @throws IllegalArgumentException if it is none
     */
    static byte[] pkcs8OfEc(byte[] key) {
        byte[] inside = content(key, 0, SEQUENCE);
        int at = skip(inside, skip(inside, 0, INTEGER), OCTET_STRING);
        byte[] curve = content(inside, at, PARAMETERS);
        return value(
                SEQUENCE, VERSION, value(SEQUENCE, EC_PUBLIC_KEY, curve), value(OCTET_STRING, key));
    }

    private static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        int length = content.size();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    private static byte[] content(byte[] in, int at, int tag) {
        int start = start(in, at, tag);
        return Arrays.copyOfRange(in, start, start + length(in, at));
    }

    private static int skip(byte[] in, int at, int tag) {
        return start(in, at, tag) + length(in, at);
    }

    private static int start(byte[] in, int at, int tag) {
        if ((in[at] & 0xFF) != tag) {
            throw new IllegalArgumentException("not what was expected at " + at);
        }
        int first = in[at + 1] & 0xFF;
        return at + 2 + (first < 0x80 ? 0 : first & 0x7F);
    }

    private static int length(byte[] in, int at) {
        int first = in[at + 1] & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7F); i++) {
            length = (length << 8) | (in[at + 2 + i] & 0xFF);
        }
        if (length < 0 || length > in.length) {
            throw new IllegalArgumentException("a length is out of range");
        }
        return length;
    }
}
