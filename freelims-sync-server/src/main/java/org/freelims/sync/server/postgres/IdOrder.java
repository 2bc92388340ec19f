package org.freelims.sync.server.postgres;

import java.math.BigInteger;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/*
 * PostgreSQL reads rows in this order and Java compares ids by it, so both must order alike: whole numbers as numbers;
 * all else as UTF-8 bytes, which PostgreSQL's "C" collation compares, and which order as code points do. For a key of one
 * column that is a whole number or a UUID it is the order of the key's index.
 */
/** The order in which a table's rows come in a snapshot: by id. */
enum IdOrder {
    NUMBER('n'),
    UUID('u'),
    TEXT('t');

    private static final Set<String> WHOLE_NUMBERS = Set.of("int2", "int4", "int8");

    private final char letter;

    IdOrder(char letter) {
        this.letter = letter;
    }

    /** Returns the letter that stands for it in a place in a snapshot. */
    char letter() {
        return letter;
    }

    static IdOrder of(List<TableShape.Column> key) {
        if (key.size() == 1 && key.get(0).builtIn()) {
            String type = key.get(0).type();
            return WHOLE_NUMBERS.contains(type) ? NUMBER : type.equals("uuid") ? UUID : TEXT;
        }
        return TEXT;
    }

    /** Returns the SQL expression to order by, of the row called {@code row}. */
    String sql(List<TableShape.Column> key, String row) {
        return this == TEXT
                ? TableShape.id(key, row) + " COLLATE \"C\""
                : row + '.' + key.get(0).quoted();
    }

    /** Returns the SQL expression that an id given as a parameter is to that order. */
    String parameter(List<TableShape.Column> key) {
        return this == TEXT ? "?" : "CAST(? AS " + key.get(0).sqlType() + ")";
    }

    Comparator<String> ids() {
        return this == NUMBER ? Comparator.comparing(BigInteger::new) : IdOrder::byCodePoint;
    }

    private static int byCodePoint(String one, String other) {
        int shared = Math.min(one.length(), other.length());
        for (int i = 0; i < shared; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                // a surrogate is a half of a code point above all that are one char
                boolean sameKind = Character.isSurrogate(a) == Character.isSurrogate(b);
                return sameKind ? a - b : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return one.length() - other.length();
    }
}
