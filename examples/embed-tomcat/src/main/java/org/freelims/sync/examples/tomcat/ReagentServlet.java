package org.freelims.sync.examples.tomcat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/** {@code PUT /reagents/2?quantity=17.5}: plain JDBC, and nothing that sync needs but the actor. */
final class ReagentServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient Sessions sessions;
    private final transient DataSource database;

    ReagentServlet(Sessions sessions, DataSource database) {
        this.sessions = sessions;
        this.database = database;
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Optional<String> user = sessions.user(SessionServlet.token(request));
        if (user.isEmpty()) {
            response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
            return;
        }
        try {
            int id = Integer.parseInt(request.getPathInfo().substring(1));
            BigDecimal quantity = new BigDecimal(request.getParameter("quantity"));
            boolean found = store(user.get(), id, quantity);
            response.setStatus(
                    found ? HttpServletResponse.SC_NO_CONTENT : HttpServletResponse.SC_NOT_FOUND);
        } catch (NumberFormatException e) {
            response.sendError(HttpServletResponse.SC_BAD_REQUEST);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private boolean store(String user, int id, BigDecimal quantity) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            // who did it, as the notification's "actor"; leave it out if nobody asks
            try (var actor =
                    connection.prepareStatement(
                            "SELECT set_config('freelims_sync.actor', ?, true)")) {
                actor.setString(1, "user:" + user);
                actor.execute();
            }
            try (var update =
                    connection.prepareStatement("UPDATE reagents SET quantity = ? WHERE id = ?")) {
                update.setBigDecimal(1, quantity);
                update.setInt(2, id);
                int rows = update.executeUpdate();
                connection.commit();
                return rows == 1;
            }
        }
    }
}
