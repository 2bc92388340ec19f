package org.freelims.sync.server.lims;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Map;
import java.util.Optional;

/**
 * What chemicals and locations have in common: records by name with an audit trail. Thread-safe.
 */
final class AuditedRecords {
    private final LimsDatabase database;
    private final Table table;
    private final AuditTrail trail;
    private final String idName;
    private final String whole;
    private final Release release;

    /** Lets go of a record before it is deleted, or says why it can't be. */
    interface Release {
        void release(Rows rows, int id);
    }

    /**
     * @param idName what clients know the id in the path as
     * @param whole the field that the trail names when all of a record is gone
     */
    AuditedRecords(
            LimsDatabase database,
            Table table,
            AuditTrail trail,
            String idName,
            String whole,
            Release release) {
        this.database = database;
        this.table = table;
        this.trail = trail;
        this.idName = idName;
        this.whole = whole;
        this.release = release;
    }

    Response list(UriInfo uri, SignedIn who, String... searched) {
        Query query = new Query(uri);
        Query.Page page = query.page();
        Filter filter = Filter.none().search(query.text("search"), searched);
        query.check();
        return Answers.ok(database.read(who, rows -> rows.list(table, filter, "t.id", page)));
    }

    Response get(String idText, SignedIn who) {
        int id = PathId.read(idName, idText, table.noun());
        return Answers.ok(database.read(who, rows -> rows.get(table, id)));
    }

    Response create(byte[] body, SignedIn who) {
        Form form = Form.of(body);
        Input input = form.forNew(table.fields());
        form.problems().check();
        return Answers.created(
                database.write(
                        who,
                        rows -> {
                            int id = rows.insert(table, input, Map.of());
                            for (Input.Value value : input.values()) {
                                if (value.value() != null) {
                                    trail.created(
                                            rows.handle(),
                                            id,
                                            who.id(),
                                            value.field().name(),
                                            value.value().toString());
                                }
                            }
                            return rows.get(table, id);
                        }));
    }

    Response update(String idText, byte[] body, SignedIn who) {
        int id = PathId.read(idName, idText, table.noun());
        Form form = Form.of(body);
        Input input = form.forUpdate(table.fields());
        form.problems().check();
        return Answers.ok(
                database.write(
                        who,
                        rows -> {
                            trail.updated(
                                    rows.handle(), id, who.id(), rows.update(table, id, input));
                            return rows.get(table, id);
                        }));
    }

    Response delete(String idText, SignedIn who) {
        int id = PathId.read(idName, idText, table.noun());
        return database.write(
                who,
                rows -> {
                    String name = rows.lock(table, id, "t.name", "UPDATE");
                    release.release(rows, id);
                    trail.deleted(rows.handle(), id, who.id(), whole, name);
                    trail.detach(rows.handle(), id);
                    rows.execute("DELETE FROM " + table.name() + " WHERE id = :id", id);
                    return Answers.noContent();
                });
    }

    Response auditLogs(UriInfo uri, SignedIn who) {
        Query query = new Query(uri);
        return entries(who, query, query.integer(idName), false);
    }

    Response auditLogsOf(String idText, UriInfo uri, SignedIn who) {
        int id = PathId.read(idName, idText, table.noun());
        return entries(who, new Query(uri), Optional.of(id), true);
    }

    private Response entries(
            SignedIn who, Query query, Optional<Integer> subject, boolean mustBeKnown) {
        Query.Page page = query.page();
        Filter filter =
                trail.about(Filter.none(), subject)
                        .and("t.action = :action", "action", query.text("action"))
                        .and(
                                "t.timestamp >= CAST(:start AS timestamptz)",
                                "start",
                                query.time("start_date"))
                        .and(
                                "t.timestamp <= CAST(:end AS timestamptz)",
                                "end",
                                query.time("end_date"));
        query.check();
        return Answers.ok(
                database.read(
                        who,
                        rows -> {
                            rows.require(trail.forReading());
                            if (mustBeKnown
                                    && !trail.knows(rows, subject.orElseThrow())
                                    && rows.find(table, subject.orElseThrow()).isEmpty()) {
                                throw RefusedException.notFound(table.noun());
                            }
                            return rows.list(
                                    trail.forReading(),
                                    filter,
                                    "t.timestamp DESC, t.id DESC",
                                    page);
                        }));
    }
}
