-- +goose Up
-- Times are Unix nanoseconds (UTC), 0 for none. Every row belongs to a bot;
-- bot '' is the installation itself.
-- Listed identifiers sort by bytes, as in SQLite.

CREATE TABLE bots (
    bot     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    profile TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

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
    unread          BIGINT NOT NULL,
    started         BIGINT NOT NULL,
    updated         BIGINT NOT NULL,
    queued          BIGINT NOT NULL,
    seq             BIGINT NOT NULL,
    PRIMARY KEY (bot, id)
);
CREATE UNIQUE INDEX conversations_idempotency ON conversations (bot, idempotency_key);
CREATE INDEX conversations_status ON conversations (bot, status, updated);
CREATE INDEX conversations_updated ON conversations (bot, updated);
CREATE INDEX conversations_visitor ON conversations (bot, visitor);

CREATE TABLE events (
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    data         TEXT NOT NULL,
    PRIMARY KEY (bot, conversation, seq),
    FOREIGN KEY (bot, conversation) REFERENCES conversations (bot, id) ON DELETE CASCADE
);

CREATE TABLE outbox (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    first_seq    BIGINT NOT NULL,
    last_seq     BIGINT NOT NULL,
    created      BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    attempts     BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due, id);

CREATE TABLE articles (
    bot         TEXT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    question    TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    answer      TEXT NOT NULL,
    category    TEXT NOT NULL,
    valid_from  BIGINT,
    valid_until BIGINT,
    updated     BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    PRIMARY KEY (bot, id)
);

CREATE TABLE embeddings (
    bot        TEXT NOT NULL,
    encoder_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    dimension  BIGINT NOT NULL,
    vector     BYTEA NOT NULL,
    PRIMARY KEY (bot, encoder_id, digest)
);

CREATE TABLE api_keys (
    bot       TEXT NOT NULL,
    id        TEXT NOT NULL PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    role      TEXT NOT NULL,
    name      TEXT NOT NULL,
    created   BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);
CREATE INDEX api_keys_bot ON api_keys (bot, created);

CREATE TABLE users (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,
    created  BIGINT NOT NULL,
    disabled BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_name ON users (name, bot);

CREATE TABLE sessions (
    bot     TEXT NOT NULL,
    hash    TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE secrets (
    bot     TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   BYTEA NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (bot, name)
);

CREATE TABLE idempotency (
    bot      TEXT NOT NULL,
    scope    TEXT NOT NULL,
    key      TEXT NOT NULL,
    digest   TEXT NOT NULL,
    status   BIGINT NOT NULL,
    response BYTEA NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (bot, scope, key)
);
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
