package org.freelims.sync.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The Java in the documentation. Each block follows a line {@code <!-- sample: name -->}; the file
 * {@code samples/name.txt} has the class around it, with what the reader is to think of.
 */
record Samples(Path root) {
    private static final String PLACE = "// the sample";
    private static final Pattern BLOCK =
            Pattern.compile("(?:<!-- sample: ([a-z]+) -->\\n)?```java\\n(.*?)```", Pattern.DOTALL);

    /** A block: the page it is on, its name (empty if it has none), its text. */
    record Sample(Path page, String name, String text) {
        String className() {
            return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        }
    }

    static Samples ofThisRepository() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve("freelims-sync-core/PROTOCOL.md"))) {
            directory = Objects.requireNonNull(directory.getParent(), "not in the repository");
        }
        return new Samples(directory);
    }

    List<Sample> all() throws IOException {
        var found = new ArrayList<Sample>();
        for (Path page : pages()) {
            Matcher blocks = BLOCK.matcher(Files.readString(page));
            while (blocks.find()) {
                String name = Objects.requireNonNullElse(blocks.group(1), "");
                found.add(new Sample(root.relativize(page), name, blocks.group(2)));
            }
        }
        return found;
    }

    List<Path> pages() throws IOException {
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(
                            file ->
                                    !root.relativize(file)
                                            .toString()
                                            .matches(".*(target|node_modules|/\\.).*"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Compiles samples, each in its class.
     *
     * @return loads those classes
     */
    static URLClassLoader compile(List<Sample> samples, Path output) throws IOException {
        var sources = new ArrayList<JavaFileObject>();
        for (Sample sample : samples) {
            sources.add(new Source(sample.className(), framed(sample)));
        }
        var compiler = ToolProvider.getSystemJavaCompiler();
        var found = new DiagnosticCollector<JavaFileObject>();
        var options =
                List.of(
                        "--release",
                        "17",
                        "-proc:none",
                        "-Xlint:all,-classfile",
                        "-d",
                        output.toString(),
                        "-cp",
                        System.getProperty("java.class.path"));
        boolean compiled = compiler.getTask(null, null, found, options, null, sources).call();
        var complaints =
                found.getDiagnostics().stream().filter(said -> said.getSource() != null).toList();
        if (!compiled || !complaints.isEmpty()) {
            throw new AssertionError("a sample does not compile cleanly: " + complaints);
        }
        return new URLClassLoader(
                new URL[] {output.toUri().toURL()}, Samples.class.getClassLoader());
    }

    private static String framed(Sample sample) throws IOException {
        String file = "samples/" + sample.name() + ".txt";
        try (InputStream in = Samples.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new AssertionError(
                        "The Java on " + sample.page() + " has no class around it: " + file);
            }
            return new String(in.readAllBytes(), UTF_8).replace(PLACE, sample.text());
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///samples/" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
