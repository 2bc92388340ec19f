package org.freelims.sync.client;

import java.util.Optional;
import org.freelims.sync.protocol.Position;

/** See {@link CursorStore#none}. */
enum NoCursorStore implements CursorStore {
    NONE;

    @Override
    public Optional<Position> load(String name) {
        return Optional.empty();
    }

    @Override
    public void save(String name, Position position) {}
}
