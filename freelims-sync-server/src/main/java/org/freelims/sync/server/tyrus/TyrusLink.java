package org.freelims.sync.server.tyrus;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.SerialExecutor;
import org.glassfish.grizzly.Buffer;
import org.glassfish.tyrus.spi.CompletionHandler;
import org.glassfish.tyrus.spi.Connection;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;
import org.glassfish.tyrus.spi.Writer;
import org.jspecify.annotations.Nullable;

/*
 * What comes in is checked and goes to Tyrus; what Tyrus writes of its own accord (pongs, the answer to a close frame)
 * goes to the channel, as does everything else, so there is one way out. Tyrus is told of the end here and nowhere else.
 *
 * All of it runs in `tasks`, one after another: bytes come on the selector thread, the end comes on any, and each runs
 * where it comes unless another is running.
 */
/** Between one connection's socket and its Tyrus session. Thread-safe. */
final class TyrusLink {
    private static final Logger LOG = System.getLogger(TyrusLink.class.getName());

    private final GrizzlyChannel channel;
    private final FrameReader reader;
    private final SerialExecutor tasks = new SerialExecutor(Runnable::run);

    // confined to tasks
    private @Nullable Connection tyrus;
    private boolean over;

    TyrusLink(GrizzlyChannel channel, FrameReader reader) {
        this.channel = channel;
        this.reader = reader;
    }

    /** Opens the session; Tyrus calls the endpoint before this returns. */
    void open(UpgradeInfo upgraded) {
        tasks.execute(
                () ->
                        tyrus =
                                upgraded.createConnection(
                                        new ChannelWriter(),
                                        reason -> channel.close(CloseReasons.fromJakarta(reason))));
    }

    /** Takes what the client sent; the buffer is disposed of. */
    void received(Buffer buffer) {
        tasks.execute(
                () -> {
                    try {
                        read(buffer.toByteBuffer());
                    } catch (RuntimeException e) {
                        LOG.log(Level.ERROR, "A client's bytes could not be read.", e);
                        over = true;
                        channel.closeAtOnce(
                                new CloseReason(CloseReason.INTERNAL, "the server failed"));
                    }
                    buffer.tryDispose();
                });
    }

    private void read(ByteBuffer bytes) {
        Connection session = tyrus;
        if (over || session == null) {
            return; // after a close frame or a broken rule, whatever comes is dropped
        }
        Optional<CloseReason> violation = reader.check(bytes);
        over = violation.isPresent() || reader.closed();
        if (reader.closed() && violation.isEmpty()) {
            channel.peerReason(reader.closeReason());
        }
        if (bytes.hasRemaining()) {
            session.getReadHandler().handle(bytes);
        }
        violation.ifPresent(
                reason -> {
                    channel.closeAtOnce(reason);
                    session.close(CloseReasons.toJakarta(reason));
                });
    }

    /** The connection has ended. */
    void ended() {
        channel.ended();
        tasks.execute(
                () -> {
                    over = true;
                    if (tyrus != null) {
                        tyrus.close(
                                CloseReasons.toJakarta(new CloseReason(CloseReason.BROKEN, "")));
                    }
                });
    }

    /** Where Tyrus writes. */
    private final class ChannelWriter extends Writer {
        @Override
        public void write(ByteBuffer buffer, CompletionHandler<ByteBuffer> then) {
            byte[] frame = new byte[buffer.remaining()];
            buffer.duplicate().get(frame);
            switch (frame[0] & 0x0F) {
                case 0x8 -> closeFrame(frame);
                case 0xA -> channel.sendPong(frame);
                default ->
                        throw new IllegalStateException(
                                "Tyrus must not send data: the channel does");
            }
            if (then != null) {
                then.completed(buffer);
            }
        }

        private void closeFrame(byte[] frame) {
            if (reader.closed()) {
                channel.peerClosed();
            } else {
                channel.closeAtOnce(CloseReasons.ofFrame(frame));
            }
        }

        @Override
        public void close() {
            // the channel closes the socket when the close frame is written and answered
        }
    }
}
