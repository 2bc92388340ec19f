package org.freelims.sync.server.console;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.freelims.sync.access.Principal;
import org.freelims.sync.server.operation.AdminDoor;
import org.freelims.sync.server.operation.Answers;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jdbi.v3.core.JdbiException;

/** What the console's page asks for; administrators only. Thread-safe. */
final class ConsoleApi {
    private static final Logger LOG = System.getLogger(ConsoleApi.class.getName());
    private static final long WAIT_SECONDS = 10;

    private final AdminDoor door;
    private final Console.Sources sources;
    private final TestNotification test;
    private final Figures figures;
    private final Lists lists;

    ConsoleApi(AdminDoor door, Console.Sources sources, TestNotification test) {
        this.door = door;
        this.sources = sources;
        this.test = test;
        this.figures = new Figures(sources);
        this.lists = new Lists(sources);
    }

    void service(Request request, Response response)
            throws IOException, InterruptedException, ExecutionException {
        Optional<Principal> admin = door.admit(request, response);
        if (admin.isEmpty()) {
            return;
        }
        Method allowed =
                request.getRequestURI().equals("/console/api/test") ? Method.POST : Method.GET;
        if (request.getMethod() != allowed) {
            response.setHeader("Allow", allowed.toString());
            response.sendError(405);
            return;
        }
        try {
            switch (request.getRequestURI()) {
                case "/console/api/figures" -> Answers.json(response, 200, figures.json());
                case "/console/api/lists" -> Answers.json(response, 200, lists.json());
                case "/console/api/test" -> sendTest(response, admin.get());
                default -> response.sendError(404);
            }
        } catch (JdbiException | IllegalStateException e) {
            LOG.log(Level.DEBUG, "the console asked in vain", e);
            Answers.json(response, 503, detail("The database does not answer."));
        } catch (TimeoutException e) {
            Answers.json(
                    response,
                    504,
                    detail("It was committed, but did not come back for " + WAIT_SECONDS + " s."));
        }
    }

    private void sendTest(Response response, Principal admin)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        Duration took =
                test.send(sources.jdbi(), sources.sync().publisher(), admin.name())
                        .get(WAIT_SECONDS, TimeUnit.SECONDS);
        Answers.json(
                response,
                200,
                JsonNodeFactory.instance.objectNode().put("ms", took.toNanos() / 1e6));
    }

    private static ObjectNode detail(String text) {
        return JsonNodeFactory.instance.objectNode().put("detail", text);
    }
}
