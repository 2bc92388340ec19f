CREATE TABLE shelf (id int PRIMARY KEY, label text); -- a ; in a comment
CREATE FUNCTION shelves() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM shelf); END $$;
