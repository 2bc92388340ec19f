package org.freelims.sync.client;

import java.util.function.Consumer;

/** Writes a client's events to the log. Never the handlers' data, and no tokens. */
final class EventLog implements Consumer<ClientEvent> {
    private static final System.Logger LOG = System.getLogger("org.freelims.sync.client");

    @Override
    public void accept(ClientEvent event) {
        if (event instanceof ClientEvent.HandlerFailed failed) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The handler of "
                            + failed.subscription().expression()
                            + " failed, attempt "
                            + failed.attempt()
                            + ": "
                            + failed.decision(),
                    failed.failure());
        } else if (event instanceof ClientEvent.CursorNotSaved unsaved) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The position of " + unsaved.subscription().expression() + " was not saved",
                    unsaved.failure());
        } else {
            boolean fine =
                    event instanceof ClientEvent.Connected
                            || (event instanceof ClientEvent.Ended ended
                                    && ended.failure().isEmpty());
            LOG.log(
                    fine ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
                    event.toString());
        }
    }
}
