package base

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// Options are what a Service is made of; all up to IDs are required.
type Options struct {
	Store kb.ArticleStore
	// Index is empty and belongs to the Service alone.
	Index   *hybrid.Index
	Phraser kb.Phraser
	Clock   clock.Clock
	IDs     ident.Source
	// Scratch returns an empty index that judges as Index does, with its vectors
	// in memory, for comparing versions; nil compares none.
	Scratch func() (*hybrid.Index, error)
	// Workers is how many texts are encoded at once; 0 means 2.
	Workers int
	// Follower hears of every change of the index; nil is nobody.
	Follower Follower
	// Snapshots keeps the vectors of an index in memory; nil keeps none.
	Snapshots Snapshots
	// Reconciler is the index's vector index where it outlives the process; nil
	// means that it does not.
	Reconciler kb.Reconciler
}

// Follower keeps something of its own in step with the articles. It is told
// after the index was changed and before the call that changed it returns, of
// one change of a bot at a time.
type Follower interface {
	// Put adds articles or replaces those with the same ids.
	Put(bot string, articles []kb.Article)
	// Delete removes articles; unknown ids are to be ignored.
	Delete(bot string, ids []string)
}

// Service is the knowledge base of all bots. It is safe for concurrent use.
// Bots are read from the store on their first use.
type Service struct {
	opts Options

	mu      sync.Mutex
	shelves map[string]*shelf

	comparing sync.Mutex // held by the one comparison that runs
}

var _ kb.Retriever = (*Service)(nil)

// shelf is what the Service knows of one bot.
type shelf struct {
	// change is held by whoever changes the bot's articles; it is a channel so
	// that a caller whose context ends can stop waiting.
	change chan struct{}
	// ready is true while the index holds what the store holds.
	ready atomic.Bool
	// revision is the number of the last revision that the index holds.
	revision atomic.Int64
}

// New returns a Service. An index for the vectors of another encoder than the
// phraser's is fault.Conflict.
func New(opts Options) (*Service, error) {
	if opts.Store == nil || opts.Index == nil || opts.Phraser == nil || opts.Clock == nil || opts.IDs == nil {
		return nil, fault.New(fault.Internal, "base.New needs a store, an index, a phraser, a clock and a source of ids")
	}
	if is, want := opts.Phraser.EncoderID(), opts.Index.Encoder(); is != want {
		return nil, fault.New(fault.Conflict, "texts are encoded by %s, the index holds vectors of %s; index the articles again with the new encoder", is, want)
	}
	if opts.Workers <= 0 {
		opts.Workers = 2
	}
	return &Service{opts: opts, shelves: map[string]*shelf{}}, nil
}

func (s *Service) shelf(bot string) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.shelves[bot]
	if b == nil {
		b = &shelf{change: make(chan struct{}, 1)}
		s.shelves[bot] = b
	}
	return b
}

// lock waits for the right to change a bot's articles.
func (b *shelf) lock(ctx context.Context) error {
	select {
	case b.change <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *shelf) unlock() { <-b.change }

// open returns the bot's shelf with its articles indexed.
func (s *Service) open(ctx context.Context, bot string) (*shelf, error) {
	b := s.shelf(bot)
	if b.ready.Load() {
		return b, nil
	}
	if err := b.lock(ctx); err != nil {
		return nil, err
	}
	defer b.unlock()
	if b.ready.Load() {
		return b, nil
	}
	return b, s.load(ctx, bot, b)
}

// Open reads the articles of bots and indexes them, so that the first search
// need not. Embeddings that are not cached are made, which takes a while after
// a change of encoder.
func (s *Service) Open(ctx context.Context, bots ...string) error {
	for _, bot := range bots {
		if _, err := s.open(ctx, bot); err != nil {
			return err
		}
	}
	return nil
}

// Refresh compares a bot's index with the store and takes over what another
// process changed.
func (s *Service) Refresh(ctx context.Context, bot string) error {
	b := s.shelf(bot)
	if err := b.lock(ctx); err != nil {
		return err
	}
	defer b.unlock()
	return s.load(ctx, bot, b)
}

// load makes the index hold what the store holds; b is locked.
func (s *Service) load(ctx context.Context, bot string, b *shelf) error {
	// Read first: a change that comes between makes the next Sync look again.
	revision, err := s.opts.Store.LastRevision(ctx, bot)
	if err != nil {
		return err
	}
	stored, err := s.opts.Store.Articles(ctx, bot)
	if err != nil {
		return err
	}
	known := map[string]kb.Article{}
	if b.ready.Load() { // otherwise the index may hold the halves of a failed change
		for _, a := range s.opts.Index.Articles(bot) {
			known[a.ID] = a
		}
	}
	var changed []kb.Article
	kept := make(map[string]bool, len(stored))
	for _, a := range stored {
		kept[a.ID] = true
		if old, ok := known[a.ID]; !ok || old.Version != a.Version || !old.UpdatedAt.Equal(a.UpdatedAt) || !old.Same(a) {
			changed = append(changed, a)
		}
	}
	var gone []string
	for _, a := range s.opts.Index.Articles(bot) {
		if !kept[a.ID] {
			gone = append(gone, a.ID)
		}
	}
	var texts map[string]kb.Phrase
	if b.ready.Load() { // what cannot be encoded leaves the index as it is
		if texts, err = s.ahead(ctx, changed); err != nil {
			return err
		}
	}
	standing, err := s.standing(ctx, bot, revision)
	if err != nil {
		return err
	}
	adopted, saved := false, false
	if !b.ready.Load() && s.opts.Index.Len(bot) == 0 {
		if adopted, saved, err = s.adopt(ctx, bot, stored, standing); err != nil {
			return err
		}
	}
	b.ready.Store(false)
	if !adopted {
		if err := s.opts.Index.Delete(ctx, bot, gone); err != nil {
			return err
		}
		if err := s.index(ctx, bot, changed, texts, false); err != nil {
			return err
		}
	}
	if !saved {
		s.changed(bot, standing)
	}
	s.tell(bot, changed, gone)
	b.revision.Store(revision)
	b.ready.Store(true)
	return nil
}

// tell passes a change of the index on.
func (s *Service) tell(bot string, put []kb.Article, gone []string) {
	if s.opts.Follower == nil {
		return
	}
	if len(gone) > 0 {
		s.opts.Follower.Delete(bot, gone)
	}
	if len(put) > 0 {
		s.opts.Follower.Put(bot, put)
	}
}

// Search implements kb.Retriever. An article with an AnswerAt answers from that
// probability on, whatever the bot's. An empty q.Text or embedding is
// fault.Invalid; a query of another encoder fault.Conflict.
func (s *Service) Search(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	if _, err := s.open(ctx, q.Bot); err != nil {
		return nil, err
	}
	hits, err := s.opts.Index.Search(ctx, q)
	own(hits)
	return hits, err
}
