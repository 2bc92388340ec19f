package org.freelims.sync.server.tyrus;

/**
 * Says of bytes that arrive piece by piece whether they are UTF-8 (RFC 3629): no overlong forms, no
 * surrogates, nothing above U+10FFFF. Not thread-safe.
 */
final class Utf8Check {
    private static final int FIRST_CONTINUATION = 0x80;
    private static final int LAST_CONTINUATION = 0xBF;

    private int left; // continuation bytes still to come
    private int low = FIRST_CONTINUATION; // bounds of the next of them
    private int high = LAST_CONTINUATION;

    /** Takes the next byte, 0 to 255; returns false if it can't stand there. */
    boolean accepts(int b) {
        if (left > 0) {
            boolean fits = b >= low && b <= high;
            low = FIRST_CONTINUATION;
            high = LAST_CONTINUATION;
            left--;
            return fits;
        }
        if (b < 0x80) {
            return true;
        }
        if (b < 0xC2 || b > 0xF4) {
            return false;
        }
        left = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
        switch (b) {
            case 0xE0 -> low = 0xA0;
            case 0xED -> high = 0x9F;
            case 0xF0 -> low = 0x90;
            case 0xF4 -> high = 0x8F;
            default -> {}
        }
        return true;
    }

    /** Returns whether the text may end here. */
    boolean complete() {
        return left == 0;
    }

    void reset() {
        left = 0;
        low = FIRST_CONTINUATION;
        high = LAST_CONTINUATION;
    }
}
