package base_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/kbtest"
)

// past is what a base and its drafts should be.
type past struct {
	now    map[string]kb.Article
	then   []map[string]kb.Article // after each revision, from 0
	drafts map[string]kb.Draft
	born   map[string]int // the last version there ever was
}

func clone(m map[string]kb.Article) map[string]kb.Article {
	c := map[string]kb.Article{}
	for id, a := range m {
		c[id] = a
	}
	return c
}

// set makes a the article's next version.
func (p *past) set(a kb.Article) {
	p.born[a.ID]++
	a.Version = p.born[a.ID]
	p.now[a.ID] = a
}

func (p *past) revised() { p.then = append(p.then, clone(p.now)) }

// publishable reports whether no draft is of another version than the article's.
func (p *past) publishable() bool {
	for id, d := range p.drafts {
		now, there := p.now[id]
		if (there || !d.Remove) && now.Version != d.Article.Version {
			return false
		}
	}
	return len(p.drafts) > 0
}

// Any sequence of changes, drafts, publications and roll backs, made in turn
// by two processes, leaves both, and every revision of the past, as a simple
// model says.
func TestHistoryAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		store := kbtest.NewStore()
		worlds := []world{whole(t, store), whole(t, store)}
		p := past{now: map[string]kb.Article{}, drafts: map[string]kb.Draft{}, born: map[string]int{}}
		p.revised()
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			w := worlds[rapid.IntRange(0, 1).Draw(r, "process")]
			if err := w.Sync(t.Context()); err != nil {
				r.Fatal(err)
			}
			step(t, r, w, &p)
		}
		for i, w := range worlds {
			if err := w.Sync(t.Context()); err != nil {
				r.Fatal(err)
			}
			list, _, err := w.List(t.Context(), "demo", base.Filter{Limit: 200})
			if d := cmp.Diff(p.now, byID(list), written...); err != nil || d != "" {
				r.Fatalf("process %d: %v\n%s", i, err, d)
			}
			for id, a := range p.now {
				if got := best(t, w, "demo", a.Question); got != id {
					r.Fatalf("process %d: %q finds %s, want %s", i, a.Question, got, id)
				}
			}
		}
		for n, want := range p.then {
			then, err := store.ArticlesAt(t.Context(), "demo", int64(n))
			if d := cmp.Diff(want, byID(then), written...); err != nil || d != "" {
				r.Fatalf("revision %d: %v\n%s", n, err, d)
			}
		}
		pending, err := worlds[0].Drafts(t.Context(), "demo")
		if err != nil || len(pending) != len(p.drafts) {
			r.Fatalf("%d drafts, want %d (%v)", len(pending), len(p.drafts), err)
		}
	})
}

var written = []cmp.Option{cmpopts.IgnoreFields(kb.Article{}, "UpdatedAt", "Bot"), cmpopts.EquateEmpty()}

func byID(list []kb.Article) map[string]kb.Article {
	m := map[string]kb.Article{}
	for _, a := range list {
		m[a.ID] = a
	}
	return m
}

// step does one thing to w and to the model.
func step(t *testing.T, r *rapid.T, w world, p *past) {
	id := fmt.Sprintf("a%d", rapid.IntRange(0, 4).Draw(r, "id"))
	a := kb.Article{
		ID: id, Question: id + "的问题" + rapid.StringOfN(rapid.SampledFrom([]rune("发货退款")), 0, 3, -1).Draw(r, "question"),
		Answer: rapid.SampledFrom([]string{"好", "不行"}).Draw(r, "answer"), AnswerAt: rapid.SampledFrom([]float64{0, 0.5}).Draw(r, "at"),
	}
	was, there := p.now[id]
	switch rapid.SampledFrom([]string{"change", "change", "draft", "remove", "publish", "roll back", "discard"}).Draw(r, "what") {
	case "change":
		c := kb.Change{Put: []kb.Article{a}}
		other := fmt.Sprintf("a%d", rapid.IntRange(5, 6).Draw(r, "other"))
		if rapid.Bool().Draw(r, "delete") {
			c.Delete = []string{other}
		}
		if _, _, err := w.Change(t.Context(), "demo", c); err != nil {
			r.Fatal(err)
		}
		if len(c.Delete) > 0 {
			delete(p.now, other)
		} else if rapid.Bool().Draw(r, "more") {
			b := kb.Article{ID: other, Question: other + "的问题", Answer: "好"}
			put(t, w, "demo", b)
			p.set(a)
			p.revised()
			p.set(b)
			p.revised()
			return
		}
		p.set(a)
		p.revised()
	case "draft":
		d, err := w.SaveDraft(t.Context(), "demo", kb.Draft{Article: a})
		if err != nil || d.Article.Version != was.Version {
			r.Fatalf("%+v, %v", d, err)
		}
		p.drafts[id] = d
	case "remove":
		d, err := w.SaveDraft(t.Context(), "demo", kb.Draft{Article: kb.Article{ID: id}, Remove: true})
		if !there {
			if !fault.Is(err, fault.NotFound) {
				r.Fatalf("the removal of nothing: %v", err)
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		p.drafts[id] = d
	case "publish":
		_, revision, err := w.Publish(t.Context(), "demo", nil, "", "")
		if !p.publishable() {
			if err == nil || revision.Number != 0 {
				r.Fatalf("published %+v although a draft is stale, or there is none", revision)
			}
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		for id, d := range p.drafts {
			if d.Remove {
				delete(p.now, id)
			} else {
				p.set(d.Article)
			}
		}
		p.drafts = map[string]kb.Draft{}
		p.revised()
	case "roll back":
		n := rapid.IntRange(0, len(p.then)-1).Draw(r, "revision")
		revision, err := w.RollBack(t.Context(), "demo", int64(n), "", "")
		if err != nil {
			r.Fatal(err)
		}
		changed := false
		for id, a := range p.then[n] {
			if now, ok := p.now[id]; !ok || !now.Same(a) {
				p.set(a)
				changed = true
			}
		}
		for id := range p.now {
			if _, ok := p.then[n][id]; !ok {
				delete(p.now, id)
				changed = true
			}
		}
		if changed != (revision.Number > 0) {
			r.Fatalf("changed %v, revision %+v", changed, revision)
		}
		if changed {
			p.revised()
		}
	case "discard":
		_, had := p.drafts[id]
		n, err := w.DiscardDrafts(t.Context(), "demo", []string{id})
		if err != nil || (n == 1) != had {
			r.Fatalf("discarded %d, %v", n, err)
		}
		delete(p.drafts, id)
	}
}

// While drafts are published over and over by two processes, every search
// finds the article in one of its published forms, and no publication is lost.
func TestPublishWhileSearching(t *testing.T) {
	const rounds = 15
	store := kbtest.NewStore()
	worlds := []world{whole(t, store), whole(t, store)}
	put(t, worlds[0], "demo", articles...)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for i, w := range worlds {
		id := articles[i].ID
		writers.Go(func() {
			for n := range rounds {
				a := articles[i]
				a.Answer = "第" + strconv.Itoa(n) + "次"
				draft(t, w, kb.Draft{Article: a})
				if _, _, err := w.Publish(t.Context(), "demo", []string{id}, "", ""); err != nil {
					t.Errorf("%s, round %d: %v", id, n, err)
				}
			}
		})
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if got := best(t, w, "demo", articles[i].Question); got != id {
					t.Errorf("a search during a publication finds %q, want %s", got, id)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if last, err := store.LastRevision(t.Context(), "demo"); err != nil || last != 2*rounds+1 {
		t.Errorf("%d revisions, %v", last, err)
	}
	for _, w := range worlds {
		if err := w.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, a := range articles[:2] {
			if got, err := w.Get(t.Context(), "demo", a.ID); err != nil || got.Answer != "第14次" || got.Version != rounds+1 {
				t.Errorf("%+v, %v", got, err)
			}
		}
	}
}

func TestReadQuestions(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want []base.Question
	}{
		"jsonl":       {"{\"query\":\"怎么退\",\"kb_ids\":[\"a\",\"b\"]}\n{\"query\":\"天气\",\"kb_ids\":[]}\n", []base.Question{{Text: "怎么退", Right: []string{"a", "b"}}, {Text: "天气"}}},
		"headings":    {"\ufeff编号,问题\na|b,怎么退\n,天气\n", []base.Question{{Text: "怎么退", Right: []string{"a", "b"}}, {Text: "天气"}}},
		"no headings": {"怎么退,a\n\n\"天,气\"\n", []base.Question{{Text: "怎么退", Right: []string{"a"}}, {Text: "天,气"}}},
		"tabs":        {"问题\t条目\n怎么退\ta；b\n", []base.Question{{Text: "怎么退", Right: []string{"a", "b"}}}},
	} {
		got, err := base.ReadQuestions(strings.NewReader(c.file))
		if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
	for _, bad := range []string{"{\"query\":1}", "{\"query\":\"怎么退\",\"articles\":[\"a\"]}", "问题,编号\n,a\n"} {
		if q, err := base.ReadQuestions(strings.NewReader(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v, %v", bad, q, err)
		}
	}
}

func FuzzReadQuestions(f *testing.F) {
	f.Add("问题,编号\n怎么退,a|b\n")
	f.Add("{\"query\":\"x\",\"kb_id\":null}")
	f.Add("\xff\xfe\x00\"")
	f.Fuzz(func(t *testing.T, file string) {
		questions, err := base.ReadQuestions(strings.NewReader(file))
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%v (%s)", err, fault.CodeOf(err))
		}
		if err == nil && slices.ContainsFunc(questions, func(q base.Question) bool { return q.Text == "" }) {
			t.Errorf("an empty question in %v", questions)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	from, to := "", ""
	for i := range 500 {
		from += strconv.Itoa(i) + "\n"
		to += strconv.Itoa(i*i%97) + "\n"
	}
	for b.Loop() {
		base.Lines(from, to)
	}
}
