package org.freelims.sync.examples.tomcat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What an application gets by depending on the server module is what docs/embedding.md lists. */
class ClassPathTest {
    private static final Path MODULE = Path.of(System.getProperty("basedir", "."));
    private static final Pattern LISTED = Pattern.compile("\\| `([\\w.-]+:[\\w.-]+)` \\|");
    private static final Pattern RESOLVED = Pattern.compile("([\\w.-]+:[\\w.-]+):jar:");

    @Test
    void runtimeClassPath_butForTheApplicationsOwn_isWhatTheDocumentationLists()
            throws IOException {
        Set<String> resolved = found(RESOLVED, MODULE.resolve("target/class-path.txt"));
        Set<String> listed =
                found(LISTED, MODULE.resolve("../../freelims-sync-server/docs/embedding.md"));

        assertFalse(listed.isEmpty());
        resolved.removeIf(ClassPathTest::isTheApplicationsOwn);
        assertEquals(listed, resolved);
    }

    private static Set<String> found(Pattern pattern, Path file) throws IOException {
        Set<String> all = new TreeSet<>();
        Matcher matcher = pattern.matcher(Files.readString(file));
        while (matcher.find()) {
            all.add(matcher.group(1));
        }
        return all;
    }

    private static boolean isTheApplicationsOwn(String artifact) {
        return artifact.startsWith("org.apache.tomcat") || artifact.startsWith("com.zaxxer:");
    }
}
