// Package store keeps everything that must survive a restart: events,
// conversations, articles, embeddings, keys, users, secrets. It speaks SQLite
// (the default, one file) and PostgreSQL (by DSN); storetest runs one suite on
// both.
//
// What a method has acknowledged survives the death of the process and of the
// machine: SQLite runs in WAL mode with synchronous=FULL, PostgreSQL with its
// own default. Concurrent commits share one transaction in SQLite, so that one
// flush to disk serves many. Measured (BenchmarkAppend, two busy cores, one turn
// of three events): 1.07 ms with one writer, 0.46 with 8, 0.28 with 64; with
// synchronous=NORMAL, which loses the last commits when the machine dies, 0.56,
// 0.27 and 0.19. Every row belongs to a bot; bot "" is the installation itself.
//
// Every error is a fault.Error: NotFound, Conflict and Invalid as each method
// says, Busy when a queue or the database is overloaded, Unavailable when the
// database cannot be reached or written, Timeout when the caller's context ended.
package store
