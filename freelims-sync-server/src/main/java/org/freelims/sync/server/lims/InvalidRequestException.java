package org.freelims.sync.server.lims;

import java.util.List;

/** The request doesn't validate: 422 with a list of what is wrong where. */
final class InvalidRequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    InvalidRequestException(List<Problem> problems) {
        super("invalid request: " + problems);
        this.problems = List.copyOf(problems);
    }

    InvalidRequestException(Problem problem) {
        this(List.of(problem));
    }

    List<Problem> problems() {
        return problems;
    }
}
