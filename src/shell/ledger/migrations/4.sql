-- Version 4: the rule and template files of every revision that decided, so
-- that last week's decision can be explained by last week's rules. A file that
-- did not change between two revisions is stored once.
CREATE TABLE rule_file (
    -- SHA-256 of the content.
    hash  BLOB PRIMARY KEY NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE revision_file (
    revision TEXT NOT NULL,
    name     TEXT NOT NULL,
    hash     BLOB NOT NULL REFERENCES rule_file (hash),
    PRIMARY KEY (revision, name)
);
-- Since when which revision decides. One that comes back has several rows.
CREATE TABLE revision_log (
    number   BIGINT PRIMARY KEY NOT NULL,
    since    BIGINT NOT NULL,
    revision TEXT   NOT NULL
);
