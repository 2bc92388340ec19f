package org.freelims.sync.server.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.lims.LimsResource;
import org.freelims.sync.server.postgres.Capture;
import org.freelims.sync.server.postgres.PostgresSync;
import org.freelims.sync.server.postgres.RelayStatus;

/**
 * Looks into a server's database: can it be reached, is it set up, is everything captured, does the
 * relay keep up?
 */
final class DatabaseChecks {
    private static final Duration LAG_ALLOWED = Duration.ofSeconds(5);

    private final Databases.Address address;
    private final Consumer<Finding> findings;

    DatabaseChecks(Databases.Address address, Consumer<Finding> findings) {
        this.address = address;
        this.findings = findings;
    }

    void run() {
        if (!reachable()) {
            return;
        }
        try (var open =
                        new Databases.Open(
                                address, Databases.pool(address, 4), java.util.Optional.empty());
                var sync = PostgresSync.builder().dataSource(open.pool()).relay(false).build()) {
            if (!Installation.present(open)) {
                findings.accept(
                        Finding.problem(
                                "schema",
                                "FreeLIMS Sync was never set up in this database",
                                "start a server on it once: serve --database-url ..."));
                return;
            }
            findings.accept(Finding.ok("schema", "is there"));
            capture(sync.capture());
            relay(sync.status());
        } catch (SyncException | CliException e) {
            findings.accept(Finding.problem("database", String.valueOf(e.getMessage()), ""));
        }
    }

    private boolean reachable() {
        try {
            Databases.check(address);
            try (Connection connection = Databases.connect(address)) {
                findings.accept(
                        Finding.ok(
                                "database",
                                "PostgreSQL "
                                        + connection.getMetaData().getDatabaseProductVersion()
                                        + ": "
                                        + address.where()));
            }
            return true;
        } catch (CliException e) {
            findings.accept(Finding.problem("database", e.getMessage(), ""));
        } catch (SQLException e) {
            findings.accept(
                    Finding.problem("database", Databases.failure(address, e).getMessage(), ""));
        }
        return false;
    }

    private void capture(Capture capture) {
        Set<String> seen = new TreeSet<>();
        capture.list().forEach(table -> seen.add(table.resource()));
        Set<String> unseen = new TreeSet<>();
        LimsResource.ALL.forEach(resource -> unseen.add(resource.name()));
        unseen.removeAll(seen);
        capture.active()
                .forEach(
                        (resource, active) -> {
                            if (!active) {
                                unseen.add(resource);
                            }
                        });
        if (unseen.isEmpty()) {
            findings.accept(
                    Finding.ok("capture", seen.size() + " tables: " + String.join(", ", seen)));
            return;
        }
        findings.accept(
                Finding.problem(
                        "capture",
                        "changes of these are not seen, for want of triggers that are on: "
                                + String.join(", ", unseen),
                        installing(unseen)));
    }

    private static String installing(Set<String> unseen) {
        return LimsResource.ALL.stream()
                .filter(resource -> unseen.contains(resource.name()))
                .findFirst()
                .map(
                        resource ->
                                "capture install "
                                        + resource.table()
                                        + " --resource "
                                        + resource.name()
                                        + ", and so on; or restart the server, which installs"
                                        + " those of the LIMS")
                .orElse("capture install TABLE --resource NAME, for each of them");
    }

    private void relay(RelayStatus status) {
        Duration lag = status.lag().orElse(Duration.ZERO);
        if (lag.compareTo(LAG_ALLOWED) > 0) {
            findings.accept(
                    Finding.problem(
                            "relay",
                            status.waiting()
                                    + " committed changes wait, the oldest for "
                                    + Durations.text(lag),
                            "is a server running on this database? If one is, look at its log"));
        } else {
            findings.accept(
                    Finding.ok(
                            "relay",
                            "keeps up: head at "
                                    + status.head().offset()
                                    + (status.waiting() == 0
                                            ? ""
                                            : ", " + status.waiting() + " on their way")));
        }
    }
}
