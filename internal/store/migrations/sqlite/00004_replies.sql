-- +goose Up
-- content is a JSON object of a quick reply's fields beyond its columns. owner
-- is a team's name, an agent's id, or empty for those of the whole bot.
CREATE TABLE quick_replies (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL,
    scope    TEXT NOT NULL,
    owner    TEXT NOT NULL,
    shortcut TEXT NOT NULL,
    place    INTEGER NOT NULL,
    content  TEXT NOT NULL,
    uses     INTEGER NOT NULL,
    author   TEXT NOT NULL,
    updated  INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;
CREATE INDEX quick_replies_shelf ON quick_replies (bot, scope, owner, place);
CREATE UNIQUE INDEX quick_replies_shortcut ON quick_replies (bot, scope, owner, shortcut) WHERE shortcut <> '';

CREATE TABLE team_members (
    bot     TEXT NOT NULL,
    team    TEXT NOT NULL,
    user_id TEXT NOT NULL,
    leads   INTEGER NOT NULL,
    PRIMARY KEY (bot, team, user_id)
) STRICT;
CREATE INDEX team_members_user ON team_members (bot, user_id);

CREATE TABLE auto_replies (
    bot      TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL,
    author   TEXT NOT NULL,
    updated  INTEGER NOT NULL,
    version  INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE auto_replies;
DROP TABLE team_members;
DROP TABLE quick_replies;
