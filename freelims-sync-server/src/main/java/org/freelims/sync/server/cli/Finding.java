package org.freelims.sync.server.cli;

/**
 * What one check of the doctor found. Immutable.
 *
 * @param check what was looked at
 * @param found what it looks like
 * @param advice what to do; empty if nothing
 */
record Finding(String check, Outcome outcome, String found, String advice) {
    enum Outcome {
        OK,
        PROBLEM,
        /** Could not be looked at, or needs not be. */
        SKIPPED
    }

    static Finding ok(String check, String found) {
        return new Finding(check, Outcome.OK, found, "");
    }

    static Finding problem(String check, String found, String advice) {
        return new Finding(check, Outcome.PROBLEM, found, advice);
    }

    static Finding skipped(String check, String why) {
        return new Finding(check, Outcome.SKIPPED, why, "");
    }
}
