package org.freelims.sync.server.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Thousands of WebSocket clients on one thread, each of which only counts, checks that its
 * positions rise, and remembers the last: enough to tell whether everybody is complete, and so
 * cheap that the server is what is measured.
 */
final class Swarm implements AutoCloseable {
    private static final byte[] POSITION = "\"position\":\"".getBytes(US_ASCII);
    private static final byte[] NOTIFICATION = "{\"type\":\"notification\"".getBytes(US_ASCII);
    private static final byte[] AT = "\"at\":\"".getBytes(US_ASCII);
    private static final int LONGEST_INSTANT = 40;
    private static final int SLOW_BUFFER_BYTES = 4096;
    private static final byte[] MASK = {1, 2, 3, 4};

    private final int port;
    private final String to;
    private final Selector selector;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Member> members = new ArrayList<>();
    private volatile boolean closed;

    Swarm(int port, String to) throws IOException {
        this.port = port;
        this.to = to;
        this.selector = Selector.open();
        this.thread = new Thread(this::run, "swarm");
        thread.setDaemon(true);
        thread.start();
    }

    /** One client. Its fields are the swarm's thread's, but for the counters. */
    final class Member {
        private final int bytesASecond;
        private final AtomicLong received = new AtomicLong();
        private final AtomicLong disorders = new AtomicLong();
        private volatile long offset = -1;
        private volatile String position = "";
        private @Nullable SocketChannel channel;
        private volatile boolean hurried;
        private final List<Double> latenciesMs = new ArrayList<>();
        private volatile boolean measured;
        private ByteBuffer in = ByteBuffer.allocate(1 << 14);
        private boolean greeted;
        private boolean subscribed;
        private long readBytes;
        private long sinceNanos;

        private Member(int bytesASecond) {
            this.bytesASecond = bytesASecond;
        }

        long received() {
            return received.get();
        }

        long disorders() {
            return disorders.get();
        }

        /** From now on it reads all that comes. */
        void hurry() {
            hurried = true;
        }

        /** From now on it measures how long after a change was made it hears of it. */
        void measure() {
            measured = true;
        }

        /** Returns what it measured since it was asked last, in milliseconds. */
        List<Double> latenciesMs() {
            synchronized (latenciesMs) {
                List<Double> taken = List.copyOf(latenciesMs);
                latenciesMs.clear();
                return taken;
            }
        }

        /** Returns how far it is complete. */
        long offset() {
            return offset;
        }

        private void connect() {
            try {
                SocketChannel open = SocketChannel.open();
                open.configureBlocking(false);
                if (bytesASecond > 0) {
                    // or the kernel would read for it
                    open.setOption(java.net.StandardSocketOptions.SO_RCVBUF, SLOW_BUFFER_BYTES);
                }
                open.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                open.register(selector, SelectionKey.OP_CONNECT, this);
                channel = open;
                in.clear();
                greeted = false;
                subscribed = false;
                sinceNanos = System.nanoTime();
                readBytes = 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void cut() {
            SocketChannel open = channel;
            if (open != null) {
                try {
                    open.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
                    open.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }

        private void connected(SocketChannel open, SelectionKey key) throws IOException {
            open.finishConnect();
            key.interestOps(SelectionKey.OP_READ);
            open.write(
                    ByteBuffer.wrap(
                            ("GET /sync HTTP/1.1\r\nHost: 127.0.0.1:"
                                            + port
                                            + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                            + "Sec-WebSocket-Version: 13\r\n"
                                            + "Sec-WebSocket-Protocol: freelims.sync.v1\r\n\r\n")
                                    .getBytes(US_ASCII)));
        }

        private void read(SocketChannel open) throws IOException {
            if (bytesASecond > 0 && !hurried) {
                long may = (System.nanoTime() - sinceNanos) / 1000 * bytesASecond / 1_000_000;
                if (may - readBytes < 512) {
                    return;
                }
                in.limit((int) Math.min(in.capacity(), in.position() + (may - readBytes)));
            }
            int n = open.read(in);
            in.limit(in.capacity());
            if (n < 0) {
                open.close();
                return;
            }
            readBytes += n;
            in.flip();
            take(open);
            in.compact();
            if (!in.hasRemaining()) {
                ByteBuffer larger = ByteBuffer.allocate(in.capacity() * 2);
                in.flip();
                larger.put(in);
                in = larger;
            }
        }

        private void take(SocketChannel open) throws IOException {
            if (!greeted) {
                String head = US_ASCII.decode(in.duplicate()).toString();
                int end = head.indexOf("\r\n\r\n");
                if (end < 0) {
                    return;
                }
                if (!head.startsWith("HTTP/1.1 101")) {
                    throw new IOException(head);
                }
                in.position(in.position() + end + 4);
                greeted = true;
                String from = position.isEmpty() ? "now" : position;
                send(
                        open,
                        1,
                        "{\"type\":\"subscribe\",\"id\":1,\"to\":\""
                                + to
                                + "\",\"from\":\""
                                + from
                                + "\"}");
            }
            for (int start = in.position(); frame(open); start = in.position()) {
                if (start == in.position()) {
                    throw new IOException("an empty frame");
                }
            }
        }

        private boolean frame(SocketChannel open) throws IOException {
            int start = in.position();
            if (in.remaining() < 2) {
                return false;
            }
            int opcode = in.get(start) & 15;
            long length = in.get(start + 1) & 127;
            int header = length == 126 ? 4 : length == 127 ? 10 : 2;
            if (in.remaining() < header) {
                return false;
            }
            if (length == 126) {
                length = in.getShort(start + 2) & 0xffff;
            } else if (length == 127) {
                length = in.getLong(start + 2);
            }
            if (in.remaining() < header + length) {
                return false;
            }
            int from = start + header;
            int until = from + (int) length;
            if (opcode == 1) {
                message(from, until);
            } else if (opcode == 9) {
                send(open, 10, "");
            } else if (opcode == 8) {
                open.close();
            }
            in.position(until);
            return true;
        }

        private void message(int from, int until) {
            boolean notification = startsWith(from, until, NOTIFICATION);
            int at = notification ? find(from, until, POSITION) : -1;
            if (!notification) {
                String text = UTF_8.decode(in.duplicate().position(from).limit(until)).toString();
                if (text.startsWith("{\"type\":\"error\"") || text.contains("\"resync\"")) {
                    disorders.incrementAndGet();
                }
                subscribed |= text.startsWith("{\"type\":\"subscribed\"");
                // a heartbeat says nothing of what is not subscribed yet
                if (!subscribed || text.startsWith("{\"type\":\"welcome\"")) {
                    return;
                }
                at = find(from, until, POSITION);
            }
            int end = at;
            while (in.get(end) != '"') {
                end++;
            }
            byte[] bytes = new byte[end - at];
            in.get(at, bytes);
            String now = new String(bytes, US_ASCII);
            int colon = now.indexOf(':');
            int dot = now.indexOf('.');
            long next = Long.parseLong(now.substring(colon + 1, dot < 0 ? now.length() : dot));
            if (notification) {
                received.incrementAndGet();
                if (measured) {
                    measure(from, until);
                }
                if (offset >= 0 && next != offset + 1) {
                    disorders.incrementAndGet();
                }
            }
            if (next >= offset) {
                offset = next;
                position = now;
            }
        }

        private void measure(int from, int until) {
            int start = find(from, until, AT);
            byte[] bytes = new byte[LONGEST_INSTANT];
            int length = 0;
            while (in.get(start + length) != '"') {
                bytes[length] = in.get(start + length);
                length++;
            }
            Instant at = Instant.parse(new String(bytes, 0, length, US_ASCII));
            double ms = Duration.between(at, Instant.now()).toNanos() / 1e6;
            synchronized (latenciesMs) {
                latenciesMs.add(ms);
            }
        }

        private boolean startsWith(int from, int until, byte[] what) {
            if (until - from < what.length) {
                return false;
            }
            for (int i = 0; i < what.length; i++) {
                if (in.get(from + i) != what[i]) {
                    return false;
                }
            }
            return true;
        }

        private int find(int from, int until, byte[] what) {
            for (int i = from; i < until - what.length; i++) {
                if (startsWith(i, until, what)) {
                    return i + what.length;
                }
            }
            throw new IllegalStateException("no position");
        }

        private void send(SocketChannel open, int opcode, String text) throws IOException {
            byte[] payload = text.getBytes(UTF_8);
            ByteBuffer out = ByteBuffer.allocate(payload.length + 14);
            out.put((byte) (0x80 | opcode));
            if (payload.length < 126) {
                out.put((byte) (0x80 | payload.length));
            } else {
                out.put((byte) (0x80 | 126)).putShort((short) payload.length);
            }
            out.put(MASK);
            for (int i = 0; i < payload.length; i++) {
                out.put((byte) (payload[i] ^ MASK[i & 3]));
            }
            open.write(out.flip());
        }
    }

    /**
     * Adds clients.
     *
     * @param bytesASecond how much each reads at most; 0 for all that comes
     * @param from where each starts; empty for now
     */
    List<Member> join(int count, int bytesASecond, String from) {
        List<Member> joined = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Member member = new Member(bytesASecond);
            member.position = from;
            joined.add(member);
        }
        tasks.add(
                () -> {
                    members.addAll(joined);
                    joined.forEach(Member::connect);
                });
        selector.wakeup();
        return joined;
    }

    /** Cuts all connections at once and connects again, each from where it was. */
    void storm() {
        tasks.add(
                () -> {
                    members.forEach(Member::cut);
                    members.forEach(Member::connect);
                });
        selector.wakeup();
    }

    private void run() {
        try {
            while (!closed) {
                selector.select(10);
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                selector.selectedKeys().forEach(Swarm::ready);
                selector.selectedKeys().clear();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void ready(SelectionKey key) {
        Member member = (Member) key.attachment();
        SocketChannel channel = (SocketChannel) key.channel();
        if (!key.isValid() || channel != member.channel) {
            return;
        }
        try {
            if (key.isConnectable()) {
                member.connected(channel, key);
            } else if (key.isReadable()) {
                member.read(channel);
            }
        } catch (IOException e) {
            // refused or reset: it comes back, as clients do
            member.cut();
            member.connect();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Member member : members) {
            member.cut();
        }
        selector.close();
    }
}
