-- Outbox, relay and log.
--
-- Writers insert into the outbox inside their own transactions and never NOTIFY. relay() moves whole
-- committed transactions from there into the log and gives them dense offsets in commit order. Nodes
-- tail the log by offset; its commits are serialised by the head row, so "off > $1 ORDER BY off"
-- never misses one.
--
-- Why the order is right: if Y followed X on one record, X had committed before Y's outbox row
-- existed (Y waited for X's row lock), so any snapshot that sees Y sees X, and X has the smaller seq.

CREATE TABLE freelims_sync.outbox (
    -- first, so that the transaction's number is drawn before the sequence's: a transaction that
    -- begins after the relay looked can then only draw a seq above those the relay has seen
    tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- CACHE 1: with a cache, sessions would draw numbers out of order
    seq bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    resource text NOT NULL,
    id text NOT NULL,
    action text NOT NULL,
    actor text,
    reason text,
    data text NOT NULL,
    before text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE freelims_sync.log (
    off bigint PRIMARY KEY,
    tx xid8 NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    -- octets of all payloads up to and with this one, for retention by size
    bytes bigint NOT NULL,
    tx_last boolean NOT NULL,
    resource text NOT NULL,
    id text NOT NULL,
    action text NOT NULL,
    actor text,
    reason text,
    data text NOT NULL,
    before text NOT NULL,
    -- set when data and before were replaced by {} because the law asks for it; the chain holds their
    -- digest and still verifies
    erased_at timestamptz,
    payload_sha256 bytea NOT NULL,
    hash bytea NOT NULL
);

-- One row: the newest entry, and what the relay knows.
CREATE TABLE freelims_sync.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch text NOT NULL,
    off bigint NOT NULL,
    bytes bigint NOT NULL,
    hash bytea NOT NULL,
    -- the greatest outbox.seq that was ever logged
    max_seq bigint NOT NULL DEFAULT 0,
    -- no outbox row at or below it exists or can still appear
    low bigint NOT NULL DEFAULT 0,
    -- the next value of low, and the transaction number that all others must have passed until then
    low_next bigint NOT NULL DEFAULT 0,
    low_next_tx xid8 NOT NULL DEFAULT '0',
    -- the cluster that this history belongs to; a dump restored into another one starts a new epoch
    cluster text NOT NULL
) WITH (fillfactor = 10);

-- One row: the entry before the oldest one kept. It is not part of head, so that retention does not
-- hold up the relay.
CREATE TABLE freelims_sync.floor (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    off bigint NOT NULL,
    bytes bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 10);

-- 'unknown' where the role may not ask
CREATE FUNCTION freelims_sync.cluster() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    RETURN (SELECT system_identifier::text FROM pg_control_system());
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 'unknown';
END $$;

CREATE FUNCTION freelims_sync.fresh_epoch() RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
    SELECT substr(md5(gen_random_uuid()::text), 1, 10)
$$;

INSERT INTO freelims_sync.head (epoch, off, bytes, hash, cluster)
SELECT freelims_sync.fresh_epoch(), 0, 0, sha256('freelims_sync genesis'), freelims_sync.cluster();
INSERT INTO freelims_sync.floor (off, bytes, hash) SELECT off, bytes, hash FROM freelims_sync.head;

-- The hash chain: hash(n) = sha256(hash(n-1) || leaf(n)).
CREATE FUNCTION freelims_sync.chain_link(state bytea, leaf bytea, before bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    -- qualified instead of SET search_path, which would cost more than the hash
    RETURN pg_catalog.sha256(coalesce(state, before) OPERATOR(pg_catalog.||) leaf);
END $$;

CREATE AGGREGATE freelims_sync.chain(leaf bytea, before bytea) (
    SFUNC = freelims_sync.chain_link, STYPE = bytea
);

-- moved: how many changes this call logged; -1 if another node was at it. head: the newest offset.
CREATE FUNCTION freelims_sync.relay(window_rows int DEFAULT 2000, OUT moved int, OUT head bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET enable_seqscan = off SET jit = off SET work_mem = '32MB'
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    h freelims_sync.head;
    e record;
    w bigint := window_rows;
    cut bigint;
    earlier pg_snapshot;
    seen bigint;
    me xid8;
    chain bytea;
BEGIN
    IF pg_current_xact_id_if_assigned() IS NOT NULL
       OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'freelims_sync.relay() must be its own READ COMMITTED transaction';
    END IF;
    moved := 0;
    SELECT * INTO h FROM freelims_sync.head;
    head := h.off;
    IF NOT EXISTS (SELECT 1 FROM freelims_sync.outbox WHERE seq > h.low) THEN
        RETURN;
    END IF;
    SELECT * INTO h FROM freelims_sync.head FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        moved := -1;
        RETURN;
    END IF;
    -- nothing is delivered before it is durable
    IF current_setting('synchronous_commit') IN ('off', 'local') THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    seen := h.max_seq;
    me := pg_current_xact_id();
    -- older than the snapshot that reads the rows
    earlier := pg_current_snapshot();
    chain := h.hash;
    LOOP
        SELECT seq INTO cut FROM freelims_sync.outbox WHERE seq > h.low
        ORDER BY seq OFFSET w LIMIT 1;
        WITH pick AS (
            -- whole transactions only
            SELECT tx, max(seq) AS last_seq FROM freelims_sync.outbox WHERE seq > h.low
            GROUP BY tx HAVING cut IS NULL OR max(seq) < cut
        ), gone AS (
            DELETE FROM freelims_sync.outbox o USING pick p WHERE o.tx = p.tx AND o.seq > h.low
            RETURNING o.*, p.last_seq
        ), placed AS (
            SELECT *, h.off + row_number() OVER place AS off,
                h.bytes + sum(octet_length(data) + octet_length(before)) OVER place AS bytes,
                sha256(convert_to(concat(length(data), ':', data, before), 'UTF8'))
                    AS payload_sha256
            FROM gone WINDOW place AS (ORDER BY last_seq, seq)
        ), added AS (
            INSERT INTO freelims_sync.log (off, tx, seq, at, bytes, tx_last, resource, id, action,
                actor, reason, data, before, payload_sha256, hash)
            SELECT off, tx, seq, at, bytes, seq = last_seq, resource, id, action,
                actor, reason, data, before, payload_sha256,
                freelims_sync.chain(
                    sha256(payload_sha256 || timestamptz_send(at) || convert_to(concat(
                        off, '|', tx, '|', seq, '|', (seq = last_seq)::int, '|',
                        length(resource), ':', resource, length(id), ':', id,
                        length(action), ':', action, length(actor), ':', actor,
                        length(reason), ':', reason), 'UTF8')),
                    h.hash) OVER (ORDER BY last_seq, seq)
            FROM placed
            RETURNING off, seq, bytes, hash
        )
        SELECT count(*) AS rows, max(seq) AS max_seq, max(off) AS off, max(bytes) AS bytes,
            (array_agg(hash ORDER BY off DESC))[1] AS hash
        INTO e FROM added;
        moved := e.rows;
        EXIT WHEN moved > 0 OR cut IS NULL;
        -- one transaction is larger than the window
        w := w * 4;
    END LOOP;
    IF cut IS NULL AND h.low_next_tx <= pg_snapshot_xmin(earlier) THEN
        h.low := h.low_next;
        h.low_next := seen;
        h.low_next_tx := me;
    END IF;
    IF moved > 0 THEN
        h.off := e.off;
        h.bytes := e.bytes;
        h.hash := e.hash;
        h.max_seq := greatest(h.max_seq, e.max_seq);
    END IF;
    UPDATE freelims_sync.head SET off = h.off, bytes = h.bytes, hash = h.hash,
        max_seq = h.max_seq, low = h.low, low_next = h.low_next, low_next_tx = h.low_next_tx;
    head := h.off;
    IF moved > 0 THEN
        PERFORM pg_notify('freelims_sync', h.off::text);
    END IF;
END $$;

-- For code that has no captured table. The row lock argument above holds for it only if it is called
-- after the record was written, in the same transaction.
CREATE FUNCTION freelims_sync.publish(
    resources text[], ids text[], actions text[], datas text[], befores text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO freelims_sync.outbox (resource, id, action, actor, reason, data, before)
    SELECT resource, id, action, nullif(current_setting('freelims_sync.actor', true), ''),
        nullif(current_setting('freelims_sync.reason', true), ''), data, before
    FROM unnest(resources, ids, actions, datas, befores)
        WITH ORDINALITY AS change (resource, id, action, data, before, nth)
    ORDER BY nth
$$;

-- Forgets the oldest whole transactions whose changes are all older than max_age, or beyond the newest
-- max_bytes of payload. Returns how many entries went: call it until that is 0. Null means no bound.
CREATE FUNCTION freelims_sync.expire(max_age interval, max_bytes bigint, batch int DEFAULT 5000)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET enable_seqscan = off SET jit = off AS $$
DECLARE
    f freelims_sync.floor;
    total bigint;
    size bigint := batch;
    seen bigint;
    last bigint;
    kept bigint;
    upto bigint;
BEGIN
    SELECT * INTO f FROM freelims_sync.floor FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT h.bytes INTO total FROM freelims_sync.head h;
    LOOP
        SELECT count(*), max(off),
            min(off) FILTER (WHERE (at < clock_timestamp() - max_age
                OR total - bytes >= max_bytes) IS NOT TRUE)
        INTO seen, last, kept
        FROM (SELECT off, at, bytes FROM freelims_sync.log
              WHERE off > f.off ORDER BY off LIMIT size) oldest;
        SELECT max(off) INTO upto FROM freelims_sync.log
        WHERE off > f.off AND off <= coalesce(kept - 1, last) AND tx_last;
        EXIT WHEN upto IS NOT NULL OR kept IS NOT NULL OR seen < size;
        -- one transaction is larger than the batch
        size := size * 4;
    END LOOP;
    IF upto IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE freelims_sync.floor SET (off, bytes, hash) =
        (SELECT l.off, l.bytes, l.hash FROM freelims_sync.log l WHERE l.off = upto);
    DELETE FROM freelims_sync.log WHERE off > f.off AND off <= upto;
    RETURN upto - f.off;
END $$;

-- Takes the contents of one record out of the log; the chain still verifies.
CREATE FUNCTION freelims_sync.erase(of_resource text, of_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    erased bigint;
BEGIN
    UPDATE freelims_sync.log SET data = '{}', before = '{}', erased_at = clock_timestamp()
    WHERE resource = of_resource AND id = of_id AND erased_at IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;

-- Starts another history: nobody resumes from a position of the one before.
CREATE FUNCTION freelims_sync.new_epoch() RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    UPDATE freelims_sync.head SET epoch = freelims_sync.fresh_epoch() RETURNING epoch
$$;

-- Tells whether this database is a dump of another cluster's. There, transaction numbers meant others:
-- what the outbox holds goes out as one transaction, and the history gets another name.
CREATE FUNCTION freelims_sync.adopt() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    here text := freelims_sync.cluster();
    was text;
BEGIN
    SELECT cluster INTO was FROM freelims_sync.head;
    IF was IN (here, 'unknown') OR here = 'unknown' THEN
        RETURN false;
    END IF;
    SELECT cluster INTO was FROM freelims_sync.head FOR UPDATE;
    IF was = here THEN
        RETURN false;
    END IF;
    UPDATE freelims_sync.outbox SET tx = pg_current_xact_id();
    UPDATE freelims_sync.head SET epoch = freelims_sync.fresh_epoch(), cluster = here,
        low_next_tx = '0';
    RETURN true;
END $$;

-- Only publish() is for others' roles, and only for those that may use the schema.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA freelims_sync FROM PUBLIC;
GRANT EXECUTE ON FUNCTION freelims_sync.publish(text[], text[], text[], text[], text[]) TO PUBLIC;
