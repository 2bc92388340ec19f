package org.freelims.sync.server.security;

import static java.util.Objects.requireNonNull;

import java.time.ZoneOffset;
import java.util.List;
import org.freelims.sync.server.security.AccessAudit.Entry;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Keeps an audit in the table {@code freelims_sync.access_audit}. Thread-safe. */
public final class AuditTable implements AccessAudit.Place {
    private final Jdbi jdbi;

    public AuditTable(Jdbi jdbi) {
        this.jdbi = requireNonNull(jdbi, "jdbi");
    }

    @Override
    public void write(List<Entry> entries) {
        jdbi.useTransaction(
                handle -> {
                    PreparedBatch batch =
                            handle.prepareBatch(
                                    "INSERT INTO freelims_sync.access_audit (at, event,"
                                        + " remote_address, session, principal, subject, outcome)"
                                        + " VALUES (:at, :event, :address, :session, :principal,"
                                        + " :subject, :outcome)");
                    for (Entry entry : entries) {
                        batch.bind("at", entry.at().atOffset(ZoneOffset.UTC))
                                .bind("event", entry.event())
                                .bind("address", entry.remoteAddress())
                                .bind("session", entry.session())
                                .bind("principal", entry.principal())
                                .bind("subject", entry.subject())
                                .bind("outcome", entry.outcome())
                                .add();
                    }
                    batch.execute();
                });
    }
}
