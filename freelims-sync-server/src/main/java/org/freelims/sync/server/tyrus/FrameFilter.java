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
 * The last filter of an open WebSocket's chain, which has taken the place of the HTTP chain: what
 * the client sends goes to its link.
 */
final class FrameFilter extends BaseFilter {
    private static final Attribute<TyrusLink> LINK =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(FrameFilter.class.getName());

    static void link(Connection<?> connection, TyrusLink link) {
        LINK.set(connection, link);
    }

    @Override
    public NextAction handleRead(FilterChainContext ctx) throws IOException {
        Visitors.of(ctx.getConnection()).ifPresent(Visitor::alive);
        LINK.get(ctx.getConnection()).received((Buffer) ctx.getMessage());
        return ctx.getStopAction();
    }
}
