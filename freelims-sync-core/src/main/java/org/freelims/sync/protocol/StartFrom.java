package org.freelims.sync.protocol;

import static java.util.Objects.requireNonNull;

/** Where a subscription starts. Immutable. */
public sealed interface StartFrom {
    /** From whatever is committed after the answer (rule 2). */
    static StartFrom now() {
        return Now.NOW;
    }

    /** With all rows as of one moment, then what changed after it (rule 4). */
    static StartFrom snapshot() {
        return Snapshot.SNAPSHOT;
    }

    /**
     * With the rows that are left of a snapshot that broke off, as of its position, then what
     * changed after it (rule 4).
     *
     * @param next what the last page that came was marked with
     */
    static StartFrom snapshotBehind(String next) {
        return new SnapshotBehind(next);
    }

    /** After a position that the client has reached (rule 3). */
    static StartFrom after(Position position) {
        return new After(position);
    }

    /** See {@link StartFrom#now}. */
    enum Now implements StartFrom {
        NOW;

        @Override
        public String toString() {
            return "now";
        }
    }

    /** See {@link StartFrom#snapshot}. */
    enum Snapshot implements StartFrom {
        SNAPSHOT;

        @Override
        public String toString() {
            return "snapshot";
        }
    }

    /** See {@link StartFrom#snapshotBehind}. */
    record SnapshotBehind(String next) implements StartFrom {
        public SnapshotBehind {
            requireNonNull(next, "next");
        }

        @Override
        public String toString() {
            return Snapshot.SNAPSHOT.toString();
        }
    }

    /** See {@link StartFrom#after}. */
    record After(Position position) implements StartFrom {
        public After {
            requireNonNull(position, "position");
        }

        @Override
        public String toString() {
            return position.toString();
        }
    }
}
