-- What telephony services in the cloud say of calls, and what is still to be asked of them.
CREATE TABLE cloud_call (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    source TEXT NOT NULL DEFAULT '',                -- the service's short name
    remote_id TEXT NOT NULL DEFAULT '',             -- its id of the call
    next_at INTEGER NOT NULL DEFAULT 0,             -- when something is to be asked; 0 for nothing
    body TEXT NOT NULL DEFAULT '{}',                -- what it said, and the plan
    UNIQUE (source, remote_id)
) STRICT;

CREATE INDEX cloud_call_by_call ON cloud_call (call);
CREATE INDEX cloud_call_due ON cloud_call (source, next_at) WHERE next_at <> 0;

-- What is to be written at a service.
CREATE TABLE cloud_send (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    entry_id TEXT NOT NULL UNIQUE,                  -- the ULID by which the rest of the app knows it
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    source TEXT NOT NULL DEFAULT '',                -- the service's short name
    state TEXT NOT NULL DEFAULT 'waiting',          -- as of outbox_entry
    attempts INTEGER NOT NULL DEFAULT 0,            -- how often it was sent
    in_flight INTEGER NOT NULL DEFAULT 0,           -- 1: a try began and its outcome is not known
    body TEXT NOT NULL DEFAULT '{}'                 -- what, and its delivery
) STRICT;

CREATE INDEX cloud_send_by_call ON cloud_send (call);
CREATE INDEX cloud_send_pending ON cloud_send (source, id) WHERE state <> 'delivered';

-- Recordings that the user wants on this computer.
CREATE TABLE cloud_recording (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    source TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'waiting',          -- waiting, done, failed
    next_at INTEGER NOT NULL DEFAULT 0,             -- when it is tried next
    failures INTEGER NOT NULL DEFAULT 0,            -- in a row
    UNIQUE (source, remote_id)
) STRICT;

CREATE INDEX cloud_recording_by_call ON cloud_recording (call);
CREATE INDEX cloud_recording_waiting ON cloud_recording (source, next_at) WHERE state = 'waiting';

-- A call that was erased here must not come back with the next import. Nothing but the id is kept.
CREATE TABLE cloud_erased (
    source TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    started_at INTEGER NOT NULL DEFAULT 0,          -- of the call; how long the row is of use
    PRIMARY KEY (source, remote_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER call_erased BEFORE DELETE ON call
BEGIN
    INSERT OR IGNORE INTO cloud_erased (source, remote_id, started_at)
    SELECT source, remote_id, OLD.started_at FROM cloud_call WHERE call = OLD.id;
END;
