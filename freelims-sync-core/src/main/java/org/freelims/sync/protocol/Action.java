package org.freelims.sync.protocol;

/** What was done to a record. Immutable. */
public enum Action {
    /** The record came into being. */
    CREATE("create"),
    /** The record exists before and after, with at least one visible field changed. */
    UPDATE("update"),
    /** The record is gone. */
    DELETE("delete"),
    /**
     * All records of the resource are gone at once (SQL's {@code TRUNCATE}). It stands in the log
     * only; clients are told with a {@code resync} of code {@link ErrorCode#TRUNCATED}.
     */
    TRUNCATE("truncate");

    private final String wire;

    Action(String wire) {
        this.wire = wire;
    }

    /** Returns the word used on the wire, in SQL and in logs, such as {@code update}. */
    public String wire() {
        return wire;
    }

    /**
     * Returns the action with this wire word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Action ofWire(String wire) {
        for (Action action : values()) {
            if (action.wire.equals(wire)) {
                return action;
            }
        }
        throw new IllegalArgumentException("no action is called '" + wire + "'");
    }
}
