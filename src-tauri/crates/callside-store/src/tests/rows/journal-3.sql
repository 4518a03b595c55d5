INSERT INTO call (id, call_id, state, started_at, ended_at, body, words, draft, draft_words, revision, wrap_up, filed_at, set_aside, matched_name, name_words)
VALUES (1, '01KJQXW3C000000000000000A1', 'ended', 1772452800123456789, 1772452865123456789, '{"id":"01KJQXW3C000000000000000A1","names":[{"app":"baresip","app_call_id":null}],"direction":"inbound","remote":{"input":"+33639980123","number":"+33639980123","keys":[{"key":{"e164":"+33639980123"},"rule":"international","likely":true}],"region":"FR","kind":"unknown"},"caller_name":"Marie","line":"sales","state":"ended","end_reason":"completed","voicemail":false,"started_at":"2026-03-02T12:00:00.123456789Z","answered_at":"2026-03-02T12:00:05.123456789Z","ended_at":"2026-03-02T12:01:05.123456789Z","said_talk_s":null,"verified":true,"confirmed":true,"last_event_at":"2026-03-02T12:00:00.123456789Z"}', '+33639980123 0639980123 33639980123 marie sales', '{"note":"send the offer","tags":["offer"],"disposition":null,"attachment":{"is":"matched"},"opportunity":{"is":"by_rule"}}', 'send the offer offer', 1, 'filed', 1772452870123456789, 0, 'Marie Curieux', 'marie curieux');
INSERT INTO call_key (number_key, call)
VALUES ('+33639980123', 1);
INSERT INTO outbox_entry (id, entry_id, call, state, filed_at, attempts, in_flight, written_revision, wanted_revision, body)
VALUES (1, '01KJQXW3C000000000000000E1', 1, 'waiting', 1772452870123456789, 0, 0, 0, 1, '{"id":"01KJQXW3C000000000000000E1","call":"01KJQXW3C000000000000000A1","connection":"sellsy","target":{"contact":{"connection":"sellsy","kind":"individual","id":"1"},"name":"Marie Curieux","role":null},"marker":"callside-01KJQXW3C000000000000000E1","filed_at":"2026-03-02T12:01:10.123456789Z","facts":null,"delivery":{"state":"waiting","reason":null,"next_try_at":"2026-03-02T12:01:15.123456789Z","attempts":0,"failures":0,"checks":0,"first_sent_at":null,"last_sent_at":null,"in_flight":false,"in_doubt":false,"logged":null,"written_revision":0}}');
INSERT INTO live_fact (id, call, connection, kind, remote_id, body)
VALUES (1, 1, 'sellsy', 'individual', '1', '{"companies":[],"opportunities":[]}');
INSERT INTO remembered_choice (id, number_key, connection, kind, remote_id, chosen_at)
VALUES (1, '+33639980123', 'sellsy', 'individual', '1', 1772452800123456789);
INSERT INTO fact (id, name, value)
VALUES (1, 'hook_key', 'k');
INSERT INTO budget_hour (id, connection, hour, spent_log, spent_card, spent_sign_in, spent_sync, refused, others, remaining)
VALUES (1, 'sellsy', 1772452800000000000, 1, 2, 0, 7, 0, 5, '{"day":900}');
INSERT INTO cloud_call (id, call, source, remote_id, next_at, body)
VALUES (1, 1, 'aircall', '9000000001', 1772453465123456789, '{"call":"01KJQXW3C000000000000000A1","notes":{"source":"aircall","id":"9000000001","tags":[{"id":"1","name":"offer","color":null}],"remarks":[],"recording_link":null,"recorded":false,"insights":{"summary":null,"topics":[],"mood":null,"action_items":[],"transcript":null},"recording_file":null},"reads":1,"listened":0,"may_listen":false,"too_old":false,"looks":0,"looked_at_talk":false,"looked_at":null,"failures":0,"not_before":null,"card_shown":true,"own_remark":null}');
INSERT INTO cloud_send (id, entry_id, call, source, state, attempts, in_flight, body)
VALUES (1, '01KJQXW3C000000000000000E2', 1, 'aircall', 'waiting', 0, 0, '{"id":"01KJQXW3C000000000000000E2","call":"01KJQXW3C000000000000000A1","source":"aircall","write":{"is":"remark","text":"send the offer"},"delivery":{"state":"waiting","reason":null,"next_try_at":"2026-03-02T12:01:15.123456789Z","attempts":0,"failures":0,"checks":0,"first_sent_at":null,"last_sent_at":null,"in_flight":false,"in_doubt":false,"logged":null,"written_revision":0}}');
INSERT INTO cloud_recording (id, call, source, remote_id, state, next_at, failures)
VALUES (1, 1, 'aircall', '9000000001', 'waiting', 1772453465123456789, 0);
