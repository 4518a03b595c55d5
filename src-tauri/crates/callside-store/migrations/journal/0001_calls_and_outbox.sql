-- Instants are nanoseconds since 1970 in UTC; 0 where the instant is not known yet.
-- Texts named "body" are JSON of a type of the domain; the columns beside them are what is asked for.

CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    call_id TEXT NOT NULL UNIQUE,                   -- the ULID by which the rest of the app knows the call
    state TEXT NOT NULL DEFAULT 'ringing',          -- dialing, ringing, answered, held, ended
    started_at INTEGER NOT NULL DEFAULT 0,          -- first ring or dial
    ended_at INTEGER NOT NULL DEFAULT 0,            -- 0 while the call goes on
    body TEXT NOT NULL DEFAULT '{}',                -- the call
    words TEXT NOT NULL DEFAULT '',                 -- folded text of the call that a search looks through
    draft TEXT NOT NULL DEFAULT '',                 -- JSON of the draft; empty while the agent left nothing
    draft_words TEXT NOT NULL DEFAULT '',           -- folded text of note, tags and outcome
    revision INTEGER NOT NULL DEFAULT 0,            -- grows with every change of the draft
    wrap_up TEXT NOT NULL DEFAULT 'open',           -- open, filed, discarded
    filed_at INTEGER NOT NULL DEFAULT 0,            -- 0 unless filed
    set_aside INTEGER NOT NULL DEFAULT 0,           -- 1: waits in the tray by the agent's wish
    matched_name TEXT NOT NULL DEFAULT '',          -- name of the best match; empty while nobody is known
    name_words TEXT NOT NULL DEFAULT ''             -- the same, folded
) STRICT;

CREATE INDEX call_by_start ON call (started_at);
CREATE INDEX call_by_end ON call (ended_at);
CREATE INDEX call_to_wrap_up ON call (started_at) WHERE wrap_up = 'open';

-- By which numbers earlier calls are found.
CREATE TABLE call_key (
    number_key TEXT NOT NULL DEFAULT '',            -- "+" and digits, or "t:" and the text of what is no number
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    PRIMARY KEY (number_key, call)
) STRICT, WITHOUT ROWID;

CREATE INDEX call_key_by_call ON call_key (call);

CREATE TABLE outbox_entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,  -- entries of one call leave in this order
    entry_id TEXT NOT NULL UNIQUE,                  -- the ULID by which the rest of the app knows the entry
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'waiting',          -- waiting, checking, delivered, stuck
    filed_at INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,            -- how often it was sent
    in_flight INTEGER NOT NULL DEFAULT 0,           -- 1: a try began and its outcome is not known
    written_revision INTEGER NOT NULL DEFAULT 0,    -- the draft's revision that the CRM has
    wanted_revision INTEGER NOT NULL DEFAULT 0,     -- the draft's present revision
    body TEXT NOT NULL DEFAULT '{}'                 -- the entry
) STRICT;

CREATE INDEX outbox_by_call ON outbox_entry (call);
CREATE INDEX outbox_by_state ON outbox_entry (state);
CREATE INDEX outbox_in_flight ON outbox_entry (id) WHERE in_flight = 1;
CREATE INDEX outbox_pending ON outbox_entry (filed_at, id)
    WHERE state <> 'delivered' OR written_revision < wanted_revision;

-- A note added after filing makes the entry due again.
CREATE TRIGGER draft_changed AFTER UPDATE OF revision ON call
WHEN NEW.revision <> OLD.revision
BEGIN
    UPDATE outbox_entry SET wanted_revision = NEW.revision WHERE call = NEW.id;
END;

-- What the CRM answered about a contact while its call was going on.
CREATE TABLE live_fact (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,  -- the highest of a call is what was learned last
    call INTEGER NOT NULL DEFAULT 0 REFERENCES call (id) ON DELETE CASCADE,
    connection TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL DEFAULT '{}',                -- companies and opportunities
    UNIQUE (call, connection, kind, remote_id)
) STRICT;

-- Whom the agent chose among several records with one number.
CREATE TABLE remembered_choice (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    number_key TEXT NOT NULL DEFAULT '',            -- as in call_key
    connection TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    chosen_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (number_key, connection)
) STRICT;

-- Small things that outlive a restart, by name.
CREATE TABLE fact (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL DEFAULT ''
) STRICT;
