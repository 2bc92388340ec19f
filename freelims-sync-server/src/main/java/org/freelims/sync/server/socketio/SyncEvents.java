package org.freelims.sync.server.socketio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.freelims.sync.protocol.ClientMessage;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.transport.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Translates one client's events to the hub's messages, and its answers back. What FreeLIMS' own
 * clients say is answered exactly as they are used to; who says more is told more. Thread-safe.
 */
final class SyncEvents {
    private static final String INVALID_RESOURCE = "Invalid resource";
    private static final String SUBSCRIPTION_ERROR = "subscription_error";
    private static final int MAX_PENDING = 1000;
    private static final int MAX_TOKEN = 8192;

    /** What an answer of the hub's is the answer to; nothing of it is as long as a client likes. */
    private record Pending(String errorEvent, @Nullable SyncRequest request, long ackId) {
        boolean plain() {
            return request == null || request.plain();
        }
    }

    private final SocketConnection socket;
    private final EventEncoding encoding;
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>(2);
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean wantsHeartbeats;

    SyncEvents(SocketConnection socket, EventEncoding encoding) {
        this.socket = socket;
        this.encoding = encoding;
    }

    /** Whether the client resumes, so that positions are of use to it. */
    boolean wantsHeartbeats() {
        return wantsHeartbeats;
    }

    void end() {
        pending.clear();
    }

    /** Gives the hub what an event asks for; a bad one is answered here. */
    void receive(SocketPacket.Event event, Consumer<ClientMessage> hub) {
        try {
            switch (event.name()) {
                case "subscribe" -> subscribe(event, hub);
                case "unsubscribe" -> {
                    SyncRequest request = SyncRequest.parse(event.arguments());
                    long id = expect(new Pending(SUBSCRIPTION_ERROR, request, event.ackId()));
                    hub.accept(new ClientMessage.Unsubscribe(id, request.to()));
                }
                case "authenticate" -> {
                    String token = token(event);
                    long id = expect(new Pending("authentication_error", null, event.ackId()));
                    hub.accept(new ClientMessage.Authenticate(id, token));
                }
                default -> acknowledge(event, failure(ErrorCode.UNKNOWN_TYPE, "No such event"));
            }
        } catch (SyncException e) {
            ObjectNode error = SocketJson.MAPPER.createObjectNode();
            error.put("message", INVALID_RESOURCE);
            error.put("detail", e.getMessage());
            socket.emit(SUBSCRIPTION_ERROR, List.of(error));
            acknowledge(event, failure(e.code(), e.getMessage()));
        }
    }

    private void subscribe(SocketPacket.Event event, Consumer<ClientMessage> hub) {
        SyncRequest request = SyncRequest.parse(event.arguments());
        if (!request.plain()) {
            wantsHeartbeats = true;
        }
        long id = expect(new Pending(SUBSCRIPTION_ERROR, request, event.ackId()));
        hub.accept(new ClientMessage.Subscribe(id, request.to(), request.from()));
    }

    private static String token(SocketPacket.Event event) {
        JsonNode payload =
                event.arguments().isEmpty()
                        ? SocketJson.MAPPER.nullNode()
                        : event.arguments().get(0);
        if (!payload.path("token").isTextual()) {
            throw new SyncException(
                    ErrorCode.BAD_REQUEST, "Send an object with the token: {\"token\": ...}.");
        }
        String token = payload.path("token").textValue();
        if (token.length() > MAX_TOKEN) {
            throw new SyncException(
                    ErrorCode.BAD_REQUEST,
                    "A token is no longer than " + MAX_TOKEN + " characters.");
        }
        return token;
    }

    private long expect(Pending request) {
        if (pending.size() >= MAX_PENDING) {
            throw new SyncException(
                    ErrorCode.RATE_LIMITED, "Too many requests at once. Wait for the answers.");
        }
        long id = ids.getAndIncrement();
        pending.put(id, request);
        return id;
    }

    /** Returns what the client is told of an answer of the hub's; nothing if it need not know. */
    List<WirePacket> answer(ServerMessage message, Frame frame) {
        List<WirePacket> packets = new ArrayList<>(2);
        if (message instanceof ServerMessage.Subscribed m) {
            subscribed(m, pending.remove(m.id()), packets);
        } else if (message instanceof ServerMessage.Failed m) {
            failed(m, pending.remove(m.id()), packets);
        } else if (message instanceof ServerMessage.Resync m) {
            Pending asked = pending.remove(m.id());
            packets.add(encoding.encode("resync", frame.payload()));
            if (asked != null) {
                acknowledge(asked.ackId, failure(m.code(), "Take a snapshot first"), packets);
            }
        } else if (message instanceof ServerMessage.Unsubscribed m) {
            Pending asked = pending.remove(m.id());
            if (asked == null) {
                packets.add(encoding.encode("unsubscribed", frame.payload()));
            } else {
                acknowledge(asked.ackId, success().put("to", m.to()), packets);
            }
        } else if (message instanceof ServerMessage.Authenticated m) {
            Pending asked = pending.remove(m.id());
            packets.add(encoding.encode("authenticated", frame.payload()));
            if (asked != null) {
                acknowledge(asked.ackId, success().put("principal", m.principal()), packets);
            }
        } else if (message instanceof ServerMessage.Closing) {
            packets.add(encoding.encode("closing", frame.payload()));
        }
        return packets;
    }

    private void subscribed(
            ServerMessage.Subscribed m, @Nullable Pending asked, List<WirePacket> packets) {
        if (asked == null || asked.request == null) {
            return;
        }
        ObjectNode payload = SocketJson.MAPPER.createObjectNode();
        payload.put("resource", asked.request.resource());
        if (!asked.plain()) {
            payload.put("to", m.to()).put("position", m.position().toString());
        }
        packets.add(event("subscription_success", payload));
        ObjectNode ack = success().put("resource", asked.request.resource());
        ack.put("to", m.to()).put("position", m.position().toString());
        acknowledge(asked.ackId, ack, packets);
    }

    private void failed(ServerMessage.Failed m, @Nullable Pending asked, List<WirePacket> packets) {
        ObjectNode payload = SocketJson.MAPPER.createObjectNode();
        if (asked != null && asked.plain() && m.code() == ErrorCode.FORBIDDEN) {
            payload.put("message", INVALID_RESOURCE);
        } else {
            payload.put("message", m.message()).put("code", m.code().name());
        }
        packets.add(event(asked == null ? SUBSCRIPTION_ERROR : asked.errorEvent, payload));
        if (asked != null) {
            acknowledge(asked.ackId, failure(m.code(), m.message()), packets);
        }
    }

    private WirePacket event(String name, ObjectNode payload) {
        return encoding.encode(name, SocketJson.write(payload).getBytes(StandardCharsets.UTF_8));
    }

    private void acknowledge(long ackId, ObjectNode result, List<WirePacket> packets) {
        if (ackId != SocketPacket.NO_ACK) {
            packets.addAll(SocketPackets.ack(socket.namespace(), ackId, List.of(result)));
        }
    }

    private void acknowledge(SocketPacket.Event event, ObjectNode result) {
        socket.acknowledge(event, List.of(result));
    }

    private static ObjectNode success() {
        return SocketJson.MAPPER.createObjectNode().put("ok", true);
    }

    private static ObjectNode failure(ErrorCode code, String message) {
        ObjectNode result = SocketJson.MAPPER.createObjectNode().put("ok", false);
        return result.put("code", code.name()).put("message", message);
    }
}
