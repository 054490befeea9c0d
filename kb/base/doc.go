// Package base is the knowledge base in use: it owns the articles' store and
// the indexes they are searched by, and keeps the two alike.
//
// A change is encoded first, stored second, indexed third: what was not
// encoded is not stored, and when the call returns the change is found. Each
// bot has a lock for its changes; searches take none. Embeddings are cached in
// the store under the encoder's id and the digest of the text, so a restart
// encodes nothing twice.
package base
