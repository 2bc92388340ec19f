package org.freelims.sync.server.security;

/** The user name or the e-mail address belongs to another account; the message says which. */
public final class AccountTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AccountTakenException(String message) {
        super(message);
    }
}
