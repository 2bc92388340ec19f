package org.freelims.sync.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** What one node allows its clients, and how much it keeps. Immutable. */
public final class Limits {
    /** The longest {@link Builder#linger}. */
    public static final Duration MAX_LINGER = Duration.ofSeconds(1);

    private final Builder of;

    private Limits(Builder of) {
        this.of = of;
    }

    /** Returns the defaults that the builder's methods name. */
    public static Limits defaults() {
        return builder().build();
    }

    /** Returns a builder that starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** See {@link Builder#pendingBytes}. */
    public long pendingBytes() {
        return of.pendingBytes;
    }

    /** See {@link Builder#maxMessageBytes}. */
    public int maxMessageBytes() {
        return of.maxMessageBytes;
    }

    /** See {@link Builder#maxSubscriptions}. */
    public int maxSubscriptions() {
        return of.maxSubscriptions;
    }

    /** See {@link Builder#maxQueuedMessages}. */
    public int maxQueuedMessages() {
        return of.maxQueuedMessages;
    }

    /** See {@link Builder#maxQueuedBytes}. */
    public long maxQueuedBytes() {
        return of.maxQueuedBytes;
    }

    /** See {@link Builder#messagesPerSecond}. */
    public int messagesPerSecond() {
        return of.messagesPerSecond;
    }

    /** See {@link Builder#messagesAtOnce}. */
    public int messagesAtOnce() {
        return of.messagesAtOnce;
    }

    /** See {@link Builder#maxConnectionsPerUser}. */
    public int maxConnectionsPerUser() {
        return of.maxConnectionsPerUser;
    }

    /** See {@link Builder#maxSnapshots}. */
    public int maxSnapshots() {
        return of.maxSnapshots;
    }

    /** See {@link Builder#recentBytes}. */
    public long recentBytes() {
        return of.recentBytes;
    }

    /** See {@link Builder#pageSize}. */
    public int pageSize() {
        return of.pageSize;
    }

    /** See {@link Builder#heartbeat}. */
    public Duration heartbeat() {
        return of.heartbeat;
    }

    /** See {@link Builder#signInTimeout}. */
    public Duration signInTimeout() {
        return of.signInTimeout;
    }

    /** See {@link Builder#stallTimeout}. */
    public Duration stallTimeout() {
        return of.stallTimeout;
    }

    /** See {@link Builder#rightsRecheck}. */
    public Duration rightsRecheck() {
        return of.rightsRecheck;
    }

    /** See {@link Builder#reconnectSpread}. */
    public Duration reconnectSpread() {
        return of.reconnectSpread;
    }

    /** See {@link Builder#linger}. */
    public Duration linger() {
        return of.linger;
    }

    /**
     * Collects limits. Not thread-safe. Every method throws {@link IllegalArgumentException} unless
     * the value is positive, or zero where zero is the default.
     */
    public static final class Builder {
        private long pendingBytes = 1 << 20;
        private int maxMessageBytes = 1 << 16;
        private int maxSubscriptions = 1000;
        private int maxQueuedMessages = 1000;
        private long maxQueuedBytes = 4 << 20;
        private int messagesPerSecond = 100;
        private int messagesAtOnce = 2000;
        private int maxConnectionsPerUser = 200;
        private int maxSnapshots = 4;
        private long recentBytes = 64 << 20;
        private int pageSize = 500;
        private Duration heartbeat = Duration.ofSeconds(15);
        private Duration signInTimeout = Duration.ofSeconds(10);
        private Duration stallTimeout = Duration.ofSeconds(30);
        private Duration rightsRecheck = Duration.ofSeconds(2);
        private Duration reconnectSpread = Duration.ofSeconds(2);
        private Duration linger = Duration.ZERO;

        private Builder() {}

        /**
         * What may wait for one slow client before it is served from the log instead, in bytes; 1
         * MiB.
         */
        public Builder pendingBytes(long bytes) {
            pendingBytes = positive(bytes, "pendingBytes");
            return this;
        }

        /** The longest message a client may send, in bytes; 64 KiB. */
        public Builder maxMessageBytes(int bytes) {
            maxMessageBytes = (int) positive(bytes, "maxMessageBytes");
            return this;
        }

        /** Subscriptions a connection; 1,000. */
        public Builder maxSubscriptions(int count) {
            maxSubscriptions = (int) positive(count, "maxSubscriptions");
            return this;
        }

        /** Messages of one client that may wait to be looked at; 1,000. */
        public Builder maxQueuedMessages(int count) {
            maxQueuedMessages = (int) positive(count, "maxQueuedMessages");
            return this;
        }

        /** What the messages of one client that wait may take, in bytes; 4 MiB. */
        public Builder maxQueuedBytes(long bytes) {
            maxQueuedBytes = positive(bytes, "maxQueuedBytes");
            return this;
        }

        /** Messages a second that one connection may send in the long run; 100. */
        public Builder messagesPerSecond(int count) {
            messagesPerSecond = (int) positive(count, "messagesPerSecond");
            return this;
        }

        /**
         * Messages that one connection may send at once, after it has been quiet; 2,000, twice as
         * many as it may have subscriptions.
         */
        public Builder messagesAtOnce(int count) {
            messagesAtOnce = (int) positive(count, "messagesAtOnce");
            return this;
        }

        /** Connections on this node that one principal may be signed in on; 200. */
        public Builder maxConnectionsPerUser(int count) {
            maxConnectionsPerUser = (int) positive(count, "maxConnectionsPerUser");
            return this;
        }

        /** Snapshots open at once on this node; further ones wait; 4. */
        public Builder maxSnapshots(int count) {
            maxSnapshots = (int) positive(count, "maxSnapshots");
            return this;
        }

        /**
         * Recent changes kept in memory for clients that come back, with the frames made of them,
         * in bytes; 64 MiB. Up to a quarter of it more is taken by pages of the log that clients
         * further behind are reading.
         */
        public Builder recentBytes(long bytes) {
            recentBytes = positive(bytes, "recentBytes");
            return this;
        }

        /** Changes read from the log at once; 500. */
        public Builder pageSize(int changes) {
            pageSize = (int) positive(changes, "pageSize");
            return this;
        }

        /** The longest silence towards a client; 15 s. */
        public Builder heartbeat(Duration duration) {
            heartbeat = positive(duration, "heartbeat");
            return this;
        }

        /** How long a connection may stay unknown; 10 s. */
        public Builder signInTimeout(Duration duration) {
            signInTimeout = positive(duration, "signInTimeout");
            return this;
        }

        /** How long a client may take nothing of what waits for it; 30 s. */
        public Builder stallTimeout(Duration duration) {
            stallTimeout = positive(duration, "stallTimeout");
            return this;
        }

        /** How often it is asked anew what those connected may see; 2 s. */
        public Builder rightsRecheck(Duration duration) {
            rightsRecheck = positive(duration, "rightsRecheck");
            return this;
        }

        /** On shutdown clients are told to come back after a random time up to this; 2 s. */
        public Builder reconnectSpread(Duration duration) {
            reconnectSpread = positive(duration, "reconnectSpread");
            return this;
        }

        /**
         * How long a change may wait for others, so that they are written together: a client is
         * written changes at most once every so often, the first after a pause at once. What it
         * asked for is answered at once in any case. From 0 to 1 s; 0, each as it comes. 10 to 20
         * ms save CPU where very many changes go to very many clients.
         */
        public Builder linger(Duration duration) {
            if (duration.isNegative() || duration.compareTo(MAX_LINGER) > 0) {
                throw new IllegalArgumentException(
                        "linger must be from 0 to 1 s but was " + duration);
            }
            linger = duration;
            return this;
        }

        /** Returns the limits set so far. */
        public Limits build() {
            Builder copy = new Builder();
            copy.pendingBytes = pendingBytes;
            copy.maxMessageBytes = maxMessageBytes;
            copy.maxSubscriptions = maxSubscriptions;
            copy.maxQueuedMessages = maxQueuedMessages;
            copy.maxQueuedBytes = maxQueuedBytes;
            copy.messagesPerSecond = messagesPerSecond;
            copy.messagesAtOnce = messagesAtOnce;
            copy.maxConnectionsPerUser = maxConnectionsPerUser;
            copy.maxSnapshots = maxSnapshots;
            copy.recentBytes = recentBytes;
            copy.pageSize = pageSize;
            copy.heartbeat = heartbeat;
            copy.signInTimeout = signInTimeout;
            copy.stallTimeout = stallTimeout;
            copy.rightsRecheck = rightsRecheck;
            copy.reconnectSpread = reconnectSpread;
            copy.linger = linger;
            return new Limits(copy);
        }

        private static long positive(long value, String name) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be >= 1 but was " + value);
            }
            return value;
        }

        private static Duration positive(Duration value, String name) {
            if (requireNonNull(value, name).isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + " must be positive but was " + value);
            }
            return value;
        }
    }
}
