package org.freelims.sync.client;

/** A handler that takes changes when it wants to. */
interface PacedHandler extends SyncHandler {
    /**
     * Returns whether a change may be told now.
     *
     * @param wanted if not: run once, on any thread, when one may be, or the subscription has been
     *     closed
     */
    boolean takes(Runnable wanted);
}
