package mining

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Limits bound what a Miner holds. The zero value of a field is its default.
type Limits struct {
	// Questions is how many different questions are kept; 0 means 100 000.
	Questions int
	// Pairs is how many pairs are kept; 0 means 300 000.
	Pairs int
	// Proposals is how many the result holds, the best; 0 means 200.
	Proposals int
	// Count is how many pairs a group needs to be proposed; 0 means 2.
	Count int
}

// Options are what a Miner works with. Read and Embed are required.
type Options struct {
	// Read understands a customer's question.
	Read func(ctx context.Context, text string) (Reading, error)
	// Embed encodes an answer as Read encodes questions.
	Embed func(ctx context.Context, text string) ([]float32, error)
	// Search asks the knowledge base, best hit first; nil is an empty base.
	Search func(ctx context.Context, text string, r Reading) ([]kb.Hit, error)
	// Find finds personal and order data beyond the rules of Mask; may be nil.
	Find Finder
	// Vectors makes the index that groups questions of a dimension; nil is an
	// exact index in memory.
	Vectors func(dimension int) kb.VectorIndex
	// Threshold is the cosine from which two questions ask the same; 0 means
	// DefaultThreshold. See Calibrate.
	Threshold float64
	Limits    Limits
	// Now dates the trend and the decay of old answers.
	Now time.Time
	// Progress, where set, is told how far Propose is, from 0 to 1.
	Progress func(done float64)
}

// Miner turns transcripts into proposals. It is not safe for concurrent use.
type Miner struct {
	o     Options
	items []item
	known map[string]int  // by folded question
	told  map[uint64]bool // long questions with their answers, word for word
	kept  int
	stats Stats
}

// item is a question as it was asked, word for word.
type item struct {
	text   string
	intent string
	vector packed
	pairs  []given
	weight float64 // Σ resolution
}

// given is an answer that a question got.
type given struct {
	answer     string
	at         time.Time
	resolution float64
	article    string
}

// Stats says what a run went through.
type Stats struct {
	Transcripts int `json:"transcripts"`
	Turns       int `json:"turns"`
	// Pairs are those kept, Left those beyond the limits.
	Pairs     int `json:"pairs"`
	Left      int `json:"left,omitempty"`
	Questions int `json:"questions"`
	// Repeated are pairs that were there before, word for word.
	Repeated int `json:"repeated"`
	// Canned are pairs whose answer follows all kinds of questions.
	Canned int `json:"canned"`
	Groups int `json:"groups"`
	// Covered are groups that the base answers already, alike.
	Covered   int     `json:"covered"`
	Threshold float64 `json:"threshold"`
}

// New returns a Miner without transcripts. Missing functions are fault.Internal.
func New(o Options) (*Miner, error) {
	if o.Read == nil || o.Embed == nil {
		return nil, fault.New(fault.Internal, "mining needs functions that read questions and embed answers")
	}
	defaults := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	defaults(&o.Limits.Questions, 100_000)
	defaults(&o.Limits.Pairs, 300_000)
	defaults(&o.Limits.Proposals, 200)
	defaults(&o.Limits.Count, 2)
	if o.Threshold <= 0 {
		o.Threshold = DefaultThreshold
	}
	return &Miner{o: o, known: map[string]int{}, told: map[uint64]bool{}, stats: Stats{Threshold: o.Threshold}}, nil
}

// Add takes the pairs of a transcript. Beyond the limits new questions are
// counted and left out, known ones go on counting.
func (m *Miner) Add(ctx context.Context, t Transcript) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	m.stats.Transcripts++
	m.stats.Turns += len(t.Turns)
	found, err := m.pairs(ctx, t)
	if err != nil {
		return err
	}
	for _, p := range found {
		m.add(p)
	}
	return nil
}

// repeated is the length, in characters, from which a question with the same
// answer and the same words before it is the same talk told again, as exports
// of growing conversations do.
const repeated = 24

func (m *Miner) add(p pair) {
	key := fold(p.question)
	if whole := fold(p.before) + key + fold(p.answer); runes(whole) >= repeated {
		h := fnv.New64a()
		h.Write([]byte(whole))
		if m.told[h.Sum64()] {
			m.stats.Repeated++
			return
		}
		m.told[h.Sum64()] = true
	}
	i, ok := m.known[key]
	if m.kept >= m.o.Limits.Pairs || !ok && len(m.items) >= m.o.Limits.Questions {
		m.stats.Left++
		return
	}
	if !ok {
		i = len(m.items)
		m.known[key] = i
		m.items = append(m.items, item{text: p.question, intent: p.reading.Intent, vector: pack(p.reading.Embedding)})
	}
	it := &m.items[i]
	it.pairs = append(it.pairs, given{p.answer, p.at, p.resolution, p.article})
	it.weight += p.resolution
	m.kept++
}

// Stats returns what went through so far.
func (m *Miner) Stats() Stats {
	s := m.stats
	s.Pairs, s.Questions = m.kept, len(m.items)
	return s
}
