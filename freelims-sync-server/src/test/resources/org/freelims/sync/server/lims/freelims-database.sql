-- What FreeLIMS' own backend (SQLAlchemy) leaves behind, with rows of every kind and one installation's additions.
CREATE TABLE users (id SERIAL NOT NULL, email VARCHAR, username VARCHAR, full_name VARCHAR, hashed_password VARCHAR,
    is_active BOOLEAN, is_admin BOOLEAN, created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_users_email ON users (email);
CREATE UNIQUE INDEX ix_users_username ON users (username);
CREATE INDEX ix_users_id ON users (id);
CREATE TABLE chemicals (id SERIAL NOT NULL, name VARCHAR, cas_number VARCHAR, formula VARCHAR,
    molecular_weight FLOAT, description TEXT, hazard_information TEXT, storage_conditions VARCHAR,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id));
CREATE INDEX ix_chemicals_name ON chemicals (name);
CREATE UNIQUE INDEX ix_chemicals_cas_number ON chemicals (cas_number);
CREATE TABLE categories (id SERIAL NOT NULL, name VARCHAR, description TEXT, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_categories_name ON categories (name);
CREATE TABLE locations (id SERIAL NOT NULL, name VARCHAR, description TEXT, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_locations_name ON locations (name);
CREATE TABLE tests (id SERIAL NOT NULL, internal_id VARCHAR, test_id VARCHAR, sample_id VARCHAR, test_type VARCHAR,
    method VARCHAR, status VARCHAR, start_date TIMESTAMP WITH TIME ZONE, test_date TIMESTAMP WITH TIME ZONE,
    completion_date TIMESTAMP WITH TIME ZONE, results TEXT, created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id));
CREATE UNIQUE INDEX ix_tests_internal_id ON tests (internal_id);
CREATE TABLE chemical_category (chemical_id INTEGER, category_id INTEGER,
    FOREIGN KEY(chemical_id) REFERENCES chemicals (id), FOREIGN KEY(category_id) REFERENCES categories (id));
CREATE TABLE test_analyst (test_id INTEGER, user_id INTEGER,
    FOREIGN KEY(test_id) REFERENCES tests (id), FOREIGN KEY(user_id) REFERENCES users (id));
CREATE TABLE inventory_items (id SERIAL NOT NULL, chemical_id INTEGER, location_id INTEGER, quantity FLOAT,
    unit VARCHAR, batch_number VARCHAR, expiration_date TIMESTAMP WITHOUT TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id),
    FOREIGN KEY(chemical_id) REFERENCES chemicals (id), FOREIGN KEY(location_id) REFERENCES locations (id));
ALTER TABLE inventory_items ADD COLUMN supplier VARCHAR, ADD COLUMN acquisition_date TIMESTAMP;
CREATE INDEX ix_inventory_items_batch_number ON inventory_items (batch_number);
CREATE TABLE experiments (id SERIAL NOT NULL, title VARCHAR, description TEXT, procedure TEXT, results TEXT,
    user_id INTEGER, status VARCHAR, start_date TIMESTAMP WITHOUT TIME ZONE, end_date TIMESTAMP WITHOUT TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now(), updated_at TIMESTAMP WITH TIME ZONE, PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id));
CREATE INDEX ix_experiments_title ON experiments (title);
CREATE TABLE experiment_chemical (experiment_id INTEGER, chemical_id INTEGER,
    FOREIGN KEY(experiment_id) REFERENCES experiments (id), FOREIGN KEY(chemical_id) REFERENCES chemicals (id));
CREATE TABLE experiment_notes (id SERIAL NOT NULL, experiment_id INTEGER, content TEXT,
    timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(), PRIMARY KEY (id),
    FOREIGN KEY(experiment_id) REFERENCES experiments (id));
CREATE TABLE inventory_changes (id SERIAL NOT NULL, inventory_item_id INTEGER, user_id INTEGER, change_amount FLOAT,
    reason VARCHAR, experiment_id INTEGER, timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(), PRIMARY KEY (id),
    FOREIGN KEY(inventory_item_id) REFERENCES inventory_items (id), FOREIGN KEY(user_id) REFERENCES users (id),
    FOREIGN KEY(experiment_id) REFERENCES experiments (id));
ALTER TABLE inventory_changes ADD COLUMN supplier VARCHAR, ADD COLUMN acquisition_date TIMESTAMP;
CREATE TABLE inventory_audits (id SERIAL NOT NULL, inventory_item_id INTEGER, user_id INTEGER, field_name VARCHAR,
    old_value VARCHAR, new_value VARCHAR, action VARCHAR, timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(),
    PRIMARY KEY (id), FOREIGN KEY(inventory_item_id) REFERENCES inventory_items (id),
    FOREIGN KEY(user_id) REFERENCES users (id));
CREATE TABLE chemical_audits (id SERIAL NOT NULL, chemical_id INTEGER, user_id INTEGER, field_name VARCHAR,
    old_value VARCHAR, new_value VARCHAR, action VARCHAR, timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(),
    PRIMARY KEY (id), FOREIGN KEY(chemical_id) REFERENCES chemicals (id), FOREIGN KEY(user_id) REFERENCES users (id));
CREATE TABLE location_audits (id SERIAL NOT NULL, location_id INTEGER, user_id INTEGER, field_name VARCHAR,
    old_value VARCHAR, new_value VARCHAR, action VARCHAR, timestamp TIMESTAMP WITH TIME ZONE DEFAULT now(),
    PRIMARY KEY (id), FOREIGN KEY(location_id) REFERENCES locations (id), FOREIGN KEY(user_id) REFERENCES users (id));
CREATE TABLE system_settings (id SERIAL NOT NULL, company_name VARCHAR, system_email VARCHAR, backup_enabled BOOLEAN,
    backup_frequency VARCHAR, backup_location VARCHAR, email_notifications BOOLEAN, auto_logout INTEGER,
    password_expiry INTEGER, require_two_factor BOOLEAN, created_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
    updated_at TIMESTAMP WITH TIME ZONE, updated_by_id INTEGER, PRIMARY KEY (id),
    FOREIGN KEY(updated_by_id) REFERENCES users (id));

-- the password of each is "password"
INSERT INTO users (email, username, full_name, hashed_password, is_active, is_admin) VALUES
    ('admin@example.org', 'admin', 'Administrator', '$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm', true, true),
    ('kemi@example.org', 'kemi', 'Kemi', '$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm', true, false),
    ('ghost@example.org', 'ghost', NULL, '$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm', NULL, NULL);
INSERT INTO chemicals (name, cas_number) VALUES ('Acetone', '67-64-1'), ('Unnumbered', '');
INSERT INTO locations (name, description) VALUES ('Main Lab', 'Room 1'), ('Old shelf', NULL);
INSERT INTO inventory_items (chemical_id, location_id, quantity, unit, batch_number, expiration_date, created_at, supplier)
    VALUES (1, 1, 120, 'g', 'BATCH-001', '2026-02-28', '2025-02-28T17:19:07.279744-05:00', 'Supplier Inc.'),
           (1, 1, 5, 'mL', NULL, NULL, now(), NULL);
INSERT INTO inventory_changes (inventory_item_id, user_id, change_amount, reason)
    VALUES (1, 1, 120, 'Initial inventory creation'), (2, 1, 5, 'Initial inventory creation');
INSERT INTO inventory_audits (inventory_item_id, user_id, field_name, old_value, new_value, action)
    VALUES (2, 1, 'all', '', 'Chemical: Acetone', 'CREATE');
INSERT INTO location_audits (location_id, user_id, field_name, old_value, new_value, action)
    VALUES (2, 1, 'name', '', 'Old shelf', 'CREATE');
INSERT INTO chemical_audits (chemical_id, user_id, field_name, old_value, new_value, action)
    VALUES (2, 1, 'name', '', 'Unnumbered', 'CREATE');
INSERT INTO experiments (title, status, start_date, user_id) VALUES ('First', 'planned', '2025-03-01', 2);
INSERT INTO experiment_chemical VALUES (1, 1);
