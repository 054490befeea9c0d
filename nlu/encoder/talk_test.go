package encoder

import (
	"slices"
	"testing"
)

// A conversation is read further back than a pair, as far as the model reads.
func TestTalkIsReadFurtherBack(t *testing.T) {
	y := newTiny()
	e := open(t, y.load(t), Options{MaxTokens: 62}) // of 64 that the model reads
	own := text(1, 2)
	for _, c := range []struct{ before, pair, talk int }{
		{0, 4, 4}, {40, 45, 45}, {47, 52, 52}, {55, 52, 60}, {59, 52, 64}, {500, 52, 64},
	} {
		before := text(0, c.before)
		pair, err := e.EncodePair(t.Context(), own, before)
		if err != nil {
			t.Fatal(err)
		}
		talk, err := e.EncodeTalk(t.Context(), own, before)
		if err != nil {
			t.Fatal(err)
		}
		if pair.Tokens != c.pair || talk.Tokens != c.talk {
			t.Errorf("%d tokens before: a pair of %d, a talk of %d; want %d and %d", c.before, pair.Tokens, talk.Tokens, c.pair, c.talk)
		}
		if c.pair == c.talk && !slices.Equal(pair.State, talk.State) {
			t.Errorf("%d tokens before: pair and talk read the same and differ", c.before)
		}
	}
}
