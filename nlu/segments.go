package nlu

import (
	"cmp"
	"context"
	"slices"
)

// minSegmented is the number of visible characters from which a message may
// ask for several things.
const minSegmented = 8

// BatchEncoder is an Encoder that reads several texts at once. Pipeline uses
// it for the parts of a message where the encoder has it.
type BatchEncoder interface {
	// EncodeBatch returns the features of texts in their order. The first
	// error ends the batch.
	EncodeBatch(ctx context.Context, texts []string) ([]Features, error)
}

// segments returns the parts of a message that ask for several things. A part
// counts when it asks or wants something, is in scope, and its best intent
// names a matter (NamesMatter) with SegmentFloor or more; of parts with the
// same intent the surest stays. Fewer than two such parts are none: the message is one thing.
//
// The parts are encoded, in one batch, only when the message has
// minSegmented visible characters and two parts or more that ask.
func (p *Pipeline) segments(ctx context.Context, heads Heads, text string) ([]Segment, error) {
	if visible(text) < minSegmented {
		return nil, nil
	}
	runes := []rune(text)
	pieces := slices.DeleteFunc(split(runes), func(s span) bool { return !asks(runes, s) })
	if len(pieces) < 2 {
		return nil, nil
	}
	texts := make([]string, len(pieces))
	for i, s := range pieces {
		texts[i] = string(runes[s.start:s.end])
	}
	features, err := p.encodeAll(ctx, texts)
	if err != nil {
		return nil, err
	}
	floor := heads.Tuning.orDefault().SegmentFloor
	var found []Segment
	for i, f := range features {
		v, err := heads.judge(Input{Text: texts[i], Embedding: f.Embedding, State: f.State}, nil, nil)
		if err != nil {
			return nil, err
		}
		best := v.intents[0]
		if v.scope != nil && !v.scope.In || best.Confidence < floor || !NamesMatter(best.Name) {
			continue
		}
		found = append(found, Segment{
			Text: texts[i], Start: pieces[i].start, End: pieces[i].end, Intent: best.Name, Confidence: best.Confidence,
		})
	}
	if found = surest(found); len(found) < 2 {
		return nil, nil
	}
	return found, nil
}

// surest keeps one segment of each intent, in order of the text.
func surest(found []Segment) []Segment {
	slices.SortStableFunc(found, func(a, b Segment) int { return cmp.Compare(b.Confidence, a.Confidence) })
	seen := map[string]bool{}
	found = slices.DeleteFunc(found, func(s Segment) bool {
		again := seen[s.Intent]
		seen[s.Intent] = true
		return again
	})
	slices.SortFunc(found, func(a, b Segment) int { return cmp.Compare(a.Start, b.Start) })
	return found
}

// encodeAll encodes texts as a batch where the encoder can.
func (p *Pipeline) encodeAll(ctx context.Context, texts []string) ([]Features, error) {
	if b, ok := p.parts.Encoder.(BatchEncoder); ok {
		return b.EncodeBatch(ctx, texts)
	}
	out := make([]Features, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = p.parts.Encoder.Encode(ctx, text); err != nil {
			return nil, err
		}
	}
	return out, nil
}
