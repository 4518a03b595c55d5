-- Instants are nanoseconds since 1970 in UTC; 0 where the instant is not known yet.

CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,  -- stays the same when the record changes
    connection TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',             -- the CRM's own id, unique within its kind
    numbers INTEGER NOT NULL DEFAULT 0,             -- keys in the match index
    synced_at INTEGER NOT NULL DEFAULT 0,           -- when the CRM said what stands here
    body TEXT NOT NULL DEFAULT '{}',                -- JSON of the contact
    UNIQUE (connection, kind, remote_id)
) STRICT;

-- Both counts of a connection come from this index alone.
CREATE INDEX contact_counts ON contact (connection, numbers);

-- The match index. The key is the number itself, so that one probe finds the row and the row is the key.
CREATE TABLE contact_phone (
    e164 INTEGER NOT NULL DEFAULT 0,                -- the digits of the E.164 form
    contact_id INTEGER NOT NULL DEFAULT 0 REFERENCES contact (id) ON DELETE CASCADE,
    place INTEGER NOT NULL DEFAULT 0,               -- which of the contact's phone fields, counted from 0
    likely INTEGER NOT NULL DEFAULT 1,              -- 0: the text could also be read as this number
    rule TEXT NOT NULL DEFAULT '',                  -- how the text came to this number
    PRIMARY KEY (e164, contact_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_phone_by_contact ON contact_phone (contact_id);

-- The same for what is no E.164 number: short numbers and SIP names.
CREATE TABLE contact_text_key (
    text_key TEXT NOT NULL DEFAULT '',
    contact_id INTEGER NOT NULL DEFAULT 0 REFERENCES contact (id) ON DELETE CASCADE,
    place INTEGER NOT NULL DEFAULT 0,
    likely INTEGER NOT NULL DEFAULT 1,
    rule TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (text_key, contact_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_text_key_by_contact ON contact_text_key (contact_id);

-- The search box. Texts are folded before they come here, and so is what the agent types.
CREATE VIRTUAL TABLE contact_search USING fts5 (
    words,                                          -- name, company, position
    digits,                                         -- each number in the forms people type
    mail,                                           -- e-mail and SIP addresses
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1 2 3 4',
    detail = 'full'
);

-- Contacts that the search box does not know yet, or knows by an old text. Many at once cost less.
CREATE TABLE search_due (
    contact_id INTEGER PRIMARY KEY NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    digits TEXT NOT NULL DEFAULT '',
    mail TEXT NOT NULL DEFAULT '',
    gone INTEGER NOT NULL DEFAULT 0                 -- 1: it is to be found no longer
) STRICT;

CREATE TABLE cursor (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connection TEXT NOT NULL DEFAULT '',
    walk TEXT NOT NULL DEFAULT '',                  -- full, changes, sweep
    place TEXT NOT NULL DEFAULT '',                 -- opaque, the adapter's
    saved_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (connection, walk)
) STRICT;

CREATE TABLE connection_state (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connection TEXT NOT NULL UNIQUE,
    last_sync_at INTEGER NOT NULL DEFAULT 0,
    first_copy_done INTEGER NOT NULL DEFAULT 0,     -- 1 once a full walk ended
    sweep_started_at INTEGER NOT NULL DEFAULT 0,    -- what was synced later is not judged by the sweep
    sweep_open INTEGER NOT NULL DEFAULT 0           -- 1 while a sweep goes on
) STRICT;

-- The ids that a sweep has seen so far.
CREATE TABLE sweep_seen (
    connection TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (connection, kind, remote_id)
) STRICT, WITHOUT ROWID;
