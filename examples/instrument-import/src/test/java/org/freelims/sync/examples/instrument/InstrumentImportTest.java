package org.freelims.sync.examples.instrument;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstrumentImportTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir Path directory;
    private final List<String> measured = new CopyOnWriteArrayList<>();

    private InstrumentImport start(RealServer server) {
        return new InstrumentImport(
                URI.create(server.url()),
                "admin",
                "password",
                sample -> {
                    measured.add(sample.internalId());
                    return "purity of " + sample.internalId();
                },
                directory.resolve("positions"));
    }

    private static void receive(LimsRest lims, String internalId) {
        var created =
                lims.post(
                        "/api/samples/",
                        Map.of("internal_id", internalId, "name", "x", "status", "received"));
        assertEquals(201, created.statusCode(), created::body);
    }

    private static Map<String, String> results(LimsRest lims) {
        Map<String, String> results = new TreeMap<>();
        for (var test : lims.get("/api/tests/?limit=100&search=HPLC-I-")) {
            String sample = test.path("sample_id").asText();
            String before = results.put(sample, test.path("results").asText());
            assertEquals(null, before, "two results of " + sample);
        }
        return results;
    }

    private static String status(LimsRest lims, String internalId) {
        for (var sample : lims.get("/api/samples/?limit=100&search=" + internalId)) {
            if (sample.path("internal_id").asText().equals(internalId)) {
                return sample.path("status").asText();
            }
        }
        return "none";
    }

    @Test
    void samples_receivedBeforeDuringAndWhileAway_haveOneResultEach() throws Exception {
        try (RealServer server = new RealServer(directory)) {
            LimsRest lims = new LimsRest(URI.create(server.url()), "admin", "password");
            receive(lims, "I-1");
            InstrumentImport first = start(server);
            try {
                await().atMost(SOON).until(() -> status(lims, "I-1").equals("in-testing"));
                receive(lims, "I-2");
                await().atMost(SOON).until(() -> status(lims, "I-2").equals("in-testing"));
                server.restart();
                receive(lims, "I-3");
                await().atMost(SOON).until(() -> status(lims, "I-3").equals("in-testing"));
            } finally {
                first.close();
            }
            receive(lims, "I-4");
            InstrumentImport second = start(server);
            try {
                await().atMost(SOON).until(() -> status(lims, "I-4").equals("in-testing"));
            } finally {
                second.close();
            }
            assertEquals(
                    Map.of(
                            "I-1", "purity of I-1",
                            "I-2", "purity of I-2",
                            "I-3", "purity of I-3",
                            "I-4", "purity of I-4"),
                    results(lims));
            assertEquals(4, measured.stream().filter(id -> id.startsWith("I-")).distinct().count());
        }
    }
}
