-- Version 1 of a state file. docs/state.md explains every table.

CREATE TABLE stacks (
    id          INTEGER PRIMARY KEY,
    project     TEXT NOT NULL,
    name        TEXT NOT NULL,
    uid         TEXT NOT NULL UNIQUE,           -- random, part of every idempotency token
    created_at  INTEGER NOT NULL,               -- milliseconds since 1970, like every time here
    wrapped_key TEXT,                           -- the data key of the stack's secrets, once it has secrets
    UNIQUE (project, name)
) STRICT;

CREATE TABLE resources (
    id                   INTEGER PRIMARY KEY,
    stack                INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    urn                  TEXT NOT NULL,
    generation           INTEGER NOT NULL,
    standing             TEXT NOT NULL CHECK (standing IN ('current', 'replaced', 'replacement_pending')),
    component            INTEGER NOT NULL,
    cloud_id             TEXT NOT NULL,
    inputs               TEXT NOT NULL,         -- JSON, null where something is sealed
    inputs_marks         TEXT,                  -- what JSON cannot say: sealed secrets, bytes, unknowns
    properties           TEXT NOT NULL,
    properties_marks     TEXT,
    parent               TEXT,                  -- a URN; not a foreign key: what the cloud did is always written
    protect              INTEGER NOT NULL,
    retain_on_delete     INTEGER NOT NULL,
    create_before_delete INTEGER NOT NULL,
    deleted_with         TEXT,
    incomplete           TEXT,
    tainted              INTEGER NOT NULL,
    source_file          TEXT,
    source_line          INTEGER,
    UNIQUE (stack, urn, generation)
) STRICT;
CREATE INDEX resources_by_parent ON resources (stack, parent) WHERE parent IS NOT NULL;
CREATE INDEX resources_by_deleted_with ON resources (stack, deleted_with) WHERE deleted_with IS NOT NULL;

CREATE TABLE dependencies (
    resource   INTEGER NOT NULL REFERENCES resources ON DELETE CASCADE,
    stack      INTEGER NOT NULL,                -- that of the resource, for the index
    dependency TEXT NOT NULL,                   -- a URN; not a foreign key, as above
    PRIMARY KEY (resource, dependency)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependencies_by_target ON dependencies (stack, dependency);

CREATE TABLE generations (
    stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    urn   TEXT NOT NULL,
    next  INTEGER NOT NULL,
    PRIMARY KEY (stack, urn)
) STRICT, WITHOUT ROWID;

-- The journal: operations that were about to begin and whose outcome is not known yet.
CREATE TABLE intents (
    stack            INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    id               INTEGER NOT NULL,
    urn              TEXT NOT NULL,
    action           TEXT NOT NULL,
    generation       INTEGER NOT NULL,
    token            TEXT NOT NULL,
    record           TEXT NOT NULL,             -- JSON of the record, without the values that follow
    inputs           TEXT NOT NULL,
    inputs_marks     TEXT,
    properties       TEXT NOT NULL,
    properties_marks TEXT,
    PRIMARY KEY (stack, id)
) STRICT;

CREATE TABLE exports (
    stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    marks TEXT,
    PRIMARY KEY (stack, name)
) STRICT;

-- Which cloud each plugin's resources are in.
CREATE TABLE places (
    stack  INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    plugin TEXT NOT NULL,
    place  TEXT NOT NULL,
    PRIMARY KEY (stack, plugin)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    stack      INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
    operation  TEXT NOT NULL,
    who        TEXT NOT NULL,
    program    TEXT NOT NULL,
    plugins    TEXT NOT NULL,                   -- JSON: [[name, digest], …]
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,                         -- NULL while it runs, or where it was killed
    succeeded  INTEGER,
    changes    TEXT,                            -- JSON: {"create": 1, …}
    message    TEXT
) STRICT;
CREATE INDEX runs_by_stack ON runs (stack, id);

CREATE TABLE steps (
    id     INTEGER PRIMARY KEY,
    run    INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    urn    TEXT NOT NULL,
    action TEXT NOT NULL,
    error  TEXT,
    millis INTEGER NOT NULL
) STRICT;
CREATE INDEX steps_by_run ON steps (run, id);

CREATE TABLE locks (
    stack           INTEGER PRIMARY KEY REFERENCES stacks ON DELETE CASCADE,
    run             INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    store           INTEGER NOT NULL,           -- which opened store of the process
    machine         TEXT NOT NULL,              -- this boot of this machine; empty where that cannot be told
    pid             INTEGER NOT NULL,
    process_started TEXT NOT NULL,              -- so that a reused process id is recognised
    since           INTEGER NOT NULL,
    heartbeat_at    INTEGER NOT NULL
) STRICT;
