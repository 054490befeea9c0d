package encoder

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

func TestPairOfATinyGraph(t *testing.T) {
	y := newTiny()
	e := open(t, y.load(t), Options{MaxTokens: 12})
	in, cut, err := e.read("一丁丂", "七丄")
	if err != nil {
		t.Fatal(err)
	}
	one := e.tokenizer
	want := []int64{one.class, 4, 5, 6, one.sep, 7, 8, one.sep}
	if !slices.Equal(in.ids, want) || in.second != 5 || cut {
		t.Errorf("ids %v, the second from %d, cut %v; want %v from 5", in.ids, in.second, cut, want)
	}
	f, err := e.EncodePair(t.Context(), "一丁丂", "七丄")
	if err != nil {
		t.Fatal(err)
	}
	embedding, state := y.compute(in)
	if !near(f.Embedding, embedding) || !near(f.State, state) || f.Tokens != 8 || f.EncoderID != e.ID()+"+pair" {
		t.Errorf("%s, %d tokens, embedding %v, state %v; want %v, %v", f.EncoderID, f.Tokens, f.Embedding, f.State, embedding, state)
	}
}

func TestPairWithoutATurnBefore(t *testing.T) {
	e := open(t, newTiny().load(t), Options{})
	want, err := e.Encode(t.Context(), "一丁")
	if err != nil {
		t.Fatal(err)
	}
	for _, prev := range []string{"", " ", "\u200b\xff"} {
		f, err := e.EncodePair(t.Context(), "一丁", prev)
		if err != nil || !slices.Equal(f.State, want.State) || f.EncoderID != e.ID() || f.Tokens != want.Tokens {
			t.Errorf("%q: %+v, %v", prev, f, err)
		}
	}
	if _, err := e.EncodePair(t.Context(), " ", "一丁"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty text beside a turn: %v", err)
	}
}

func TestTheEndOfTheTurnBeforeIsRead(t *testing.T) {
	e := open(t, newTiny().load(t), Options{MaxTokens: 62}) // of 64 that the model reads
	turn := func(n int) string { return text(0, n) }
	for _, c := range []struct{ text, prev, before int }{
		{2, 47, 47},  // with its separator as long as is read
		{2, 48, 47},  // its start is cut
		{2, 500, 47}, // far too long
		{30, 47, 31}, // 64 less [CLS], text and two separators
		{59, 47, 2},
		{60, 47, 1},
		{70, 47, 1}, // a text that is cut itself
	} {
		in, cut, err := e.read(text(1, c.text), turn(c.prev))
		if err != nil {
			t.Fatal(err)
		}
		got := in.ids[in.second:]
		var want []int64
		if c.before > 0 {
			all, err := e.tokenizer.Tail([]rune(turn(c.prev)), 1000)
			if err != nil {
				t.Fatal(err)
			}
			want = append(all[len(all)-c.before:], e.tokenizer.sep)
		}
		if !slices.Equal(got, want) || len(in.ids) > 64 || cut != (c.text > 60) {
			t.Errorf("%d beside %d: read %v, want %v; %d ids, cut %v", c.text, c.prev, got, want, len(in.ids), cut)
		}
	}
	full := open(t, newTiny().load(t), Options{MaxTokens: 64})
	if in, _, err := full.read(text(1, 70), turn(3)); err != nil || len(in.ids) != 64 || in.second != 64 {
		t.Errorf("a text that fills the model: %d ids, the second from %d, %v", len(in.ids), in.second, err)
	}
}

func TestTailIsTheEndOfTheTokens(t *testing.T) {
	e := open(t, shipped(t), Options{MaxTokens: 512})
	turn := "亲，您的订单YX202611180023已经由iPhone旗舰店发出，tracking number unbelievable123，请留意！"
	ids, _, err := e.Tokenize(turn)
	if err != nil {
		t.Fatal(err)
	}
	whole := ids[1 : len(ids)-1]
	for limit := 1; limit < len(whole)+3; limit++ {
		tail, err := e.tokenizer.Tail(e.opts.Fold(turn).Runes, limit)
		if err != nil || !slices.Equal(tail, whole[max(0, len(whole)-limit):]) {
			t.Fatalf("the last %d: %v of %v, %v", limit, tail, whole, err)
		}
	}
}

func TestClipStart(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"货货", 6, "货货"}, {"货货", 5, "货"}, {"货货", 3, "货"}, {"货货", 2, ""}, {"ab", 1, "b"}, {"", 0, ""},
	} {
		if got := clipStart(c.in, c.limit); got != c.want {
			t.Errorf("the last %d bytes of %q: %q", c.limit, c.in, got)
		}
	}
	// Bytes that are no UTF-8 are not skipped for ever.
	if got := clipStart(strings.Repeat("\x80", 100), 50); len(got) < 50-utf8.UTFMax {
		t.Errorf("%d bytes are left", len(got))
	}
}

func FuzzPair(f *testing.F) {
	y := newTiny()
	e := open(f, y.load(f), Options{MaxTokens: 20})
	f.Add("一丁", "七丄")
	f.Add("[SEP]", "\xff\u200b")
	f.Add(strings.Repeat("一", 70), strings.Repeat("丁a", 70))
	f.Fuzz(func(t *testing.T, text, prev string) {
		in, _, err := e.read(text, prev)
		if fault.Is(err, fault.Invalid) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(in.ids) > 20+prevTokens || in.second > 20 || in.ids[in.second-1] != e.tokenizer.sep || in.ids[len(in.ids)-1] != e.tokenizer.sep {
			t.Fatalf("ids %v, the second from %d", in.ids, in.second)
		}
	})
}
