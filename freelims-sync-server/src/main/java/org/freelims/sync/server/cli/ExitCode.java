package org.freelims.sync.server.cli;

/** What a command's end tells the shell; published in {@code --help}. */
enum ExitCode {
    OK(0, "done"),
    FAILED(1, "something unexpected; the message says what"),
    USAGE(2, "a flag or setting is wrong"),
    UNREACHABLE(3, "the server or the database does not answer"),
    REFUSED(4, "not signed in, or not allowed"),
    IN_USE(5, "a port or a data directory is taken by another program"),
    PROBLEM_FOUND(6, "a check found a problem (doctor, verify)"),
    TIMED_OUT(7, "what was waited for did not come in time");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    String meaning() {
        return meaning;
    }
}
