-- Version 2 of a state file: the options that a resource is recorded with. docs/state.md explains them.

-- The generation of the dependency beside which the resource was made, if it is replaced with it; NULL: it merely depends.
ALTER TABLE dependencies ADD COLUMN follows INTEGER;
ALTER TABLE resources ADD COLUMN timeouts TEXT NOT NULL DEFAULT '{}';        -- JSON: {"create_seconds": 60, …}
ALTER TABLE resources ADD COLUMN secret_outputs TEXT NOT NULL DEFAULT '[]';  -- JSON: ["endpoint.password", …]
