package org.freelims.sync.examples.benchmarks.comparison;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Publishes to a NATS server over TCP, as its clients do. What this costs is not the server's,
 * while the other servers make their notifications themselves.
 */
record NatsPublisher(int port) implements Trigger {
    @Override
    public void publish(int count, int rate) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            send(out, "CONNECT {\"verbose\":false}\r\n");
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                if (rate > 0) {
                    pause(start + TimeUnit.SECONDS.toNanos(i) / rate);
                }
                String data = Notification.now();
                send(out, "PUB inventory " + data.length() + "\r\n" + data + "\r\n");
            }
            send(out, "PING\r\n");
            awaitPong(new BufferedInputStream(socket.getInputStream()));
        }
    }

    private static void pause(long untilNanos) {
        for (long left = untilNanos - System.nanoTime();
                left > 0;
                left = untilNanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void awaitPong(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.indexOf("PONG") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the NATS server closed the publisher's connection");
            }
            line.append((char) next);
        }
    }
}
