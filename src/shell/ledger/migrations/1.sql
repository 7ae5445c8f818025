-- Version 1. Types and statements are those that SQLite and PostgreSQL share;
-- times are milliseconds since 1970 in UTC.

-- One row: which mailbox is read, and how far.
CREATE TABLE mailbox (
    id           INTEGER PRIMARY KEY NOT NULL,
    identity     TEXT    NOT NULL,
    uid_validity BIGINT  NOT NULL,
    uid          BIGINT  NOT NULL,
    -- Instant of the first run, or the day `first_run` names.
    floor        BIGINT  NOT NULL,
    -- UIDs up to this one are only taken when not older than the floor.
    floor_until  BIGINT  NOT NULL,
    -- Messages that lay there before the first run and were left alone.
    skipped      BIGINT  NOT NULL
);

-- One row for each decided message; neither subject nor body.
CREATE TABLE message (
    message_key BLOB   PRIMARY KEY NOT NULL,
    received    BIGINT NOT NULL,
    decided     BIGINT NOT NULL,
    sender      TEXT,
    action      TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    revision    TEXT   NOT NULL,
    review      INTEGER NOT NULL,
    plan        TEXT   NOT NULL,
    state       TEXT   NOT NULL
);
CREATE INDEX message_decided ON message (decided);

-- Where a message lies: several rows when copies of it arrived.
CREATE TABLE origin (
    mailbox      TEXT    NOT NULL,
    uid_validity BIGINT  NOT NULL,
    id           TEXT    NOT NULL,
    message_key  BLOB    NOT NULL REFERENCES message (message_key),
    marked       INTEGER NOT NULL,
    PRIMARY KEY (mailbox, uid_validity, id)
);
CREATE INDEX origin_message ON origin (message_key);
CREATE INDEX origin_unmarked ON origin (mailbox, uid_validity) WHERE marked = 0;

-- The mails a message leads to: at most one reply and one forward.
CREATE TABLE outbox (
    message_key   BLOB    NOT NULL REFERENCES message (message_key),
    kind          TEXT    NOT NULL,
    envelope_from TEXT,
    envelope_to   TEXT    NOT NULL,
    -- The recipient as limits compare it, and its domain.
    recipient     TEXT    NOT NULL,
    domain        TEXT    NOT NULL,
    message_id    TEXT    NOT NULL,
    answer_key    TEXT,
    eight_bit     INTEGER NOT NULL,
    size          BIGINT  NOT NULL,
    state         TEXT    NOT NULL,
    reason        TEXT,
    detail        TEXT,
    attempts      INTEGER NOT NULL,
    created       BIGINT  NOT NULL,
    next_attempt  BIGINT  NOT NULL,
    settled       BIGINT,
    -- A copy is still to be put into the Sent folder.
    copy_wanted   INTEGER NOT NULL,
    PRIMARY KEY (message_key, kind)
);
CREATE INDEX outbox_due ON outbox (state, next_attempt);
CREATE INDEX outbox_recipient ON outbox (recipient, created);
CREATE INDEX outbox_created ON outbox (kind, created);
CREATE INDEX outbox_copy ON outbox (copy_wanted) WHERE copy_wanted = 1;

-- The exact octets of a mail, until it is sent (and copied).
CREATE TABLE content (
    message_key BLOB NOT NULL,
    kind        TEXT NOT NULL,
    bytes       BLOB NOT NULL,
    PRIMARY KEY (message_key, kind)
);

-- How mailbox and relay are doing.
CREATE TABLE health (
    component    TEXT PRIMARY KEY NOT NULL,
    trouble      TEXT,
    since        BIGINT NOT NULL,
    last_contact BIGINT
);

-- Each start of the daemon; `ended` is missing after a crash.
CREATE TABLE run (
    started  BIGINT PRIMARY KEY NOT NULL,
    pid      BIGINT NOT NULL,
    once     INTEGER NOT NULL,
    revision TEXT   NOT NULL,
    ended    BIGINT
);

-- Single values, such as the salt of the address hashes in logs.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);
