-- +goose Up
-- Times are Unix nanoseconds (UTC), 0 for none. Every row belongs to a bot;
-- bot '' is the installation itself.

CREATE TABLE bots (
    bot     TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    profile TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
    bot             TEXT NOT NULL,
    id              TEXT NOT NULL,
    idempotency_key TEXT,
    visitor         TEXT NOT NULL,
    customer        TEXT NOT NULL,
    channel         TEXT NOT NULL,
    status          TEXT NOT NULL,
    owner           TEXT NOT NULL,
    skill_group     TEXT NOT NULL,
    intent          TEXT NOT NULL,
    sentiment       TEXT NOT NULL,
    last_text       TEXT NOT NULL,
    last_from       TEXT NOT NULL,
    unread          INTEGER NOT NULL,
    started         INTEGER NOT NULL,
    updated         INTEGER NOT NULL,
    queued          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;
CREATE UNIQUE INDEX conversations_idempotency ON conversations (bot, idempotency_key);
CREATE INDEX conversations_status ON conversations (bot, status, updated);
CREATE INDEX conversations_updated ON conversations (bot, updated);
CREATE INDEX conversations_visitor ON conversations (bot, visitor);

CREATE TABLE events (
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    data         TEXT NOT NULL,
    PRIMARY KEY (bot, conversation, seq),
    FOREIGN KEY (bot, conversation) REFERENCES conversations (bot, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    attempts     INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due, id);

CREATE TABLE articles (
    bot         TEXT NOT NULL,
    id          TEXT NOT NULL,
    question    TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    answer      TEXT NOT NULL,
    category    TEXT NOT NULL,
    valid_from  INTEGER,
    valid_until INTEGER,
    updated     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;

CREATE TABLE embeddings (
    bot        TEXT NOT NULL,
    encoder_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    dimension  INTEGER NOT NULL,
    vector     BLOB NOT NULL,
    PRIMARY KEY (bot, encoder_id, digest)
) STRICT;

CREATE TABLE api_keys (
    bot       TEXT NOT NULL,
    id        TEXT NOT NULL PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    role      TEXT NOT NULL,
    name      TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    revoked   INTEGER NOT NULL
) STRICT;
CREATE INDEX api_keys_bot ON api_keys (bot, created);

CREATE TABLE users (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,
    created  INTEGER NOT NULL,
    disabled INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_name ON users (name, bot);

CREATE TABLE sessions (
    bot     TEXT NOT NULL,
    hash    TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE secrets (
    bot     TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   BLOB NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (bot, name)
) STRICT;

CREATE TABLE idempotency (
    bot      TEXT NOT NULL,
    scope    TEXT NOT NULL,
    key      TEXT NOT NULL,
    digest   TEXT NOT NULL,
    status   INTEGER NOT NULL,
    response BLOB NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (bot, scope, key)
) STRICT;
CREATE INDEX idempotency_created ON idempotency (created);

-- +goose Down
DROP TABLE idempotency;
DROP TABLE secrets;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE api_keys;
DROP TABLE embeddings;
DROP TABLE articles;
DROP TABLE outbox;
DROP TABLE events;
DROP TABLE conversations;
DROP TABLE bots;
