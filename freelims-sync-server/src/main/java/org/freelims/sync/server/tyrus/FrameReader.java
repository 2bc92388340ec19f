package org.freelims.sync.server.tyrus;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.freelims.sync.transport.CloseReason;

/*
 * Tyrus parses what clients send; this stands before it and lets through only what RFC 6455 allows, since Tyrus takes
 * unmasked frames, over-long messages and lengths that are not minimal. It looks at every byte once and keeps nothing
 * but its place: the same bytes go on to Tyrus.
 *
 * Place in the frame: `header` bytes of the header have been read (-1: in the payload), `left` bytes of the payload are
 * to come.
 */
/** Checks one client's bytes against RFC 6455, section 5. Not thread-safe. */
final class FrameReader {
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PONG = 10;
    private static final int MAX_CONTROL_BYTES = 125;

    /** A message in more pieces than this only burdens the server. */
    private static final int MAX_FRAGMENTS = 4096;

    private final int maxMessageBytes;
    private final Utf8Check utf8 = new Utf8Check();

    private int header;
    private int first;
    private int lengthCode;
    private long length;
    private int mask;
    private long left;

    private boolean inMessage; // a data message has begun and not ended
    private boolean text; // it is a text message
    private long messageBytes;
    private int fragments;

    private int closeCode;
    private boolean closed;
    private final Utf8Check closeUtf8 = new Utf8Check();

    /** What was found in one piece of input. */
    private Optional<CloseReason> violation = Optional.empty();

    FrameReader(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Checks the bytes from the buffer's position to its limit, and moves the limit back to before
     * what must not be passed on: a frame that breaks a rule, or what follows a close frame. The
     * position stays.
     *
     * @return why the connection must be closed, if it must
     */
    Optional<CloseReason> check(ByteBuffer in) {
        int frameStart = in.position();
        int at = in.position();
        int end = in.limit();
        while (at < end) {
            if (closed) {
                in.limit(at);
                return Optional.empty();
            }
            if (header >= 0) {
                frameStart = header == 0 ? at : frameStart;
                headerByte(in.get(at++) & 0xFF);
            } else {
                int until = (int) Math.min(end, at + left);
                payload(in, at, until);
                left -= until - at;
                at = until;
            }
            if (violation.isEmpty() && header < 0 && left == 0) {
                endOfFrame();
            }
            if (violation.isPresent()) {
                in.limit(Math.min(frameStart, in.limit()));
                return violation;
            }
        }
        return Optional.empty();
    }

    /** Returns whether the client has sent a close frame. */
    boolean closed() {
        return closed;
    }

    /** Returns what the client's close frame said; 1005 if it named no code. */
    CloseReason closeReason() {
        return new CloseReason(closeCode == 0 ? 1005 : closeCode, "");
    }

    private void headerByte(int b) {
        switch (header++) {
            case 0 -> {
                first = b;
                firstByte();
            }
            case 1 -> {
                lengthCode = b & 0x7F;
                length = lengthCode < 126 ? lengthCode : 0;
                if ((b & 0x80) == 0) {
                    fail(1002, "a client's frames must be masked");
                } else if (control() && lengthCode > MAX_CONTROL_BYTES) {
                    fail(1002, "a control frame holds at most 125 bytes");
                } else if (lengthCode < 126) {
                    lengthKnown();
                }
            }
            default -> {
                int lengthEnd = lengthCode == 127 ? 10 : lengthCode == 126 ? 4 : 2;
                if (header <= lengthEnd) {
                    length = (length << 8) | b;
                    if (header == lengthEnd) {
                        lengthKnown();
                    }
                } else {
                    mask = (mask << 8) | b;
                    if (header == lengthEnd + 4) {
                        header = -1;
                        left = length;
                    }
                }
            }
        }
    }

    private void firstByte() {
        int opcode = opcode();
        if ((first & 0x70) != 0) {
            fail(1002, "reserved bits are set and no extension was negotiated");
        } else if ((opcode > BINARY && opcode < CLOSE) || opcode > PONG) {
            fail(1002, "opcode " + opcode + " is reserved");
        } else if (control()) {
            if ((first & 0x80) == 0) {
                fail(1002, "a control frame must not be fragmented");
            }
        } else if (opcode == CONTINUATION && !inMessage) {
            fail(1002, "a continuation frame without a message to continue");
        } else if (opcode != CONTINUATION && inMessage) {
            fail(1002, "a new message began before the last one ended");
        } else if (opcode != CONTINUATION) {
            inMessage = true;
            text = opcode == TEXT;
            messageBytes = 0;
            fragments = 0;
            utf8.reset();
        }
    }

    private void lengthKnown() {
        if ((lengthCode == 126 && length < 126)
                || (lengthCode == 127 && length >= 0 && length < 65536)) {
            fail(1002, "the length is not in its shortest form");
        } else if (length < 0) {
            fail(1002, "the length's highest bit is set");
        } else if (opcode() == CLOSE && length == 1) {
            fail(1002, "a close frame holds no code or one of two bytes");
        } else if (!control() && length > maxMessageBytes - messageBytes) {
            fail(CloseReason.TOO_BIG, "a message holds at most " + maxMessageBytes + " bytes");
        } else if (!control() && ++fragments > MAX_FRAGMENTS) {
            fail(CloseReason.POLICY, "a message comes in at most " + MAX_FRAGMENTS + " frames");
        } else if (!control()) {
            messageBytes += length;
        }
    }

    private void payload(ByteBuffer in, int from, int until) {
        boolean close = opcode() == CLOSE;
        if (!close && (control() || !text)) {
            return;
        }
        int place = (int) (length - left);
        for (int at = from; at < until; at++, place++) {
            int b = (in.get(at) ^ (mask >> (24 - 8 * (place & 3)))) & 0xFF;
            if (close && place < 2) {
                closeCode = (closeCode << 8) | b;
            } else if (!(close ? closeUtf8 : utf8).accepts(b)) {
                fail(CloseReason.BAD_DATA, "the text is not UTF-8");
                return;
            }
        }
    }

    private void endOfFrame() {
        header = 0;
        boolean fin = (first & 0x80) != 0;
        if (opcode() == CLOSE) {
            closed = true;
            if (length > 0 && !mayBeSent(closeCode)) {
                fail(1002, "close code " + closeCode + " must not be sent");
            } else if (!closeUtf8.complete()) {
                fail(CloseReason.BAD_DATA, "the close reason is not UTF-8");
            }
        } else if (!control() && fin) {
            inMessage = false;
            if (text && !utf8.complete()) {
                fail(CloseReason.BAD_DATA, "the text ends within a character");
            }
        }
    }

    /** RFC 6455, section 7.4, and the codes registered with IANA since. */
    private static boolean mayBeSent(int code) {
        return (code >= 1000 && code <= 1003)
                || (code >= 1007 && code <= 1014)
                || (code >= 3000 && code <= 4999);
    }

    private int opcode() {
        return first & 0x0F;
    }

    private boolean control() {
        return (first & 0x08) != 0;
    }

    private void fail(int code, String text) {
        violation = Optional.of(new CloseReason(code, text));
    }
}
