package org.freelims.sync.server.tyrus;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionContract;
import org.freelims.sync.transport.RecordingListener;

/** A connection between a server and a raw socket, read by a thread of its own that can pause. */
public final class RawEnds implements ConnectionContract.Ends {
    private final Connection connection;
    private final RecordingListener told;
    private final RawClient client;
    private final Runnable server;
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final Semaphore mayRead = new Semaphore(1);
    private volatile int closeCode;

    /**
     * @param port the server's
     * @param path where it serves the connection
     * @param opened waits for the server's end
     * @param server closes the server
     */
    public static RawEnds open(
            int port,
            String path,
            Supplier<Connection> opened,
            RecordingListener told,
            Runnable server) {
        RawClient client = RawClient.connect(port, 16 << 10);
        RawClient.Response response = client.handshake(path);
        if (response.status() != 101) {
            throw new AssertionError("handshake was answered " + response);
        }
        return new RawEnds(opened.get(), told, client, server);
    }

    private RawEnds(
            Connection connection, RecordingListener told, RawClient client, Runnable server) {
        this.connection = connection;
        this.told = told;
        this.client = client;
        this.server = server;
        Thread reader = new Thread(this::read, "raw-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try {
            while (true) {
                mayRead.acquireUninterruptibly();
                mayRead.release();
                Optional<RawClient.Frame> frame = client.read();
                if (frame.isEmpty()) {
                    return;
                }
                if (frame.get().opcode() == 1) {
                    received.add(frame.get().text());
                } else if (frame.get().opcode() == 8) {
                    closeCode = frame.get().closeCode();
                    client.sendClose(closeCode, "");
                }
            }
        } catch (UncheckedIOException e) {
            // the test is over and has closed the socket
        }
    }

    @Override
    public Connection connection() {
        return connection;
    }

    @Override
    public RecordingListener told() {
        return told;
    }

    @Override
    public void send(String text) {
        client.sendText(text);
    }

    @Override
    public List<String> received() {
        return List.copyOf(received);
    }

    @Override
    public void pause() {
        mayRead.acquireUninterruptibly();
    }

    @Override
    public void resume() {
        mayRead.release();
    }

    @Override
    public void leave(int code) {
        client.sendClose(code, "");
    }

    @Override
    public void vanish() {
        client.close();
    }

    @Override
    public OptionalInt closeCode() {
        return closeCode == 0 ? OptionalInt.empty() : OptionalInt.of(closeCode);
    }

    @Override
    public void close() {
        client.close();
        server.run();
    }
}
