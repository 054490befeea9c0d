-- +goose Up
-- A help session is a text that a customer brought to the help centre before
-- sending a ticket; the text itself is not kept. day is the shop's date.
CREATE TABLE help_sessions (
    bot      TEXT NOT NULL,
    id       TEXT NOT NULL,
    day      TEXT NOT NULL,
    started  INTEGER NOT NULL,
    searches INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;
CREATE INDEX help_sessions_day ON help_sessions (bot, day);

-- An article that a session was shown.
CREATE TABLE help_articles (
    bot     TEXT NOT NULL,
    session TEXT NOT NULL,
    article TEXT NOT NULL,
    day     TEXT NOT NULL,
    opened  INTEGER NOT NULL,
    solved  INTEGER NOT NULL,
    PRIMARY KEY (bot, session, article),
    FOREIGN KEY (bot, session) REFERENCES help_sessions (bot, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX help_articles_day ON help_articles (bot, day);

-- +goose Down
DROP TABLE help_articles;
DROP TABLE help_sessions;
