package org.freelims.sync.server.tyrus;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.freelims.sync.transport.Connection;
import org.freelims.sync.transport.ConnectionContract;
import org.freelims.sync.transport.RecordingListener;

class TyrusConnectionTest extends ConnectionContract {
    @Override
    protected Ends open(long capBytes) {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        RecordingListener told = new RecordingListener();
        ServerFixture fixture =
                ServerFixture.start(
                        builder ->
                                builder.limits(
                                                ConnectionLimits.defaults()
                                                        .withCloseTimeout(Duration.ofMillis(500)))
                                        .route(
                                                "/connection",
                                                handshake ->
                                                        WebSocketRoute.accept(
                                                                channel -> {
                                                                    TyrusConnection connection =
                                                                            new TyrusConnection(
                                                                                    channel,
                                                                                    capBytes);
                                                                    connection.listener(told);
                                                                    opened.complete(connection);
                                                                    return connection;
                                                                })));
        return RawEnds.open(fixture.port(), "/connection", opened::join, told, fixture::close);
    }
}
