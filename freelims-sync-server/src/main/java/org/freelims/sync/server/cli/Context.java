package org.freelims.sync.server.cli;

import java.util.Map;

/**
 * What commands know of the process they run in. Immutable.
 *
 * @param environment the environment's variables
 */
record Context(Map<String, String> environment, Settings settings) {
    Context {
        environment = Map.copyOf(environment);
    }
}
