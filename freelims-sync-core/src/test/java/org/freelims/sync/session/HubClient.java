package org.freelims.sync.session;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.awaitility.Awaitility;
import org.freelims.sync.SyncHub;
import org.freelims.sync.access.Principal;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.transport.CloseReason;
import org.freelims.sync.transport.InMemoryConnection;

/** A client over the in-memory transport that keeps all it hears. */
final class HubClient implements InMemoryConnection.Receiver {
    static final Duration LONG = Duration.ofSeconds(30);

    final List<ServerMessage> heard = new CopyOnWriteArrayList<>();
    private final InMemoryConnection connection;

    HubClient(SyncHub hub, Executor executor, Principal principal) {
        this.connection =
                InMemoryConnection.open(
                        principal.name(),
                        1 << 20,
                        executor,
                        c -> hub.open(c, Optional.of(principal)),
                        this);
    }

    @Override
    public void onText(String text) {
        heard.add(MessageCodec.decodeServer(text).orElseThrow());
    }

    @Override
    public void onClosed(CloseReason reason) {}

    /** Subscribes from now and waits for the answer. */
    void subscribe(String to) {
        subscribe(to, StartFrom.now());
    }

    /** Subscribes and waits for the answer. */
    void subscribe(String to, StartFrom from) {
        int answers = heard(ServerMessage.Subscribed.class).size();
        connection.send(MessageCodec.encode(new ClientMessage.Subscribe(1, to, from)));
        await(() -> heard(ServerMessage.Subscribed.class).size() > answers);
    }

    <T extends ServerMessage> List<T> heard(Class<T> type) {
        return heard.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** Returns the ids of the notifications. */
    List<String> ids() {
        return heard(ServerMessage.Notification.class).stream().map(n -> n.id()).toList();
    }

    static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(LONG).until(condition);
    }

    /** Waits until so many messages of a type were heard. */
    <T extends ServerMessage> List<T> await(Class<T> type, int count) {
        await(() -> heard(type).size() >= count);
        return heard(type);
    }
}
