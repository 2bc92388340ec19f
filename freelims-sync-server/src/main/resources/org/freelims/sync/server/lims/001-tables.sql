-- FreeLIMS' tables, with its names and types. A table that is there already, because FreeLIMS' own backend
-- made it, is left as it is, its indexes too. samples and deleted_subjects are ours.
DO $$
BEGIN
    IF to_regclass('users') IS NULL THEN
        CREATE TABLE users (
            id serial PRIMARY KEY,
            email varchar,
            username varchar,
            full_name varchar,
            hashed_password varchar,
            is_active boolean,
            is_admin boolean,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE UNIQUE INDEX ix_users_email ON users (email);
        CREATE UNIQUE INDEX ix_users_username ON users (username);
    END IF;

    IF to_regclass('chemicals') IS NULL THEN
        CREATE TABLE chemicals (
            id serial PRIMARY KEY,
            name varchar,
            cas_number varchar,
            formula varchar,
            molecular_weight double precision,
            description text,
            hazard_information text,
            storage_conditions varchar,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE INDEX ix_chemicals_name ON chemicals (name);
        CREATE UNIQUE INDEX ix_chemicals_cas_number ON chemicals (cas_number);
    END IF;

    IF to_regclass('categories') IS NULL THEN
        CREATE TABLE categories (
            id serial PRIMARY KEY,
            name varchar,
            description text);
        CREATE UNIQUE INDEX ix_categories_name ON categories (name);
    END IF;

    IF to_regclass('chemical_category') IS NULL THEN
        CREATE TABLE chemical_category (
            chemical_id integer NOT NULL REFERENCES chemicals (id),
            category_id integer NOT NULL REFERENCES categories (id),
            PRIMARY KEY (chemical_id, category_id));
    END IF;

    IF to_regclass('locations') IS NULL THEN
        CREATE TABLE locations (
            id serial PRIMARY KEY,
            name varchar,
            description text);
        CREATE UNIQUE INDEX ix_locations_name ON locations (name);
    END IF;

    IF to_regclass('inventory_items') IS NULL THEN
        CREATE TABLE inventory_items (
            id serial PRIMARY KEY,
            chemical_id integer REFERENCES chemicals (id),
            location_id integer REFERENCES locations (id),
            quantity double precision,
            unit varchar,
            batch_number varchar,
            expiration_date timestamp,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE INDEX ix_inventory_items_batch_number ON inventory_items (batch_number);
        CREATE INDEX ix_inventory_items_chemical_id ON inventory_items (chemical_id);
        CREATE INDEX ix_inventory_items_location_id ON inventory_items (location_id);
    END IF;

    IF to_regclass('experiments') IS NULL THEN
        CREATE TABLE experiments (
            id serial PRIMARY KEY,
            title varchar,
            description text,
            procedure text,
            results text,
            user_id integer REFERENCES users (id),
            status varchar,
            start_date timestamp,
            end_date timestamp,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE INDEX ix_experiments_title ON experiments (title);
    END IF;

    IF to_regclass('experiment_chemical') IS NULL THEN
        CREATE TABLE experiment_chemical (
            experiment_id integer NOT NULL REFERENCES experiments (id),
            chemical_id integer NOT NULL REFERENCES chemicals (id),
            PRIMARY KEY (experiment_id, chemical_id));
        CREATE INDEX ix_experiment_chemical_chemical_id ON experiment_chemical (chemical_id);
    END IF;

    IF to_regclass('experiment_notes') IS NULL THEN
        CREATE TABLE experiment_notes (
            id serial PRIMARY KEY,
            experiment_id integer REFERENCES experiments (id),
            content text,
            timestamp timestamptz DEFAULT now());
        CREATE INDEX ix_experiment_notes_experiment_id ON experiment_notes (experiment_id);
    END IF;

    IF to_regclass('inventory_changes') IS NULL THEN
        CREATE TABLE inventory_changes (
            id serial PRIMARY KEY,
            inventory_item_id integer REFERENCES inventory_items (id),
            user_id integer REFERENCES users (id),
            change_amount double precision,
            reason varchar,
            experiment_id integer REFERENCES experiments (id),
            timestamp timestamptz DEFAULT now());
        CREATE INDEX ix_inventory_changes_inventory_item_id ON inventory_changes (inventory_item_id);
        CREATE INDEX ix_inventory_changes_experiment_id ON inventory_changes (experiment_id);
    END IF;

    IF to_regclass('inventory_audits') IS NULL THEN
        CREATE TABLE inventory_audits (
            id serial PRIMARY KEY,
            inventory_item_id integer REFERENCES inventory_items (id),
            user_id integer REFERENCES users (id),
            field_name varchar,
            old_value varchar,
            new_value varchar,
            action varchar,
            timestamp timestamptz DEFAULT now());
        CREATE INDEX ix_inventory_audits_inventory_item_id ON inventory_audits (inventory_item_id);
    END IF;

    IF to_regclass('chemical_audits') IS NULL THEN
        CREATE TABLE chemical_audits (
            id serial PRIMARY KEY,
            chemical_id integer REFERENCES chemicals (id),
            user_id integer REFERENCES users (id),
            field_name varchar,
            old_value varchar,
            new_value varchar,
            action varchar,
            timestamp timestamptz DEFAULT now());
        CREATE INDEX ix_chemical_audits_chemical_id ON chemical_audits (chemical_id);
    END IF;

    IF to_regclass('location_audits') IS NULL THEN
        CREATE TABLE location_audits (
            id serial PRIMARY KEY,
            location_id integer REFERENCES locations (id),
            user_id integer REFERENCES users (id),
            field_name varchar,
            old_value varchar,
            new_value varchar,
            action varchar,
            timestamp timestamptz DEFAULT now());
        CREATE INDEX ix_location_audits_location_id ON location_audits (location_id);
    END IF;

    IF to_regclass('tests') IS NULL THEN
        CREATE TABLE tests (
            id serial PRIMARY KEY,
            internal_id varchar,
            test_id varchar,
            sample_id varchar,
            test_type varchar,
            method varchar,
            status varchar,
            start_date timestamptz,
            test_date timestamptz,
            completion_date timestamptz,
            results text,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE UNIQUE INDEX ix_tests_internal_id ON tests (internal_id);
        CREATE INDEX ix_tests_test_id ON tests (test_id);
        CREATE INDEX ix_tests_sample_id ON tests (sample_id);
    END IF;

    IF to_regclass('test_analyst') IS NULL THEN
        CREATE TABLE test_analyst (
            test_id integer NOT NULL REFERENCES tests (id),
            user_id integer NOT NULL REFERENCES users (id),
            PRIMARY KEY (test_id, user_id));
    END IF;

    IF to_regclass('system_settings') IS NULL THEN
        CREATE TABLE system_settings (
            id serial PRIMARY KEY,
            company_name varchar,
            system_email varchar,
            backup_enabled boolean,
            backup_frequency varchar,
            backup_location varchar,
            email_notifications boolean,
            auto_logout integer,
            password_expiry integer,
            require_two_factor boolean,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz,
            updated_by_id integer REFERENCES users (id));
    END IF;

    IF to_regclass('samples') IS NULL THEN
        CREATE TABLE samples (
            id serial PRIMARY KEY,
            internal_id varchar NOT NULL,
            name varchar NOT NULL,
            chemical_id integer REFERENCES chemicals (id),
            location_id integer REFERENCES locations (id),
            batch_number varchar,
            status varchar NOT NULL,
            received_at timestamptz,
            notes text,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz);
        CREATE UNIQUE INDEX ix_samples_internal_id ON samples (internal_id);
        CREATE INDEX ix_samples_chemical_id ON samples (chemical_id);
        CREATE INDEX ix_samples_location_id ON samples (location_id);
    END IF;

    IF to_regclass('deleted_subjects') IS NULL THEN
        CREATE TABLE deleted_subjects (
            history varchar NOT NULL,
            entry_id integer NOT NULL,
            subject_id integer NOT NULL,
            PRIMARY KEY (history, entry_id));
        CREATE INDEX ix_deleted_subjects_history_subject_id ON deleted_subjects (history, subject_id);
    END IF;
END
$$;

COMMENT ON TABLE deleted_subjects IS
    'Which record an entry of a history is about, once that record is gone';
