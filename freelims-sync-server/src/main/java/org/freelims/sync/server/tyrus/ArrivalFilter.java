package org.freelims.sync.server.tyrus;

import java.io.IOException;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;

/** Stands before the HTTP parser and keeps the time of headers. */
final class ArrivalFilter extends BaseFilter {
    private final Visitors visitors;

    ArrivalFilter(Visitors visitors) {
        this.visitors = visitors;
    }

    @Override
    public NextAction handleAccept(FilterChainContext ctx) throws IOException {
        visitors.arrived(ctx.getConnection());
        return ctx.getInvokeAction();
    }

    @Override
    public NextAction handleRead(FilterChainContext ctx) throws IOException {
        Visitor visitor = Visitors.of(ctx.getConnection()).orElse(null);
        if (visitor == null) {
            ((Buffer) ctx.getMessage()).tryDispose();
            return ctx.getStopAction();
        }
        if (visitor.phase() == Phase.OPEN) {
            return FrameFilter.received(ctx);
        }
        if (visitor.phase() == Phase.IDLE) {
            visitors.enter(visitor, Phase.HEADER);
        }
        return ctx.getInvokeAction();
    }
}
