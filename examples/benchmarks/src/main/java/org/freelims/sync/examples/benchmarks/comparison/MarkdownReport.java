package org.freelims.sync.examples.benchmarks.comparison;

import java.util.List;
import java.util.Locale;

/** Results as tables in Markdown. */
final class MarkdownReport {
    /** Of a core; above it the generator may have held the server back. */
    private static final double BUSY_GENERATOR = 0.9;

    private final Results results;
    private final StringBuilder text = new StringBuilder();

    private MarkdownReport(Results results) {
        this.results = results;
    }

    static String of(Results results) {
        return new MarkdownReport(results).write();
    }

    private String write() {
        line("# Fan-out, compared");
        line("");
        line(
                "%s, %s; load of the machine %s. Made by `examples/benchmarks/run.sh`: medians of"
                        + " %d rounds in alternation; CPU is the server's process,"
                        + " which for NATS does not make the notifications.",
                results.date(), results.machine(), results.loads(), results.settings().rounds());
        if (results.isBusy()) {
            line("");
            line(
                    "The machine was busy with other things: CPU a delivery compares, latencies and"
                            + " deliveries a second do so less.");
        }
        results.settings().modes().forEach(this::table);
        if (!results.skipped().isEmpty()) {
            line("");
            line("Not measured here:");
            line("");
            results.skipped()
                    .forEach(peer -> line("- %s: %s", peer.label(), peer.missing().orElseThrow()));
        }
        return text.toString();
    }

    private void table(Mode mode) {
        List<Summary> rows = results.summaries(mode);
        double ours =
                rows.stream()
                        .filter(row -> row.peer().isOurs())
                        .mapToDouble(Summary::cpuMicrosPerDelivery)
                        .findFirst()
                        .orElse(Double.NaN);
        line("");
        line("## %s", results.title(mode));
        line("");
        line(
                "| Server | Version | CPU a delivery | to ours | Deliveries/s | p50 | p99 |"
                        + " All arrived |");
        line("|---|---|--:|--:|--:|--:|--:|---|");
        for (Summary row : rows) {
            line(
                    "| %s | %s | %.2f us | %s | %,.0f%s | %.1f ms | %.1f ms | %s |",
                    row.peer().label(),
                    row.peer().version(),
                    row.cpuMicrosPerDelivery(),
                    Double.isNaN(ours)
                            ? ""
                            : String.format(Locale.ROOT, "%.2f", row.cpuMicrosPerDelivery() / ours),
                    row.deliveriesPerSecond(),
                    mode.isBurst() && row.generatorShare() > BUSY_GENERATOR ? " (*)" : "",
                    row.p50Millis(),
                    row.p99Millis(),
                    row.complete() ? "yes" : "**no**");
        }
        if (mode.isBurst() && rows.stream().anyMatch(r -> r.generatorShare() > BUSY_GENERATOR)) {
            line("");
            line("(*) The load generator was busy throughout: the server may be faster.");
        }
    }

    private void line(String format, Object... args) {
        text.append(args.length == 0 ? format : String.format(Locale.ROOT, format, args))
                .append('\n');
    }
}
