package org.freelims.sync.server.lims;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.freelims.sync.server.postgres.DatabaseSetupException;
import org.freelims.sync.server.postgres.Migrations;
import org.jdbi.v3.core.Jdbi;

/**
 * The LIMS' tables. On an empty database they are made; on one that FreeLIMS' own backend uses,
 * only what it doesn't have is added and nothing is altered. Thread-safe.
 */
public final class LimsSchema {
    private static final Migrations MIGRATIONS =
            Migrations.of(
                    "freelims_sync",
                    "lims",
                    LimsSchema.class,
                    List.of(
                            "001-tables.sql",
                            "002-connection-tickets.sql",
                            "003-access-audit.sql"));

    private static final List<Table> SERVED =
            List.of(
                    Tables.USERS,
                    Tables.CHEMICALS,
                    Tables.LOCATIONS,
                    Tables.INVENTORY,
                    Tables.INVENTORY_CHANGES,
                    Tables.EXPERIMENTS,
                    Tables.EXPERIMENT_NOTES,
                    Tables.SAMPLES,
                    Tables.TESTS,
                    Tables.SETTINGS);

    private LimsSchema() {}

    /**
     * Makes what is missing and checks that what is there will do.
     *
     * @return the titles of the migrations applied now; empty if the database was up to date
     * @throws DatabaseSetupException if that can't be done, or a table of one of our names is not
     *     FreeLIMS'; the message says which and what to do
     */
    public static List<String> migrate(DataSource dataSource) {
        List<String> applied = MIGRATIONS.migrate(dataSource);
        requireColumns(Jdbi.create(dataSource));
        return applied;
    }

    private static void requireColumns(Jdbi jdbi) {
        Map<String, Set<String>> present = new TreeMap<>();
        jdbi.useHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT c.relname AS t, a.attname AS f"
                                                + " FROM pg_catalog.pg_class c"
                                                + " JOIN pg_catalog.pg_attribute a"
                                                + " ON a.attrelid = c.oid AND a.attnum > 0"
                                                + " AND NOT a.attisdropped"
                                                + " WHERE pg_catalog.pg_table_is_visible(c.oid)"
                                                + " AND c.relkind IN ('r', 'p')")
                                .map(
                                        (rs, context) ->
                                                Map.entry(rs.getString("t"), rs.getString("f")))
                                .forEach(
                                        column ->
                                                present.computeIfAbsent(
                                                                column.getKey(),
                                                                table -> new TreeSet<>())
                                                        .add(column.getValue())));
        List<String> missing = new ArrayList<>();
        for (Table table : SERVED) {
            Set<String> columns = present.getOrDefault(table.name(), Set.of());
            table.fields().stream()
                    .map(Field::name)
                    .filter(field -> !columns.contains(field))
                    .forEach(field -> missing.add(table.name() + "." + field));
        }
        if (!missing.isEmpty()) {
            throw new DatabaseSetupException(
                    "This database has tables with the names of FreeLIMS' that are not FreeLIMS':"
                            + " these columns are missing: "
                            + String.join(", ", missing)
                            + ". Use another database, or set a search_path with a schema of its"
                            + " own for FreeLIMS.");
        }
    }
}
