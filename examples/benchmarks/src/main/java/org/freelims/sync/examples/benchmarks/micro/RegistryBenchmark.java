package org.freelims.sync.examples.benchmarks.micro;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.freelims.sync.access.View;
import org.freelims.sync.log.Change;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.subscription.SubscriptionRegistry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * A change published to the feeds it touches, one or ten of them, among up to a million others: the
 * time must follow those touched. Each change is of another record, as far apart as can be. Compare
 * the medians: they say the same on a machine that has other things to do.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 2, jvmArgs = "-Xmx3g")
public class RegistryBenchmark {
    private static final int CHANGES = 1 << 12;
    private static final long SEED = 42;

    /** What the subscriptions name. */
    public enum Kind {
        /** One record: each change touches one feed. */
        RECORD,
        /** A value of a field: each change touches one feed. */
        FILTER,
        /** A value of a field, by ten filters: each change touches ten feeds. */
        TEN_FILTERS
    }

    @Param({"1000", "1000000"})
    public int subscriptions;

    @Param public Kind kind = Kind.RECORD;

    private final SubscriptionRegistry registry = new SubscriptionRegistry();
    private final Change[] changes = new Change[CHANGES];
    private int next;

    /** Subscribes, and makes the changes. */
    @Setup(Level.Trial)
    public void subscribe() {
        for (int i = 0; i < subscriptions; i++) {
            registry.join(
                    Expression.parse(expression(i)),
                    View.everything(),
                    new Samples.Member(),
                    Samples.START,
                    1);
        }
        Random random = new Random(SEED);
        for (int i = 0; i < CHANGES; i++) {
            int record = random.nextInt(subscriptions);
            int location = kind == Kind.TEN_FILTERS ? record / 10 : record;
            changes[i] = Samples.update(record, location, i + 2L);
        }
    }

    private String expression(int i) {
        return switch (kind) {
            case RECORD -> "inventory/" + i;
            case FILTER -> "inventory?location_id=" + i;
            case TEN_FILTERS -> "inventory?location_id=" + i / 10 + "&quantity>" + i % 10;
        };
    }

    /** Publishes one change. */
    @Benchmark
    public void publish(Blackhole sink) {
        LoggedChange logged = new LoggedChange(changes[next++ & (CHANGES - 1)]);
        registry.publish(
                logged,
                (feed, frame) -> {
                    sink.consume(feed);
                    sink.consume(frame);
                });
    }
}
