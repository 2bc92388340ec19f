package org.freelims.sync.log;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.log.InMemoryChangeLog.Write;

class InMemorySnapshotSourceTest extends SnapshotSourceContract {
    @Override
    protected Subject newSubject() {
        InMemoryChangeLog log = ChangeLog.inMemory(1_000_000);
        return new Subject() {
            @Override
            public SnapshotSource source() {
                return log;
            }

            @Override
            public ChangeLog log() {
                return log;
            }

            @Override
            public void commit(List<Write> writes) {
                log.append(writes, Instant.EPOCH, Optional.empty(), Optional.empty());
            }

            @Override
            public void close() {
                log.close();
            }
        };
    }
}
