package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/*
 * One thread, one selector, one buffer: reads what there is from every socket, looks for marks and counts. Nothing is
 * allocated for a delivery, so that the servers are measured and not this. The clock is read once a read: what one read
 * brought has been there since.
 */
/** Many WebSocket clients, whose deliveries are counted and timed. Confined to one thread. */
final class LoadGenerator implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 << 10;
    private static final int CONNECTING_AT_ONCE = 64;
    private static final long POLL_MILLIS = 20;

    private final int port;
    private final Selector selector;
    private final List<SocketChannel> channels = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final Latencies latencies = new Latencies();
    private final long epochNanos;
    private int subscribed;
    private int lost;
    private String lastLoss = "";
    private long readNanos;
    private long firstNanos;
    private long lastNanos;

    LoadGenerator(int port) throws IOException {
        this.port = port;
        this.selector = Selector.open();
        Instant now = Instant.now();
        this.epochNanos = now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
    }

    /**
     * Connects clients, those after the first {@code interested} with the other dialog, and returns
     * when all have subscribed.
     *
     * @throws IOException if not all have within the time, with the reason of the last that failed
     */
    void connect(int clients, int interested, Dialog dialog, Dialog other, Duration within)
            throws IOException {
        long deadline = System.nanoTime() + within.toNanos();
        while (subscribed < clients) {
            while (channels.size() < clients && channels.size() - subscribed < CONNECTING_AT_ONCE) {
                open(channels.size() < interested ? dialog : other);
            }
            poll();
            if (lost > 0 || System.nanoTime() > deadline) {
                throw new IOException(
                        subscribed
                                + " of "
                                + clients
                                + " clients could subscribe"
                                + (lastLoss.isEmpty() ? "" : ": " + lastLoss));
            }
        }
    }

    private void open(Dialog dialog) throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channels.add(channel);
        channel.register(
                selector, SelectionKey.OP_CONNECT, new LoadClient(channel, dialog, this::onMark));
        channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Forgets what was counted. */
    void reset() {
        latencies.reset();
        firstNanos = 0;
        lastNanos = 0;
    }

    /** Reads for a while. */
    void rest(Duration duration) throws IOException {
        long end = System.nanoTime() + duration.toNanos();
        pollUntil(() -> System.nanoTime() >= end);
    }

    /** Reads until so many deliveries were counted, or none came for a while. */
    void await(long deliveries, Duration quiet) throws IOException {
        long start = System.nanoTime();
        pollUntil(
                () ->
                        latencies.total() >= deliveries
                                || System.nanoTime() - Math.max(start, lastNanos)
                                        > quiet.toNanos());
    }

    private void pollUntil(BooleanSupplier done) throws IOException {
        while (!done.getAsBoolean()) {
            poll();
        }
    }

    private void poll() throws IOException {
        selector.select(this::serve, POLL_MILLIS);
    }

    private void serve(SelectionKey key) {
        LoadClient client = (LoadClient) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        boolean before = client.isSubscribed();
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                key.interestOps(SelectionKey.OP_READ);
                client.connected(port);
            } else if (key.isReadable()) {
                read(channel, client);
            }
        } catch (IOException | UncheckedIOException e) {
            lost(key, client, e);
            return;
        }
        if (client.isSubscribed() && !before) {
            subscribed++;
        }
    }

    private void read(SocketChannel channel, LoadClient client) throws IOException {
        buffer.clear();
        int length = channel.read(buffer);
        if (length < 0) {
            throw new IOException("the server closed the connection");
        }
        readNanos = System.nanoTime();
        buffer.flip();
        buffer.get(bytes, 0, length);
        client.feed(bytes, length);
    }

    private void lost(SelectionKey key, LoadClient client, Exception e) {
        lost++;
        lastLoss = String.valueOf(e.getMessage());
        if (client.isSubscribed()) {
            subscribed--;
        }
        key.cancel();
        close((SocketChannel) key.channel());
    }

    private void onMark(long publishedNanos) {
        if (firstNanos == 0) {
            firstNanos = readNanos;
        }
        lastNanos = readNanos;
        latencies.add((readNanos + epochNanos - publishedNanos) / 1000);
    }

    /** Returns how late deliveries were; its total is how many there were. */
    Latencies latencies() {
        return latencies;
    }

    /** Returns the time from the first delivery to the last. */
    Duration elapsed() {
        return Duration.ofNanos(lastNanos - firstNanos);
    }

    /** Returns how many connections ended that should not have. */
    int lost() {
        return lost;
    }

    /** Returns why the last of them ended. */
    String lastLoss() {
        return lastLoss;
    }

    @Override
    public void close() throws IOException {
        channels.forEach(LoadGenerator::close);
        selector.close();
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is gone either way
            System.err.println("closing a connection: " + e.getMessage());
        }
    }
}
