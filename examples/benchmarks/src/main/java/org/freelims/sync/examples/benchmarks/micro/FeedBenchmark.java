package org.freelims.sync.examples.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import org.freelims.sync.access.View;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.subscription.Expression;
import org.freelims.sync.subscription.LoggedChange;
import org.freelims.sync.subscription.SubscriptionRegistry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What one change costs one feed: reading the row, the filter, the encoding. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FeedBenchmark {
    private final Change change = Samples.update(42, 7, 2);
    private final Row row = Row.parse(change.data());
    private final Expression filter =
            Expression.parse("inventory?quantity<200&unit=g,kg&location_id=7");
    private final SubscriptionRegistry whole = new SubscriptionRegistry();
    private final SubscriptionRegistry filtered = new SubscriptionRegistry();

    /** Joins the feeds. */
    @Setup
    public void subscribe() {
        join(whole, "inventory");
        join(filtered, filter.toString());
    }

    private static void join(SubscriptionRegistry registry, String expression) {
        registry.join(
                Expression.parse(expression),
                View.everything(),
                new Samples.Member(),
                Samples.START,
                1);
    }

    /** Reads a row's outermost level. */
    @Benchmark
    public Row readRow() {
        return Row.parse(change.data());
    }

    /** Matches a row with a filter of three conditions. */
    @Benchmark
    public boolean match() {
        return filter.matches(row);
    }

    /** Encodes a change for the feed of a whole resource. */
    @Benchmark
    public void encode(Blackhole sink) {
        whole.publish(new LoggedChange(change), (feed, frame) -> sink.consume(frame));
    }

    /** Reads, matches and encodes a change for a feed with a filter. */
    @Benchmark
    public void filterAndEncode(Blackhole sink) {
        filtered.publish(new LoggedChange(change), (feed, frame) -> sink.consume(frame));
    }
}
