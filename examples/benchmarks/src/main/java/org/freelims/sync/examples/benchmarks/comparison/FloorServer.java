package org.freelims.sync.examples.benchmarks.comparison;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The least that a fan-out without gathering can cost in Java: a frame made once, and one write of
 * it to each socket by one thread, no protocol, no registry: {@code FloorServer PORT GO_PORT}.
 */
final class FloorServer {
    private static final byte[] UPGRADE =
            String.join(
                            "\r\n",
                            "HTTP/1.1 101 Switching Protocols",
                            "Upgrade: websocket",
                            "Connection: Upgrade",
                            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                            "",
                            "")
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUBSCRIBED = frame("{\"type\":\"subscribed\"}");
    private static final int FRAME_BYTES = 1024;

    private final List<SocketChannel> clients = new CopyOnWriteArrayList<>();

    private FloorServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        FloorServer server = new FloorServer();
        HttpServer go =
                HttpServer.create(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])),
                        0);
        go.createContext("/go", server::go);
        go.start();
        server.accept(Integer.parseInt(args[0]));
    }

    /** Answers each handshake, whatever it asks, and confirms the one message that follows. */
    private void accept(int port) throws IOException {
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            while (true) {
                SocketChannel client = listening.accept();
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
                if (client.read(ByteBuffer.allocate(FRAME_BYTES)) > 0) {
                    client.write(ByteBuffer.wrap(UPGRADE));
                    client.read(ByteBuffer.allocate(FRAME_BYTES));
                    client.write(ByteBuffer.wrap(SUBSCRIBED));
                    clients.add(client);
                }
            }
        }
    }

    private void go(HttpExchange exchange) throws IOException {
        String[] query = exchange.getRequestURI().getQuery().split("[=&]");
        publish(Integer.parseInt(query[1]), Integer.parseInt(query[3]));
        exchange.sendResponseHeaders(204, -1);
        exchange.close();
    }

    private void publish(int count, int rate) throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(FRAME_BYTES);
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = rate > 0 ? start + TimeUnit.SECONDS.toNanos(i) / rate : start;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            direct.clear().put(frame(Notification.now())).flip();
            for (SocketChannel client : clients) {
                ByteBuffer unsent = direct.duplicate();
                while (unsent.hasRemaining()) {
                    client.write(unsent);
                }
            }
        }
    }

    private static byte[] frame(String text) {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 4).put((byte) 0x81);
        if (payload.length < 126) {
            frame.put((byte) payload.length);
        } else {
            frame.put((byte) 126).putShort((short) payload.length);
        }
        frame.put(payload);
        byte[] bytes = new byte[frame.position()];
        frame.flip().get(bytes);
        return bytes;
    }
}
