package org.freelims.sync.server.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the documents name as proof is there. */
class GuaranteesTest {
    private static final Path MODULE = Path.of(System.getProperty("basedir", "."));
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|Contract))\\.(\\w+)`");

    @ParameterizedTest
    @ValueSource(strings = {"docs/guarantees.md", "docs/threat-model.md"})
    void proofs_everyTestNamed_exists(String document) throws IOException {
        Matcher named = TEST.matcher(Files.readString(MODULE.resolve(document)));
        List<String> missing = new ArrayList<>();
        int count = 0;
        while (named.find()) {
            count++;
            String source = source(named.group(1));
            if (!source.contains("void " + named.group(2) + "(")
                    && !source.contains("List<DynamicTest> " + named.group(2) + "(")) {
                missing.add(named.group());
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(count > 20, "tests named: " + count);
    }

    private static String source(String test) throws IOException {
        try (var files = Files.walk(MODULE.toAbsolutePath().normalize().getParent(), 14)) {
            List<Path> found =
                    files.filter(f -> f.endsWith(test + ".java"))
                            .filter(f -> f.toString().contains("src/test/java"))
                            .toList();
            return found.isEmpty() ? "" : Files.readString(found.get(0));
        }
    }
}
