package org.freelims.sync.server.cli;

import java.sql.SQLException;

/** Whether a database has our schema. */
final class Installation {
    private Installation() {}

    static boolean present(Databases.Open open) {
        try (var connection = open.pool().getConnection();
                var statement = connection.createStatement();
                var row =
                        statement.executeQuery(
                                "SELECT to_regclass('freelims_sync.head') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        } catch (SQLException e) {
            throw Databases.failure(open.address(), e);
        }
    }

    static void require(Databases.Open open) {
        if (!present(open)) {
            throw new CliException(
                    ExitCode.FAILED,
                    "FreeLIMS Sync was never set up in "
                            + open.address().where()
                            + ". Start a server on it ('serve'), or install capture ('capture"
                            + " install').");
        }
    }
}
