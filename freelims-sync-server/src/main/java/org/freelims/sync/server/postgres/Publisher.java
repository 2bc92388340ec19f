package org.freelims.sync.server.postgres;

import java.sql.Connection;
import java.util.function.Function;
import org.freelims.sync.protocol.Action;
import org.jdbi.v3.core.Handle;

/**
 * Publishes changes that no captured table shows, such as those of a view or of another store, as
 * part of the caller's transaction: they are delivered if it commits, and only then. Thread-safe.
 *
 * <p>The order in which two transactions change one record is the order in which they lock its row.
 * So publish <em>after</em> the row was written, in the same transaction (with an object-relational
 * mapper, after its flush): published before, changes of one record can come in the wrong order.
 * {@link #collect} takes care of that by keeping the changes until just before the commit.
 *
 * <p>The connection's role needs {@code USAGE} on the schema {@code freelims_sync}, and no other
 * right. Who did it and why is taken from the transaction's settings {@code freelims_sync.actor}
 * and {@code freelims_sync.reason}, as for captured tables.
 */
public final class Publisher {
    private final Runnable poke;

    /**
     * @param poke makes the relay look
     */
    Publisher(Runnable poke) {
        this.poke = poke;
    }

    /**
     * Publishes one change now.
     *
     * @param connection one whose transaction wrote the record
     * @param data JSON object text: the record after a create or update, before a delete
     * @param before JSON object text: for an update the fields it changed with the values they had;
     *     otherwise {@code {}}
     * @throws IllegalArgumentException if the resource's name is none, the id is empty, or a text
     *     is not a JSON object; nothing was published then
     * @throws IllegalStateException if the connection commits each statement by itself, or the
     *     database refuses
     */
    public void publish(
            Connection connection,
            String resource,
            String id,
            Action action,
            String data,
            String before) {
        Publication publication = collect(connection);
        publication.add(resource, id, action, data, before);
        publication.flush();
    }

    /**
     * Publishes one change now, as {@link #publish(Connection, String, String, Action, String,
     * String)}.
     */
    public void publish(
            Handle handle, String resource, String id, Action action, String data, String before) {
        publish(handle.getConnection(), resource, id, action, data, before);
        handle.afterCommit(poke);
    }

    /** Returns a collection of changes to be flushed just before the connection's commit. */
    public Publication collect(Connection connection) {
        return new Publication(connection);
    }

    /**
     * Runs work that collects changes, then flushes them, then commits; or rolls back all of it.
     *
     * @param handle one with no transaction open
     */
    public <R> R inTransaction(Handle handle, Function<Publication, R> work) {
        R result =
                handle.inTransaction(
                        h -> {
                            Publication publication = collect(h.getConnection());
                            R r = work.apply(publication);
                            publication.flush();
                            return r;
                        });
        poke.run();
        return result;
    }

    /**
     * Makes the relay look at once instead of within milliseconds. Call it after a commit where
     * that matters; it costs next to nothing and never blocks.
     */
    public void committed() {
        poke.run();
    }
}
