package org.freelims.sync.examples.sidecar;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** The application beside which the sidecar runs, on H2 in MySQL's mode; no sync code in it. */
final class Lims implements AutoCloseable {
    private final JdbcConnectionPool source;

    Lims(String name) throws SQLException {
        source = JdbcConnectionPool.create("jdbc:h2:mem:" + name + ";MODE=MySQL", "sa", "");
        execute(
                "CREATE TABLE sync_outbox (id bigint AUTO_INCREMENT PRIMARY KEY,"
                        + " resource varchar(63) NOT NULL, record_id varchar(255) NOT NULL,"
                        + " action varchar(10) NOT NULL, data longtext NOT NULL,"
                        + " before_data longtext NOT NULL)");
    }

    DataSource source() {
        return source;
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Does what MySQL's trigger does when a sample is created. */
    static void create(Connection connection, int id) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO sync_outbox (resource, record_id, action, data, before_data)"
                                + " VALUES ('samples', ?, 'create', ?, '{}')")) {
            insert.setString(1, Integer.toString(id));
            insert.setString(2, "{\"id\": " + id + "}");
            insert.executeUpdate();
        }
    }

    void create(int id) throws SQLException {
        try (Connection connection = source.getConnection()) {
            create(connection, id);
        }
    }

    @Override
    public void close() throws SQLException {
        execute("SHUTDOWN");
    }
}
