package org.freelims.sync.server.postgres;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;

/** What is said about SQL in more than one place. */
final class Sql {
    /** insufficient_privilege. */
    static final String NO_RIGHT = "42501";

    private Sql() {}

    /** Returns the name as PostgreSQL reads it back, whatever characters it has. */
    static String quoted(String identifier) {
        if (identifier.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a name in SQL can't hold the character NUL");
        }
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** Returns the text as an SQL literal that reads the same whatever the session's settings. */
    static String literal(String text) {
        String doubled = text.replace("'", "''");
        return text.indexOf('\\') < 0
                ? '\'' + doubled + '\''
                : "E'" + doubled.replace("\\", "\\\\") + '\'';
    }

    /** Returns the text as JSON, as PostgreSQL's {@code to_json} writes it. */
    static String jsonText(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (c < ' ') {
                        json.append("\\u%04x".formatted((int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        return json.append('"').toString();
    }

    /**
     * Returns whether the connection or the whole server is gone, so that trying again may help.
     */
    static boolean isUnreachable(SQLException e) {
        String state = e.getSQLState();
        // 08: connection; 57P01-57P05: shut down, crashed, starting, idle too long; 53300: full
        return state == null
                || state.startsWith("08")
                || state.startsWith("57P0")
                || state.equals("53300");
    }

    /** Returns what the database said, for people. */
    static String reason(Throwable e) {
        if (e instanceof PSQLException sql && sql.getServerErrorMessage() != null) {
            // without what only helps those who wrote the statement
            return String.valueOf(sql.getServerErrorMessage().getMessage());
        }
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message.strip();
    }
}
