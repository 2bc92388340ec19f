package org.freelims.sync.server.socketio;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A GET whose answer a test looks at; its bytes are with the system once {@link #write} says so.
 */
final class FakePoll implements Poll {
    private final boolean slow;
    @Nullable String answer;
    @Nullable EngineError refused;
    private @Nullable Runnable written;
    private @Nullable Runnable failed;

    FakePoll() {
        this(false);
    }

    private FakePoll(boolean slow) {
        this.slow = slow;
    }

    /** Returns one whose answer is being written until the test says otherwise. */
    static FakePoll slow() {
        return new FakePoll(true);
    }

    @Override
    public void answer(byte[] payload, Runnable whenWritten, Runnable whenFailed) {
        if (isAnswered()) {
            throw new AssertionError("answered twice");
        }
        answer = new String(payload, StandardCharsets.UTF_8);
        written = whenWritten;
        failed = whenFailed;
        if (!slow) {
            whenWritten.run();
        }
    }

    @Override
    public void refuse(EngineError error) {
        if (isAnswered()) {
            throw new AssertionError("answered twice");
        }
        refused = error;
    }

    void write() {
        if (written != null) {
            written.run();
        }
    }

    void breakOff() {
        if (failed != null) {
            failed.run();
        }
    }

    boolean isAnswered() {
        return answer != null || refused != null;
    }
}
