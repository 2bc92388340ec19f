package org.freelims.sync.examples.benchmarks.comparison;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the marks {@code @T<nanoseconds since 1970>@} in one connection's bytes, whatever protocol
 * is around them; a mark may lie across reads. Confined to the load generator's thread.
 */
final class Marks {
    /** Told of each mark. */
    interface Listener {
        void onMark(long publishedNanos);
    }

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long ATS = '@' * LOW_BITS;

    private static final int OUTSIDE = 0;
    private static final int AFTER_AT = 1;
    private static final int IN_TIME = 2;

    private final Listener listener;
    private int state = OUTSIDE;
    private long time;

    Marks(Listener listener) {
        this.listener = listener;
    }

    void scan(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (state == OUTSIDE) {
                at = indexOfAt(bytes, at, to) + 1;
                state = at <= to ? AFTER_AT : OUTSIDE;
            } else {
                take(bytes[at++]);
            }
        }
    }

    private void take(byte next) {
        if (state == AFTER_AT) {
            state = next == 'T' ? IN_TIME : next == '@' ? AFTER_AT : OUTSIDE;
            time = 0;
        } else if (next >= '0' && next <= '9') {
            time = time * 10 + (next - '0');
        } else {
            state = OUTSIDE;
            if (next == '@' && time > 0) {
                listener.onMark(time);
            }
        }
    }

    /** Returns where the next '@' is, or {@code to}; looks at eight bytes at a time. */
    private static int indexOfAt(byte[] bytes, int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            long differing = (long) LONGS.get(bytes, at) ^ ATS;
            long zeroBytes = (differing - LOW_BITS) & ~differing & HIGH_BITS;
            if (zeroBytes != 0) {
                return at + Long.numberOfTrailingZeros(zeroBytes) / Byte.SIZE;
            }
        }
        while (at < to && bytes[at] != '@') {
            at++;
        }
        return at;
    }
}
