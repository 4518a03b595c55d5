INSERT INTO contact (id, connection, kind, remote_id, numbers, synced_at, body)
VALUES (1, 'sellsy', 'individual', '1', 2, 1772452800123456789, '{"at":{"connection":"sellsy","kind":"individual","id":"1"},"name":"Marie Curieux","company":"Curieux SARL","position":null,"role":null,"email":null,"owner":null,"tags":[],"note":null,"phones":[{"field":"mobile","text":"06 39 98 01 23"},{"field":"phone","text":"3631"}],"country":null,"created_at":null,"updated_at":"2026-03-02T12:00:00.123456789Z","archived":false,"no_marketing_calls":false,"url":null}');
INSERT INTO contact_phone (e164, contact_id, place, likely, rule)
VALUES (33639980123, 1, 0, 1, 'trunk_zero');
INSERT INTO contact_text_key (text_key, contact_id, place, likely, rule)
VALUES ('3631', 1, 1, 1, 'short');
INSERT INTO search_due (contact_id, words, digits, mail, gone)
VALUES (1, 'marie curieux curieux sarl', '0639980123 33639980123 r32108993633 3631', '', 0);
INSERT INTO cursor (id, connection, walk, place, saved_at)
VALUES (1, 'sellsy', 'full', 'p2', 1772452800123456789);
INSERT INTO connection_state (id, connection, last_sync_at, first_copy_done, sweep_started_at, sweep_open)
VALUES (1, 'sellsy', 1772452801123456789, 1, 0, 0);
