package org.freelims.sync.server.postgres;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the trigger function of one captured table.
 *
 * <p>Naming the columns makes it cost half of what a general function over {@code jsonb} does. So
 * that it can never fail for having been written for other columns, it first looks whether the
 * row's JSON has those fields, in that order, and whether the table has a newer column; if it isn't
 * so, it hands over to {@code capture_by_catalog}.
 */
final class CaptureFunction {
    private static final String SEARCH_PATH = "search_path = pg_catalog";

    /** How values look must not depend on the session that writes or reads them. */
    static final List<String> SETTINGS =
            List.of(
                    SEARCH_PATH,
                    "timezone = 'UTC'",
                    "datestyle = 'ISO'",
                    "intervalstyle = 'postgres'",
                    "extra_float_digits = 1",
                    "bytea_output = 'hex'");

    private static final String ADD =
            "INSERT INTO freelims_sync.outbox (resource, id, action, actor, reason, data, before)"
                    + " VALUES (%s, %s, '%s', nullif(current_setting('freelims_sync.actor', true),"
                    + " ''), nullif(current_setting('freelims_sync.reason', true), ''), %s, %s);";

    private final int number;
    private final String resource;
    private final TableShape shape;
    private final List<TableShape.Column> key;
    private final List<TableShape.Column> visible;

    CaptureFunction(
            int number,
            String resource,
            TableShape shape,
            List<TableShape.Column> key,
            List<TableShape.Column> excluded) {
        this.number = number;
        this.resource = Sql.literal(resource);
        this.shape = shape;
        this.key = key;
        this.visible = shape.without(excluded);
    }

    static String name(int number) {
        return "freelims_sync.capture_" + number;
    }

    String create() {
        return """
        CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        %s AS %s
        """
                .formatted(
                        name(number),
                        settings().map(s -> "SET " + s).collect(Collectors.joining(" ")),
                        Sql.literal(body()));
    }

    /** Each costs every write two microseconds: only those that its columns' values depend on. */
    private Stream<String> settings() {
        return SETTINGS.stream()
                .filter(
                        setting ->
                                setting.equals(SEARCH_PATH)
                                        || shape.columns().stream()
                                                .anyMatch(c -> c.dependsOn(setting)));
    }

    private String body() {
        return """
        DECLARE
            row_json text;
            was text;
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                %s
                RETURN NULL;
            END IF;
            IF TG_OP = 'DELETE' THEN
                row_json := row_to_json(OLD)::text;
            ELSE
                row_json := row_to_json(NEW)::text;
            END IF;
            IF row_json NOT LIKE %s OR has_column_privilege(TG_RELID, %d::int2, 'SELECT') IS NOT NULL
            THEN
                PERFORM freelims_sync.capture_by_catalog(%d, TG_OP,
                    CASE WHEN TG_OP <> 'DELETE' THEN NEW END,
                    CASE WHEN TG_OP <> 'INSERT' THEN OLD END);
            ELSIF TG_OP = 'INSERT' THEN
                %s
            ELSIF TG_OP = 'DELETE' THEN
                %s
            ELSIF %s THEN
                %s
                %s
            ELSE
                was := %s;
                IF was <> '' THEN
                    %s
                END IF;
            END IF;
            RETURN NULL;
        END
        """
                .formatted(
                        add("''", "truncate", "'{}'", "'{}'"),
                        Sql.literal(pattern()),
                        shape.lastNumber() + 1,
                        number,
                        created(),
                        deletedNow(),
                        key.stream()
                                .map(c -> c.differs("OLD", "NEW"))
                                .collect(Collectors.joining(" OR ")),
                        deletedByUpdate(),
                        created(),
                        TableShape.joined(
                                visible.stream()
                                        .map(
                                                c ->
                                                        "CASE WHEN %s THEN %s END"
                                                                .formatted(
                                                                        c.differs("OLD", "NEW"),
                                                                        c.member("OLD")))
                                        .toList()),
                        add(TableShape.id(key, "NEW"), "update", data("NEW"), "'{' || was || '}'"));
    }

    private String created() {
        return add(TableShape.id(key, "NEW"), "create", data("NEW"), "'{}'");
    }

    private String deletedNow() {
        // row_json is OLD's here
        return add(TableShape.id(key, "OLD"), "delete", wholeOr("row_json", "OLD"), "'{}'");
    }

    private String deletedByUpdate() {
        return add(
                TableShape.id(key, "OLD"),
                "delete",
                wholeOr("row_to_json(OLD)::text", "OLD"),
                "'{}'");
    }

    private String data(String row) {
        return wholeOr("row_json", row);
    }

    private String wholeOr(String whole, String row) {
        return visible.size() == shape.columns().size() ? whole : shape.json(visible, row);
    }

    private String add(String id, String action, String data, String before) {
        return ADD.formatted(resource, id, action, data, before);
    }

    /**
     * Matches the JSON of a row with these fields in this order. A field's name can't be mistaken
     * for part of a text value, where quotes have a backslash before them.
     */
    private String pattern() {
        StringBuilder pattern = new StringBuilder("{");
        for (TableShape.Column column : shape.columns()) {
            String name = Sql.jsonText(column.name());
            pattern.append(name.replaceAll("([\\\\%_])", "\\\\$1")).append(":%,");
        }
        pattern.setLength(pattern.length() - 1);
        return pattern.append('}').toString();
    }
}
