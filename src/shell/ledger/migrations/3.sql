-- Version 3: what is asked for every message is answered by an index alone, and
-- what happens to every mail changes few of them. Before, counting one
-- correspondent's replies read all of the last hour's, and the whole outbox was
-- sorted to take a few mails from it.
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (next_attempt) WHERE state IN ('queued', 'deferred');
CREATE INDEX outbox_active ON outbox (message_key, kind) WHERE state = 'active';

-- Limits count replies: all of a time, without those few that reached nobody.
DROP INDEX outbox_recipient;
CREATE INDEX outbox_recipient ON outbox (recipient, created) WHERE kind = 'reply';
CREATE INDEX outbox_domain ON outbox (domain, created) WHERE kind = 'reply';
DROP INDEX outbox_created;
CREATE INDEX outbox_created ON outbox (created) WHERE kind = 'reply';
CREATE INDEX outbox_unheard ON outbox (created)
    WHERE kind = 'reply' AND (state IN ('refused', 'dropped') OR coalesce(reason, '') = 'gave-up');

-- A message whose copy came later is settled once more, until that is marked.
UPDATE message SET state = 'settled' WHERE state = 'filed'
    AND EXISTS (SELECT 1 FROM origin o WHERE o.message_key = message.message_key AND o.marked = 0);
CREATE INDEX message_settled ON message (state) WHERE state = 'settled';
DROP INDEX origin_unmarked;
