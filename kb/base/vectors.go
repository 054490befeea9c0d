package base

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Snapshots keeps copies of bots' vectors between two runs of the program.
type Snapshots interface {
	// Restore makes the vector index hold the bot's vectors as they were at the
	// stamp, n of them, and reports whether it could; if not, it holds none.
	Restore(ctx context.Context, bot, stamp string, n int) bool
	// Changed says that the vector index holds the bot's vectors of the stamp.
	// The bot is not changed before it returns.
	Changed(bot, stamp string)
}

// stamp names the state of a bot's articles after a revision. The time keeps
// the bases of two stores apart.
func stamp(r kb.Revision) string { return fmt.Sprintf("%d@%d", r.Number, r.At.UnixNano()) }

// standing returns the stamp of a bot whose last revision has that number, or
// "" when there is none or a later one: articles that were read after number
// was are then of no certain revision.
func (s *Service) standing(ctx context.Context, bot string, number int64) (string, error) {
	if s.opts.Snapshots == nil || number == 0 {
		return "", nil
	}
	last, err := s.opts.Store.Revisions(ctx, bot, 0, 1)
	if err != nil || len(last) == 0 || last[0].Number != number {
		return "", err
	}
	return stamp(last[0]), nil
}

// adopt indexes all articles of a bot of which the index has none, where the
// vectors are kept elsewhere: in an index that outlives the process, which is
// made to agree with them, or in a snapshot of the stamp. It reports whether
// they were; saved says that the snapshot holds them already.
func (s *Service) adopt(ctx context.Context, bot string, articles []kb.Article, stamp string) (adopted, saved bool, err error) {
	switch {
	case s.opts.Reconciler != nil:
		if _, err := s.opts.Reconciler.Reconcile(ctx, bot, s.vectors(ctx, bot, articles)); err != nil {
			return false, false, err
		}
	case s.opts.Snapshots != nil && stamp != "":
		n := 0
		for _, a := range articles {
			n += len(hybrid.Texts(a))
		}
		if !s.opts.Snapshots.Restore(ctx, bot, stamp, n) {
			return false, false, nil
		}
		saved = true
	default:
		return false, false, nil
	}
	for part := range slices.Chunk(articles, piece) {
		texts := map[string]kb.Phrase{}
		for _, a := range part {
			for _, t := range hybrid.Texts(a) {
				if _, ok := texts[t]; !ok {
					texts[t] = kb.Phrase{Terms: s.opts.Phraser.Terms(t)}
				}
			}
		}
		if err := s.opts.Index.Adopt(ctx, bot, hybrid.Entries(part, texts)); err != nil {
			return false, false, err
		}
	}
	return true, saved, nil
}

// vectors are those of articles, in the index's form, some articles at a time.
func (s *Service) vectors(ctx context.Context, bot string, articles []kb.Article) iter.Seq2[kb.Vector, error] {
	return func(yield func(kb.Vector, error) bool) {
		for part := range slices.Chunk(articles, saveEvery) {
			texts, err := s.prepare(ctx, part)
			if err != nil {
				yield(kb.Vector{}, err)
				return
			}
			for _, v := range hybrid.VectorsOf(bot, hybrid.Entries(part, texts)) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// changed tells the snapshots that a revision was indexed.
func (s *Service) changed(bot, stamp string) {
	if s.opts.Snapshots != nil && stamp != "" {
		s.opts.Snapshots.Changed(bot, stamp)
	}
}

// Reconcile makes the vector index hold what the bot's articles have, and
// nothing else; changes of the bot wait. Where vectors live in memory, which
// they do for one run only, it is fault.Unsupported.
func (s *Service) Reconcile(ctx context.Context, bot string) (kb.Reconciliation, error) {
	if s.opts.Reconciler == nil {
		return kb.Reconciliation{}, fault.New(fault.Unsupported, "the vectors are in memory and made of the articles at each start: there is nothing to reconcile (kb.engine is memory)")
	}
	b := s.shelf(bot)
	if err := b.lock(ctx); err != nil {
		return kb.Reconciliation{}, err
	}
	defer b.unlock()
	if !b.ready.Load() {
		if err := s.load(ctx, bot, b); err != nil {
			return kb.Reconciliation{}, err
		}
	}
	return s.opts.Reconciler.Reconcile(ctx, bot, s.vectors(ctx, bot, s.opts.Index.Articles(bot)))
}
