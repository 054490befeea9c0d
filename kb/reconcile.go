package kb

import (
	"context"
	"iter"
)

// Reconciler is a VectorIndex that outlives the process, so that it may hold
// other vectors than the articles have.
type Reconciler interface {
	VectorIndex
	// Reconcile makes the index hold want, which is all of the bot's vectors:
	// missing and differing ones are upserted, strange ones deleted. It must
	// not run beside changes of the bot. An error that want yields ends it; a
	// key that comes twice, or another bot's vector, is fault.Invalid.
	Reconcile(ctx context.Context, bot string, want iter.Seq2[Vector, error]) (Reconciliation, error)
}

// Reconciliation counts what Reconcile did, in vectors.
type Reconciliation struct {
	// Kept were right already; Upserted were missing or differed; Deleted
	// belonged to no article.
	Kept     int `json:"kept"`
	Upserted int `json:"upserted"`
	Deleted  int `json:"deleted"`
	// Deferred says that the index is down and has noted to catch up by
	// itself; the counts are then 0.
	Deferred bool `json:"deferred,omitempty"`
}
