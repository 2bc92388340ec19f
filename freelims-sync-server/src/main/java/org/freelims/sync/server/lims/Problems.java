package org.freelims.sync.server.lims;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one request, so that all of it is told at once. Confined. */
final class Problems {
    private final List<Problem> found = new ArrayList<>();

    void add(Problem problem) {
        found.add(problem);
    }

    /**
     * Ends the request if anything was wrong.
     *
     * @throws InvalidRequestException with all that was collected
     */
    void check() {
        if (!found.isEmpty()) {
            throw new InvalidRequestException(found);
        }
    }
}
