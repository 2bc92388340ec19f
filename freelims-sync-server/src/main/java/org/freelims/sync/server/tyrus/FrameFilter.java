package org.freelims.sync.server.tyrus;

import java.io.IOException;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;

/**
 * Hands what the client of an open WebSocket sends to its link: the last filter of the chain that
 * has taken the place of the HTTP chain, or, over TLS, called by the one before the HTTP parser.
 */
final class FrameFilter extends BaseFilter {
    private static final Attribute<TyrusLink> LINK =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(FrameFilter.class.getName());

    static void link(Connection<?> connection, TyrusLink link) {
        LINK.set(connection, link);
    }

    @Override
    public NextAction handleRead(FilterChainContext ctx) throws IOException {
        return received(ctx);
    }

    static NextAction received(FilterChainContext ctx) {
        Visitors.of(ctx.getConnection()).ifPresent(Visitor::alive);
        LINK.get(ctx.getConnection()).received((Buffer) ctx.getMessage());
        return ctx.getStopAction();
    }
}
