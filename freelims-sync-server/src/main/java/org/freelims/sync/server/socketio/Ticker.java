package org.freelims.sync.server.socketio;

/** A clock that only goes forward, for deadlines. Thread-safe. */
@FunctionalInterface
interface Ticker {
    /** Returns milliseconds since some fixed moment. */
    long millis();

    /** Returns the system's. */
    static Ticker system() {
        return () -> (System.nanoTime() + 500_000) / 1_000_000; // nearest, as a peer would measure
    }
}
