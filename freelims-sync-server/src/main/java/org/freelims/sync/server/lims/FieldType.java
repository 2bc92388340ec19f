package org.freelims.sync.server.lims;

/** The kinds of values that clients may send, and what PostgreSQL calls them. */
enum FieldType {
    /** A line, at most {@link #MAX_TEXT_CHARS} characters: what an index on it can hold. */
    TEXT("text"),
    /** Prose, at most {@link #MAX_PROSE_CHARS} characters. */
    PROSE("text"),
    INTEGER("integer"),
    NUMBER("double precision"),
    BOOLEAN("boolean"),
    /** A time by the clock on the wall, without a zone. */
    LOCAL_TIME("timestamp"),
    /** A point in time. */
    INSTANT("timestamptz");

    static final int MAX_TEXT_CHARS = 500;
    static final int MAX_PROSE_CHARS = 100_000;

    private final String sqlName;

    FieldType(String sqlName) {
        this.sqlName = sqlName;
    }

    /** An SQL expression that turns the named parameter into this type. */
    String cast(String parameter, Object value) {
        String plain = "CAST(:" + parameter + " AS " + sqlName + ")";
        if (this == LOCAL_TIME && value instanceof TimeText time && time.zoned()) {
            // The session's clock on the wall at that point in time; a plain cast drops the zone.
            return "CAST(CAST(:" + parameter + " AS timestamptz) AS timestamp)";
        }
        return plain;
    }
}
