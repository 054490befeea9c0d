-- +goose Up
-- content is a JSON object of an article's fields beyond its columns.
ALTER TABLE articles ADD COLUMN content TEXT NOT NULL DEFAULT '{}';

-- revision is the number of the bot's last change of articles. Who changes
-- them raises it first, so that changes of one bot wait for each other.
CREATE TABLE article_heads (
    bot      TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE article_revisions (
    bot     TEXT NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    note    TEXT NOT NULL,
    put     INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (bot, number)
) STRICT;

-- An edition is an article as a revision left it; of one that the revision
-- deleted (gone) it is the article before.
CREATE TABLE article_editions (
    bot          TEXT NOT NULL,
    id           TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    gone         INTEGER NOT NULL,
    question     TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    answer       TEXT NOT NULL,
    category     TEXT NOT NULL,
    valid_from   INTEGER,
    valid_until  INTEGER,
    content      TEXT NOT NULL,
    updated      INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (bot, id, revision)
) STRICT;

-- What there is already is revision 0.
INSERT INTO article_editions
    (bot, id, revision, gone, question, alternatives, answer, category, valid_from, valid_until, content, updated, version)
SELECT bot, id, 0, 0, question, alternatives, answer, category, valid_from, valid_until, content, updated, version
FROM articles;

CREATE TABLE article_drafts (
    bot     TEXT NOT NULL,
    id      TEXT NOT NULL,
    removal INTEGER NOT NULL,
    author  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;

-- +goose Down
DROP TABLE article_drafts;
DROP TABLE article_editions;
DROP TABLE article_revisions;
DROP TABLE article_heads;
ALTER TABLE articles DROP COLUMN content;
