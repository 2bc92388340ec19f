-- Not logged: after a crash there are none, and clients ask for new ones.
CREATE UNLOGGED TABLE IF NOT EXISTS freelims_sync.connection_tickets (
    digest bytea PRIMARY KEY,
    user_id integer NOT NULL,
    sign_in_ends timestamptz NOT NULL,
    expires_at timestamptz NOT NULL);
CREATE INDEX IF NOT EXISTS ix_connection_tickets_expires_at ON freelims_sync.connection_tickets (expires_at);

COMMENT ON TABLE freelims_sync.connection_tickets IS
    'Hashes of one-time tickets that open a connection, for half a minute';
