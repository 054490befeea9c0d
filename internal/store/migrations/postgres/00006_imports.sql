-- +goose Up
-- Jobs that import articles, and their files and reports in pieces.

CREATE TABLE imports (
    bot      TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    state    TEXT NOT NULL,
    runner   TEXT NOT NULL,
    beat     BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    job      TEXT NOT NULL,
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    PRIMARY KEY (bot, id)
);
CREATE INDEX imports_state ON imports (state, created);
CREATE INDEX imports_created ON imports (bot, created);

CREATE TABLE import_parts (
    bot   TEXT NOT NULL,
    id    TEXT NOT NULL,
    part  TEXT NOT NULL,
    piece BIGINT NOT NULL,
    data  BYTEA NOT NULL,
    PRIMARY KEY (bot, id, part, piece),
    FOREIGN KEY (bot, id) REFERENCES imports (bot, id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE import_parts;
DROP TABLE imports;
