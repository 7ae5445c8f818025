-- Version 3: what is asked for every message is answered by an index alone.
-- Before, counting one correspondent's replies read all of the last hour's, and
-- the whole outbox was sorted to take a few mails from it.
DROP INDEX outbox_recipient;
CREATE INDEX outbox_recipient ON outbox (recipient, kind, created);
CREATE INDEX outbox_domain ON outbox (domain, kind, created);
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (next_attempt, message_key, kind) WHERE state IN ('queued', 'deferred');
CREATE INDEX outbox_active ON outbox (message_key, kind) WHERE state = 'active';
