package org.freelims.sync.server.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.SyncException;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes the log's hash chain, from the entry before the oldest kept to the head. Thread-safe.
 *
 * <p>{@code hash(n) = sha256(hash(n-1) || leaf(n))}, where {@code leaf = sha256(payload || at ||
 * text)}; {@code payload = sha256(length(data) ":" data before)}; {@code at} is microseconds since
 * 2000 as 8 bytes; and {@code text} is {@code off|tx|seq|last|} followed by resource, id, action,
 * actor and reason, each as {@code length:value}, an absent one as {@code :}. Lengths count
 * characters, texts are UTF-8. An entry whose contents were erased is checked by its stored payload
 * digest.
 */
public final class ChainVerifier {
    private static final int FETCH_ROWS = 2000;
    private static final int HASH_BYTES = 32;
    private static final Instant EPOCH_2000 = Instant.parse("2000-01-01T00:00:00Z");

    private final DataSource source;

    public ChainVerifier(DataSource source) {
        this.source = source;
    }

    /**
     * What was found.
     *
     * @param entries how many entries were good
     * @param erased how many of them had their contents erased
     * @param broken the first that is not as it was written; empty if all are
     */
    public record Result(long entries, long erased, Optional<Broken> broken) {}

    /** An entry that is not as it was written, or is not there, or an end that is not the head. */
    public record Broken(long offset, String what) {}

    /**
     * Verifies all entries there are now.
     *
     * @param progress told after every few thousand entries how many were read
     * @throws SyncException {@link ErrorCode#UNAVAILABLE} if the database can't be read
     */
    public Result verify(LongConsumer progress) {
        try (Connection connection = source.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                // one state of the log, whatever the relay and retention do meanwhile
                try (var statement = connection.createStatement()) {
                    statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                }
                return new Run(progress).verify(connection);
            } finally {
                connection.rollback();
                connection.setAutoCommit(autoCommit);
            }
        } catch (SQLException e) {
            throw Connections.unavailable(e);
        }
    }

    /** One verification. */
    private static final class Run {
        private final LongConsumer progress;
        private final MessageDigest sha256 = sha256();
        private long entries;
        private long erased;

        Run(LongConsumer progress) {
            this.progress = progress;
        }

        Result verify(Connection connection) throws SQLException {
            long offset;
            long head;
            byte[] hash;
            byte[] headHash;
            try (PreparedStatement statement =
                            connection.prepareStatement(
                                    "SELECT f.off, f.hash, h.off, h.hash"
                                            + " FROM freelims_sync.floor f, freelims_sync.head h");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                offset = row.getLong(1);
                hash = row.getBytes(2);
                head = row.getLong(3);
                headHash = row.getBytes(4);
            }
            try (PreparedStatement statement =
                    connection.prepareStatement(
                            "SELECT off, tx::text, seq, at, tx_last, resource, id, action, actor,"
                                    + " reason, data, before, erased_at IS NOT NULL,"
                                    + " payload_sha256, hash FROM freelims_sync.log WHERE off > ?"
                                    + " ORDER BY off")) {
                statement.setFetchSize(FETCH_ROWS);
                statement.setLong(1, offset);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        offset++;
                        if (row.getLong(1) != offset) {
                            return broken(offset, "the entry is missing");
                        }
                        Optional<String> wrong = wrong(row, hash);
                        if (wrong.isPresent()) {
                            return broken(offset, wrong.get());
                        }
                        hash = row.getBytes(15);
                        if (++entries % FETCH_ROWS == 0) {
                            progress.accept(entries);
                        }
                    }
                }
            }
            if (offset != head || !Arrays.equals(hash, headHash)) {
                return broken(offset + 1, "the log does not end where the head says, at " + head);
            }
            return new Result(entries, erased, Optional.empty());
        }

        private Result broken(long offset, String what) {
            return new Result(entries, erased, Optional.of(new Broken(offset, what)));
        }

        private Optional<String> wrong(ResultSet row, byte[] previous) throws SQLException {
            byte[] payload = row.getBytes(14);
            if (row.getBoolean(13)) {
                erased++;
            } else {
                String data = row.getString(11);
                byte[] found = digest(utf8(length(data) + ":" + data + row.getString(12)));
                if (!Arrays.equals(found, payload)) {
                    return Optional.of("its contents were changed");
                }
            }
            StringBuilder text = new StringBuilder();
            text.append(row.getLong(1)).append('|').append(row.getString(2)).append('|');
            text.append(row.getLong(3)).append('|').append(row.getBoolean(5) ? 1 : 0).append('|');
            for (int column = 6; column <= 10; column++) {
                frame(text, row.getString(column));
            }
            long at =
                    ChronoUnit.MICROS.between(
                            EPOCH_2000, row.getObject(4, OffsetDateTime.class).toInstant());
            byte[] leaf =
                    digest(
                            payload,
                            ByteBuffer.allocate(Long.BYTES).putLong(at).array(),
                            utf8(text.toString()));
            byte[] hash = row.getBytes(15);
            return hash.length == HASH_BYTES && Arrays.equals(digest(previous, leaf), hash)
                    ? Optional.empty()
                    : Optional.of("it, or its link to the one before, was changed");
        }

        private static void frame(StringBuilder text, @Nullable String value) {
            if (value != null) {
                text.append(length(value));
            }
            text.append(':');
            if (value != null) {
                text.append(value);
            }
        }

        private static int length(String text) {
            return text.codePointCount(0, text.length());
        }

        private static byte[] utf8(String text) {
            return text.getBytes(UTF_8);
        }

        private byte[] digest(byte[]... parts) {
            for (byte[] part : parts) {
                sha256.update(part);
            }
            return sha256.digest();
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }
}
