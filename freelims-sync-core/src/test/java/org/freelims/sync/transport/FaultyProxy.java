package org.freelims.sync.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on the loopback for tests, between a client and a server, that does what networks do:
 * cut, stall, delay, close one way. Thread-safe. What is set holds for present and later
 * connections.
 */
public final class FaultyProxy implements AutoCloseable {
    /** Which way bytes go. */
    public enum Direction {
        TO_SERVER,
        TO_CLIENT
    }

    private static final int CHUNK_BYTES = 4096;

    private volatile InetSocketAddress target;
    private final ServerSocket listener;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong cutAfterBytes = new AtomicLong(Long.MAX_VALUE);

    // guarded by this; every change is notified
    private final Set<Direction> stalled = java.util.EnumSet.noneOf(Direction.class);
    private Duration delay = Duration.ZERO;
    private boolean refusing;
    private boolean closed;

    private FaultyProxy(InetSocketAddress target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("faulty-proxy-accept", this::accept);
    }

    /** Starts a proxy to a port on this machine. */
    public static FaultyProxy to(int port) {
        try {
            return new FaultyProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the port on the loopback to connect to. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Returns how many connections there are now. */
    public int connections() {
        return links.size();
    }

    /** Returns how many connections there have been. */
    public long accepted() {
        return accepted.get();
    }

    /** Leads later connections to another port, as a load balancer does. */
    public void retarget(int port) {
        target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Resets every present connection, both sides. */
    public void cut() {
        links.forEach(Link::reset);
    }

    /** Resets a connection once so many further bytes have reached the client, counted over all. */
    public void cutAfter(long bytes) {
        cutAfterBytes.set(bytes);
    }

    /** Resets every new connection at once, or no longer. */
    public synchronized void refuse(boolean refuse) {
        refusing = refuse;
    }

    /** Passes nothing on that way, and tells nobody: to both sides the peer is just silent. */
    public synchronized void stall(Direction way) {
        stalled.add(way);
    }

    /** Passes everything on again. */
    public synchronized void resume() {
        stalled.clear();
        notifyAll();
    }

    /** Holds every chunk back for so long. */
    public synchronized void delay(Duration each) {
        delay = each;
    }

    /** Closes that way of every present connection, as a peer does that has no more to say. */
    public void halfClose(Direction way) {
        links.forEach(link -> link.halfClose(way));
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                accepted.incrementAndGet();
                boolean refuse;
                synchronized (this) {
                    refuse = refusing;
                }
                if (refuse) {
                    reset(client);
                } else {
                    open(client);
                }
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void open(Socket client) throws IOException {
        Socket server = new Socket();
        try {
            server.connect(target);
        } catch (IOException e) {
            reset(client);
            return;
        }
        Link link = new Link(client, server);
        links.add(link);
        start("faulty-proxy-to-server", () -> link.pump(Direction.TO_SERVER));
        start("faulty-proxy-to-client", () -> link.pump(Direction.TO_CLIENT));
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // it is closed already, which is what was wanted
            return;
        }
    }

    /** Waits while that way is stalled; returns false if the proxy was closed meanwhile. */
    private synchronized boolean await(Direction way) throws InterruptedException {
        while (stalled.contains(way) && !closed) {
            wait();
        }
        return !closed;
    }

    private synchronized long delayMs() {
        return delay.toMillis();
    }

    /** One connection through the proxy. */
    private final class Link {
        private final Socket client;
        private final Socket server;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Direction way) {
            Socket from = way == Direction.TO_SERVER ? client : server;
            Socket to = way == Direction.TO_SERVER ? server : client;
            byte[] chunk = new byte[CHUNK_BYTES];
            try {
                for (int n = from.getInputStream().read(chunk);
                        n >= 0;
                        n = from.getInputStream().read(chunk)) {
                    if (delayMs() > 0) {
                        Thread.sleep(delayMs());
                    }
                    if (!await(way)) {
                        break;
                    }
                    if (way == Direction.TO_CLIENT) {
                        long left = cutAfterBytes.addAndGet(-n);
                        if (left <= 0) {
                            int last = (int) Math.max(0, n + left);
                            to.getOutputStream().write(chunk, 0, last);
                            to.getOutputStream().flush();
                            cutAfterBytes.set(Long.MAX_VALUE);
                            reset();
                            return;
                        }
                    }
                    to.getOutputStream().write(chunk, 0, n);
                }
                to.shutdownOutput();
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
            } finally {
                if (client.isOutputShutdown() && server.isOutputShutdown()) {
                    reset();
                }
            }
        }

        void halfClose(Direction way) {
            try {
                (way == Direction.TO_SERVER ? server : client).shutdownOutput();
            } catch (IOException e) {
                reset();
            }
        }

        void reset() {
            links.remove(this);
            FaultyProxy.reset(client);
            FaultyProxy.reset(server);
        }
    }
}
