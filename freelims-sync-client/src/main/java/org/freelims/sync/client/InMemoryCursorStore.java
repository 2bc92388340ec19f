package org.freelims.sync.client;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.freelims.sync.protocol.Position;

/** See {@link CursorStore#inMemory}. */
final class InMemoryCursorStore implements CursorStore {
    private final Map<String, Position> positions = new ConcurrentHashMap<>();

    @Override
    public Optional<Position> load(String name) {
        return Optional.ofNullable(positions.get(name));
    }

    @Override
    public void save(String name, Position position) {
        positions.put(name, position);
    }
}
