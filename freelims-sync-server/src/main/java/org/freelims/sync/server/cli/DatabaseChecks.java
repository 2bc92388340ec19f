package org.freelims.sync.server.cli;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.freelims.sync.protocol.SyncException;
import org.freelims.sync.server.lims.LimsResource;
import org.freelims.sync.server.postgres.CapturedTable;
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
            capture(sync.capture().list());
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

    private void capture(List<CapturedTable> captured) {
        Set<String> names =
                captured.stream().map(CapturedTable::resource).collect(Collectors.toSet());
        List<LimsResource> missing =
                LimsResource.ALL.stream()
                        .filter(resource -> !names.contains(resource.name()))
                        .toList();
        if (missing.isEmpty()) {
            findings.accept(
                    Finding.ok(
                            "capture", captured.size() + " tables: " + String.join(", ", names)));
            return;
        }
        findings.accept(
                Finding.problem(
                        "capture",
                        "changes of these are not seen: "
                                + String.join(
                                        ", ", missing.stream().map(LimsResource::name).toList()),
                        "capture install "
                                + missing.get(0).table()
                                + " --resource "
                                + missing.get(0).name()
                                + ", and so on; or restart the server, which installs them all"));
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
