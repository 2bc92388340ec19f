package org.freelims.sync.session;

/**
 * How fast one client may send: so many messages a second in the long run, and so many at once
 * after a pause (a token bucket). Confined to one thread after another.
 */
public final class MessageRate {
    private static final double NANOS = 1e9;

    private final double perSecond;
    private final double atOnce;
    private double left;
    private long lastNanos;

    /**
     * @param perSecond how many a second
     * @param atOnce how many at once
     * @param nowNanos the time, as of any clock that does not go back
     */
    public MessageRate(int perSecond, int atOnce, long nowNanos) {
        this.perSecond = perSecond;
        this.atOnce = atOnce;
        this.left = atOnce;
        this.lastNanos = nowNanos;
    }

    /** Counts a message; returns whether it is still within what may be sent. */
    public boolean allows(long nowNanos) {
        left = Math.min(atOnce, left + (nowNanos - lastNanos) / NANOS * perSecond);
        lastNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
