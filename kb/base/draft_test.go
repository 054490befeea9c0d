package base_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// whole opens a service that can compare versions too.
func whole(t testing.TB, store *kbtest.Store) world {
	t.Helper()
	w := world{store: store, phraser: &kbtest.Phraser{}, clock: clock.NewFake(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))}
	empty := func() (*hybrid.Index, error) {
		return hybrid.New(model(), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: w.phraser.EncoderID()})
	}
	index, err := empty()
	if err == nil {
		w.Service, err = base.New(base.Options{Store: store, Index: index, Scratch: empty, Phraser: w.phraser, Clock: w.clock, IDs: &ident.Sequence{}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func draft(t testing.TB, w world, d kb.Draft) kb.Draft {
	t.Helper()
	saved, err := w.SaveDraft(t.Context(), "demo", d)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

func TestDraftsDoNotAnswerUntilPublished(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	edit := articles[0]
	edit.Similar = []string{" 商品产地在哪里 "}
	saved := draft(t, w, kb.Draft{Article: edit, Author: "usr_1"})
	if saved.Article.Version != 1 || saved.Article.Similar[0] != "商品产地在哪里" || saved.At.IsZero() {
		t.Errorf("saved %+v", saved)
	}
	fresh := draft(t, w, kb.Draft{Article: kb.Article{Question: "可以送礼盒吗", Answer: "可以"}})
	draft(t, w, kb.Draft{Article: kb.Article{ID: "return"}, Remove: true})
	if hits, err := w.Search(t.Context(), w.phraser.Query("demo", "商品产地在哪里")); err != nil || len(hits) > 0 && hits[0].Score > 0.5 {
		t.Errorf("a draft answers: %+v, %v", hits, err)
	}
	pending, err := w.Drafts(t.Context(), "demo")
	if err != nil || len(pending) != 3 || pending[0].Article.ID != fresh.Article.ID || !pending[0].New || pending[1].Article.Question != "如何退货" || pending[2].New {
		t.Errorf("pending %+v, %v", pending, err)
	}
	stored, revision, err := w.Publish(t.Context(), "demo", nil, "usr_2", "双十一")
	if err != nil || len(stored) != 2 || revision.Put != 2 || revision.Deleted != 1 || revision.Author != "usr_2" || revision.Note != "双十一" {
		t.Fatalf("%+v, %+v, %v", stored, revision, err)
	}
	for text, want := range map[string]string{"商品产地在哪里": "ship", "可以送礼盒吗": fresh.Article.ID} {
		if got := best(t, w, "demo", text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	if _, err := w.Get(t.Context(), "demo", "return"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a published removal: %v", err)
	}
	if pending, err := w.Drafts(t.Context(), "demo"); err != nil || len(pending) != 0 {
		t.Errorf("left %+v, %v", pending, err)
	}
	if _, _, err := w.Publish(t.Context(), "demo", nil, "", ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing to publish: %v", err)
	}
}

func TestPublishIsAllOrNothing(t *testing.T) {
	store := kbtest.NewStore()
	w, other := whole(t, store), whole(t, store)
	put(t, w, "demo", articles...)
	for _, a := range articles {
		a.Answer += "（新）"
		draft(t, w, kb.Draft{Article: a})
	}
	put(t, other, "demo", kb.Article{ID: "invoice", Question: "怎么开发票", Answer: "别处改的"})
	_, _, err := w.Publish(t.Context(), "demo", nil, "", "")
	var e *fault.Error
	if !errors.As(err, &e) || e.Code != fault.Conflict || e.Field != "invoice" {
		t.Errorf("a draft of another version: %v", err)
	}
	for id, want := range map[string]string{"ship": articles[0].Answer, "invoice": "别处改的"} {
		if a, err := w.Get(t.Context(), "demo", id); err != nil || a.Answer != want {
			t.Errorf("after a refused publication %s says %q, %v", id, a.Answer, err)
		}
	}
	pending, err := w.Drafts(t.Context(), "demo")
	if err != nil || len(pending) != 3 || !pending[0].Stale || pending[1].Stale || pending[2].Stale {
		t.Errorf("pending %+v, %v", pending, err)
	}
	if _, r, err := w.Publish(t.Context(), "demo", []string{"ship"}, "", ""); err != nil || r.Put != 1 {
		t.Errorf("one of the others: %+v, %v", r, err)
	}
	if _, _, err := w.Publish(t.Context(), "demo", []string{"ship", "return"}, "", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("a draft that is published already: %v", err)
	}
	// Saved from the present version, it can be published.
	mine := pending[0].Draft
	mine.Article.Version = 0
	draft(t, w, mine)
	if stored, _, err := w.Publish(t.Context(), "demo", []string{"invoice"}, "", ""); err != nil || stored[0].Version != 3 {
		t.Errorf("%+v, %v", stored, err)
	}
	if n, err := w.DiscardDrafts(t.Context(), "demo", []string{"return", "ship"}); err != nil || n != 1 {
		t.Errorf("discarded %d, %v", n, err)
	}
}

func TestDraftInput(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	for name, c := range map[string]struct {
		draft kb.Draft
		code  fault.Code
	}{
		"a flaw":              {kb.Draft{Article: kb.Article{ID: "x", Question: "问"}}, fault.Invalid},
		"a version to be":     {kb.Draft{Article: kb.Article{ID: "ship", Question: "问", Answer: "答", Version: 2}}, fault.Invalid},
		"removal of nothing":  {kb.Draft{Article: kb.Article{ID: "none"}, Remove: true}, fault.NotFound},
		"a version below all": {kb.Draft{Article: kb.Article{ID: "ship", Question: "问", Answer: "答", Version: -1}}, fault.Invalid},
	} {
		if _, err := w.SaveDraft(t.Context(), "demo", c.draft); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	// Both a new article and its twin: the second to come conflicts.
	draft(t, w, kb.Draft{Article: kb.Article{ID: "gift", Question: "送礼盒吗", Answer: "送"}})
	put(t, w, "demo", kb.Article{ID: "gift", Question: "礼盒", Answer: "不送"})
	if _, _, err := w.Publish(t.Context(), "demo", nil, "", ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("a new article over another: %v", err)
	}
}

func TestHistoryAndRollBack(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	_, second, err := w.Change(t.Context(), "demo", kb.Change{
		Author: "usr_1", Put: []kb.Article{{ID: "ship", Question: "商品产地在哪里", Answer: "杭州"}, {ID: "gift", Question: "可以送礼盒吗", Answer: "可以"}},
		Delete: []string{"return", "return"},
	})
	if err != nil || second.Number != 2 || second.Deleted != 1 {
		t.Fatal(second, err)
	}
	back, err := w.RollBack(t.Context(), "demo", 1, "usr_2", "回到第 1 版")
	if err != nil || back.Number != 3 || back.Put != 2 || back.Deleted != 1 || back.Author != "usr_2" {
		t.Fatalf("%+v, %v", back, err)
	}
	for text, want := range map[string]string{"多久能寄出": "ship", "不想要了怎么退": "return"} {
		if got := best(t, w, "demo", text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	if _, err := w.Get(t.Context(), "demo", "gift"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what came later is still there: %v", err)
	}
	if none, err := w.RollBack(t.Context(), "demo", 1, "", ""); err != nil || none.Number != 0 {
		t.Errorf("a roll back to what is: %+v, %v", none, err)
	}
	// A roll back can be rolled back.
	if again, err := w.RollBack(t.Context(), "demo", 2, "", ""); err != nil || again.Number != 4 {
		t.Errorf("%+v, %v", again, err)
	}
	if got := best(t, w, "demo", "可以送礼盒吗"); got != "gift" {
		t.Errorf("finds %q", got)
	}
	for _, n := range []int64{-1, 5} {
		if _, err := w.RollBack(t.Context(), "demo", n, "", ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("revision %d: %v", n, err)
		}
	}
	revisions, err := w.History(t.Context(), "demo", 0, 3)
	if err != nil || len(revisions) != 3 || revisions[0].Number != 4 || revisions[1].Note != "回到第 1 版" {
		t.Errorf("%+v, %v", revisions, err)
	}
	if r, err := w.RevisionAt(t.Context(), "demo", kbtest.Moment(2)); err != nil || r.Number != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	editions, err := w.Editions(t.Context(), "demo", "ship")
	if err != nil || len(editions) != 4 || editions[0].Article.Version != 4 || editions[2].Author != "usr_1" {
		t.Errorf("%+v, %v", editions, err)
	}
}

func TestDiff(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	put(t, w, "demo", kb.Article{ID: "a", Question: "问", Similar: []string{"一", "二"}, Answer: "第一行\n第二行\n第三行"})
	put(t, w, "demo", kb.Article{ID: "b", Question: "别的", Answer: "答"})
	put(t, w, "demo", kb.Article{ID: "a", Question: "怎么问", Similar: []string{"二", "三"}, Answer: "第一行\n第三行\n第四行", AnswerAt: 0.9})
	if _, err := w.Delete(t.Context(), "demo", []string{"a"}); err != nil {
		t.Fatal(err)
	}
	d, err := w.Diff(t.Context(), "demo", "a", 2, 3)
	want := []base.Field{
		{Field: "question", From: "问", To: "怎么问"},
		{Field: "similar", Added: []string{"三"}, Removed: []string{"一"}},
		{Field: "answer", Lines: []base.Line{{Op: "same", Text: "第一行"}, {Op: "remove", Text: "第二行"}, {Op: "same", Text: "第三行"}, {Op: "add", Text: "第四行"}}},
		{Field: "answer_at", To: "0.9"},
	}
	if diff := cmp.Diff(want, d.Fields); err != nil || diff != "" || d.Old.Number != 1 || d.New.Number != 3 {
		t.Errorf("%v\n%s", err, diff)
	}
	if d, err = w.Diff(t.Context(), "demo", "a", -1, -1); err != nil || d.To != 4 || d.From != 3 || d.New != nil || d.Fields[0].From != "怎么问" {
		t.Errorf("the last change: %+v, %v", d, err)
	}
	if _, err = w.Diff(t.Context(), "demo", "b", 0, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("an article not yet there: %v", err)
	}
	if _, err = w.Diff(t.Context(), "demo", "none", 0, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("an article that never was: %v", err)
	}
}

// Lines can be put together to either text again.
func TestLines(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙\n")), 0, 30, -1)
	rapid.Check(t, func(r *rapid.T) {
		from, to := text.Draw(r, "from"), text.Draw(r, "to")
		var a, b []string
		same := 0
		for _, l := range base.Lines(from, to) {
			if l.Op != "add" {
				a = append(a, l.Text)
			}
			if l.Op != "remove" {
				b = append(b, l.Text)
			}
			if l.Op == "same" {
				same++
			}
		}
		if strings.Join(a, "\n") != from || strings.Join(b, "\n") != to {
			r.Fatalf("%q and %q became %q and %q", from, to, a, b)
		}
		if from == to && same != len(a) {
			r.Fatalf("%q is not the same as itself", from)
		}
	})
	long := func(mark string) string { return strings.Repeat(mark+"\n", 3000) }
	if got := base.Lines("头\n"+long("a")+"尾", "头\n"+long("b")+"尾"); len(got) != 6002 || got[0].Op != "same" || got[6001].Op != "same" {
		t.Errorf("%d lines", len(got))
	}
}

func TestCompareVersions(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	gift := kb.Article{ID: "gift", Question: "可以送礼盒吗", Answer: "可以"}
	draft(t, w, kb.Draft{Article: gift})
	draft(t, w, kb.Draft{Article: kb.Article{ID: "return"}, Remove: true})
	silent := articles[1]
	silent.AnswerAt = 0.9999999
	draft(t, w, kb.Draft{Article: silent})
	questions := []base.Question{
		{Text: "什么时候发货", Right: []string{"ship"}},
		{Text: "可以送礼盒吗", Right: []string{"gift", "gone"}},
		{Text: "如何退货", Right: []string{"return"}},
		{Text: "怎么开发票", Right: []string{"invoice"}},
		{Text: "今天天气真好"},
		{Text: "如何退货"},
	}
	c, err := w.Compare(t.Context(), "demo", base.Published, base.WithDraft, questions)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for _, turn := range c.Changed {
		changed = append(changed, fmt.Sprintf("%s %s→%s", turn.Query, turn.From.Outcome, turn.To.Outcome))
	}
	want := []string{"可以送礼盒吗 missed→right", "如何退货 right→missed", "怎么开发票 right→offered", "如何退货 wrong→silent"}
	if !slices.Equal(changed, want) {
		t.Errorf("changed %q", changed)
	}
	if c.From.Articles != 3 || c.To.Articles != 3 || c.From.Answerable != 4 || c.From.Top1 != 0.75 || c.From.Answered != 4 || c.From.Wrong != 1 ||
		c.To.Answered != 2 || c.To.Wrong != 0 || !slices.Equal(c.Unknown, []string{"gone"}) {
		t.Errorf("%+v", c)
	}
	same, err := w.Compare(t.Context(), "demo", "1", base.Published, questions)
	if err != nil || len(same.Changed) != 0 || same.From.Top3 != same.To.Top3 {
		t.Errorf("%+v, %v", same, err)
	}
	for name, c := range map[string]struct {
		from      string
		questions []base.Question
		code      fault.Code
	}{
		"no such revision": {"9", questions, fault.NotFound}, "no version": {"昨天", questions, fault.Invalid},
		"no questions": {"1", nil, fault.Invalid}, "an empty question": {"1", []base.Question{{Text: " "}}, fault.Invalid},
		"too many": {"1", make([]base.Question, base.MaxQuestions+1), fault.Invalid},
	} {
		if _, err := w.Compare(t.Context(), "demo", c.from, base.Published, c.questions); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if _, err := open(t, kbtest.NewStore()).Compare(t.Context(), "demo", "0", "0", questions); !fault.Is(err, fault.Unsupported) {
		t.Errorf("without a scratch index: %v", err)
	}
	if n, err := w.Count(t.Context(), "demo"); err != nil || n != 3 {
		t.Errorf("comparing changed the base: %d, %v", n, err)
	}
}

func TestOwnThreshold(t *testing.T) {
	w := whole(t, kbtest.NewStore())
	band := func(at float64, text string) kb.Band {
		a := articles[0]
		a.AnswerAt = at
		put(t, w, "demo", a)
		hits, err := w.Search(t.Context(), w.phraser.Query("demo", text))
		if err != nil || len(hits) == 0 {
			t.Fatal(hits, err)
		}
		return hits[0].Band
	}
	for _, c := range []struct {
		at   float64
		text string
		want kb.Band
	}{{0, "什么时候发货", kb.Answer}, {0.9999999, "什么时候发货", kb.Suggest}, {0.01, "发货物流", kb.Answer}} {
		if got := band(c.at, c.text); got != c.want {
			t.Errorf("answer at %v: %s is %s, want %s", c.at, c.text, got, c.want)
		}
	}
}

func TestSyncTakesOverRevisions(t *testing.T) {
	store := kbtest.NewStore()
	one, two := whole(t, store), whole(t, store)
	put(t, one, "demo", articles...)
	if err := two.Open(t.Context(), "demo", "empty"); err != nil {
		t.Fatal(err)
	}
	put(t, one, "demo", kb.Article{ID: "gift", Question: "可以送礼盒吗", Answer: "可以"})
	if _, err := one.Delete(t.Context(), "demo", []string{"return"}); err != nil {
		t.Fatal(err)
	}
	// Its own change in between must not hide the other's.
	put(t, two, "demo", kb.Article{ID: "two", Question: "商品产地在哪里", Answer: "杭州"})
	for range 2 {
		if err := two.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for text, want := range map[string]string{"送礼盒可以吗": "gift", "产地在哪": "two"} {
		if got := best(t, two, "demo", text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	if _, err := two.Get(t.Context(), "demo", "return"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an article that another process deleted: %v", err)
	}
	reads := 0
	store.Fail = func(method string) error {
		if method == "Articles" {
			reads++
		}
		return nil
	}
	if err := two.Sync(t.Context()); err != nil || reads != 0 {
		t.Errorf("nothing changed, and %d bases were read, %v", reads, err)
	}
	store.Fail = func(string) error { return errDisk }
	if err := two.Sync(t.Context()); !errors.Is(err, errDisk) {
		t.Errorf("a store that is gone: %v", err)
	}
}
