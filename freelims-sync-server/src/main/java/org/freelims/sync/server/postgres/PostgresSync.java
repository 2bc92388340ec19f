package org.freelims.sync.server.postgres;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.freelims.sync.log.ChangeLog;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * FreeLIMS Sync on a PostgreSQL (13 or newer), beside an application's own tables: captures their
 * changes, puts them in order, and serves them as a {@link ChangeLog} and as snapshots.
 *
 * <pre>{@code
 * PostgresSync sync = PostgresSync.builder().dataSource(pool).build();
 * sync.start();
 * sync.capture().install("inventory_items", CaptureOptions.resource("inventory"));
 * }</pre>
 *
 * <p>Any number of processes may run one each on the same database. It keeps up to four of the
 * source's connections for itself, and uses three threads. Thread-safe.
 */
public final class PostgresSync implements AutoCloseable {
    private static final Logger LOG = System.getLogger(PostgresSync.class.getName());

    static final Migrations MIGRATIONS =
            Migrations.of(
                    "freelims_sync",
                    "freelims_sync",
                    PostgresSync.class,
                    List.of("001-log.sql", "002-capture.sql"));

    private static final int KEPT_CONNECTIONS = 2;
    private static final Duration CATALOG_EVERY = Duration.ofSeconds(10);
    private static final Duration RETENTION_EVERY = Duration.ofMinutes(1);

    private final DataSource source;
    private final Retention retention;
    private final Connections readers;
    private final Connections stamping;
    private final Capture capture;
    private final PostgresChangeLog log;
    private final PostgresCatalog catalog;
    private final PostgresSnapshotSource snapshots;
    private final Publisher publisher;
    private final @Nullable Relay relay;
    private final Listening listening;
    private final ScheduledExecutorService chores;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    private PostgresSync(Builder builder) {
        source = requireNonNull(builder.source, "a dataSource is needed");
        retention = builder.retention;
        readers = new Connections(source, KEPT_CONNECTIONS);
        stamping = new Connections(source, 1);
        capture = new Capture(Jdbi.create(source));
        catalog = new PostgresCatalog(capture, builder.published);
        log = new PostgresChangeLog(readers);
        Relay ours =
                builder.relay ? new Relay(stamping, log::headSeen, builder.relayListener) : null;
        relay = ours;
        Runnable poke = ours == null ? () -> {} : ours::poke;
        publisher = new Publisher(poke);
        snapshots =
                new PostgresSnapshotSource(
                        source, log, new SnapshotHandOff(readers, poke), builder.directory);
        DataSource direct = builder.listenSource == null ? source : builder.listenSource;
        listening = new Listening(direct, this::heard);
        chores =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "freelims-sync-chores");
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Settings, each with its default. Confined to one thread. */
    public static final class Builder {
        private @Nullable DataSource source;
        private @Nullable DataSource listenSource;
        private Retention retention = Retention.standard();
        private Set<String> published = Set.of();
        private Path directory = Path.of(System.getProperty("java.io.tmpdir"));
        private boolean relay = true;
        private RelayListener relayListener = new RelayListener() {};

        private Builder() {}

        /** Where connections come from, preferably a pool. Needed. */
        public Builder dataSource(DataSource source) {
            this.source = requireNonNull(source, "source");
            return this;
        }

        /**
         * Where the one connection comes from that waits for notifications: needed if the data
         * source leads through a pooler in transaction mode, such as pgbouncer, which delivers
         * none. Default: the data source.
         */
        public Builder listenDataSource(DataSource source) {
            this.listenSource = requireNonNull(source, "source");
            return this;
        }

        /** How long changes are kept. Default: {@link Retention#standard}. */
        public Builder retention(Retention retention) {
            this.retention = requireNonNull(retention, "retention");
            return this;
        }

        /** Resources that are published rather than captured. Default: none. */
        public Builder published(Set<String> resources) {
            this.published = Set.copyOf(resources);
            return this;
        }

        /** Where rows of large snapshots are put aside. Default: {@code java.io.tmpdir}. */
        public Builder temporaryDirectory(Path directory) {
            this.directory = requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Whether this process takes part in moving changes into the log. Default: true. Where it
         * doesn't, another process must, and this one hears of changes by notification, or within a
         * second.
         */
        public Builder relay(boolean relay) {
            this.relay = relay;
            return this;
        }

        /** Who is told what the relay does. Default: nobody. */
        public Builder relayListener(RelayListener listener) {
            this.relayListener = requireNonNull(listener, "listener");
            return this;
        }

        /** Returns it, not started; nothing was asked of the database yet. */
        public PostgresSync build() {
            return new PostgresSync(this);
        }
    }

    /**
     * Brings the schema up to date and starts working. From then on it goes on through failures of
     * the database. Call it once.
     *
     * @throws DatabaseSetupException if the database can't be used as it is
     * @throws IllegalStateException if it was started or closed before
     */
    public void start() {
        if (closed.get() || !started.compareAndSet(false, true)) {
            throw new IllegalStateException("start() was called before, or close()");
        }
        MIGRATIONS.migrate(source);
        try {
            boolean adopted =
                    stamping.with(
                            connection ->
                                    one(
                                            connection,
                                            "SELECT freelims_sync.adopt()",
                                            row -> row.getBoolean(1)));
            if (adopted) {
                LOG.log(
                        Level.WARNING,
                        "this database was restored from another cluster's dump: positions given"
                            + " out before are no longer good, and clients will take snapshots");
            }
            capture.refresh();
            catalog.refresh();
        } catch (SyncException | JdbiException e) {
            throw new DatabaseSetupException(
                    "The database was prepared but can't be used: %s."
                            .formatted(Sql.reason(e.getCause() == null ? e : e.getCause())),
                    e);
        }
        if (relay != null) {
            relay.start();
        }
        listening.start();
        every(CATALOG_EVERY, this::readCatalog);
        every(RETENTION_EVERY, this::expire);
    }

    private void every(Duration period, Runnable chore) {
        var unused =
                chores.scheduleWithFixedDelay(
                        () -> attempt(chore),
                        period.toMillis(),
                        period.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** A chore that fails is tried again at its next turn. */
    private void attempt(Runnable chore) {
        try {
            chore.run();
        } catch (SyncException | JdbiException | DatabaseSetupException e) {
            LOG.log(Level.DEBUG, "put off until the database answers", e);
        }
    }

    private void readCatalog() {
        capture.refresh();
        catalog.refresh();
    }

    private void heard(String payload) {
        if (payload.equals("capture")) {
            if (!closed.get()) {
                chores.execute(() -> attempt(this::readCatalog));
            }
        } else if (payload.isEmpty() || relay == null) {
            log.announce();
        } else {
            log.headSeen(Long.parseLong(payload));
        }
    }

    /**
     * Forgets what is past retention, now instead of within a minute.
     *
     * @return how many changes were forgotten
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached
     */
    public long expire() {
        if (retention.maxAge().isEmpty() && retention.maxBytes().isEmpty()) {
            return 0;
        }
        long all = 0;
        for (long batch = expireBatch(); batch > 0 && !closed.get(); batch = expireBatch()) {
            all += batch;
        }
        return all;
    }

    private long expireBatch() {
        return readers.with(
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT freelims_sync.expire(? * interval '1 millisecond',"
                                            + " ?)")) {
                        if (retention.maxAge().isPresent()) {
                            statement.setDouble(1, (double) retention.maxAge().get().toMillis());
                        } else {
                            statement.setNull(1, java.sql.Types.DOUBLE);
                        }
                        if (retention.maxBytes().isPresent()) {
                            statement.setLong(2, retention.maxBytes().get());
                        } else {
                            statement.setNull(2, java.sql.Types.BIGINT);
                        }
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return row.getLong(1);
                        }
                    }
                });
    }

    /** The changes. */
    public PostgresChangeLog log() {
        return log;
    }

    /** The current rows of captured tables. */
    public PostgresSnapshotSource snapshots() {
        return snapshots;
    }

    /** The resources there are. */
    public PostgresCatalog catalog() {
        return catalog;
    }

    /** What is captured. */
    public Capture capture() {
        return capture;
    }

    /** For changes that no captured table shows. */
    public Publisher publisher() {
        return publisher;
    }

    /** Checks the log's hash chain. */
    public ChainVerifier verifier() {
        return new ChainVerifier(source);
    }

    /**
     * Says how far the log is.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached
     */
    public RelayStatus status() {
        return readers.with(
                connection ->
                        one(
                                connection,
                                "SELECT h.epoch, h.off, h.hash, f.off, f.hash, o.waiting,"
                                    + " extract(epoch FROM clock_timestamp() - o.at) * 1000 FROM"
                                    + " freelims_sync.head h, freelims_sync.floor f, (SELECT"
                                    + " count(*) AS waiting, min(at) AS at FROM"
                                    + " freelims_sync.outbox WHERE seq > (SELECT low FROM"
                                    + " freelims_sync.head)) o",
                                row -> {
                                    double ms = row.getDouble(7);
                                    return new RelayStatus(
                                            PostgresChangeLog.position(
                                                    row.getString(1),
                                                    row.getLong(2),
                                                    row.getBytes(3)),
                                            PostgresChangeLog.position(
                                                    row.getString(1),
                                                    row.getLong(4),
                                                    row.getBytes(5)),
                                            row.getLong(6),
                                            row.getLong(6) == 0
                                                    ? Optional.empty()
                                                    : Optional.of(
                                                            Duration.ofMillis(
                                                                    Math.max(0, (long) ms))));
                                }));
    }

    /**
     * Returns how many bytes the database has on its disk, the log and all other tables together.
     *
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached
     */
    public long databaseBytes() {
        return readers.with(
                connection ->
                        one(
                                connection,
                                "SELECT pg_database_size(current_database())",
                                row -> row.getLong(1)));
    }

    /**
     * Takes the contents of one record's changes out of the log, for good; the chain still
     * verifies. Clients that resume see them as {@code {}}.
     *
     * @return how many changes it had
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached
     */
    public long erase(String resource, String id) {
        return readers.with(
                connection -> {
                    try (PreparedStatement statement =
                            connection.prepareStatement("SELECT freelims_sync.erase(?, ?)")) {
                        statement.setString(1, resource);
                        statement.setString(2, id);
                        try (ResultSet row = statement.executeQuery()) {
                            row.next();
                            return row.getLong(1);
                        }
                    }
                });
    }

    /**
     * Starts another history: no client can resume from a position given out before, and all take
     * snapshots. Call it after data were restored without their log.
     *
     * @return the new epoch
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be reached
     */
    public String startNewEpoch() {
        return readers.with(
                connection ->
                        one(
                                connection,
                                "SELECT freelims_sync.new_epoch()",
                                row -> requireNonNull(row.getString(1))));
    }

    private interface Reading<T> {
        T of(ResultSet row) throws SQLException;
    }

    private static <T> T one(Connection connection, String sql, Reading<T> reading)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return reading.of(row);
        }
    }

    /** Stops working and gives the connections back. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        chores.shutdownNow();
        if (relay != null) {
            relay.close();
        }
        if (started.get()) {
            listening.close();
        }
        log.close();
        stamping.close();
        readers.close();
    }
}
