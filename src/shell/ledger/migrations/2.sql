-- Version 2: what people did in the queue, each time, and who.
CREATE TABLE act (
    message_key BLOB   NOT NULL REFERENCES message (message_key),
    -- 'reply', 'forward', or 'message' for the mark that a person should look.
    kind        TEXT   NOT NULL,
    -- 'release', 'resend', 'drop'.
    what        TEXT   NOT NULL,
    -- State and reason of before.
    was         TEXT   NOT NULL,
    who         TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (message_key, at, kind)
);
