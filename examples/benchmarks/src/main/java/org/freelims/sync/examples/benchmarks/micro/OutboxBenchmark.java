package org.freelims.sync.examples.benchmarks.micro;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.log.Change;
import org.freelims.sync.transport.Frame;
import org.freelims.sync.transport.Outbox;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The queue before each connection: frames offered, then taken as one write. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OutboxBenchmark {
    private static final int CAP_BYTES = 4 << 20;
    private static final int WRITE_BYTES = 64 << 10;

    @Param({"1", "64"})
    public int frames;

    private final Outbox outbox = new Outbox(CAP_BYTES);
    private final List<Frame> taken = new ArrayList<>();
    private final Frame frame = frame();

    private static Frame frame() {
        Change change = Samples.update(42, 7, 2);
        return Frame.shared(
                Frame.Kind.NOTIFICATION,
                Samples.class,
                change.resource(),
                change.position(),
                Samples.START,
                change.data().getBytes(StandardCharsets.UTF_8));
    }

    /** Offers frames, takes them, and ends the write. */
    @Benchmark
    public boolean offerAndTake() {
        for (int i = 0; i < frames; i++) {
            outbox.offer(frame);
        }
        taken.clear();
        outbox.take(WRITE_BYTES, taken);
        return outbox.written();
    }
}
