package org.freelims.sync.server.tyrus;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.freelims.sync.HubThreads;
import org.freelims.sync.SyncHub;
import org.freelims.sync.SyncHubBuilder;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.log.InMemoryChangeLog;
import org.freelims.sync.transport.CloseReason;

/** A server with a real hub over a log in memory, and a route {@code /echo} that says back. */
final class ServerFixture implements AutoCloseable {
    final InMemoryChangeLog log = ChangeLog.inMemory(100_000);
    final HubThreads threads = HubThreads.start();
    final SyncHub hub;
    final SyncServer server;
    final List<CloseReason> echoClosed = new CopyOnWriteArrayList<>();
    final List<WebSocketChannel> channels = new CopyOnWriteArrayList<>();

    ServerFixture(UnaryOperator<SyncHubBuilder> ofHub, Consumer<SyncServerBuilder> ofServer) {
        this(ofHub, (hub, builder) -> ofServer.accept(builder));
    }

    /** As the other, for what is mounted on the server and needs the hub. */
    ServerFixture(
            UnaryOperator<SyncHubBuilder> ofHub, BiConsumer<SyncHub, SyncServerBuilder> ofServer) {
        hub = ofHub.apply(SyncHub.builder().log(log).snapshots(log).threads(threads)).build();
        hub.start();
        SyncServerBuilder builder =
                SyncServer.builder()
                        .port(0)
                        .hub(hub)
                        .route(
                                "/echo",
                                handshake -> WebSocketRoute.accept(channel -> new Echo(channel)));
        ofServer.accept(hub, builder);
        server = builder.build().start();
    }

    static ServerFixture start(Consumer<SyncServerBuilder> ofServer) {
        return new ServerFixture(hub -> hub.allowAnonymous(true), ofServer);
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        threads.close();
    }

    private final class Echo implements WebSocketHandler {
        private final WebSocketChannel channel;

        Echo(WebSocketChannel channel) {
            this.channel = channel;
            channels.add(channel);
        }

        @Override
        public void onText(String text) {
            if (text.equals("fail")) {
                throw new IllegalStateException("as the test asked");
            }
            channel.sendText(text);
        }

        @Override
        public void onBinary(byte[] data) {
            channel.sendBinary(data);
        }

        @Override
        public void onClosed(CloseReason reason) {
            echoClosed.add(reason);
        }
    }
}
