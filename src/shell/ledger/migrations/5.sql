-- Version 5: what came back. A report that names one of our Message-IDs is
-- linked to the mail it is about.

-- Enhanced status code (RFC 3463) of a refusal or bounce, '5.1.1'.
ALTER TABLE outbox ADD COLUMN status TEXT;
CREATE INDEX outbox_message_id ON outbox (message_id);

CREATE TABLE notice (
    -- The report …
    message_key BLOB   NOT NULL REFERENCES message (message_key),
    -- … and the mail of ours.
    about       BLOB   NOT NULL,
    about_kind  TEXT   NOT NULL,
    -- 'failed', 'delayed', 'delivered', 'read', 'unread'.
    outcome     TEXT   NOT NULL,
    status      TEXT,
    at          BIGINT NOT NULL,
    PRIMARY KEY (message_key, about, about_kind)
);
CREATE INDEX notice_about ON notice (about, about_kind);

-- Replies that the limit of the whole service holds do not count for it.
CREATE INDEX outbox_limited ON outbox (created)
    WHERE kind = 'reply' AND state = 'held' AND reason = 'service-limit';
