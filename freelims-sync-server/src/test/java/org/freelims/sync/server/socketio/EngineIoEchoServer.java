package org.freelims.sync.server.socketio;

import java.util.List;
import org.freelims.sync.server.security.CorsPolicy;
import org.freelims.sync.transport.CloseReason;

/** Bare Engine.IO that sends each message back as it came: for conformance suites. */
final class EngineIoEchoServer {
    private EngineIoEchoServer() {}

    public static void main(String[] args) throws InterruptedException {
        try (FixtureServer server = start(args.length == 0 ? 3000 : Integer.parseInt(args[0]))) {
            server.serveForever();
        }
    }

    static FixtureServer start(int port) {
        return new FixtureServer(
                new SocketIoEndpoint(
                        FixtureServer.SETTINGS,
                        CorsPolicy.allowing(List.of("*")),
                        unused -> Echo::new),
                port);
    }

    private record Echo(EngineConnection connection) implements EngineListener {
        @Override
        public void onText(String text) {
            connection.send(List.of(WirePacket.text('4' + text)));
        }

        @Override
        public void onBinary(byte[] data) {
            connection.send(List.of(WirePacket.binary(data)));
        }

        @Override
        public void onClosed(CloseReason reason) {}
    }
}
