package org.freelims.sync.client.transport;

import static java.util.Objects.requireNonNull;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/*
 * The JDK's WebSocket counts everything it hands over, fragments and control frames too, against request(); a whole
 * text message is what this class counts. So for every other callback one more is requested, and the demand that is
 * left is always for the messages that the client asked for.
 *
 * It takes one outgoing message at a time: `outgoing` holds those that wait, guarded by itself; `sending` is true while
 * one is under way, and turns false only under the lock that saw the queue empty.
 */
/** A connection on {@code java.net.http.WebSocket}. */
final class JdkConnection implements ClientConnection, WebSocket.Listener {
    private final ClientConnectionListener listener;
    private final StringBuilder fragments = new StringBuilder();
    private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>();
    private boolean sending;
    private volatile @Nullable WebSocket socket;
    private boolean ended;

    JdkConnection(ClientConnectionListener listener) {
        this.listener = listener;
    }

    private sealed interface Outgoing {
        record Text(String text) implements Outgoing {}

        record Close(CloseReason reason) implements Outgoing {}
    }

    private WebSocket socket() {
        return requireNonNull(socket, "open");
    }

    /** Some servers leave the subprotocol out; another one is another application. */
    boolean isSync() {
        String chosen = socket().getSubprotocol();
        return chosen.isEmpty() || chosen.equals(MessageCodec.SUBPROTOCOL);
    }

    @Override
    public void onOpen(WebSocket opened) {
        socket = opened;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        if (!last || fragments.length() > 0) {
            if (fragments.length() + data.length() > CloseReasons.MAX_MESSAGE_CHARS) {
                from.abort();
                end(CloseReasons.tooBig());
                return null;
            }
            fragments.append(data);
        }
        if (!last) {
            from.request(1);
        } else if (fragments.length() == 0) {
            listener.onText(data.toString());
        } else {
            String whole = fragments.toString();
            fragments.setLength(0);
            listener.onText(whole);
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        from.request(1);
        listener.onAlive();
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
        from.request(1);
        listener.onAlive();
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
        from.request(1);
        listener.onAlive();
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        end(CloseReasons.of(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        end(CloseReasons.broken(error));
    }

    private void end(CloseReason reason) {
        synchronized (outgoing) {
            if (ended) {
                return;
            }
            ended = true;
            outgoing.clear();
        }
        listener.onClosed(reason);
    }

    @Override
    public void request(int messages) {
        socket().request(messages);
    }

    @Override
    public void send(String text) {
        add(new Outgoing.Text(text));
    }

    @Override
    public void close(CloseReason reason) {
        add(new Outgoing.Close(reason));
    }

    private void add(Outgoing message) {
        synchronized (outgoing) {
            if (ended) {
                return;
            }
            outgoing.add(message);
            if (sending) {
                return;
            }
            sending = true;
        }
        sendNext();
    }

    private void sendNext() {
        Outgoing next;
        synchronized (outgoing) {
            next = outgoing.poll();
            if (next == null) {
                sending = false;
                return;
            }
        }
        var sent =
                next instanceof Outgoing.Text message
                        ? socket().sendText(message.text(), true)
                        : sendClose(((Outgoing.Close) next).reason());
        var unused =
                sent.whenComplete(
                        (ok, failure) -> {
                            if (failure == null) {
                                sendNext();
                            } else {
                                socket().abort();
                                end(CloseReasons.broken(failure));
                            }
                        });
    }

    private CompletableFuture<WebSocket> sendClose(CloseReason reason) {
        // the server's answer is read even if the client has stopped asking for messages
        socket().request(Long.MAX_VALUE);
        return socket().sendClose(reason.code(), reason.text());
    }

    @Override
    public void abort() {
        synchronized (outgoing) {
            ended = true;
            outgoing.clear();
        }
        socket().abort();
    }
}
