// Package qdrant keeps the vectors of knowledge entries in a Qdrant server:
// it is the hybrid.Vectors engine for shops whose knowledge base outgrows the
// in-memory engine of kb/vector, or that run more than one process.
//
// Each encoder id has a collection of its own, so changing the encoder never
// mixes vectors of two spaces. A bot is the tenant of a collection: every
// point carries its bot, owner and key, and every read and every delete is
// filtered by bot.
package qdrant
