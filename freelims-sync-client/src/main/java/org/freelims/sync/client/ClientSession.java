package org.freelims.sync.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.freelims.sync.client.transport.ConnectFailedException;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.MessageCodec;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.CloseReason;
import org.jspecify.annotations.Nullable;

/*
 * A state machine without I/O. What happens is told to it (on...), what it wants is told to `io`; all in the client's
 * lane, so nothing here is locked. One attempt goes
 *
 *   TOKEN -> CONNECTING -> GREETING -> AUTHENTICATING -> READY
 *
 * and from any of them to PAUSED, which waits for the next attempt, or to ENDED, which is final. The driver drops what an
 * earlier attempt still has to say, so every event belongs to the present one.
 *
 * `phaseTimer` belongs to the phase: it is cancelled by every change of phase.
 */
/** One client's side of its sessions: connect, authenticate, stay alive, start over. */
final class ClientSession implements SubscriptionTable.Server {
    private enum Phase {
        NEW,
        TOKEN,
        CONNECTING,
        GREETING,
        AUTHENTICATING,
        READY,
        PAUSED,
        ENDED
    }

    /** What the session wants of the world. */
    interface Io {
        /** Asks the program for a token; {@link #onToken} or {@link #onTokenFailed} follows. */
        void askToken();

        /** Connects; {@link #onOpened} or {@link #onConnectFailed} follows. */
        void connect(Optional<String> token);

        /**
         * A message is done with: another may come, as soon as there is room for what it brings.
         */
        void read();

        /** There is room: lets come what was held back. */
        void readOn();

        /** Returns whether handlers are so far behind that there is no room for more. */
        boolean isFull();

        void send(ClientMessage message);

        /** Cuts the connection, or gives up connecting; nothing more is heard of it. */
        void cut();

        void report(ClientEvent event);

        void state(SyncClient.State state);

        /** The session has ended for good. */
        void ended(@Nullable RuntimeException why);

        Scheduler.Timer after(Duration delay, Runnable task);
    }

    /** After so long a session counts as one that works, and the next failure as the first. */
    private static final Duration STABLE = Duration.ofSeconds(5);

    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final long DEFAULT_HEARTBEAT_MS = 15_000;

    /** Half heartbeats without a sign of life, after which the server is asked for one. */
    private static final int SILENT_PING = 2;

    /** Half heartbeats without a sign of life, after which the connection counts as dead. */
    private static final int SILENT_DEAD = 4;

    private final ClientSettings settings;
    private final Io io;
    private final SubscriptionTable subscriptions;
    private final TokenRenewal renewal;

    private Phase phase = Phase.NEW;
    private Scheduler.Timer phaseTimer = () -> {};
    private Scheduler.Timer livenessTimer = () -> {};
    private Scheduler.Timer stableTimer = () -> {};
    private int failures;
    private boolean worked;
    private boolean waitsForRoom;
    private long lastId;
    private long authenticateId = ClientMessage.NO_ID;
    private @Nullable String token;
    private @Nullable String refusedToken;
    private String session = "";
    private Duration halfHeartbeat = Duration.ofMillis(DEFAULT_HEARTBEAT_MS / 2);
    private boolean heard;
    private int silent;
    private ServerMessage.@Nullable Closing closing;

    ClientSession(ClientSettings settings, Io io) {
        this.settings = settings;
        this.io = io;
        this.subscriptions = new SubscriptionTable(this);
        this.renewal = new TokenRenewal(settings, io);
    }

    SubscriptionTable subscriptions() {
        return subscriptions;
    }

    // the program

    void open() {
        if (phase == Phase.NEW) {
            attempt();
        }
    }

    /** Ends for good at the program's wish; the connection is the driver's to close. */
    void close() {
        if (phase != Phase.ENDED) {
            end(null);
        }
    }

    private void attempt() {
        io.state(SyncClient.State.CONNECTING);
        if (settings.token() == null) {
            connect(null);
        } else {
            enter(Phase.TOKEN);
            io.askToken();
        }
    }

    void onToken(String fresh) {
        if (phase == Phase.TOKEN) {
            connect(fresh);
        } else if (phase == Phase.READY && renewal.isAsked()) {
            renewal.onToken();
            if (!fresh.equals(token)) {
                token = fresh;
                authenticateId = send(id -> new ClientMessage.Authenticate(id, fresh));
            }
        }
    }

    void onTokenFailed(RuntimeException failure) {
        if (phase == Phase.TOKEN) {
            pause(Duration.ZERO, delay -> new ClientEvent.TokenFailed(failure, delay));
        } else if (phase == Phase.READY && renewal.isAsked()) {
            io.report(new ClientEvent.TokenFailed(failure, renewal.retry()));
        }
    }

    private void connect(@Nullable String fresh) {
        token = fresh;
        if (fresh != null && fresh.equals(refusedToken)) {
            end(
                    new ConnectFailedException(
                            ConnectFailedException.Kind.UNAUTHENTICATED,
                            "The server refused the token. Sign in again to get a new one.",
                            null));
            return;
        }
        enter(Phase.CONNECTING);
        phaseTimer = io.after(settings.connectTimeout().plus(GRACE), this::connectTimedOut);
        closing = null;
        io.connect(Optional.ofNullable(fresh));
    }

    // the connection

    void onConnectFailed(ConnectFailedException failure) {
        if (phase != Phase.CONNECTING) {
            return;
        }
        boolean otherToken =
                failure.kind() == ConnectFailedException.Kind.UNAUTHENTICATED && token != null;
        if (otherToken) {
            refusedToken = token;
        }
        if (failure.kind().isPassing() || worked || otherToken) {
            pause(Duration.ZERO, delay -> new ClientEvent.ConnectFailed(failure, delay));
        } else {
            end(failure);
        }
    }

    /** The transport should have said so itself: it knows better why. */
    private void connectTimedOut() {
        onConnectFailed(
                new ConnectFailedException(
                        ConnectFailedException.Kind.TIMEOUT,
                        "No answer from "
                                + settings.uri()
                                + " in time. Check the network and any firewall between here and"
                                + " there.",
                        null));
    }

    void onOpened() {
        if (phase != Phase.CONNECTING) {
            return;
        }
        enter(Phase.GREETING);
        phaseTimer =
                io.after(
                        settings.connectTimeout(),
                        () ->
                                notSync(
                                        ConnectFailedException.Kind.TIMEOUT,
                                        "The server opened a WebSocket but said nothing."));
        io.readOn();
    }

    void onText(String text) {
        heard = true;
        if (phase == Phase.PAUSED || phase == Phase.ENDED) {
            return;
        }
        Optional<ServerMessage> message;
        try {
            message = MessageCodec.decodeServer(text);
        } catch (SyncException e) {
            if (phase == Phase.GREETING) {
                notSync(
                        ConnectFailedException.Kind.NOT_SYNC,
                        "What answers there speaks WebSocket, but not the sync protocol.");
            } else {
                io.report(new ClientEvent.RuleBroken(e.getMessage()));
                startOver(e.getMessage());
            }
            return;
        }
        message.ifPresent(this::onMessage);
        if (phase != Phase.PAUSED && phase != Phase.ENDED) {
            io.read();
        }
    }

    void onAlive() {
        heard = true;
    }

    private void onMessage(ServerMessage message) {
        if (phase == Phase.GREETING && !(message instanceof ServerMessage.Closing)) {
            if (message instanceof ServerMessage.Welcome welcome) {
                onWelcome(welcome);
            } else {
                notSync(
                        ConnectFailedException.Kind.NOT_SYNC,
                        "What answers there did not start with a welcome.");
            }
            return;
        }
        if (message instanceof ServerMessage.Notification m) {
            subscriptions.onNotification(m);
        } else if (message instanceof ServerMessage.Heartbeat m) {
            subscriptions.onHeartbeat(m);
        } else if (message instanceof ServerMessage.SnapshotPage m) {
            subscriptions.onSnapshot(m);
        } else if (message instanceof ServerMessage.Left m) {
            subscriptions.onLeft(m);
        } else if (message instanceof ServerMessage.Subscribed m) {
            subscriptions.onSubscribed(m);
        } else if (message instanceof ServerMessage.Resync m) {
            subscriptions.onResync(m);
        } else if (message instanceof ServerMessage.Unsubscribed m) {
            subscriptions.onUnsubscribed(m);
        } else if (message instanceof ServerMessage.Authenticated m) {
            onAuthenticated(m);
        } else if (message instanceof ServerMessage.Failed m) {
            onFailed(m);
        } else if (message instanceof ServerMessage.Closing m) {
            closing = m;
        }
    }

    private void onWelcome(ServerMessage.Welcome welcome) {
        if (welcome.version() != MessageCodec.VERSION) {
            notSync(
                    ConnectFailedException.Kind.NOT_SYNC,
                    "The server speaks version "
                            + welcome.version()
                            + " of the sync protocol, this client "
                            + MessageCodec.VERSION
                            + ". Update the older of them.");
            return;
        }
        session = welcome.session();
        long heartbeatMs = welcome.heartbeatMs() > 0 ? welcome.heartbeatMs() : DEFAULT_HEARTBEAT_MS;
        halfHeartbeat = Duration.ofNanos(heartbeatMs * 500_000);
        silent = 0;
        watch();
        String known = token;
        if (known == null) {
            ready(Optional.empty());
        } else {
            enter(Phase.AUTHENTICATING);
            phaseTimer =
                    io.after(
                            settings.connectTimeout(),
                            () -> startOver("the server did not answer the token"));
            authenticateId = send(id -> new ClientMessage.Authenticate(id, known));
        }
    }

    private void onAuthenticated(ServerMessage.Authenticated message) {
        if (message.id() != authenticateId) {
            return;
        }
        authenticateId = ClientMessage.NO_ID;
        refusedToken = null;
        message.expiresAt().ifPresent(this::renewBefore);
        if (phase == Phase.AUTHENTICATING) {
            ready(Optional.of(message.principal()));
        }
    }

    private void renewBefore(Instant expiresAt) {
        renewal.schedule(expiresAt);
    }

    private void ready(Optional<String> principal) {
        enter(Phase.READY);
        worked = true;
        stableTimer = io.after(STABLE, () -> failures = 0);
        io.report(new ClientEvent.Connected(session, principal));
        io.state(SyncClient.State.CONNECTED);
        subscriptions.onReady();
    }

    private void onFailed(ServerMessage.Failed failed) {
        if (failed.id() == authenticateId && authenticateId != ClientMessage.NO_ID) {
            authenticateId = ClientMessage.NO_ID;
            SyncException refused = new SyncException(failed.code(), failed.message());
            if (failed.code() == ErrorCode.BAD_TOKEN) {
                refusedToken = token;
            }
            if (phase == Phase.AUTHENTICATING || failed.code() == ErrorCode.OTHER_PRINCIPAL) {
                pause(Duration.ZERO, delay -> new ClientEvent.TokenFailed(refused, delay));
            } else {
                io.report(new ClientEvent.TokenFailed(refused, renewal.retry()));
            }
        } else if (!subscriptions.onFailed(failed) && closing == null) {
            io.report(
                    new ClientEvent.RuleBroken(
                            "an error that answers nothing: "
                                    + failed.code()
                                    + ", "
                                    + failed.message()));
        }
    }

    void onClosed(CloseReason reason) {
        ServerMessage.Closing told = closing;
        if (phase == Phase.PAUSED || phase == Phase.ENDED || phase == Phase.NEW) {
            return;
        }
        Optional<ErrorCode> code = Optional.ofNullable(told).map(ServerMessage.Closing::code);
        if (told != null && told.code() == ErrorCode.UNAUTHENTICATED && settings.token() == null) {
            unauthenticated("");
            return;
        }
        if (told != null && !told.reconnect()) {
            end(
                    new SyncException(
                            told.code(),
                            "The server closed the connection and wants no other: "
                                    + told.code()
                                    + "."));
            return;
        }
        Duration atLeast = Duration.ofMillis(told == null ? 0 : Math.max(0, told.afterMs()));
        pause(atLeast, delay -> new ClientEvent.Disconnected(reason, code, delay));
    }

    // life

    private void watch() {
        livenessTimer.cancel();
        livenessTimer = io.after(halfHeartbeat, this::tick);
    }

    private void tick() {
        if (phase == Phase.PAUSED || phase == Phase.ENDED) {
            return;
        }
        // while nothing is read nothing can be heard
        silent = heard || waitsForRoom ? 0 : silent + 1;
        heard = false;
        if (silent >= SILENT_DEAD) {
            lost("nothing was heard from the server for two heartbeats");
            return;
        }
        if (silent == SILENT_PING) {
            send(ClientMessage.Ping::new);
        }
        watch();
    }

    /** Nothing is being read, since there is no room, or is again. */
    void onRoom(boolean room) {
        boolean waited = waitsForRoom;
        waitsForRoom = !room;
        if (room && waited) {
            heard = true;
            if (phase == Phase.PAUSED) {
                attempt();
            } else if (phase != Phase.ENDED) {
                io.readOn();
            }
        }
    }

    private void lost(String why) {
        pause(
                Duration.ZERO,
                delay ->
                        new ClientEvent.Disconnected(
                                new CloseReason(CloseReason.BROKEN, why), Optional.empty(), delay));
    }

    private void notSync(ConnectFailedException.Kind kind, String what) {
        ConnectFailedException failure =
                new ConnectFailedException(
                        kind, what + " Check host, port and path of " + settings.uri() + ".", null);
        if (kind.isPassing() || worked) {
            pause(Duration.ZERO, delay -> new ClientEvent.ConnectFailed(failure, delay));
        } else {
            end(failure);
        }
    }

    private void pause(Duration atLeast, Function<Duration, ClientEvent> event) {
        failures++;
        Duration own = settings.backoff().delay(failures, settings.random());
        // the server's word goes, unless it sends away again and again
        boolean told = !atLeast.isZero() && (failures == 1 || atLeast.compareTo(own) > 0);
        Duration delay = told ? atLeast : own;
        leave();
        enter(Phase.PAUSED);
        phaseTimer = io.after(delay, this::resume);
        io.report(event.apply(delay));
        io.state(SyncClient.State.WAITING);
    }

    private void resume() {
        if (io.isFull()) {
            // it could read nothing anyway; onRoom goes on
            waitsForRoom = true;
        } else {
            attempt();
        }
    }

    private void end(@Nullable RuntimeException why) {
        leave();
        enter(Phase.ENDED);
        subscriptions.end(why == null ? null : asSync(why));
        io.ended(why);
    }

    private static SyncException asSync(RuntimeException why) {
        if (why instanceof SyncException sync) {
            return sync;
        }
        String message = why.getMessage() == null ? why.getClass().getName() : why.getMessage();
        return new SyncException(code(why), message, why);
    }

    private static ErrorCode code(RuntimeException why) {
        if (why instanceof ConnectFailedException failed) {
            return switch (failed.kind()) {
                case UNAUTHENTICATED -> ErrorCode.UNAUTHENTICATED;
                case FORBIDDEN -> ErrorCode.FORBIDDEN;
                default -> ErrorCode.UNAVAILABLE;
            };
        }
        return ErrorCode.UNAVAILABLE;
    }

    private void leave() {
        if (phase != Phase.NEW) {
            io.cut();
        }
        waitsForRoom = false;
        livenessTimer.cancel();
        stableTimer.cancel();
        renewal.cancel();
        authenticateId = ClientMessage.NO_ID;
        subscriptions.onDisconnected();
    }

    private void enter(Phase next) {
        phaseTimer.cancel();
        phaseTimer = () -> {};
        phase = next;
    }

    // SubscriptionTable.Server

    @Override
    public long send(Function<Long, ClientMessage> message) {
        long id = ++lastId;
        io.send(message.apply(id));
        return id;
    }

    @Override
    public void startOver(String why) {
        if (phase != Phase.PAUSED && phase != Phase.ENDED) {
            lost(why);
        }
    }

    @Override
    public void unauthenticated(String message) {
        if (settings.token() == null) {
            end(
                    new ConnectFailedException(
                            ConnectFailedException.Kind.UNAUTHENTICATED,
                            "The server wants to know who this is. Give the client a token.",
                            null));
        } else {
            startOver(message);
        }
    }

    @Override
    public void retry(int count, Runnable task) {
        io.after(settings.backoff().delay(count, settings.random()), task);
    }

    @Override
    public void report(ClientEvent event) {
        io.report(event);
    }
}
