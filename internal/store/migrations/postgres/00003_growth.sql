-- +goose Up
-- What conversations teach: proposals for trainers, questions without an
-- answer, what became of articles day by day, and reports made of them.

CREATE TABLE growth_proposals (
    bot     TEXT NOT NULL,
    id      TEXT COLLATE "C" NOT NULL,
    kind    TEXT NOT NULL,
    state   TEXT NOT NULL,
    rank    DOUBLE PRECISION NOT NULL,
    body    TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (bot, id)
);
CREATE INDEX growth_proposals_rank ON growth_proposals (bot, state, rank);

CREATE TABLE growth_questions (
    bot          TEXT NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    reason       TEXT NOT NULL,
    text         TEXT NOT NULL,
    article      TEXT COLLATE "C" NOT NULL,
    probability  DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (bot, conversation, seq)
);
CREATE INDEX growth_questions_at ON growth_questions (bot, at);

-- day is a date in the shop's time, 2026-11-22.
CREATE TABLE growth_use (
    bot       TEXT NOT NULL,
    article   TEXT COLLATE "C" NOT NULL,
    day       TEXT COLLATE "C" NOT NULL,
    shown     BIGINT NOT NULL,
    answered  BIGINT NOT NULL,
    suggested BIGINT NOT NULL,
    taken     BIGINT NOT NULL,
    ignored   BIGINT NOT NULL,
    disliked  BIGINT NOT NULL,
    handed    BIGINT NOT NULL,
    PRIMARY KEY (bot, article, day)
);
CREATE INDEX growth_use_day ON growth_use (bot, day);

-- seq is the last event of a conversation that was counted.
CREATE TABLE growth_cursors (
    bot          TEXT NOT NULL,
    conversation TEXT COLLATE "C" NOT NULL,
    seq          BIGINT NOT NULL,
    PRIMARY KEY (bot, conversation)
);

CREATE TABLE growth_reports (
    bot  TEXT NOT NULL,
    name TEXT NOT NULL,
    at   BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (bot, name)
);

-- +goose Down
DROP TABLE growth_reports;
DROP TABLE growth_cursors;
DROP TABLE growth_use;
DROP TABLE growth_questions;
DROP TABLE growth_proposals;
