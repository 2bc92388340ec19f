package org.freelims.sync.server.tyrus;

import java.io.IOException;
import org.freelims.sync.server.tyrus.Visitor.Phase;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpHeader;
import org.glassfish.grizzly.http.HttpPacketParsing;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.http.util.Header;
import org.glassfish.grizzly.http.util.MimeHeaders;

/**
 * The HTTP parser. Grizzly's own answers a request whose version and header are both broken with an
 * exception; here an unknown version is the end of the request, and so are two lengths of a body
 * (RFC 9112, section 6.1). What a refused client sends is dropped, and a request that comes before
 * the one ahead of it has a route's answer waits.
 */
final class HttpFilter extends HttpServerFilter {
    @SuppressWarnings("deprecation") // the other constructor has no bounds of headers
    HttpFilter(NetworkListener listener) {
        super(
                listener.isChunkingEnabled(),
                listener.getMaxHttpHeaderSize(),
                null,
                listener.getKeepAlive(),
                null,
                listener.getMaxRequestHeaders(),
                listener.getMaxResponseHeaders());
    }

    @Override
    public NextAction handleRead(FilterChainContext ctx) throws IOException {
        Visitor visitor = Visitors.of(ctx.getConnection()).orElseThrow();
        if (visitor.phase() == Phase.REFUSED) { // what came in one piece with the refused, too
            ((Buffer) ctx.getMessage()).tryDispose();
            return ctx.getStopAction();
        }
        NextAction held = visitor.hold(ctx);
        return held == null ? super.handleRead(ctx) : held;
    }

    @Override
    protected void onInitialLineParsed(HttpHeader request, FilterChainContext ctx) {
        if (!RequestRules.isProtocol(request.getProtocolDC())) {
            request.setProtocol(Protocol.HTTP_1_1);
            throw new IllegalStateException("the version is neither HTTP/1.1 nor HTTP/1.0");
        }
    }

    @Override
    protected void onHttpHeadersParsed(
            HttpHeader request, MimeHeaders headers, FilterChainContext ctx) {
        // a length before the coding has been removed, but counted; one after it is still there
        int removed =
                ((HttpPacketParsing) request).getHeaderParsingState().contentLengthHeadersCount;
        if (headers.contains(Header.TransferEncoding)
                && (removed > 0 || headers.contains(Header.ContentLength))) {
            throw new IllegalStateException("both Content-Length and Transfer-Encoding");
        }
    }
}
