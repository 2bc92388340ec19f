package org.freelims.sync.server.security;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/**
 * One TCP connection of somebody who means no good, and reads what comes of it. What must not come
 * is an {@link AssertionError}. Confined to a thread.
 */
final class FuzzPeer implements AutoCloseable {
    private static final int PATIENCE_MS = 20_000;
    private static final int TOLD = 2000;
    private static final int CLOSE = 8;
    private static final int PONG = 10;

    /** What no message contains: control characters are escaped in JSON. */
    private static final String A_PONG = "\n";

    private static final String THE_END = "\0";

    private final Socket socket;
    private final DataInputStream in;
    private final FuzzAnswers answers;
    private byte[] sent = {};
    private boolean over;

    FuzzPeer(int port, FuzzAnswers answers) throws IOException {
        this.answers = answers;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /** Opens a WebSocket. */
    static FuzzPeer open(int port, String handshake, FuzzAnswers answers) throws IOException {
        FuzzPeer peer = new FuzzPeer(port, answers);
        peer.write(handshake.getBytes(ISO_8859_1));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) peer.in.readUnsignedByte());
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new AssertionError("the handshake was refused: " + head);
        }
        return peer;
    }

    boolean isOver() {
        return over;
    }

    /** Writes; a connection that was closed meanwhile is over. */
    void write(byte[] bytes) {
        sent = bytes;
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            over = true;
        }
    }

    /** A masked frame with the shortest length. */
    static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int length = payload.length;
        out.write(first);
        out.write(0x80 | (length < 126 ? length : length < 65536 ? 126 : 127));
        if (length >= 126) {
            for (int shift = length < 65536 ? 8 : 56; shift >= 0; shift -= 8) {
                out.write((int) ((long) length >> shift));
            }
        }
        byte[] mask = {0x37, (byte) 0xFA, 0x21, 0x3D};
        out.writeBytes(mask);
        for (int i = 0; i < length; i++) {
            out.write(payload[i] ^ mask[i & 3]);
        }
        return out.toByteArray();
    }

    /** Returns what was written last, as far as it is printable. */
    String sent() {
        return new String(sent, 0, Math.min(sent.length, TOLD), ISO_8859_1)
                .replaceAll("[^ -~\r\n]", "?");
    }

    /** Reads messages until a ping is answered, or the server has closed. */
    void awaitPong() throws IOException {
        write(frame(0x89, new byte[] {1}));
        read(A_PONG);
    }

    /** Reads messages until one contains a text, or the server has closed. */
    void awaitText(String text) throws IOException {
        read(text);
    }

    /** Says no more, and reads messages until the server has closed. */
    void awaitEnd() throws IOException {
        endOutput();
        while (!over) {
            read(THE_END);
        }
    }

    private void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            over = true;
        }
    }

    private void read(String until) throws IOException {
        try {
            while (!over) {
                int opcode = in.readUnsignedByte() & 0x0F;
                byte[] payload = payload();
                if (opcode == CLOSE) {
                    close(payload);
                    over = true;
                } else if (opcode == PONG && until.equals(A_PONG)) {
                    return;
                } else if (opcode == 1) {
                    String text = new String(payload, UTF_8);
                    answers.message(text);
                    if (text.contains(until)) {
                        return;
                    }
                }
            }
        } catch (EOFException | SocketException e) {
            over = true;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor a close", e);
        }
    }

    private void close(byte[] payload) {
        if (payload.length < 2) {
            answers.closed(1005, "");
        } else {
            int code = ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
            answers.closed(code, new String(payload, 2, payload.length - 2, UTF_8));
        }
    }

    private byte[] payload() throws IOException {
        int second = in.readUnsignedByte();
        long length =
                second < 126 ? second : second == 126 ? in.readUnsignedShort() : in.readLong();
        if (length > 100_000_000 || length < 0) {
            throw new AssertionError("the server's frames are broken");
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        return payload;
    }

    /** Reads what comes to an HTTP request, and all after it, until the server has closed. */
    void awaitResponse() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            socket.setSoTimeout(50);
            try {
                in.transferTo(all);
            } catch (SocketTimeoutException e) {
                endOutput(); // it waits for more: there is none
                socket.setSoTimeout(PATIENCE_MS);
                in.transferTo(all);
            }
        } catch (SocketException e) {
            over = true;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("neither an answer nor a close", e);
        }
        answers.response(all.toString(ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
