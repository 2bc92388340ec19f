package org.freelims.sync.examples.benchmarks.comparison;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One WebSocket connection of the load generator: handshake, dialog, then nothing but counting.
 * Confined to the load generator's thread.
 */
final class LoadClient implements ServerFrames.Listener {
    private static final int HEARD_BYTES = 512;
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final Dialog dialog;
    private final Marks marks;
    private final ServerFrames frames = new ServerFrames(this);
    private final StringBuilder heard = new StringBuilder();
    private boolean open;
    private int headMatched;
    private int step;
    private boolean subscribed;

    LoadClient(SocketChannel channel, Dialog dialog, Marks.Listener onMark) {
        this.channel = channel;
        this.dialog = dialog;
        this.marks = new Marks(onMark);
    }

    /** Returns whether the dialog is done. */
    boolean isSubscribed() {
        return subscribed;
    }

    /** The connection stands: asks for the upgrade. */
    void connected(int port) throws IOException {
        String protocol =
                dialog.subprotocol().map(p -> "Sec-WebSocket-Protocol: " + p + "\r\n").orElse("");
        send(
                ("GET "
                                + dialog.path()
                                + " HTTP/1.1\r\nHost: 127.0.0.1:"
                                + port
                                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                + "Sec-WebSocket-Version: 13\r\n"
                                + protocol
                                + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Takes what was read.
     *
     * @throws IOException if the server refused the handshake or sent what can't be answered
     * @throws UncheckedIOException as {@code IOException}
     */
    void feed(byte[] bytes, int length) throws IOException {
        int at = 0;
        while (!open && at < length) {
            head(bytes[at++]);
        }
        if (at < length) {
            frames.feed(bytes, at, length);
        }
    }

    private void head(byte next) throws IOException {
        heard.append((char) next);
        headMatched = next == END_OF_HEAD[headMatched] ? headMatched + 1 : next == '\r' ? 1 : 0;
        if (headMatched == END_OF_HEAD.length) {
            if (!heard.toString().startsWith("HTTP/1.1 101")) {
                throw new IOException("the handshake was refused: " + heard.toString().strip());
            }
            open = true;
            heard.setLength(0);
            advance();
        }
    }

    /** Sends what may be sent by now. */
    private void advance() throws IOException {
        while (step < dialog.steps().size() && isDue(dialog.steps().get(step))) {
            String text = dialog.steps().get(step++).send();
            heard.setLength(0);
            if (!text.isEmpty()) {
                send(ClientFrame.of(dialog.binary() ? ClientFrame.BINARY : ClientFrame.TEXT, text));
            }
        }
        subscribed = step == dialog.steps().size();
    }

    private boolean isDue(Dialog.Step next) {
        return next.await().isEmpty() || heard.indexOf(next.await()) >= 0;
    }

    @Override
    public void onPayload(int opcode, byte[] bytes, int from, int to) {
        if (opcode < ServerFrames.CLOSE) {
            marks.scan(bytes, from, to);
        }
        if (!subscribed || to - from == 1 || opcode == ServerFrames.PING) {
            int end = Math.min(to, from + HEARD_BYTES - heard.length());
            heard.append(
                    new String(bytes, from, Math.max(0, end - from), StandardCharsets.ISO_8859_1));
        }
    }

    @Override
    public void onFrameEnd(int opcode) {
        try {
            if (opcode == ServerFrames.PING) {
                String echo = heard.toString();
                send(ClientFrame.of(ClientFrame.PONG, echo.getBytes(StandardCharsets.ISO_8859_1)));
                heard.setLength(0);
            } else if (opcode == ServerFrames.CLOSE) {
                throw new IOException("the server closed the connection");
            } else if (!heard.isEmpty()) {
                heard();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void heard() throws IOException {
        if (heard.length() == 1 && heard.charAt(0) == '2') {
            send(ClientFrame.of(ClientFrame.TEXT, "3")); // Engine.IO's ping
        }
        if (!subscribed) {
            advance();
        }
        heard.setLength(0);
    }

    private void send(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer); // a few bytes: the socket has room
        }
    }
}
