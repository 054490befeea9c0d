-- +goose Up
-- content is a JSON object of an article's fields beyond its columns.
ALTER TABLE articles ADD COLUMN content TEXT NOT NULL DEFAULT '{}';

-- revision is the number of the bot's last change of articles. Who changes
-- them raises it first, so that changes of one bot wait for each other.
CREATE TABLE article_heads (
    bot      TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);

CREATE TABLE article_revisions (
    bot     TEXT NOT NULL,
    number  BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    note    TEXT NOT NULL,
    put     BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (bot, number)
);

-- An edition is an article as a revision left it; of one that the revision
-- deleted (gone) it is the article before.
CREATE TABLE article_editions (
    bot          TEXT NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    revision     BIGINT NOT NULL,
    gone         BOOLEAN NOT NULL,
    question     TEXT NOT NULL,
    alternatives TEXT NOT NULL,
    answer       TEXT NOT NULL,
    category     TEXT NOT NULL,
    valid_from   BIGINT,
    valid_until  BIGINT,
    content      TEXT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    PRIMARY KEY (bot, id, revision)
);

-- What there is already is revision 0.
INSERT INTO article_editions
    (bot, id, revision, gone, question, alternatives, answer, category, valid_from, valid_until, content, updated, version)
SELECT bot, id, 0, FALSE, question, alternatives, answer, category, valid_from, valid_until, content, updated, version
FROM articles;

CREATE TABLE article_drafts (
    bot     TEXT NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    removal BOOLEAN NOT NULL,
    author  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (bot, id)
);

-- +goose Down
DROP TABLE article_drafts;
DROP TABLE article_editions;
DROP TABLE article_revisions;
DROP TABLE article_heads;
ALTER TABLE articles DROP COLUMN content;
