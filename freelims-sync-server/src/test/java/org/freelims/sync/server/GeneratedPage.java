package org.freelims.sync.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A page of documentation of which a part is made from the code: what stands between its two marks.
 * {@code -Dpages.write=true} writes it anew; otherwise it must be as the code has it.
 */
public record GeneratedPage(Path file) {
    private static final String BEGIN =
            "<!-- from here on made by a test; -Dpages.write=true makes it anew -->\n";
    private static final String END = "<!-- to here -->\n";

    /** Names a page of the server's documentation. */
    public static GeneratedPage named(String name) {
        return new GeneratedPage(
                Samples.ofThisRepository().root().resolve("freelims-sync-server/docs/" + name));
    }

    /** Holds the page to what the code says, or writes it. */
    public void hold(String generated) throws IOException {
        String page = Files.readString(file);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END);
        if (from < BEGIN.length() || to < from) {
            throw new AssertionError(file + " lacks the marks " + BEGIN + " and " + END);
        }
        if (Boolean.getBoolean("pages.write")) {
            Files.writeString(file, page.substring(0, from) + generated + page.substring(to));
        } else {
            assertEquals(
                    generated,
                    page.substring(from, to),
                    () -> file + " is not as the code is: run this with -Dpages.write=true");
        }
    }
}
