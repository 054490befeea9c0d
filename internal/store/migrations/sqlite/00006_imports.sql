-- +goose Up
-- Jobs that import articles, and their files and reports in pieces.

CREATE TABLE imports (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL,
    state    TEXT NOT NULL,
    runner   TEXT NOT NULL,
    beat     INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    job      TEXT NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;
CREATE INDEX imports_state ON imports (state, created);
CREATE INDEX imports_created ON imports (bot, created);

CREATE TABLE import_parts (
    bot   TEXT NOT NULL,
    id    TEXT NOT NULL,
    part  TEXT NOT NULL,
    piece INTEGER NOT NULL,
    data  BLOB NOT NULL,
    PRIMARY KEY (bot, id, part, piece),
    FOREIGN KEY (bot, id) REFERENCES imports (bot, id) ON DELETE CASCADE
) STRICT;

-- +goose Down
DROP TABLE import_parts;
DROP TABLE imports;
