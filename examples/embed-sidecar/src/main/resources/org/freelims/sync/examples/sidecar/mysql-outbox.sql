-- For MySQL 8: an outbox, and what fills it, for a table samples (id, name, status).
-- The application's code stays as it is; its transactions write the outbox through the triggers.

CREATE TABLE IF NOT EXISTS sync_outbox (
    id bigint AUTO_INCREMENT PRIMARY KEY,
    resource varchar(63) NOT NULL,
    record_id varchar(255) NOT NULL,
    action varchar(10) NOT NULL,
    data longtext NOT NULL,
    before_data longtext NOT NULL
);

CREATE TRIGGER samples_created AFTER INSERT ON samples FOR EACH ROW
    INSERT INTO sync_outbox (resource, record_id, action, data, before_data)
    VALUES ('samples', NEW.id, 'create', JSON_OBJECT('id', NEW.id, 'name', NEW.name, 'status', NEW.status), '{}');

CREATE TRIGGER samples_updated AFTER UPDATE ON samples FOR EACH ROW
    INSERT INTO sync_outbox (resource, record_id, action, data, before_data)
    VALUES ('samples', NEW.id, 'update', JSON_OBJECT('id', NEW.id, 'name', NEW.name, 'status', NEW.status),
            JSON_OBJECT('name', OLD.name, 'status', OLD.status));

CREATE TRIGGER samples_deleted AFTER DELETE ON samples FOR EACH ROW
    INSERT INTO sync_outbox (resource, record_id, action, data, before_data)
    VALUES ('samples', OLD.id, 'delete', JSON_OBJECT('id', OLD.id, 'name', OLD.name, 'status', OLD.status), '{}');
