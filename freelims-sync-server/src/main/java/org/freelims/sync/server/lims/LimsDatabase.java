package org.freelims.sync.server.lims;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.freelims.sync.server.security.Attribution;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * The LIMS' transactions, each as somebody: they see what that account may see, and writes name it,
 * which is what their notifications then say. Thread-safe; blocks.
 */
final class LimsDatabase {
    /** Serialization failure and deadlock: the same again has every chance to succeed. */
    private static final Set<String> WORTH_ANOTHER_TRY = Set.of("40001", "40P01");

    private static final int TRIES = 3;

    private final Jdbi jdbi;

    LimsDatabase(Jdbi jdbi) {
        this.jdbi = requireNonNull(jdbi, "jdbi");
    }

    <T> T read(SignedIn who, Function<Rows, T> work) {
        return jdbi.inTransaction(handle -> work.apply(new Rows(handle, who.sight())));
    }

    /** Runs {@code work} in a transaction attributed to somebody, again after a deadlock. */
    <T> T write(SignedIn who, Function<Rows, T> work) {
        return write(who, who.attribution(), work);
    }

    /** Runs {@code work} in a transaction that says why, again after a deadlock. */
    <T> T write(SignedIn who, String reason, Function<Rows, T> work) {
        return write(who, who.attribution().because(reason), work);
    }

    private <T> T write(SignedIn who, Attribution attribution, Function<Rows, T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return jdbi.inTransaction(
                        handle -> {
                            attribution.apply(handle);
                            return work.apply(new Rows(handle, who.sight()));
                        });
            } catch (JdbiException e) {
                if (attempt == TRIES || sqlState(e).filter(WORTH_ANOTHER_TRY::contains).isEmpty()) {
                    throw e;
                }
            }
        }
    }

    /** The SQLSTATE at the bottom of a failure, if it came from the database. */
    static Optional<String> sqlState(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return Optional.of(sql.getSQLState());
            }
        }
        return Optional.empty();
    }
}
