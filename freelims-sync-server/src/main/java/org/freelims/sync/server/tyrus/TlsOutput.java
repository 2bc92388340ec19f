package org.freelims.sync.server.tyrus;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.asyncqueue.WritableMessage;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.glassfish.grizzly.ssl.SSLUtils;

/**
 * The end of what is written to a connection: over TLS a close_notify first (RFC 8446, section
 * 6.1), then the end of the stream. What the peer still sends is read. Stateless.
 */
final class TlsOutput {
    private TlsOutput() {}

    /** Ends the output; nothing may be written after. */
    static void end(TCPNIOConnection connection) {
        SSLEngine engine = SSLUtils.getSSLEngine(connection);
        if (engine == null) {
            shutdown(connection);
            return;
        }
        engine.closeOutbound();
        ByteBuffer alert = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        try {
            engine.wrap(ByteBuffer.allocate(0), alert);
        } catch (IOException e) {
            connection.terminateSilently();
            return;
        }
        alert.flip();
        Buffer buffer = Buffers.wrap(connection.getMemoryManager(), alert);
        ((TCPNIOTransport) connection.getTransport())
                .getAsyncQueueIO()
                .getWriter()
                .write(
                        connection,
                        buffer,
                        new EmptyCompletionHandler<>() {
                            @Override
                            public void completed(WriteResult<WritableMessage, SocketAddress> r) {
                                shutdown(connection);
                            }

                            @Override
                            public void failed(Throwable error) {
                                connection.terminateSilently();
                            }
                        });
    }

    private static void shutdown(TCPNIOConnection connection) {
        try {
            ((SocketChannel) connection.getChannel()).shutdownOutput();
        } catch (IOException e) {
            connection.terminateSilently();
        }
    }
}
