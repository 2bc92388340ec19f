package org.freelims.sync.server.tyrus;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.freelims.sync.transport.CloseReason;

/** Close reasons as core, Jakarta and the wire have them. */
final class CloseReasons {
    private CloseReasons() {}

    static CloseReason fromJakarta(jakarta.websocket.CloseReason reason) {
        return new CloseReason(
                reason.getCloseCode().getCode(),
                Optional.ofNullable(reason.getReasonPhrase()).orElse(""));
    }

    static jakarta.websocket.CloseReason toJakarta(CloseReason reason) {
        return new jakarta.websocket.CloseReason(
                jakarta.websocket.CloseReason.CloseCodes.getCloseCode(reason.code()),
                WireFrames.fitting(reason.text()));
    }

    /** Reads an unmasked close frame. */
    static CloseReason ofFrame(byte[] frame) {
        if (frame.length < 4) {
            return new CloseReason(CloseReason.NORMAL, "");
        }
        return new CloseReason(
                ((frame[2] & 0xFF) << 8) | (frame[3] & 0xFF),
                new String(frame, 4, frame.length - 4, StandardCharsets.UTF_8));
    }
}
