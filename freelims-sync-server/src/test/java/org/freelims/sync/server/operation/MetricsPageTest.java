package org.freelims.sync.server.operation;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.freelims.sync.log.Change;
import org.freelims.sync.protocol.Action;
import org.freelims.sync.protocol.Position;
import org.freelims.sync.server.GeneratedPage;
import org.freelims.sync.session.NodeStats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of metrics and the dashboard name what there is. */
class MetricsPageTest {
    private static final Path DASHBOARD =
            Path.of("..", "examples", "operation", "grafana-dashboard.json");
    private static final Path ALERTS =
            Path.of("..", "examples", "operation", "prometheus-alerts.yml");
    private static final Pattern HELP = Pattern.compile("(?m)^# HELP (\\S+) (.*)$");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
    private static final Pattern METRIC =
            Pattern.compile("\\b(?:freelims_sync|jvm|hikaricp|process|disk|system)_[a-z_]+");

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** Returns what is scraped once everything was counted once. */
    private String scraped() {
        var metrics = new SyncMetrics(registry, Clock.systemUTC());
        var position = Position.of("e", 1);
        metrics.dispatched(
                new Change(
                        position,
                        "1",
                        true,
                        "inventory",
                        "1",
                        Action.CREATE,
                        "{}",
                        "{}",
                        Instant.now(),
                        Optional.empty(),
                        Optional.empty()),
                1);
        try (var watch = new NodeWatch()) {
            var unused =
                    new NodeGauges(
                            registry, watch, () -> new NodeStats(position, 0, 0, 0, 0, 0, 0, 0, 0));
            return registry.scrape();
        }
    }

    private static Map<String, String> all(Pattern pattern, String text) {
        var found = new TreeMap<String, String>();
        Matcher lines = pattern.matcher(text);
        while (lines.find()) {
            found.put(lines.group(1), lines.group(2));
        }
        return found;
    }

    private static String labels(String name, String scraped) {
        Set<String> labels = new TreeSet<>();
        Matcher series =
                Pattern.compile("(?m)^" + name + "(?:_[a-z]+)?\\{([^}]*)\\}").matcher(scraped);
        while (series.find()) {
            Matcher label = Pattern.compile("([a-z]+)=\"").matcher(series.group(1));
            while (label.find()) {
                labels.add("`" + label.group(1) + "`");
            }
        }
        return String.join(", ", labels);
    }

    @Test
    void page_ofMetrics_isAsTheCodeIs() throws Exception {
        String scraped = scraped();
        Map<String, String> types = all(TYPE, scraped);
        var page = new StringBuilder("| Metric | Type | Labels | What |\n|---|---|---|---|\n");
        all(HELP, scraped)
                .forEach(
                        (name, help) ->
                                page.append("| `")
                                        .append(name)
                                        .append("` | ")
                                        .append(types.get(name))
                                        .append(" | ")
                                        .append(labels(name, scraped))
                                        .append(" | ")
                                        .append(help)
                                        .append(" |\n"));
        GeneratedPage.named("metrics.md").hold(page.toString());
    }

    @Test
    void alerts_ofTheExample_areOnThePageOfWhatToDo() throws Exception {
        String page = Files.readString(Path.of("docs", "operation.md"));
        Matcher names = Pattern.compile("(?m)- alert: (.*)$").matcher(Files.readString(ALERTS));
        List<String> missing = new ArrayList<>();
        int alerts = 0;
        while (names.find()) {
            alerts++;
            if (!Pattern.compile("(?m)^### " + names.group(1) + "\\b").matcher(page).find()) {
                missing.add(names.group(1));
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(alerts >= 6, "alerts: " + alerts);
    }

    /** Returns the names of series that a running server has. */
    private static Set<String> served(Path dir) throws Exception {
        Set<String> names = new TreeSet<>();
        try (var watched = new ServerUnderWatch(dir)) {
            watched.database().execute("INSERT INTO locations (name) VALUES ('Cold room')");
            String grace = watched.token("grace");
            await().atMost(Duration.ofSeconds(60))
                    .until(
                            () ->
                                    watched.send("GET", "/metrics", grace)
                                            .body()
                                            .contains("freelims_sync_changes_total"));
            for (String line : watched.send("GET", "/metrics", grace).body().lines().toList()) {
                if (!line.startsWith("#")) {
                    names.add(line.replaceAll("[{ ].*", ""));
                }
            }
        }
        return names;
    }

    @Test
    void dashboardAndAlerts_ofTheExample_askForMetricsThereAre(@TempDir Path dir) throws Exception {
        String dashboard = Files.readString(DASHBOARD);
        var expressions = new ArrayList<String>();
        new JsonMapper()
                .readTree(dashboard)
                .findValues("expr")
                .forEach(e -> expressions.add(e.asText()));
        assertTrue(expressions.size() >= 12, "panels: " + expressions.size());
        Matcher alerts = Pattern.compile("(?m)^ +expr: (.*)$").matcher(Files.readString(ALERTS));
        while (alerts.find()) {
            expressions.add(alerts.group(1));
        }
        Set<String> served = served(dir);
        List<String> unknown = new ArrayList<>();
        int named = 0;
        for (String expression : expressions) {
            Matcher metrics = METRIC.matcher(expression);
            while (metrics.find()) {
                named++;
                if (!served.contains(metrics.group())) {
                    unknown.add(metrics.group() + " in " + expression);
                }
            }
        }
        assertEquals(List.of(), unknown);
        assertTrue(named >= expressions.size(), "each expression asks for something");
    }
}
