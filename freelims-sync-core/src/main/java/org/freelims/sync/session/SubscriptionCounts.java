package org.freelims.sync.session;

/** How many subscriptions a node has, and how many are behind. Confined to the hub's loop. */
final class SubscriptionCounts {
    private int all;
    private int catchingUp;

    void begun() {
        all++;
    }

    void moved(Subscription.State from, Subscription.State to) {
        catchingUp += behind(to) - behind(from);
        if (to == Subscription.State.ENDED && from != to) {
            all--;
        }
    }

    private static int behind(Subscription.State state) {
        return state == Subscription.State.CATCHING_UP ? 1 : 0;
    }

    int all() {
        return all;
    }

    int catchingUp() {
        return catchingUp;
    }
}
