package org.freelims.sync.examples.benchmarks.comparison;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A server that can be measured. Immutable.
 *
 * @param name as the command line has it
 * @param label as reports have it
 * @param version of what is measured
 * @param missing why it can't be measured here, if it can't
 * @param command starts the server, in the foreground
 * @param dialog how a client subscribes to a resource
 * @param trigger makes it publish
 */
record Peer(
        String name,
        String label,
        String version,
        Optional<String> missing,
        Command command,
        Function<String, Dialog> dialog,
        Function<Ports, Trigger> trigger) {
    /** The command line of a server on these ports; files it needs may be put in the folder. */
    @FunctionalInterface
    interface Command {
        List<String> of(Ports ports, Path folder);
    }

    Peer without(String why) {
        return new Peer(name, label, version, Optional.of(why), command, dialog, trigger);
    }

    /** Returns whether this is one of ours. */
    boolean isOurs() {
        return name.startsWith("ours");
    }
}
