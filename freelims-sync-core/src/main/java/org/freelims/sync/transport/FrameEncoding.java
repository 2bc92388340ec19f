package org.freelims.sync.transport;

/**
 * How one transport puts a frame on its wire, such as behind a WebSocket header or inside a
 * Socket.IO event. It is the key under which a frame keeps the result, so there must be few
 * instances and they must live as long as the transport. Called on any thread, possibly more than
 * once for one frame; must be free of side effects.
 *
 * @param <T> what the transport writes; immutable or never modified
 */
@FunctionalInterface
public interface FrameEncoding<T> {
    T encode(Frame frame);
}
