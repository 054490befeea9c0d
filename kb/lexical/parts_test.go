package lexical

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/yingda/yingda/kb"
)

// invariants checks that documents, postings, keys and owners tell the same story.
func invariants(t *testing.T, b *bot) {
	t.Helper()
	total, postings := 0, 0
	for slot, d := range b.docs {
		if d.key == "" {
			if !slices.Contains(b.free, int32(slot)) {
				t.Errorf("slot %d is empty and not free", slot)
			}
			continue
		}
		total += d.length
		postings += len(d.terms)
		if b.keys[d.key] != int32(slot) || !slices.Contains(b.owners[d.owner], int32(slot)) {
			t.Errorf("document %s is not known by its key or owner", d.key)
		}
		for i, term := range d.terms {
			if i > 0 && d.terms[i-1].term >= term.term {
				t.Errorf("the terms of %s are not sorted", d.key)
			}
			list := b.lists[term.term]
			if int(term.at) >= len(list) || list[term.at] != (posting{int32(slot), term.count}) {
				t.Errorf("the posting of term %d of %s is not at %d", term.term, d.key, term.at)
			}
		}
	}
	held, slots := 0, 0
	for _, list := range b.lists {
		held += len(list)
	}
	for owner, s := range b.owners {
		if len(s) == 0 {
			t.Errorf("owner %s is kept without documents", owner)
		}
		slots += len(s)
	}
	if total != b.total || postings != held || slots != len(b.keys) || len(b.keys)+len(b.free) != len(b.docs) {
		t.Errorf("total %d/%d, postings %d/%d, slots %d, keys %d, free %d, docs %d", total, b.total, postings, held, slots, len(b.keys), len(b.free), len(b.docs))
	}
}

func TestInvariantsHoldAcrossChanges(t *testing.T) {
	x := New(Options{})
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		owner := fmt.Sprintf("o%d", r.IntN(30))
		if r.IntN(4) == 0 {
			if err := x.Delete(t.Context(), "s", []string{owner}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		terms := make([]string, r.IntN(6))
		for i := range terms {
			terms[i] = fmt.Sprintf("t%d", r.IntN(25))
		}
		d := kb.Document{Bot: "s", Owner: owner, Key: fmt.Sprintf("%s#%d", owner, r.IntN(4)), Terms: terms}
		if err := x.Upsert(t.Context(), []kb.Document{d}); err != nil {
			t.Fatal(err)
		}
	}
	invariants(t, x.bot("s", false))
}

func TestSlotsAreUsedAgain(t *testing.T) {
	x := New(Options{})
	for i := range 500 {
		d := kb.Document{Bot: "s", Owner: "o", Key: "k", Terms: []string{fmt.Sprintf("t%d", i)}}
		if err := x.Upsert(t.Context(), []kb.Document{d}); err != nil {
			t.Fatal(err)
		}
	}
	if b := x.bot("s", false); len(b.docs) != 1 {
		t.Errorf("500 versions of one document take %d slots", len(b.docs))
	}
}

func TestBatchesOfManyBots(t *testing.T) {
	x := New(Options{})
	var docs []kb.Document
	for i := range 5 * chunk {
		bot := fmt.Sprintf("bot%d", i/3%3) // runs of three, across the chunks
		docs = append(docs, kb.Document{Bot: bot, Owner: fmt.Sprint(i), Key: fmt.Sprint(i), Terms: []string{"词", fmt.Sprint(i)}})
	}
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i := range 3 {
		bot := fmt.Sprintf("bot%d", i)
		total += x.Len(bot)
		invariants(t, x.bot(bot, false))
	}
	if total != len(docs) {
		t.Errorf("%d documents of %d", total, len(docs))
	}
	for i, d := range docs {
		hits, err := x.Search(t.Context(), d.Bot, []string{fmt.Sprint(i)}, 3)
		if err != nil || len(hits) != 1 || hits[0].Key != d.Key {
			t.Fatalf("document %d: %v, %v", i, hits, err)
		}
	}
	var owners []string
	for i := range docs {
		owners = append(owners, fmt.Sprint(i))
	}
	if err := x.Delete(t.Context(), "bot1", owners); err != nil {
		t.Fatal(err)
	}
	if x.Len("bot1") != 0 || x.Len("bot0") == 0 {
		t.Errorf("after deleting all of bot1: %d and %d", x.Len("bot1"), x.Len("bot0"))
	}
}

func TestTiesByKeyWhateverK(t *testing.T) {
	x := New(Options{})
	var docs []kb.Document
	for _, i := range rand.New(rand.NewPCG(3, 3)).Perm(50) {
		docs = append(docs, kb.Document{Bot: "s", Owner: fmt.Sprint(i), Key: fmt.Sprintf("k%02d", i), Terms: []string{"同"}})
	}
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{1, 2, 7, 49, 50, 51} {
		hits, err := x.Search(t.Context(), "s", []string{"同"}, k)
		if err != nil || len(hits) != min(k, 50) {
			t.Fatalf("k %d: %d hits, %v", k, len(hits), err)
		}
		for i, h := range hits {
			if h.Key != fmt.Sprintf("k%02d", i) {
				t.Errorf("k %d: hit %d is %s", k, i, h.Key)
			}
		}
	}
}

func TestPooledSumsAreCleared(t *testing.T) {
	x := New(Options{})
	docs := []kb.Document{{Bot: "s", Owner: "a", Key: "a", Terms: []string{"一", "二"}}, {Bot: "s", Owner: "b", Key: "b", Terms: []string{"二"}}}
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	first, err := x.Search(t.Context(), "s", []string{"二"}, 1) // leaves a hit behind that k cut off
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := x.Search(t.Context(), "s", []string{"二"}, 1)
		if err != nil || again[0] != first[0] {
			t.Fatalf("%+v, then %+v, %v", first, again, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	for in, want := range map[[2]float64][2]float64{{0, 0}: {1.2, 0.75}, {2, -1}: {2, 0}, {1, 1}: {1, 1}} {
		o := Options{K1: in[0], B: in[1]}.withDefaults()
		if o.K1 != want[0] || o.B != want[1] {
			t.Errorf("%v becomes %v, %v", in, o.K1, o.B)
		}
	}
}

func TestScoreTellsTheTermsHeld(t *testing.T) {
	x := New(Options{})
	docs := []kb.Document{
		{Key: "a#0", Owner: "a", Bot: "s", Terms: []string{"退货", "运费"}},
		{Key: "a#1", Owner: "a", Bot: "s", Terms: []string{"地址"}},
		{Key: "b#0", Owner: "b", Bot: "s", Terms: []string{"运费"}},
	}
	if err := x.Upsert(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	query := []string{"运费", "地址", "运费", "谁"}
	for i := range 70 { // more than one word of bits
		query = append(query, fmt.Sprint(i))
	}
	query = append(query, "退货")
	got, err := x.Score(t.Context(), "s", query, []string{"a", "b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Terms) != 74 || got.Terms[1] != "地址" || got.Terms[73] != "退货" || got.Size != 3 || got.Counts[0] != 2 || got.Counts[2] != 0 {
		t.Fatalf("%+v", got)
	}
	for _, c := range []struct {
		owner, term int
		want        bool
	}{{0, 0, true}, {0, 1, true}, {0, 2, false}, {0, 73, true}, {1, 0, true}, {1, 1, false}, {1, 73, false}} {
		if got.Held(c.owner, c.term) != c.want {
			t.Errorf("owner %d holds %q: %v", c.owner, got.Terms[c.term], !c.want)
		}
	}
	if got.IDF(0) != IDF(2, 3) || got.IDF(1) <= got.IDF(0) {
		t.Errorf("IDF %v of a term in two documents, %v in one", got.IDF(0), got.IDF(1))
	}
	got, err = x.Score(t.Context(), "s", query, []string{"a"}, map[string]bool{"a#0": true})
	if err != nil || got.Held(0, 0) || !got.Held(0, 1) {
		t.Errorf("a hidden document holds terms: %+v, %v", got, err)
	}
}
