package org.freelims.sync.server.tyrus;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.FilterChainEvent;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpEvents;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;

/**
 * Stands behind the HTTP parser: lets plain requests pass to the handlers, opens an {@link
 * OpenExchange} for those that a route answers, and gives each WebSocket handshake a {@link
 * Hearing}. Thread-safe.
 */
final class DoorFilter extends BaseFilter {
    private static final String JUDGED = DoorFilter.class.getName();

    private final Visitors visitors;
    private final HandshakeRules rules;
    private final Map<String, WebSocketRoute> routes;
    private final Map<String, HttpRoute> httpRoutes;
    private final Predicate<String> handled;
    private final Hearing.Court court;
    private volatile boolean shut;

    /**
     * @param httpRoutes by the path that they are below, which ends with a slash
     * @param handled whether a path is also served to plain HTTP requests
     */
    DoorFilter(
            Visitors visitors,
            HandshakeRules rules,
            Map<String, WebSocketRoute> routes,
            Map<String, HttpRoute> httpRoutes,
            Predicate<String> handled,
            Hearing.Court court) {
        this.visitors = visitors;
        this.rules = rules;
        this.routes = Map.copyOf(routes);
        this.httpRoutes = Map.copyOf(httpRoutes);
        this.handled = handled;
        this.court = court;
    }

    /** Refuses all handshakes from now on. */
    void shut() {
        shut = true;
    }

    @Override
    public NextAction handleRead(FilterChainContext ctx) throws IOException {
        HttpContent message = ctx.getMessage();
        Visitor visitor = Visitors.of(ctx.getConnection()).orElseThrow();
        HttpRequestPacket request = (HttpRequestPacket) message.getHttpHeader();
        Object judged = request.getAttribute(JUDGED); // not the phase: requests may be pipelined
        if (judged instanceof OpenExchange exchange) {
            return exchange.received(ctx, message);
        }
        if (judged == null) {
            request.setAttribute(JUDGED, true);
            Optional<Refusal> wrong =
                    RequestRules.refusal(request).or(() -> rules.strangeHost(request));
            if (wrong.isPresent()) {
                return new Hearing(court, ctx, request, visitor).refuse(wrong.get());
            }
            if (HandshakeRules.asksForWebSocket(request)) {
                return handshake(new Hearing(court, ctx, request, visitor), request, message);
            }
            String path = request.getRequestURI();
            Optional<HttpRoute> route = httpRoute(path);
            if (route.isPresent()) {
                return exchange(route.get(), request, ctx, visitor);
            }
            if (routes.containsKey(path) && !handled.test(path)) {
                return new Hearing(court, ctx, request, visitor).refuse(notHttp(request));
            }
        }
        Phase now = message.isLast() ? Phase.RESPONDING : Phase.BODY;
        if (now != visitor.phase()) { // a body's time is that of all its pieces together
            visitors.enter(visitor, now);
        }
        return ctx.getInvokeAction();
    }

    @Override
    public NextAction handleEvent(FilterChainContext ctx, FilterChainEvent event)
            throws IOException {
        if (event.type() == HttpEvents.ResponseCompleteEvent.TYPE) {
            Visitors.of(ctx.getConnection()).ifPresent(who -> visitors.enter(who, Phase.IDLE));
        } else if (event instanceof HttpEvents.IncomingHttpUpgradeEvent offer
                && offer.getHttpHeader() instanceof HttpRequestPacket request
                && !HandshakeRules.asksForWebSocket(request)) {
            ignoreUpgrade(request);
        }
        return ctx.getInvokeAction();
    }

    private Optional<HttpRoute> httpRoute(String path) {
        return httpRoutes.entrySet().stream()
                .filter(route -> path.startsWith(route.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private NextAction exchange(
            HttpRoute route, HttpRequestPacket packet, FilterChainContext ctx, Visitor visitor) {
        OpenExchange exchange =
                new OpenExchange((TCPNIOConnection) ctx.getConnection(), packet, visitors, visitor);
        packet.setAttribute(JUDGED, exchange);
        return exchange.begin(
                route, RequestRules.read(packet, visitor.address()), ctx, ctx.getMessage());
    }

    private NextAction handshake(Hearing hearing, HttpRequestPacket request, HttpContent message) {
        WebSocketRoute route = routes.get(request.getRequestURI());
        if (route == null) {
            return hearing.refuse(Refusal.of(404, "There is no WebSocket at this path."));
        }
        if (shut) {
            return hearing.refuse(
                    Refusal.of(503, "The server is going down.", Map.of("Retry-After", "5")));
        }
        Optional<Refusal> refusal = rules.refusal(request);
        if (refusal.isPresent()) {
            return hearing.refuse(refusal.get());
        }
        return hearing.begin(route, request, message.getContent());
    }

    /**
     * Drops the offer of a protocol that is not spoken here, as RFC 9110, section 7.8, has it;
     * Grizzly would take the body for that protocol's and never come to its end.
     */
    private static void ignoreUpgrade(HttpRequestPacket request) {
        request.getUpgradeDC().recycle();
        request.setIgnoreContentModifiers(false);
    }

    private static Refusal notHttp(HttpRequestPacket request) {
        return request.getMethod() == Method.GET
                ? Refusal.of(
                        426,
                        "This address serves WebSockets only: connect with ws:// or wss://. If you"
                                + " did, a proxy on the way removed the Upgrade header.",
                        Map.of("Upgrade", "websocket"))
                : Refusal.of(
                        405,
                        "This address serves WebSockets only, which begin with GET.",
                        Map.of("Allow", "GET"));
    }
}
