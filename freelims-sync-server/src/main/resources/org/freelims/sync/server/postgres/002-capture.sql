-- Capture: row triggers that write the outbox.
--
-- A captured table has a trigger function of its own, capture_<number>, written for the columns it had
-- when it was installed: that costs half of what a general one does. It first makes sure that the
-- columns are still those; if not, capture_by_catalog does the work, slower, until the function is
-- written anew. So a new column appears by itself, and a renamed or dropped one breaks no write.

CREATE TABLE freelims_sync.capture (
    number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    resource text NOT NULL UNIQUE,
    key_columns text[] NOT NULL,
    key_attnums smallint[] NOT NULL,
    excluded_columns text[] NOT NULL,
    excluded_attnums smallint[] NOT NULL,
    -- the columns that the function was written for
    shape text NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The captured tables as they are now; relation is the one that capture was installed on, not its
-- partitions.
CREATE VIEW freelims_sync.captured AS
SELECT c.*, t.tgrelid AS relation
FROM freelims_sync.capture c
JOIN pg_catalog.pg_proc p ON p.proname = 'capture_' || c.number
    AND p.pronamespace = 'freelims_sync'::regnamespace
JOIN pg_catalog.pg_trigger t ON t.tgfoid = p.oid AND t.tgparentid = 0
    AND t.tgname = '0_freelims_sync';

-- A record's id: the key's value as text; of several, all with a comma between them, a comma or
-- backslash in a value having a backslash before it.
CREATE FUNCTION freelims_sync.record_id(fields json, keys text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN cardinality(keys) = 1 THEN fields ->> keys[1]
        ELSE (SELECT string_agg(replace(replace(fields ->> key, '\', '\\'), ',', '\,'), ','
                  ORDER BY nth)
              FROM unnest(keys) WITH ORDINALITY AS k (key, nth)) END
$$;

CREATE FUNCTION freelims_sync.without(fields json, hidden text[]) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT ('{' || coalesce(string_agg(to_json(key)::text || ':' || value::text, ',' ORDER BY nth), '')
        || '}')::json
    FROM json_each(fields) WITH ORDINALITY AS f (key, value, nth)
    WHERE key <> ALL (hidden)
$$;

-- What a capture function does, for columns that it was not written for.
CREATE FUNCTION freelims_sync.capture_by_catalog(
    which int, op text, new_row record, old_row record) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog SET timezone = 'UTC' SET datestyle = 'ISO'
SET intervalstyle = 'postgres' SET extra_float_digits = 1 SET bytea_output = 'hex' AS $$
DECLARE
    newer json := row_to_json(new_row);
    older json := row_to_json(old_row);
    c freelims_sync.captured;
    keys text[];
    hidden text[];
    new_id text;
    old_id text;
    was text;
    actor text := nullif(current_setting('freelims_sync.actor', true), '');
    reason text := nullif(current_setting('freelims_sync.reason', true), '');
BEGIN
    SELECT * INTO STRICT c FROM freelims_sync.captured WHERE number = which;
    -- by name; a renamed column by its number
    SELECT array_agg(coalesce(named.attname, numbered.attname)::text ORDER BY nth) INTO keys
    FROM unnest(c.key_columns, c.key_attnums) WITH ORDINALITY AS k (name, num, nth)
    LEFT JOIN pg_attribute named ON named.attrelid = c.relation AND named.attname = k.name
        AND NOT named.attisdropped
    LEFT JOIN pg_attribute numbered ON numbered.attrelid = c.relation AND numbered.attnum = k.num
        AND NOT numbered.attisdropped;
    IF array_position(keys, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'capture of % can''t tell its records apart: its key column is gone (was %)',
            c.relation::regclass, array_to_string(c.key_columns, ', ')
            USING HINT = 'Install capture again with the new key, or remove it.';
    END IF;
    -- by name and by number: rather one column too many than a confidential one in the log
    SELECT c.excluded_columns || coalesce(array_agg(attname::text), '{}') INTO hidden
    FROM pg_attribute WHERE attrelid = c.relation AND attnum = ANY (c.excluded_attnums)
        AND NOT attisdropped;
    new_id := freelims_sync.record_id(newer, keys);
    old_id := freelims_sync.record_id(older, keys);
    newer := freelims_sync.without(newer, hidden);
    older := freelims_sync.without(older, hidden);
    IF op = 'UPDATE' AND new_id = old_id THEN
        SELECT string_agg(to_json(o.key)::text || ':' || o.value::text, ',' ORDER BY o.nth) INTO was
        FROM json_each(older) WITH ORDINALITY AS o (key, value, nth)
        JOIN json_each(newer) AS n (key, value) ON n.key = o.key
        WHERE o.value::text <> n.value::text;
        IF was IS NOT NULL THEN
            INSERT INTO freelims_sync.outbox (resource, id, action, actor, reason, data, before)
            VALUES (c.resource, new_id, 'update', actor, reason, newer::text, '{' || was || '}');
        END IF;
        RETURN;
    END IF;
    IF op <> 'INSERT' THEN
        INSERT INTO freelims_sync.outbox (resource, id, action, actor, reason, data, before)
        VALUES (c.resource, old_id, 'delete', actor, reason, older::text, '{}');
    END IF;
    IF op <> 'DELETE' THEN
        INSERT INTO freelims_sync.outbox (resource, id, action, actor, reason, data, before)
        VALUES (c.resource, new_id, 'create', actor, reason, newer::text, '{}');
    END IF;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA freelims_sync FROM PUBLIC;
GRANT EXECUTE ON FUNCTION freelims_sync.publish(text[], text[], text[], text[], text[]) TO PUBLIC;
