-- Written to with serve --audit table.
CREATE TABLE IF NOT EXISTS freelims_sync.access_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    event text NOT NULL,
    remote_address text NOT NULL,
    session text NOT NULL,
    principal text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL);
CREATE INDEX IF NOT EXISTS ix_access_audit_at ON freelims_sync.access_audit (at);
CREATE INDEX IF NOT EXISTS ix_access_audit_principal ON freelims_sync.access_audit (principal, at);

COMMENT ON TABLE freelims_sync.access_audit IS
    'Who connected, subscribed to what, was refused what, was cut and why';
