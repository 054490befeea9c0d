// Package qdrant keeps the vectors of knowledge entries in a Qdrant server:
// it is the hybrid.Vectors engine for shops whose knowledge base outgrows the
// in-memory engine of kb/vector, or that run more than one process.
//
// Each encoder id has a collection of its own, so changing the encoder never
// mixes vectors of two spaces. A bot is the tenant of a collection: every
// point carries its bot, owner and key, and every read and every delete is
// filtered by bot. A point's id is a digest of bot and key, so writing a key
// again replaces it whoever owned it before.
//
// Searches are exact unless Options.Approximate says otherwise, and then the
// server scores the best again in float32, so cosines are exact either way.
// Writes wait until the server has applied them; on a cluster that keeps
// replicas, how soon every replica shows them is the write consistency factor
// of the collection.
//
// What the server holds can be compared with the articles and mended by
// Reconcile: every point carries a digest of its vector. Guard keeps a server
// that fails from costing every message a time limit, and lets it catch up.
//
// Requests repeat after a failure to connect, a bounded number of times; every
// write here may be repeated without harm. The server must be 1.13 or later.
package qdrant
