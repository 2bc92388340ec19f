package org.freelims.sync.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.websocket.server.ServerContainer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.freelims.sync.server.Samples.Sample;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.ServerContainerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documentation shows is compiled and run; where it points, something is. */
class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("(?:\\]\\(|src(?:set)?=\")([^)#\"\\s]+)");

    private static final Pattern CODE = Pattern.compile("```.*?```|`[^`\n]*`", Pattern.DOTALL);

    @TempDir Path directory;
    private final Samples samples = Samples.ofThisRepository();

    @Test
    void javaBlocks_onAllPages_compile() throws Exception {
        List<Sample> all = samples.all();

        assertFalse(all.isEmpty());
        for (Sample sample : all) {
            assertFalse(
                    sample.name().isEmpty(),
                    () ->
                            "no <!-- sample: name --> before the Java on "
                                    + sample.page()
                                    + ":\n"
                                    + sample.text());
        }
        Samples.compile(all, directory).close();
    }

    @Test
    void links_toFiles_leadToThem() throws Exception {
        var broken = new ArrayList<String>();
        for (Path page : samples.pages()) {
            String prose = CODE.matcher(Files.readString(page)).replaceAll("");
            Matcher links = LINK.matcher(prose);
            while (links.find()) {
                String to = links.group(1);
                if (!to.matches("[a-z]+:.*") && !Files.exists(page.resolveSibling(to))) {
                    broken.add(samples.root().relativize(page) + " -> " + to);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void readme_embeddingAndClient_workTogether() throws Exception {
        var database = PostgresForTests.freshDatabase();
        database.execute(
                "CREATE TABLE inventory_items (id int PRIMARY KEY, quantity numeric NOT NULL);"
                        + " INSERT INTO inventory_items VALUES (1, 4), (2, 400)");
        var container =
                (TyrusServerContainer) ServerContainerFactory.createServerContainer(Map.of());
        List<String> shown = new CopyOnWriteArrayList<>();
        try (var embed = compiled("embed", 0);
                var served =
                        (AutoCloseable)
                                embed.loadClass("samples.Embed")
                                        .getMethod("serve", DataSource.class, ServerContainer.class)
                                        .invoke(null, database.dataSource(), container)) {
            assertTrue(served != null);
            container.start("/", 0);
            try (var client = compiled("client", container.getPort());
                    var watching =
                            (AutoCloseable)
                                    client.loadClass("samples.Client")
                                            .getMethod("watch", String.class, Consumer.class)
                                            .invoke(null, "ada", (Consumer<String>) shown::add)) {
                assertTrue(watching != null);
                await().atMost(Duration.ofSeconds(60)).until(() -> shown.size() == 1);
                database.execute("UPDATE inventory_items SET quantity = 3 WHERE id IN (1, 2)");
                await().atMost(Duration.ofSeconds(60)).until(() -> shown.size() == 3);
            }
        } finally {
            container.stop();
        }
        assertEquals(
                "{\"id\": 1, \"quantity\": 4}".replace(" ", ""), shown.get(0).replace(" ", ""));
        assertEquals(
                List.of("update 1 quantity 3", "update 2 quantity 3"),
                shown.subList(1, 3).stream().map(DocumentationTest::gist).toList());
    }

    private static String gist(String line) {
        return line.replaceAll("[{}\":,]", " ")
                .toLowerCase(java.util.Locale.ROOT)
                .replaceAll(" +", " ")
                .replaceAll(" id [0-9]+", "")
                .strip();
    }

    private java.net.URLClassLoader compiled(String name, int port) throws Exception {
        Sample sample =
                samples.all().stream()
                        .filter(found -> found.page().toString().equals("README.md"))
                        .filter(found -> found.name().equals(name))
                        .findFirst()
                        .orElseThrow();
        var here =
                new Sample(
                        sample.page(),
                        name,
                        sample.text().replace("localhost:8001", "localhost:" + port));
        return Samples.compile(List.of(here), Files.createDirectories(directory.resolve(name)));
    }
}
