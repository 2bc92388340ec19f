package org.freelims.sync.client;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Function;

/** What a {@link LiveView} is to be of. Not thread-safe. */
public final class LiveViewBuilder<K, V> {
    private final SyncClient client;
    private final String expression;
    private final RowReader<V> rows;
    private final Function<String, K> keys;
    private List<String> idFields = List.of("id");

    LiveViewBuilder(
            SyncClient client, String expression, RowReader<V> rows, Function<String, K> keys) {
        this.client = requireNonNull(client, "client");
        this.expression = requireNonNull(expression, "expression");
        this.rows = requireNonNull(rows, "rows");
        this.keys = requireNonNull(keys, "keys");
    }

    /**
     * Sets what makes a key of an id, such as {@code Long::valueOf}: different keys of different
     * ids, and never null. The id itself is the key if not set.
     */
    public <L> LiveViewBuilder<L, V> keys(Function<String, L> key) {
        LiveViewBuilder<L, V> typed = new LiveViewBuilder<>(client, expression, rows, key);
        typed.idFields = idFields;
        return typed;
    }

    /**
     * Sets which fields a record's id is made of, in the order of the table's key; {@code id} if
     * not set. A snapshot's rows come without their ids, so the view makes them as the server does:
     * of several fields, with a comma between. The fields must hold text or numbers.
     */
    public LiveViewBuilder<K, V> idFields(String... fields) {
        if (fields.length == 0) {
            throw new IllegalArgumentException("an id is made of one field or more");
        }
        idFields = List.of(fields);
        return this;
    }

    /**
     * Subscribes, and returns the view, which is empty until {@link LiveView#ready}.
     *
     * @throws org.freelims.sync.protocol.SyncException {@code BAD_EXPRESSION} if the expression
     *     does not read
     * @throws IllegalArgumentException if it asks for all resources
     * @throws IllegalStateException if the client has ended, or has a subscription with an
     *     expression that means the same
     */
    public LiveView<K, V> open() {
        return SubscribedView.open(
                client, expression, new ViewRows<>(rows, keys, new RowIds(idFields)));
    }
}
