package org.freelims.sync.server.tyrus;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * What clients may ask of the server's port. Immutable; {@link #defaults} and the {@code with}
 * methods give others.
 *
 * @param connections open connections in all; more are refused with 503
 * @param connectionsPerAddress open connections from one IP address; more are refused with 429. A
 *     reverse proxy is one address
 * @param messageBytes the longest WebSocket message that a client may send; a longer one closes
 *     with 1009
 * @param headerBytes the longest request header; a longer one is refused with 400
 * @param handshakeTimeout how long a request's header, and then the decision about a handshake, may
 *     take; a client that is slower is cut
 * @param bodyTimeout how long a request's body may take, and the answer to a polling client
 * @param idleTimeout how long an HTTP connection may wait between two requests
 * @param pingInterval how often a WebSocket is pinged; one that answers nothing to two pings is cut
 *     when the third is due
 * @param closeTimeout how long a client has to take what was written and to answer a close frame
 */
public record ConnectionLimits(
        int connections,
        int connectionsPerAddress,
        int messageBytes,
        int headerBytes,
        Duration handshakeTimeout,
        Duration bodyTimeout,
        Duration idleTimeout,
        Duration pingInterval,
        Duration closeTimeout) {
    public ConnectionLimits {
        atLeast(1, connections, "connections");
        atLeast(1, connectionsPerAddress, "connectionsPerAddress");
        atLeast(125, messageBytes, "messageBytes");
        atLeast(1024, headerBytes, "headerBytes");
        positive(handshakeTimeout, "handshakeTimeout");
        positive(bodyTimeout, "bodyTimeout");
        positive(idleTimeout, "idleTimeout");
        positive(pingInterval, "pingInterval");
        positive(closeTimeout, "closeTimeout");
    }

    /**
     * Returns the defaults: 20,000 connections, 2,000 an address, messages of 64 KiB, headers of 16
     * KiB, 10 s for a handshake, 60 s for a body, 60 s idle, a ping every 20 s, 5 s to close.
     */
    public static ConnectionLimits defaults() {
        return new ConnectionLimits(
                20_000,
                2_000,
                64 * 1024,
                16 * 1024,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(20),
                Duration.ofSeconds(5));
    }

    public ConnectionLimits withConnections(int inAll, int perAddress) {
        return new ConnectionLimits(
                inAll,
                perAddress,
                messageBytes,
                headerBytes,
                handshakeTimeout,
                bodyTimeout,
                idleTimeout,
                pingInterval,
                closeTimeout);
    }

    public ConnectionLimits withMessageBytes(int bytes) {
        return new ConnectionLimits(
                connections,
                connectionsPerAddress,
                bytes,
                headerBytes,
                handshakeTimeout,
                bodyTimeout,
                idleTimeout,
                pingInterval,
                closeTimeout);
    }

    public ConnectionLimits withHeaderBytes(int bytes) {
        return new ConnectionLimits(
                connections,
                connectionsPerAddress,
                messageBytes,
                bytes,
                handshakeTimeout,
                bodyTimeout,
                idleTimeout,
                pingInterval,
                closeTimeout);
    }

    public ConnectionLimits withTimeouts(Duration handshake, Duration body, Duration idle) {
        return new ConnectionLimits(
                connections,
                connectionsPerAddress,
                messageBytes,
                headerBytes,
                handshake,
                body,
                idle,
                pingInterval,
                closeTimeout);
    }

    public ConnectionLimits withPingInterval(Duration interval) {
        return new ConnectionLimits(
                connections,
                connectionsPerAddress,
                messageBytes,
                headerBytes,
                handshakeTimeout,
                bodyTimeout,
                idleTimeout,
                interval,
                closeTimeout);
    }

    public ConnectionLimits withCloseTimeout(Duration timeout) {
        return new ConnectionLimits(
                connections,
                connectionsPerAddress,
                messageBytes,
                headerBytes,
                handshakeTimeout,
                bodyTimeout,
                idleTimeout,
                pingInterval,
                timeout);
    }

    private static void atLeast(int least, int value, String name) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be >= " + least + " but was " + value);
        }
    }

    private static void positive(Duration value, String name) {
        if (requireNonNull(value, name).isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " must be positive but was " + value);
        }
    }
}
