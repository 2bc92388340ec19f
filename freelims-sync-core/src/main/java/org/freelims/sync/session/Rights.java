package org.freelims.sync.session;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.freelims.sync.access.AccessPolicy;
import org.freelims.sync.access.Principal;
import org.freelims.sync.access.View;
import org.freelims.sync.protocol.SyncException;

/**
 * Asks the policy anew, every few seconds, what those connected may see (rule 11): once a
 * principal, however many sessions it has. While that can't be told, things stay as they were.
 * Confined to the hub's loop.
 */
final class Rights {
    private static final Logger LOGGER = System.getLogger(Rights.class.getName());

    private final Node node;
    private final AccessPolicy policy;
    private long askedNanos;
    private boolean asking;

    Rights(Node node, AccessPolicy policy) {
        this.node = node;
        this.policy = policy;
        this.askedNanos = node.scheduler().nanoTime();
    }

    void tick(Collection<Session> sessions) {
        long nanoTime = node.scheduler().nanoTime();
        if (asking || nanoTime - askedNanos < node.limits().rightsRecheck().toNanos()) {
            return;
        }
        askedNanos = nanoTime;
        Set<Principal> principals = new HashSet<>();
        for (Session session : sessions) {
            session.principal().ifPresent(principals::add);
        }
        if (principals.isEmpty()) {
            return;
        }
        asking = true;
        node.lookUp(
                () -> ask(principals),
                found -> {
                    asking = false;
                    for (Session session : List.copyOf(sessions)) {
                        session.principal().ifPresent(of -> tell(session, of, found));
                    }
                },
                e -> asking = false);
    }

    private static void tell(Session session, Principal of, Map<Principal, Optional<View>> found) {
        Optional<View> now = found.get(of);
        if (now != null) {
            session.rightsAre(of, now);
        }
    }

    private Map<Principal, Optional<View>> ask(Set<Principal> principals) {
        Map<Principal, Optional<View>> found = new HashMap<>();
        for (Principal principal : principals) {
            try {
                found.put(
                        principal,
                        policy.admits(principal)
                                ? Optional.of(policy.view(principal))
                                : Optional.empty());
            } catch (SyncException e) {
                LOGGER.log(Level.DEBUG, "rights can't be looked up", e);
            } catch (RuntimeException e) {
                LOGGER.log(Level.ERROR, "the access policy failed", e);
            }
        }
        return found;
    }
}
