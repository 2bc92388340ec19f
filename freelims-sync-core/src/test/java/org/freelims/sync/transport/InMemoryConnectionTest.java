package org.freelims.sync.transport;

import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

class InMemoryConnectionTest extends ConnectionContract {
    @Override
    protected Ends open(long capBytes) {
        return new InMemoryEnds(capBytes);
    }

    private static final class InMemoryEnds implements Ends, InMemoryConnection.Receiver {
        private final ExecutorService executor = Executors.newSingleThreadExecutor();
        private final RecordingListener told = new RecordingListener();
        private final List<String> received = new CopyOnWriteArrayList<>();
        private final List<CloseReason> closed = new CopyOnWriteArrayList<>();
        private final InMemoryConnection connection;

        InMemoryEnds(long capBytes) {
            connection = InMemoryConnection.open("c1", capBytes, executor, c -> told, this);
        }

        @Override
        public void onText(String text) {
            received.add(text);
        }

        @Override
        public void onClosed(CloseReason reason) {
            closed.add(reason);
        }

        @Override
        public Connection connection() {
            return connection;
        }

        @Override
        public RecordingListener told() {
            return told;
        }

        @Override
        public void send(String text) {
            connection.send(text);
        }

        @Override
        public List<String> received() {
            return List.copyOf(received);
        }

        @Override
        public void pause() {
            connection.pause();
        }

        @Override
        public void resume() {
            connection.resume();
        }

        @Override
        public void leave(int code) {
            connection.disconnect(new CloseReason(code, ""));
        }

        @Override
        public void vanish() {
            connection.disconnect(new CloseReason(CloseReason.BROKEN, ""));
        }

        @Override
        public OptionalInt closeCode() {
            return closed.stream().mapToInt(CloseReason::code).findFirst();
        }

        @Override
        public void close() {
            executor.shutdown();
        }
    }
}
