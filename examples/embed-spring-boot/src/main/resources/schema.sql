CREATE TABLE IF NOT EXISTS samples (id bigint PRIMARY KEY, name text NOT NULL, status text);
