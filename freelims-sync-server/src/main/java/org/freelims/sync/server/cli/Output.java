package org.freelims.sync.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** A command's output: text with colours where the terminal has them, or JSON. Thread-safe. */
final class Output {
    /** What every terminal has. */
    private static final int TERMINAL_WIDTH = 80;

    private final PrintWriter out;
    private final Ansi ansi;
    private final boolean json;
    private final boolean silent;

    Output(CommandLine command, boolean json) {
        this(command, json, false);
    }

    private Output(CommandLine command, boolean json, boolean silent) {
        this.out = command.getOut();
        this.ansi = command.getColorScheme().ansi();
        this.json = json;
        this.silent = silent;
    }

    /** An output that prints nothing, for what only the log should hear of. */
    static Output silent(CommandLine command) {
        return new Output(command, false, true);
    }

    boolean json() {
        return json;
    }

    boolean terminal() {
        return ansi.enabled();
    }

    /**
     * Prints a line for people; nothing in JSON mode. {@code @|bold text|@} is bold on a terminal.
     */
    void line(String markup) {
        if (!json) {
            raw(ansi.string(markup));
        }
    }

    /** Prints a line of text as it is, whatever characters are in it; nothing in JSON mode. */
    void plain(String text) {
        if (!json) {
            raw(text);
        }
    }

    /** Prints an object on a line of its own, in JSON mode. */
    void object(JsonNode object) {
        if (json) {
            raw(object.toString());
        }
    }

    /** Styles text that may hold anything, such as a name from a database. */
    String styled(String style, String text) {
        return ansi.enabled()
                ? Ansi.Style.on(Ansi.Style.parse(style)) + text + Ansi.Style.reset.on()
                : text;
    }

    /**
     * Breaks text at blanks to fit a terminal, the lines after the first indented; elsewhere it
     * stays one line, for programs that look for it.
     *
     * @param column where the text begins on its first line
     */
    String wrapped(String text, int column) {
        return ansi.enabled() ? wrap(text, column, column) : text;
    }

    static String wrap(String text, int column, int indent) {
        var wrapped = new StringBuilder();
        int at = column;
        for (String word : text.split(" ", -1)) {
            if (at > column && at + 1 + word.length() > TERMINAL_WIDTH) {
                wrapped.append('\n').append(" ".repeat(indent));
                at = indent;
            } else if (wrapped.length() > 0) {
                wrapped.append(' ');
                at++;
            }
            wrapped.append(word);
            at += word.length();
        }
        return wrapped.toString();
    }

    private void raw(String line) {
        if (silent) {
            return;
        }
        synchronized (out) {
            out.println(line);
            out.flush();
        }
    }

    /** Prints without a line's end, for a line that is drawn again. */
    void draw(String text) {
        synchronized (out) {
            out.print(text);
            out.flush();
        }
    }
}
