package hybrid

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/lexical"
)

// Options sets an Index up.
type Options struct {
	// Vectors holds the embeddings; required.
	Vectors Vectors
	// Encoder is the id of the encoder of those embeddings; required.
	Encoder string
	// Stop are words, folded, that word search passes over; a query of nothing
	// else is hardly a question.
	Stop map[string]struct{}
	// Simplify turns traditional characters into simplified ones before texts
	// are compared by characters; nil leaves them.
	Simplify func(string) string
	// Context joins queries that mean little alone with what they follow; nil
	// takes every query as it is.
	Context kb.Contextualiser
	// Prior knows how articles do in use; nil: nothing is known.
	Prior kb.Prior
	// Extract finds the entities of an article's texts; nil finds none, and
	// those of queries then count for nothing.
	Extract func(text string) []kb.Entity
	// Risk returns the share of wrong answers that a bot accepts, above 0 and
	// below 1; 0, or a nil Risk, leaves it to the model's thresholds.
	Risk func(bot string) float64
	// Near is how many nearest vectors are looked at, per embedding; 0 means 40.
	Near int
	// Alike is how many documents are looked at, by words and by grams each; 0 means 20.
	Alike int
}

// Index holds the articles of all bots in the form in which they are searched,
// and is a kb.Retriever. It is safe for concurrent use; changes to one bot
// must come one at a time, and searches do not wait for them.
type Index struct {
	opts        Options
	longestStop int // in characters
	model       atomic.Pointer[Model]

	words, answerWords *lexical.Index
	grams, answerGrams *lexical.Index

	mu   sync.RWMutex
	bots map[string]map[string]*entry // bot → article id
}

var _ kb.Retriever = (*Index)(nil)

// entry is what a search needs of an article beside the indexes.
type entry struct {
	article kb.Article
	folded  []string // of the wordings
	// entities are those of the wordings and the answer, each once.
	entities []kb.Entity
}

// New returns an empty index that judges by m. A model fitted on another
// encoder, whatever its folding, is fault.Conflict, an invalid one fault.Invalid.
func New(m Model, opts Options) (*Index, error) {
	if opts.Vectors == nil || opts.Encoder == "" {
		return nil, fault.New(fault.Internal, "hybrid.New needs a vector index and an encoder id")
	}
	if opts.Near == 0 {
		opts.Near = 40
	}
	if opts.Alike == 0 {
		opts.Alike = 20
	}
	x := &Index{
		opts:        opts,
		words:       lexical.New(lexical.Options{Stop: opts.Stop}),
		answerWords: lexical.New(lexical.Options{Stop: opts.Stop}),
		grams:       lexical.New(lexical.Options{}),
		answerGrams: lexical.New(lexical.Options{}),
		bots:        map[string]map[string]*entry{},
	}
	for word := range opts.Stop {
		x.longestStop = max(x.longestStop, utf8.RuneCountInString(word))
	}
	return x, x.SetModel(m)
}

// SetModel swaps the model that searches judge by; running ones finish with
// the old one. Its faults are those of New.
func (x *Index) SetModel(m Model) error {
	if err := m.Validate(); err != nil {
		return err
	}
	if family(m.Encoder) != family(x.opts.Encoder) {
		return fault.New(fault.Conflict, "the fusion model was fitted on encoder %s, the index holds vectors of %s; fit it again (yingda kb fit)", m.Encoder, x.opts.Encoder)
	}
	x.model.Store(&m)
	return nil
}

// family is an encoder's id without the suffix that names how it folds texts:
// vectors of different foldings must not be compared, but what was fitted on
// one weighs the other well enough.
func family(encoder string) string {
	name, _, _ := strings.Cut(encoder, "+")
	return name
}

// Model returns the model in use.
func (x *Index) Model() Model { return *x.model.Load() }

// answerSuffix ends the key of an article's answer; wordings end in a number.
const answerSuffix = "#a"

func wordingKey(id string, n int) string { return id + "#" + strconv.Itoa(n) }

// wordingOf returns the number in a wording's key, or false for an answer's.
func wordingOf(h kb.VectorHit) (int, bool) {
	if len(h.Key) <= len(h.Owner)+1 {
		return 0, false
	}
	n, err := strconv.Atoi(h.Key[len(h.Owner)+1:])
	return n, err == nil && n >= 0
}

// Put adds or replaces articles of a bot. An entry whose wordings are not
// those of its article is fault.Internal; a vector of the wrong dimension
// fault.Invalid. When it fails, the articles may be in part of the indexes
// only: put them again.
func (x *Index) Put(ctx context.Context, bot string, entries []Entry) error {
	return x.put(ctx, bot, entries, true)
}

// Adopt is Put for articles whose vectors, as VectorsOf makes them, the vector
// index holds already; the entries' embeddings are not looked at.
func (x *Index) Adopt(ctx context.Context, bot string, entries []Entry) error {
	return x.put(ctx, bot, entries, false)
}

// VectorsOf returns what the vector index holds of entries.
func VectorsOf(bot string, entries []Entry) []kb.Vector {
	var vectors []kb.Vector
	for _, e := range entries {
		id := e.Article.ID
		for n, p := range e.Wordings {
			vectors = append(vectors, kb.Vector{Key: wordingKey(id, n), Owner: id, Bot: bot, Embedding: p.Embedding})
		}
		if e.Answer != nil {
			vectors = append(vectors, kb.Vector{Key: id + answerSuffix, Owner: id, Bot: bot, Embedding: e.Answer.Embedding})
		}
	}
	return vectors
}

func (x *Index) put(ctx context.Context, bot string, entries []Entry, vectors bool) error {
	var words, grm, answerWords, answerGrams []kb.Document
	var shrunk []string
	table := make(map[string]*entry, len(entries))
	for i, e := range entries {
		id, texts := e.Article.ID, e.Article.Phrasings()
		if id == "" || len(texts) != len(e.Wordings) {
			return fault.In(fmt.Sprintf("entries[%d]", i), fault.New(fault.Internal, "article %q has %d wordings, %d are prepared", id, len(texts), len(e.Wordings)))
		}
		row := &entry{article: e.Article, entities: x.entities(e.Article)}
		for n, p := range e.Wordings {
			key, folded := wordingKey(id, n), x.fold(texts[n])
			row.folded = append(row.folded, folded)
			words = append(words, kb.Document{Key: key, Owner: id, Bot: bot, Terms: p.Terms})
			grm = append(grm, kb.Document{Key: key, Owner: id, Bot: bot, Terms: grams(folded)})
		}
		if e.Answer != nil {
			key := id + answerSuffix
			answerWords = append(answerWords, kb.Document{Key: key, Owner: id, Bot: bot, Terms: e.Answer.Terms})
			answerGrams = append(answerGrams, kb.Document{Key: key, Owner: id, Bot: bot, Terms: grams(x.fold(e.Article.Answer))})
		}
		if old := x.entry(bot, id); old != nil && (len(old.folded) > len(e.Wordings) || old.article.Answer != "" && e.Answer == nil) {
			shrunk = append(shrunk, id)
		}
		table[id] = row
	}
	// Keys that the new form of an article no longer has must go first.
	if len(shrunk) > 0 {
		if err := x.drop(ctx, bot, shrunk, vectors); err != nil {
			return err
		}
	}
	if vectors {
		if err := x.opts.Vectors.Upsert(ctx, VectorsOf(bot, entries)); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		index *lexical.Index
		docs  []kb.Document
	}{{x.words, words}, {x.grams, grm}, {x.answerWords, answerWords}, {x.answerGrams, answerGrams}} {
		if err := part.index.Upsert(ctx, part.docs); err != nil {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.bots[bot] == nil {
		x.bots[bot] = make(map[string]*entry, len(table))
	}
	for id, row := range table {
		x.bots[bot][id] = row
	}
	return nil
}

func (x *Index) entities(a kb.Article) []kb.Entity {
	if x.opts.Extract == nil {
		return nil
	}
	var out []kb.Entity
	for _, text := range append(a.Phrasings(), a.Answer) {
		for _, e := range x.opts.Extract(text) {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}

// Delete removes articles of a bot; unknown ones are ignored.
func (x *Index) Delete(ctx context.Context, bot string, ids []string) error {
	x.mu.Lock()
	for _, id := range ids {
		delete(x.bots[bot], id)
	}
	x.mu.Unlock()
	return x.drop(ctx, bot, ids, true)
}

// drop takes articles out of the indexes, not out of the table; out of the
// vector index only if vectors says so.
func (x *Index) drop(ctx context.Context, bot string, ids []string, vectors bool) error {
	if vectors {
		if err := x.opts.Vectors.Delete(ctx, bot, ids); err != nil {
			return err
		}
	}
	for _, l := range []*lexical.Index{x.words, x.grams, x.answerWords, x.answerGrams} {
		if err := l.Delete(ctx, bot, ids); err != nil {
			return err
		}
	}
	return nil
}

// fold is Fold after Options.Simplify.
func (x *Index) fold(text string) string {
	if x.opts.Simplify != nil {
		text = x.opts.Simplify(text)
	}
	return Fold(text)
}

func (x *Index) entry(bot, id string) *entry {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.bots[bot][id]
}

// Article returns an article of a bot as it is searched, or false.
func (x *Index) Article(bot, id string) (kb.Article, bool) {
	if e := x.entry(bot, id); e != nil {
		return e.article, true
	}
	return kb.Article{}, false
}

// Articles returns the articles of a bot, by id.
func (x *Index) Articles(bot string) []kb.Article {
	x.mu.RLock()
	out := make([]kb.Article, 0, len(x.bots[bot]))
	for _, e := range x.bots[bot] {
		out = append(out, e.article)
	}
	x.mu.RUnlock()
	slices.SortFunc(out, func(a, b kb.Article) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// Len counts the articles of a bot.
func (x *Index) Len(bot string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.bots[bot])
}

// Encoder is the id of the encoder whose vectors the index holds.
func (x *Index) Encoder() string { return x.opts.Encoder }
