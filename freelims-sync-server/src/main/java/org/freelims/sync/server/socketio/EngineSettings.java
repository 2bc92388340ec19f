package org.freelims.sync.server.socketio;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * How Engine.IO sessions are kept. Immutable.
 *
 * @param pingInterval how long after a sign of life the server asks for another
 * @param pingTimeout how long it waits for that
 * @param maxPayloadBytes the longest message, attachment or body of a POST
 * @param maxPackets the most packets in one body
 * @param upgradeTimeout how long a WebSocket may take to become its session's transport
 * @param closeTimeout how long a client may take to fetch what is left when the server closes
 * @param maxSessions the most sessions at once
 * @param packetsPerSecond the most packets a second that a client may send in the long run
 * @param packetsAtOnce the most that it may send at once, after it has been quiet
 */
record EngineSettings(
        Duration pingInterval,
        Duration pingTimeout,
        int maxPayloadBytes,
        int maxPackets,
        Duration upgradeTimeout,
        Duration closeTimeout,
        int maxSessions,
        int packetsPerSecond,
        int packetsAtOnce) {
    /** The settings of the reference implementation, and bounds where it has none. */
    static final EngineSettings DEFAULTS =
            new EngineSettings(
                    Duration.ofSeconds(25),
                    Duration.ofSeconds(20),
                    1_000_000,
                    10_000,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5),
                    20_000,
                    100,
                    2_000);

    EngineSettings {
        requireNonNull(upgradeTimeout, "upgradeTimeout");
        requireNonNull(closeTimeout, "closeTimeout");
        if (pingInterval.toMillis() < 1 || pingTimeout.toMillis() < 1) {
            throw new IllegalArgumentException("ping interval and timeout must be >= 1 ms");
        }
        if (Math.min(maxPayloadBytes, Math.min(maxPackets, maxSessions)) < 1
                || Math.min(packetsPerSecond, packetsAtOnce) < 1) {
            throw new IllegalArgumentException("bounds must be >= 1");
        }
    }

    /** Returns these settings with another pace of pings. */
    EngineSettings withPings(Duration interval, Duration timeout) {
        return new EngineSettings(
                interval,
                timeout,
                maxPayloadBytes,
                maxPackets,
                upgradeTimeout,
                closeTimeout,
                maxSessions,
                packetsPerSecond,
                packetsAtOnce);
    }

    /** Returns these settings with another rate of packets. */
    EngineSettings withRate(int perSecond, int atOnce) {
        return new EngineSettings(
                pingInterval,
                pingTimeout,
                maxPayloadBytes,
                maxPackets,
                upgradeTimeout,
                closeTimeout,
                maxSessions,
                perSecond,
                atOnce);
    }

    /** Returns the most bytes of messages that may wait for the session's turn. */
    long receivedCapBytes() {
        return 4L * maxPayloadBytes;
    }

    /** Returns the most bytes of answers that a client may let wait. */
    long answerCapBytes() {
        return 4L * maxPayloadBytes;
    }
}
