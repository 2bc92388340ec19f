package org.freelims.sync.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The product with one defect planted: a small edit of one source file, compiled beside the rest
 * and loaded in its place. The sources themselves stay as they are, and an edit that no longer fits
 * them fails.
 *
 * @param name what the defect is
 * @param source the file, below {@code org/freelims/sync}
 * @param original text that occurs exactly once in the file, whatever its line breaks and
 *     indentation
 * @param planted what takes its place
 */
record Mutant(String name, String source, String original, String planted) {
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", "."), "src/main/java/org/freelims/sync");

    /** Compiles the edited file into a directory. */
    void compile(Path into) throws IOException {
        Path file = SOURCES.resolve(source);
        Path edited = into.resolve("source").resolve(file.getFileName());
        Files.createDirectories(edited.getParent());
        Files.writeString(edited, edit(oneLine(Files.readString(file, UTF_8))), UTF_8);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            boolean done =
                    compiler.getTask(
                                    said,
                                    files,
                                    null,
                                    List.of(
                                            "-proc:none",
                                            "-nowarn",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            "-d",
                                            into.toString()),
                                    null,
                                    files.getJavaFileObjects(edited))
                            .call();
            if (!done) {
                throw new IllegalStateException(name + " does not compile: " + said);
            }
        }
    }

    /** Comments to the end of a line would swallow what follows, so they go first. */
    private static String oneLine(String text) {
        return text.replaceAll("(?m)^\\s*//.*$", "")
                .replaceAll("(?m)\\s+// .*$", "")
                .replaceAll("\\s+", " ");
    }

    private String edit(String text) {
        int at = text.indexOf(original);
        if (at < 0 || text.indexOf(original, at + 1) >= 0) {
            throw new IllegalStateException(
                    name + ": this must occur exactly once in " + source + ": " + original);
        }
        return text.substring(0, at) + planted + text.substring(at + original.length());
    }

    /**
     * Runs seeds on the product with the classes of a directory in the place of its own, until one
     * finds something.
     *
     * @return what the checker saw, or an empty text if it found nothing
     */
    static String firstViolation(Path classes, int seeds) throws Exception {
        try (URLClassLoader loader = new Planted(classes)) {
            Method run =
                    loader.loadClass(Simulation.class.getName())
                            .getDeclaredMethod("run", long.class);
            run.setAccessible(true);
            for (long seed = 1; seed <= seeds; seed++) {
                try {
                    run.invoke(null, seed);
                } catch (InvocationTargetException e) {
                    Throwable cause = e.getCause();
                    if (cause instanceof AssertionError) {
                        return String.valueOf(cause.getMessage());
                    }
                    throw e;
                }
            }
            return "";
        }
    }

    /** Loads the product anew, from a directory first; everything else is shared. */
    private static final class Planted extends URLClassLoader {
        Planted(Path classes) throws MalformedURLException {
            super(urls(classes), Mutant.class.getClassLoader());
        }

        private static URL[] urls(Path classes) throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            urls.add(classes.toUri().toURL());
            for (String entry :
                    System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("org.freelims.sync.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : findClass(name);
            }
        }
    }
}
