package eval

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/lexical"
	"github.com/yingda/yingda/kb/vector"
)

// Options sets a measurement up.
type Options struct {
	// Stop are terms that word search passes over.
	Stop map[string]struct{}
	// Reader reads questions as live messages are read; nil leaves them to the phraser.
	Reader kb.Reader
	// Context, Extract and Simplify are the index's in use (hybrid.Options).
	Context  kb.Contextualiser
	Extract  func(text string) []kb.Entity
	Simplify func(string) string
	// At is when the questions are asked; it decides which articles are valid.
	At time.Time
	// Workers is how many texts are prepared at once; 0 means 2.
	Workers int
}

// Method is one way to search, with what was measured.
type Method struct {
	Name string `json:"name"`
	// Probabilities is true when the scores are calibrated.
	Probabilities bool `json:"probabilities"`
	Figures
	// Intervals are of the figures, by their JSON names.
	Intervals map[string]Interval `json:"intervals"`

	risk hybrid.Risk
}

// Report is what Run measured.
type Report struct {
	Set      string   `json:"set"`
	Articles int      `json:"articles"`
	Methods  []Method `json:"methods"`
	// Misses are the answerable questions whose first article by the fused
	// search is wrong, in the set's order.
	Misses []Miss `json:"misses,omitempty"`
}

// Miss is a question that went wrong.
type Miss struct {
	Question string   `json:"question"`
	Right    []string `json:"right"`
	Got      string   `json:"got"` // the first article's id, or empty
	Score    float64  `json:"score"`
}

// bot is the name under which a set is indexed.
const bot = "eval"

// depth is how many articles a method may name for a question; the mean
// reciprocal rank counts a right one beyond as missing.
const depth = 50

// Run indexes the set's articles and asks its questions by words alone, by
// characters alone, by the embedding alone and by the fused search under m. A
// model of another encoder than the phraser's is fault.Conflict.
func Run(ctx context.Context, phraser kb.Phraser, m hybrid.Model, set Set, opts Options) (Report, error) {
	if err := set.Check(); err != nil {
		return Report{}, err
	}
	if len(set.Articles) == 0 || len(set.Questions) == 0 {
		return Report{}, fault.New(fault.Invalid, "the set %q has %d articles and %d questions; it needs both", set.Name, len(set.Articles), len(set.Questions))
	}
	e, err := newEngine(ctx, phraser, m, set, opts)
	if err != nil {
		return Report{}, err
	}
	out := Report{Set: set.Name, Articles: len(set.Articles)}
	for _, method := range []struct {
		name  string
		probs bool
		ask   func(context.Context, kb.Query) ([]Guess, error)
	}{
		{"words (BM25)", false, e.byWords},
		{"characters and pairs (BM25)", false, e.byGrams},
		{"embedding", false, e.byEmbedding},
		{"hybrid", true, e.byHybrid},
	} {
		guesses := make([][]Guess, len(set.Questions))
		for i, q := range set.Questions {
			if guesses[i], err = method.ask(ctx, e.query(q, opts.At)); err != nil {
				return Report{}, fmt.Errorf("%s, question %q: %w", method.name, q.Text, err)
			}
		}
		out.Methods = append(out.Methods, Method{
			method.name, method.probs, Measure(set.Questions, guesses), intervals(set.Questions, guesses), risk(set.Questions, guesses),
		})
		if method.probs {
			out.Misses = misses(set.Questions, guesses)
		}
	}
	return out, nil
}

func misses(questions []Question, guesses [][]Guess) []Miss {
	var out []Miss
	for i, q := range questions {
		if len(q.Right) == 0 {
			continue
		}
		miss := Miss{Question: q.Text, Right: q.Right}
		if len(guesses[i]) > 0 {
			miss.Got, miss.Score = guesses[i][0].ID, guesses[i][0].Score
		}
		if !slices.Contains(q.Right, miss.Got) {
			out = append(out, miss)
		}
	}
	return out
}

// Table writes the report's figures as text, a row a method and below it the
// row of its intervals.
func (r Report) Table(w io.Writer) error {
	if len(r.Methods) == 0 {
		return fault.New(fault.Invalid, "the report is empty")
	}
	first := r.Methods[0]
	if _, err := fmt.Fprintf(w, "%s: %d articles, %d questions, %d answerable\n%-28s %9s %9s %9s %9s %9s %9s %9s\n",
		r.Set, r.Articles, first.Questions, first.Answerable,
		"", "top-1", "top-3", "MRR", "AUC", "cov@90%", "cov@95%", "ECE"); err != nil {
		return err
	}
	for _, m := range r.Methods {
		rows := [2][7]string{}
		for i, f := range []struct {
			name  string
			value float64
			shown bool
		}{
			{"top1", m.Top1, true}, {"top3", m.Top3, true}, {"mrr", m.MRR, true}, {"auc", m.AUC, m.AUC != 0},
			{"coverage90", m.Coverage90, true}, {"coverage95", m.Coverage95, true}, {"ece", m.ECE, m.Probabilities},
		} {
			rows[0][i] = "–"
			if f.shown {
				rows[0][i] = fmt.Sprintf("%.3f", f.value)
				rows[1][i] = fmt.Sprintf("%.2f–%.2f", m.Intervals[f.name].Low, m.Intervals[f.name].High)
			}
		}
		for i, name := range []string{m.Name, "  95 % of resamples"} {
			if _, err := fmt.Fprintf(w, "%-28s", name); err != nil {
				return err
			}
			for _, cell := range rows[i] {
				if _, err := fmt.Fprintf(w, " %9s", cell); err != nil {
					return err
				}
			}
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// engine holds a set in the indexes of all methods.
type engine struct {
	queries map[string]kb.Query
	encoder string
	hybrid  *hybrid.Index
	vectors *vector.Index
	words   *lexical.Index
	grams   *lexical.Index
	valid   map[string]bool
}

func newEngine(ctx context.Context, phraser kb.Phraser, m hybrid.Model, set Set, opts Options) (*engine, error) {
	var all []string
	for _, a := range set.Articles {
		all = append(all, hybrid.Texts(a)...)
	}
	var asked []string
	for _, q := range set.Questions {
		asked = append(asked, q.Text)
	}
	texts, err := Prepare(ctx, phraser, all, opts.Workers)
	if err != nil {
		return nil, err
	}
	queries, err := Read(ctx, opts.Reader, phraser, asked, opts.Workers)
	if err != nil {
		return nil, err
	}
	dim := len(queries[asked[0]].Embedding)
	e := &engine{
		queries: queries, encoder: phraser.EncoderID(), vectors: vector.New(dim, vector.Options{}), valid: map[string]bool{},
		words: lexical.New(lexical.Options{Stop: opts.Stop}), grams: lexical.New(lexical.Options{}),
	}
	e.hybrid, err = hybrid.New(m, hybrid.Options{
		Vectors: vector.New(dim, vector.Options{}), Encoder: e.encoder, Stop: opts.Stop,
		Context: opts.Context, Extract: opts.Extract, Simplify: opts.Simplify,
	})
	if err != nil {
		return nil, err
	}
	var docs, cut []kb.Document
	var vectors []kb.Vector
	for _, a := range set.Articles {
		e.valid[a.ID] = a.ValidAt(opts.At)
		for i, text := range a.Phrasings() {
			key := fmt.Sprintf("%s#%d", a.ID, i)
			docs = append(docs, kb.Document{Key: key, Owner: a.ID, Bot: bot, Terms: texts[text].Terms})
			cut = append(cut, kb.Document{Key: key, Owner: a.ID, Bot: bot, Terms: hybrid.CharGrams(text)})
			vectors = append(vectors, kb.Vector{Key: key, Owner: a.ID, Bot: bot, Embedding: texts[text].Embedding})
		}
	}
	if err := e.words.Upsert(ctx, docs); err != nil {
		return nil, err
	}
	if err := e.grams.Upsert(ctx, cut); err != nil {
		return nil, err
	}
	if err := e.vectors.Upsert(ctx, vectors); err != nil {
		return nil, err
	}
	return e, e.hybrid.Put(ctx, bot, hybrid.Entries(set.Articles, texts))
}

func (e *engine) query(question Question, at time.Time) kb.Query {
	q := e.queries[question.Text]
	q.Bot, q.At, q.Limit, q.Topic.Article = bot, at, depth, question.Topic
	return q
}

// best keeps the best score of each valid owner, best first.
func (e *engine) best(guesses []Guess) []Guess {
	slices.SortFunc(guesses, func(a, b Guess) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	seen := map[string]bool{}
	out := guesses[:0]
	for _, g := range guesses {
		if !seen[g.ID] && e.valid[g.ID] && len(out) < depth {
			seen[g.ID] = true
			out = append(out, g)
		}
	}
	return out
}

func (e *engine) byTerms(ctx context.Context, index *lexical.Index, terms []string) ([]Guess, error) {
	hits, err := index.Search(ctx, bot, terms, 10*depth)
	out := make([]Guess, len(hits))
	for i, h := range hits {
		out[i] = Guess{h.Owner, h.Score}
	}
	return e.best(out), err
}

func (e *engine) byWords(ctx context.Context, q kb.Query) ([]Guess, error) {
	return e.byTerms(ctx, e.words, q.Terms)
}

func (e *engine) byGrams(ctx context.Context, q kb.Query) ([]Guess, error) {
	return e.byTerms(ctx, e.grams, hybrid.CharGrams(q.Text))
}

func (e *engine) byEmbedding(ctx context.Context, q kb.Query) ([]Guess, error) {
	hits, err := e.vectors.Search(ctx, bot, q.Embedding, 10*depth)
	out := make([]Guess, len(hits))
	for i, h := range hits {
		out[i] = Guess{h.Owner, h.Cosine}
	}
	return e.best(out), err
}

func (e *engine) byHybrid(ctx context.Context, q kb.Query) ([]Guess, error) {
	hits, err := e.hybrid.Search(ctx, q)
	out := make([]Guess, len(hits))
	for i, h := range hits {
		out[i] = Guess{h.Article.ID, h.Score}
	}
	return out, err
}
