package org.freelims.sync.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.protocol.SyncException;

/** A subscription of a {@link SyncClient}. Thread-safe. */
public interface Subscription extends AutoCloseable {
    /** Where a subscription stands. */
    enum State {
        /** The client has no session, or the server has not answered yet. */
        WAITING,
        /** Rows of a snapshot are coming. */
        SNAPSHOT,
        /** Changes come, as they are committed or to catch up. */
        LIVE,
        /** Nothing comes any more. */
        ENDED
    }

    /** Returns the canonical expression. */
    String expression();

    /** Returns where it stands, which may have changed by the time the caller looks. */
    State state();

    /**
     * Returns the position that has been handled: that of the last change whose handler returned,
     * or a later one up to which there was nothing; empty if there is none yet. Handing it to
     * {@link SyncClient#subscribe} in another client, or after a restart, continues exactly there.
     */
    Optional<Position> position();

    /**
     * Completes with the position from which the subscription is live, once it is for the first
     * time (rule 2); fails with {@link SyncException} if it ends before.
     */
    CompletableFuture<Position> ready();

    /**
     * Completes when it has ended, with the reason; with none if it, or the client, was closed by
     * the program.
     */
    CompletableFuture<Optional<SyncException>> ended();

    /** Returns why it has ended; empty if it has not, or was closed by the program. */
    Optional<SyncException> failure();

    /**
     * Ends it. After the return no call of its handler begins; one may still be running on another
     * thread. Its saved position stays. Idempotent.
     */
    @Override
    void close();
}
