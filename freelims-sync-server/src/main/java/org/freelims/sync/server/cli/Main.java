package org.freelims.sync.server.cli;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;

/** The runnable jar's entry. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(
                Cli.run(List.of(args), System.getenv(), writer(System.out), writer(System.err)));
    }

    /** A terminal's own character set, which is not Java's default everywhere. */
    private static PrintWriter writer(java.io.PrintStream stream) {
        String named =
                System.getProperty(
                        "stdout.encoding", System.getProperty("native.encoding", "UTF-8"));
        return new PrintWriter(new OutputStreamWriter(stream, Charset.forName(named)), true);
    }
}
