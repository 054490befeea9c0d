package kbtest

import (
	"context"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Dimension is the length of the Phraser's embeddings.
const Dimension = 64

// Phraser embeds a text as the normalised sum of a fixed random direction for
// each of its characters and pairs of characters: texts that share characters
// are near. Its terms are the text's single letters and digits, Latin runs
// kept whole. It is safe for concurrent use.
type Phraser struct {
	// ID is the encoder id; empty means "test-encoder".
	ID string
	// Fail, when set, is asked before every encoding and its error returned.
	Fail func(text string) error

	encoded atomic.Int64
}

var (
	_ kb.Phraser = (*Phraser)(nil)
	_ kb.Reader  = (*Phraser)(nil)
)

// EncoderID implements kb.Phraser.
func (p *Phraser) EncoderID() string {
	if p.ID == "" {
		return "test-encoder"
	}
	return p.ID
}

// Encoded counts the texts that were encoded.
func (p *Phraser) Encoded() int { return int(p.encoded.Load()) }

// Phrase implements kb.Phraser. The empty text is fault.Invalid.
func (p *Phraser) Phrase(ctx context.Context, text string) (kb.Phrase, error) {
	if err := ctx.Err(); err != nil {
		return kb.Phrase{}, err
	}
	if text == "" {
		return kb.Phrase{}, fault.New(fault.Invalid, "the text is empty")
	}
	if p.Fail != nil {
		if err := p.Fail(text); err != nil {
			return kb.Phrase{}, err
		}
	}
	p.encoded.Add(1)
	return kb.Phrase{Embedding: Embed(text), Terms: p.Terms(text)}, nil
}

// Read implements kb.Reader with what Phrase tells.
func (p *Phraser) Read(ctx context.Context, text string) (kb.Query, error) {
	phrase, err := p.Phrase(ctx, text)
	return kb.Query{Text: text, Embedding: phrase.Embedding, EncoderID: p.EncoderID(), Terms: phrase.Terms}, err
}

// Terms implements kb.Phraser.
func (p *Phraser) Terms(text string) []string {
	var terms []string
	latin := false
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			latin = false
			continue
		}
		if r < 0x80 && latin {
			terms[len(terms)-1] += string(r)
			continue
		}
		terms = append(terms, string(r))
		latin = r < 0x80
	}
	return terms
}

// Query returns a query for a text of a bot, as an analyser would make it.
func (p *Phraser) Query(bot, text string) kb.Query {
	return kb.Query{Bot: bot, Text: text, Embedding: Embed(text), EncoderID: p.EncoderID(), Terms: p.Terms(text)}
}

// Embed returns the Phraser's embedding of a text.
func Embed(text string) []float32 {
	v := make([]float64, Dimension)
	previous := rune(0)
	for _, r := range strings.ToLower(text) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		add(v, string(r), 1)
		if previous != 0 {
			add(v, string(previous)+string(r), 1.5)
		}
		previous = r
	}
	norm := 0.0
	for _, x := range v {
		norm += x * x
	}
	out := make([]float32, Dimension)
	if norm == 0 {
		out[0] = 1
		return out
	}
	for i, x := range v {
		out[i] = float32(x / math.Sqrt(norm))
	}
	return out
}

// add adds the direction of a piece of text to v.
func add(v []float64, piece string, weight float64) {
	h := fnv.New64a()
	if _, err := h.Write([]byte(piece)); err != nil {
		panic(err) // hash.Hash never fails
	}
	state := h.Sum64()
	for i := range v {
		// splitmix64, by Sebastiano Vigna.
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		v[i] += weight * (float64(z>>11)/(1<<53)*2 - 1)
	}
}
