package org.freelims.sync.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/** A command line that was run in this JVM, with what it printed. */
record Run(int exitCode, String out, String err) {
    static Run of(String... arguments) {
        return with(Map.of(), arguments);
    }

    static Run with(Map<String, String> environment, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exitCode =
                Cli.run(
                        List.of(arguments),
                        environment,
                        new PrintWriter(out, true),
                        new PrintWriter(err, true));
        return new Run(exitCode, out.toString(), err.toString());
    }

    /** What was printed in JSON mode, an object a line. */
    List<JsonNode> objects() {
        return out.lines().map(Run::json).toList();
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }
}
