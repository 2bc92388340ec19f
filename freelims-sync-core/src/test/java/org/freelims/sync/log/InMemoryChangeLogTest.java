package org.freelims.sync.log;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.freelims.sync.log.InMemoryChangeLog.Write;

class InMemoryChangeLogTest extends ChangeLogContract {
    /** A log on the heap as the contract's subject. */
    record InMemory(InMemoryChangeLog log) implements Subject {
        @Override
        public void commit(List<Write> writes) {
            log.append(writes, Instant.EPOCH, Optional.empty(), Optional.empty());
        }

        @Override
        public void expireThrough(long offset) {
            log.expireThrough(offset);
        }

        @Override
        public void close() {
            log.close();
        }
    }

    @Override
    protected Subject newSubject() {
        return new InMemory(ChangeLog.inMemory(10_000));
    }
}
