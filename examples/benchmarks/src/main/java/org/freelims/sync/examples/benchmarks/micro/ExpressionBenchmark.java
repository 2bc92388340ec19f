package org.freelims.sync.examples.benchmarks.micro;

import java.util.concurrent.TimeUnit;
import org.freelims.sync.subscription.Expression;
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

/** From what a client asks for to its canonical form. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExpressionBenchmark {
    @Param({"inventory", "inventory/42", "inventory?unit=kg,g&quantity<10&location_id=7"})
    public String text = "";

    /** Reads an expression and writes its canonical form. */
    @Benchmark
    public String canonical() {
        return Expression.parse(text).toString();
    }
}
