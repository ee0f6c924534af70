-- Version 3 of a state file: creates that may still be carried out, and options of resources.
-- docs/state.md explains them.

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

-- The generation of the dependency beside which the resource was made, if it is replaced with it; NULL: it merely depends.
ALTER TABLE dependencies ADD COLUMN follows INTEGER;
ALTER TABLE resources ADD COLUMN timeouts TEXT NOT NULL DEFAULT '{}';        -- JSON: {"create_seconds": 60, …}
ALTER TABLE resources ADD COLUMN secret_outputs TEXT NOT NULL DEFAULT '[]';  -- JSON: ["endpoint.password", …]
