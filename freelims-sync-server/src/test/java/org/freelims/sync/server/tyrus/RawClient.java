package org.freelims.sync.server.tyrus;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A socket that writes what no library would, and reads what comes back. */
final class RawClient implements AutoCloseable {
    /** A frame of the server's. */
    record Frame(int opcode, boolean fin, String text) {
        /** The code of a close frame; 1005 if it holds none. */
        int closeCode() {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            return bytes.length < 2 ? 1005 : ((bytes[0] & 0xFF) << 8) | (bytes[1] & 0xFF);
        }
    }

    /** What a request was answered with. */
    record Response(int status, Map<String, String> headers, String body) {}

    private final Socket socket;
    private final DataInputStream in;

    private RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    static RawClient connect(int port) {
        return connect(port, 0);
    }

    /** Connects with a small receive buffer, so that a client that reads nothing is soon full. */
    static RawClient connect(int port, int receiveBufferBytes) {
        try {
            Socket socket = new Socket();
            if (receiveBufferBytes > 0) {
                socket.setReceiveBufferSize(receiveBufferBytes);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(10_000);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new RawClient(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Talks over a socket that is connected, such as one with TLS. */
    static RawClient over(Socket socket) throws IOException {
        return new RawClient(socket);
    }

    /** Connects and opens a WebSocket. */
    static RawClient open(int port, String path, String... headers) {
        RawClient client = connect(port);
        Response response = client.handshake(path, headers);
        if (response.status() != 101) {
            throw new AssertionError("handshake was answered " + response);
        }
        return client;
    }

    Response handshake(String path, String... headers) {
        write(request(path, headers));
        return response();
    }

    static String request(String path, String... headers) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("Host", "localhost");
        all.put("Upgrade", "websocket");
        all.put("Connection", "Upgrade");
        all.put("Sec-WebSocket-Version", "13");
        all.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
        for (String header : headers) {
            String name = header.substring(0, header.indexOf(':'));
            String value = header.substring(header.indexOf(':') + 1).strip();
            if (value.isEmpty()) {
                all.remove(name);
            } else {
                all.put(name, value);
            }
        }
        all.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
        return text.append("\r\n").toString();
    }

    void write(String latin1) {
        write(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (SocketException e) {
            // the server has closed: what it answered before is what tests look at
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void sendText(String text) {
        write(frame(0x81, text.getBytes(StandardCharsets.UTF_8)));
    }

    void sendClose(int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        byte[] payload = new byte[text.length + 2];
        payload[0] = (byte) (code >> 8);
        payload[1] = (byte) code;
        System.arraycopy(text, 0, payload, 2, text.length);
        write(frame(0x88, payload));
    }

    /** A masked frame with the shortest length. */
    static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(first);
        int length = payload.length;
        if (length < 126) {
            out.write(0x80 | length);
        } else if (length < 65536) {
            out.write(0x80 | 126);
            out.write(length >> 8);
            out.write(length);
        } else {
            out.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
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

    Response response() {
        try {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            String[] lines = head.toString().split("\r\n");
            Map<String, String> headers = new LinkedHashMap<>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                headers.put(
                        lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).strip());
            }
            byte[] body = new byte[Integer.parseInt(headers.getOrDefault("content-length", "0"))];
            in.readFully(body);
            return new Response(
                    Integer.parseInt(lines[0].split(" ")[1]),
                    headers,
                    new String(body, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the next frame; empty at the end of the stream. */
    Optional<Frame> read() {
        try {
            int first = in.read();
            if (first < 0) {
                return Optional.empty();
            }
            int second = in.readUnsignedByte();
            if ((second & 0x80) != 0) {
                throw new AssertionError("a server's frames must not be masked");
            }
            long length =
                    second < 126 ? second : second == 126 ? in.readUnsignedShort() : in.readLong();
            byte[] payload = new byte[(int) length];
            in.readFully(payload);
            int opcode = first & 0x0F;
            return Optional.of(
                    new Frame(
                            opcode,
                            (first & 0x80) != 0,
                            new String(
                                    payload,
                                    opcode == 1
                                            ? StandardCharsets.UTF_8
                                            : StandardCharsets.ISO_8859_1)));
        } catch (EOFException | SocketException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads text messages until one contains this. */
    String readText(String containing) {
        while (true) {
            Frame frame = read().orElseThrow(() -> new AssertionError("the stream has ended"));
            if (frame.opcode() == 1 && frame.text().contains(containing)) {
                return frame.text();
            }
            if (frame.opcode() == 8) {
                throw new AssertionError("closed with " + frame.closeCode() + frame.text());
            }
        }
    }

    /** Reads up to the close frame and returns its code; 1006 if the stream ended without one. */
    int readClose() {
        for (Optional<Frame> frame = read(); frame.isPresent(); frame = read()) {
            if (frame.get().opcode() == 8) {
                return frame.get().closeCode();
            }
        }
        return 1006;
    }

    /** Returns whether the server ends the stream. */
    boolean ended() {
        return read().isEmpty();
    }

    Socket socket() {
        return socket;
    }

    /** Goes without a word. */
    void hangUp() {
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
