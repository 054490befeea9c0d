-- +goose Up
-- What conversations teach: proposals for trainers, questions without an
-- answer, what became of articles day by day, and reports made of them.

CREATE TABLE growth_proposals (
    bot     TEXT NOT NULL,
    id      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    state   TEXT NOT NULL,
    rank    REAL NOT NULL,
    body    TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (bot, id)
) STRICT;
CREATE INDEX growth_proposals_rank ON growth_proposals (bot, state, rank);

CREATE TABLE growth_questions (
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    text         TEXT NOT NULL,
    article      TEXT NOT NULL,
    probability  REAL NOT NULL,
    PRIMARY KEY (bot, conversation, seq)
) STRICT;
CREATE INDEX growth_questions_at ON growth_questions (bot, at);

-- day is a date in the shop's time, 2026-11-22.
CREATE TABLE growth_use (
    bot       TEXT NOT NULL,
    article   TEXT NOT NULL,
    day       TEXT NOT NULL,
    shown     INTEGER NOT NULL,
    answered  INTEGER NOT NULL,
    suggested INTEGER NOT NULL,
    taken     INTEGER NOT NULL,
    ignored   INTEGER NOT NULL,
    disliked  INTEGER NOT NULL,
    handed    INTEGER NOT NULL,
    PRIMARY KEY (bot, article, day)
) STRICT;
CREATE INDEX growth_use_day ON growth_use (bot, day);

-- seq is the last event of a conversation that was counted.
CREATE TABLE growth_cursors (
    bot          TEXT NOT NULL,
    conversation TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (bot, conversation)
) STRICT;

CREATE TABLE growth_reports (
    bot  TEXT NOT NULL,
    name TEXT NOT NULL,
    at   INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (bot, name)
) STRICT;

-- +goose Down
DROP TABLE growth_reports;
DROP TABLE growth_cursors;
DROP TABLE growth_use;
DROP TABLE growth_questions;
DROP TABLE growth_proposals;
