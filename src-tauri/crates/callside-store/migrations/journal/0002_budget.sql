-- Who spent the limit of a connection, hour by hour.
CREATE TABLE budget_hour (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    connection TEXT NOT NULL DEFAULT '',
    hour INTEGER NOT NULL DEFAULT 0,                -- when it begins
    spent_log INTEGER NOT NULL DEFAULT 0,           -- requests for logs
    spent_card INTEGER NOT NULL DEFAULT 0,          -- requests for cards
    spent_sign_in INTEGER NOT NULL DEFAULT 0,       -- requests for who is signed in
    spent_sync INTEGER NOT NULL DEFAULT 0,          -- requests for contacts
    refused INTEGER NOT NULL DEFAULT 0,             -- requests turned away for their number
    others INTEGER NOT NULL DEFAULT 0,              -- what others spent, at least
    remaining TEXT NOT NULL DEFAULT '{}',           -- JSON: what was left last, by window
    UNIQUE (connection, hour)
) STRICT;
