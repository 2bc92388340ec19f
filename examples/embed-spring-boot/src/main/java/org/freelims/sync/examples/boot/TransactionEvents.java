package org.freelims.sync.examples.boot;

import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.postgres.Publication;
import org.freelims.sync.server.postgres.Publisher;
import org.hibernate.Session;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Events that are no table's rows, published in the transaction that they belong to. They are kept
 * until just before the commit, when Hibernate has written its rows, and are written on the same
 * connection: so they commit with the transaction or not at all, and never after it.
 */
@Component
public class TransactionEvents {
    private final Publisher publisher;

    @PersistenceContext
    @SuppressWarnings("NullAway.Init")
    private EntityManager entities;

    TransactionEvents(PostgresSync sync) {
        this.publisher = sync.publisher();
    }

    /**
     * Publishes with the transaction that is open.
     *
     * @param data JSON object text
     * @throws IllegalStateException if there is none
     */
    public void publish(String resource, String id, Action action, String data) {
        pending().events.add(new Event(resource, id, action, data));
    }

    private Pending pending() {
        if (TransactionSynchronizationManager.getResource(this) instanceof Pending open) {
            return open;
        }
        Pending made = new Pending();
        TransactionSynchronizationManager.registerSynchronization(made);
        TransactionSynchronizationManager.bindResource(this, made);
        return made;
    }

    private record Event(String resource, String id, Action action, String data) {}

    private final class Pending implements TransactionSynchronization {
        private final List<Event> events = new ArrayList<>();

        @Override
        public void beforeCommit(boolean readOnly) {
            entities.flush();
            entities.unwrap(Session.class).doWork(this::write);
        }

        private void write(Connection connection) {
            Publication publication = publisher.collect(connection);
            for (Event event : events) {
                publication.add(event.resource, event.id, event.action, event.data, "{}");
            }
            publication.flush();
        }

        @Override
        public void beforeCompletion() {
            TransactionSynchronizationManager.unbindResource(TransactionEvents.this);
        }

        @Override
        public void afterCommit() {
            publisher.committed();
        }
    }
}
