-- +goose Up
-- content is a JSON object of a quick reply's fields beyond its columns. owner
-- is a team's name, an agent's id, or empty for those of the whole bot.
CREATE TABLE quick_replies (
    bot      TEXT NOT NULL,
    id       TEXT COLLATE "C" NOT NULL,
    scope    TEXT NOT NULL,
    owner    TEXT NOT NULL,
    shortcut TEXT NOT NULL,
    place    BIGINT NOT NULL,
    content  TEXT NOT NULL,
    uses     BIGINT NOT NULL,
    author   TEXT NOT NULL,
    updated  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    PRIMARY KEY (bot, id)
);
CREATE INDEX quick_replies_shelf ON quick_replies (bot, scope, owner, place);
CREATE UNIQUE INDEX quick_replies_shortcut ON quick_replies (bot, scope, owner, shortcut) WHERE shortcut <> '';

CREATE TABLE team_members (
    bot     TEXT NOT NULL,
    team    TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    leads   BIGINT NOT NULL,
    PRIMARY KEY (bot, team, user_id)
);
CREATE INDEX team_members_user ON team_members (bot, user_id);

CREATE TABLE auto_replies (
    bot      TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL,
    author   TEXT NOT NULL,
    updated  BIGINT NOT NULL,
    version  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE auto_replies;
DROP TABLE team_members;
DROP TABLE quick_replies;
