package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Flow;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.ServerMessage;
import org.freelims.sync.protocol.StartFrom;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/** Changes as Reactive Streams have them. Each subscriber subscribes at the server. */
record NotificationPublisher(
        SyncClient client, String expression, StartFrom from, SubscriptionOptions options)
        implements Flow.Publisher<ServerMessage.Notification> {

    NotificationPublisher {
        if (from instanceof StartFrom.Snapshot || from instanceof StartFrom.SnapshotBehind) {
            throw new IllegalArgumentException(
                    "a stream of notifications has no rows; start it from now or from a position,"
                            + " or open a LiveView");
        }
        // onNext must not throw (Reactive Streams 2.13); one that does is not called again
        options =
                options.withAfterPositionLost(SubscriptionOptions.AfterPositionLost.STOP)
                        .withHandlerFailures(HandlerFailures.retryThenStop(1));
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ServerMessage.Notification> subscriber) {
        Stream stream = new Stream(requireNonNull(subscriber, "subscriber"));
        subscriber.onSubscribe(stream);
        stream.start(this);
    }

    /*
     * Invariant: `demand` is what was requested and not yet passed on; `wanted` is there while the delivery queue waits
     * for some. All fields are guarded by this, and nobody is called under it. onNext and onError are called by the
     * delivery queue alone, but for the onError of a stream that could not start.
     */
    private static final class Stream implements PacedHandler, Flow.Subscription {
        private final Flow.Subscriber<? super ServerMessage.Notification> subscriber;
        private @Nullable Subscription subscription;
        private boolean over;
        private boolean illegal;
        private long demand;
        private @Nullable Runnable wanted;

        Stream(Flow.Subscriber<? super ServerMessage.Notification> subscriber) {
            this.subscriber = subscriber;
        }

        void start(NotificationPublisher of) {
            if (isOver()) {
                return;
            }
            Subscription made;
            try {
                made = of.client.subscribe(of.expression, of.from, of.options, this);
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
            synchronized (this) {
                subscription = made;
                if (!over) {
                    return;
                }
            }
            made.close();
        }

        private synchronized boolean isOver() {
            return over;
        }

        // Flow.Subscription

        @Override
        public void request(long n) {
            Runnable waiting;
            synchronized (this) {
                if (n < 1) {
                    illegal = true;
                } else {
                    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
                }
                waiting = wanted;
                wanted = null;
            }
            if (waiting != null) {
                waiting.run();
            }
        }

        @Override
        public void cancel() {
            end();
        }

        /** Returns whether it had not ended before. */
        private boolean end() {
            Subscription ended;
            Runnable waiting;
            synchronized (this) {
                if (over) {
                    return false;
                }
                over = true;
                ended = subscription;
                waiting = wanted;
                wanted = null;
            }
            if (ended != null) {
                ended.close();
            }
            if (waiting != null) {
                waiting.run();
            }
            return true;
        }

        private void fail(RuntimeException why) {
            if (end()) {
                subscriber.onError(why);
            }
        }

        // the delivery queue

        @Override
        public synchronized boolean takes(Runnable then) {
            if (over || illegal || demand > 0) {
                return true;
            }
            wanted = then;
            return false;
        }

        @Override
        public void onNotification(ServerMessage.Notification notification) {
            synchronized (this) {
                if (over) {
                    return;
                }
                if (demand < Long.MAX_VALUE) {
                    demand--;
                }
            }
            if (wasIllegal()) {
                fail(new IllegalArgumentException("request(n) needs n >= 1 (rule 3.9)"));
            } else {
                next(notification);
            }
        }

        private synchronized boolean wasIllegal() {
            return illegal;
        }

        private void next(ServerMessage.Notification notification) {
            try {
                subscriber.onNext(notification);
            } catch (RuntimeException | Error e) {
                synchronized (this) {
                    over = true;
                }
                throw e;
            }
        }

        @Override
        public void onResync(Resync resync) {
            if (resync.reason() == Resync.Reason.TRUNCATED) {
                fail(
                        new SyncException(
                                ErrorCode.TRUNCATED,
                                "All records of "
                                        + resync.resource().orElse("the subscription")
                                        + " are gone at once, which no notification tells."));
            }
        }

        @Override
        public void onEnded(SyncException why) {
            fail(why);
        }
    }
}
