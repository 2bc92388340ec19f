package org.freelims.sync.examples.benchmarks.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Results as bars in SVG, legible on light and dark pages. */
final class BarChart {
    private static final int WIDTH = 880;
    private static final int LABEL_WIDTH = 190;
    private static final int BAR_WIDTH = 520;
    private static final int ROW = 24;
    private static final int BAR = 15;
    private static final int MARGIN = 24;
    private static final int SMALL_ROW = 16;
    private static final int VERSIONS_A_LINE = 3;

    private static final String STYLE =
            """
            <style>
              text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
              .page { fill: #ffffff; stroke: #d0d7de; }
              .title { font-weight: 600; font-size: 14px; }
              .small { font-size: 11px; fill: #59636e; }
              .ours { fill: #0969da; }
              .other { fill: #8c959f; }
              @media (prefers-color-scheme: dark) {
                text { fill: #e6edf3; }
                .page { fill: #0d1117; stroke: #3d444d; }
                .small { fill: #9198a1; }
                .ours { fill: #4493f8; }
                .other { fill: #6e7681; }
              }
            </style>
            """;

    private record Panel(
            String title, List<Summary> rows, ToDoubleFunction<Summary> figure, String format) {}

    private final StringBuilder body = new StringBuilder();
    private int y = MARGIN + BAR / 2;

    private BarChart() {}

    static String of(Results results) {
        BarChart chart = new BarChart();
        for (Mode mode : results.settings().modes()) {
            panels(results, mode).forEach(chart::draw);
        }
        chart.footer(results);
        chart.y += MARGIN;
        return chart.svg();
    }

    private void footer(Results results) {
        small(
                "%s. Medians of %d rounds in alternation; the clients ran on the same machine."
                        .formatted(results.date(), results.settings().rounds()));
        small(results.machine() + "; load " + results.loads());
        List<String> versions =
                results.peers().stream()
                        .filter(peer -> !peer.version().isEmpty())
                        .map(peer -> peer.label() + " " + peer.version())
                        .toList();
        for (int i = 0; i < versions.size(); i += VERSIONS_A_LINE) {
            small(
                    String.join(
                            "; ",
                            versions.subList(i, Math.min(versions.size(), i + VERSIONS_A_LINE))));
        }
    }

    private void small(String line) {
        text(MARGIN, "small", line);
        y += SMALL_ROW;
    }

    private static List<Panel> panels(Results results, Mode mode) {
        List<Summary> rows = results.summaries(mode);
        List<Panel> panels = new ArrayList<>();
        String title = results.title(mode);
        panels.add(
                new Panel(
                        title + ": CPU of the server a delivery (less is better)",
                        rows,
                        Summary::cpuMicrosPerDelivery,
                        "%,.2f µs"));
        panels.add(
                mode.isBurst()
                        ? new Panel(
                                title + ": deliveries a second (more is better)",
                                rows,
                                Summary::deliveriesPerSecond,
                                "%,.0f")
                        : new Panel(
                                title + ": latency that 99 % are within",
                                rows,
                                Summary::p99Millis,
                                "%,.1f ms"));
        return panels;
    }

    private void draw(Panel panel) {
        text(MARGIN, "title", panel.title());
        y += 12;
        double most = panel.rows().stream().mapToDouble(panel.figure()).max().orElse(1);
        for (Summary row : panel.rows()) {
            double value = panel.figure().applyAsDouble(row);
            double width = Math.max(1, BAR_WIDTH * value / most);
            text(y + 12, MARGIN, "", row.peer().label());
            add(
                    "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
                    row.peer().isOurs() ? "ours" : "other", MARGIN + LABEL_WIDTH, y, width, BAR);
            text(
                    y + 12,
                    (int) (MARGIN + LABEL_WIDTH + width + 8),
                    "",
                    String.format(Locale.ROOT, panel.format(), value)
                            + (row.complete() ? "" : " (deliveries missing)"));
            y += ROW;
        }
        y += MARGIN;
    }

    private void text(int x, String style, String text) {
        text(y, x, style, text);
    }

    private void text(int baseline, int x, String style, String text) {
        add(
                "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>",
                x,
                baseline,
                style,
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    }

    private void add(String format, Object... args) {
        body.append(String.format(Locale.ROOT, format, args)).append('\n');
    }

    private String svg() {
        String open =
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
                        + " height=\"%d\" role=\"img\" aria-label=\"Fan-out, compared\">\n";
        String page =
                "<rect class=\"page\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n";
        return open.formatted(WIDTH, y, WIDTH, y)
                + STYLE
                + page.formatted(WIDTH - 1, y - 1)
                + body
                + "</svg>\n";
    }
}
