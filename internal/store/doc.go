// Package store keeps everything that must survive a restart: events,
// conversations, articles, embeddings, keys, users, secrets. It speaks SQLite
// (the default, one file) and PostgreSQL (by DSN); storetest runs one suite on
// both.
//
// What a method has acknowledged survives the death of the process and of the
// machine: SQLite runs in WAL mode with synchronous=FULL, PostgreSQL with its
// own default. Every row belongs to a bot; bot "" is the installation itself.
//
// Every error is a fault.Error: NotFound, Conflict and Invalid as each method
// says, Busy when a queue or the database is overloaded, Unavailable when the
// database cannot be reached or written, Timeout when the caller's context ended.
package store
