package org.freelims.sync.server.socketio;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.freelims.sync.server.tyrus.WireSource;

/*
 * Invariant: packets leave in the order they came from each origin, whichever transport asks, and none leaves twice.
 *
 * `writing` is true from a take() that gave something to its written(); in between, take() gives nothing. So an upgrade
 * that happens while the answer to a GET is still being written cannot overtake it: the session flushes the WebSocket
 * when that answer is written. The lock guards the answers and is never held while a source is called; `sources` is
 * replaced, never modified; `taken` belongs to whoever set `writing`.
 */
/**
 * What one engine session has to send: its own answers (pings, acknowledgements, ...) first, then
 * what its namespaces' outboxes hold. Both transports pull from here. Thread-safe.
 */
final class Outbound implements WireSource {
    private static final int PACKET_OVERHEAD = 64;

    private final long capBytes;
    private final ArrayDeque<WirePacket> answers = new ArrayDeque<>(2);
    private final List<OutboundSource> taken = new ArrayList<>(1);
    private volatile OutboundSource[] sources = {};
    private long answerBytes;
    private boolean writing;
    private boolean ended;
    private int turn;

    /**
     * @param capBytes the most bytes of answers that may wait
     */
    Outbound(long capBytes) {
        this.capBytes = capBytes;
    }

    /**
     * Queues answers of the session's own, which go before all that the sources have.
     *
     * @return false if the client has let too many of them wait; they are not queued then
     */
    synchronized boolean answer(List<WirePacket> packets) {
        if (ended) {
            return true;
        }
        for (WirePacket packet : packets) {
            answers.add(packet);
            answerBytes += packet.size() + PACKET_OVERHEAD;
        }
        return answerBytes <= capBytes;
    }

    synchronized void attach(OutboundSource source) {
        if (!ended) {
            OutboundSource[] more = Arrays.copyOf(sources, sources.length + 1);
            more[sources.length] = source;
            sources = more;
        }
    }

    synchronized void detach(OutboundSource source) {
        sources = Arrays.stream(sources).filter(s -> s != source).toArray(OutboundSource[]::new);
    }

    /** Forgets everything and gives nothing more. */
    synchronized void end() {
        ended = true;
        answers.clear();
        answerBytes = 0;
        sources = new OutboundSource[0];
    }

    boolean take(OutboundSource.Sink sink) {
        Counting counting = new Counting(sink);
        OutboundSource[] all;
        int first;
        synchronized (this) {
            if (writing) {
                return false;
            }
            writing = true;
            while (!answers.isEmpty() && counting.room() > 0 && counting.packets() > 0) {
                WirePacket next = answers.remove();
                answerBytes -= next.size() + PACKET_OVERHEAD;
                counting.add(next);
            }
            all = sources;
            first = turn++ & 1023;
        }
        for (int i = 0; i < all.length && counting.room() > 0 && counting.packets() > 0; i++) {
            OutboundSource source = all[(first + i) % all.length];
            int before = counting.added;
            source.take(counting);
            if (counting.added > before) {
                taken.add(source);
            }
        }
        if (counting.added == 0) {
            synchronized (this) {
                writing = false;
            }
        }
        return counting.added > 0;
    }

    @Override
    public boolean take(Batch batch) {
        return take(
                new OutboundSource.Sink() {
                    @Override
                    public void add(WirePacket packet) {
                        batch.add(packet.frame());
                    }

                    @Override
                    public int room() {
                        return batch.room();
                    }

                    @Override
                    public int packets() {
                        return ANY_NUMBER;
                    }
                });
    }

    @Override
    public void written() {
        OutboundSource[] all = taken.toArray(OutboundSource[]::new);
        taken.clear();
        synchronized (this) {
            writing = false;
        }
        for (OutboundSource source : all) {
            source.written();
        }
    }

    /** Returns whether nothing waits and nothing is being written. */
    boolean isIdle() {
        synchronized (this) {
            if (writing || !answers.isEmpty()) {
                return false;
            }
        }
        return Arrays.stream(sources).noneMatch(OutboundSource::hasMore);
    }

    private static final class Counting implements OutboundSource.Sink {
        private final OutboundSource.Sink sink;
        private int added;

        Counting(OutboundSource.Sink sink) {
            this.sink = sink;
        }

        @Override
        public void add(WirePacket packet) {
            added++;
            sink.add(packet);
        }

        @Override
        public int room() {
            return sink.room();
        }

        @Override
        public int packets() {
            return sink.packets();
        }
    }
}
