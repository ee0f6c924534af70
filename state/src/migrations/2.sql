-- Version 2 of a state file: what a copy awaits, and creates that may still be carried out.

ALTER TABLE resources ADD COLUMN unfinished TEXT; -- 'create', 'delete' or NULL

CREATE TABLE doubts (
    stack            INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    token            TEXT NOT NULL,
    id               INTEGER NOT NULL,          -- this column and those below as in intents
    urn              TEXT NOT NULL,
    action           TEXT NOT NULL,
    generation       INTEGER NOT NULL,
    record           TEXT NOT NULL,
    inputs           TEXT NOT NULL,
    inputs_marks     TEXT,
    properties       TEXT NOT NULL,
    properties_marks TEXT,
    since            INTEGER NOT NULL,          -- when nothing was found first
    PRIMARY KEY (stack, token)
) STRICT;
