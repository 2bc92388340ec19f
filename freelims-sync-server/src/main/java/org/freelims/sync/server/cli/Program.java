package org.freelims.sync.server.cli;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** This program: its version, and how to call it. */
final class Program implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "FreeLIMS Sync " + version(),
            "Java " + Runtime.version() + " (" + System.getProperty("java.vendor", "") + ")",
            System.getProperty("os.name", "") + " " + System.getProperty("os.arch", "")
        };
    }

    static String version() {
        return Optional.ofNullable(Program.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    /** What to type before a command's name, as it was typed this time. */
    static String invocation() {
        try {
            var source = Program.class.getProtectionDomain().getCodeSource();
            if (source != null && source.getLocation().getPath().endsWith(".jar")) {
                Path jar = Path.of(source.getLocation().toURI());
                Path here = Path.of("").toAbsolutePath();
                String name = (jar.startsWith(here) ? here.relativize(jar) : jar).toString();
                return "java -jar " + (name.contains(" ") ? '"' + name + '"' : name);
            }
        } catch (URISyntaxException e) {
            return "freelims-sync";
        }
        return "freelims-sync";
    }
}
