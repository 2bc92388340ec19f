package org.freelims.sync.examples.peers;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;
import com.corundumstudio.socketio.Transport;
import java.io.IOException;
import java.util.Map;

/** netty-socketio: a room for each resource. Arguments: PORT GO_PORT. */
public final class NettySocketIo {
    private NettySocketIo() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(Integer.parseInt(args[0]));
        configuration.setContext("/ws");
        configuration.setTransports(Transport.WEBSOCKET, Transport.POLLING);
        configuration.getSocketConfig().setTcpNoDelay(true);
        SocketIOServer server = new SocketIOServer(configuration);
        server.addEventListener(
                "subscribe",
                Map.class,
                (client, asked, ack) -> {
                    String resource = String.valueOf(asked.get("resource"));
                    client.joinRoom(resource);
                    client.sendEvent("subscription_success", Map.of("resource", resource));
                });
        server.start();
        Go.listen(
                Integer.parseInt(args[1]),
                notification ->
                        server.getRoomOperations("inventory")
                                .sendEvent("inventory_updated", notification));
    }
}
