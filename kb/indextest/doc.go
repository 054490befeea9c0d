// Package indextest is the one suite that every kb.VectorIndex passes: the
// index in memory, Qdrant behind its client, and what comes later.
package indextest
