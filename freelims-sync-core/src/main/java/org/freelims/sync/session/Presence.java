package org.freelims.sync.session;

import java.util.HashMap;
import java.util.Map;
import org.freelims.sync.access.Principal;

/** Who is signed in on how many connections of this node. Confined to the hub's loop. */
final class Presence {
    private final int mostEach;
    private final Map<String, Integer> connections = new HashMap<>();

    Presence(int mostEach) {
        this.mostEach = mostEach;
    }

    /** Counts one more connection, unless there are too many. Anonymous clients are not counted. */
    boolean enter(Principal who) {
        if (who.equals(Principal.ANONYMOUS)) {
            return true;
        }
        int now = connections.getOrDefault(who.name(), 0);
        if (now >= mostEach) {
            return false;
        }
        connections.put(who.name(), now + 1);
        return true;
    }

    /** One connection less. */
    void leave(Principal who) {
        connections.computeIfPresent(who.name(), (name, now) -> now == 1 ? null : now - 1);
    }
}
