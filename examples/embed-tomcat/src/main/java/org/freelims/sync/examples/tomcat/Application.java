package org.freelims.sync.examples.tomcat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/** A shelf of reagents on Tomcat, as it might have been before; {@link Syncing} is what is new. */
final class Application implements AutoCloseable {
    private final Tomcat tomcat = new Tomcat();
    private final Syncing syncing;

    /**
     * Starts it on this machine.
     *
     * @param port 0 for any
     * @param directory for Tomcat's own files
     */
    Application(DataSource database, int port, Path directory)
            throws LifecycleException, SQLException {
        createTable(database);
        Sessions sessions = new Sessions(Map.of("ada", "lovelace", "grace", "hopper"));
        syncing = new Syncing(database, sessions);

        tomcat.setBaseDir(directory.toString());
        tomcat.setHostname("localhost");
        tomcat.setPort(port);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", directory.toString());
        // whatever launched the application: its WebSocket container looks for its parts here
        context.setParentClassLoader(Application.class.getClassLoader());
        Tomcat.addServlet(context, "session", new SessionServlet(sessions));
        context.addServletMappingDecoded("/session", "session");
        Tomcat.addServlet(context, "reagents", new ReagentServlet(sessions, database));
        context.addServletMappingDecoded("/reagents/*", "reagents");
        // Tomcat hands a path that no servlet has to nobody, not to its WebSocket filter either
        Tomcat.addServlet(context, "default", new DefaultServlet());
        context.addServletMappingDecoded("/", "default");
        context.addServletContainerInitializer(new WsSci(), Set.of());
        context.addServletContainerInitializer(
                (types, servlets) -> syncing.serveIn(servlets), Set.of());
        tomcat.start();
    }

    private static void createTable(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS reagents (id int PRIMARY KEY, name text NOT NULL,"
                            + " quantity numeric NOT NULL);"
                            + " INSERT INTO reagents VALUES (1, 'Ethanol', 500), (2, 'Agarose', 20)"
                            + " ON CONFLICT DO NOTHING");
        }
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    @Override
    public void close() throws LifecycleException {
        syncing.close();
        tomcat.stop();
        tomcat.destroy();
    }
}
