package help_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/help"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// finder finds by a word of the query.
type finder struct {
	hits map[string]kb.Hit
	err  error
	at   []time.Time
	read []kb.Query
}

// thanks reads 谢谢 as something that asks for nothing.
type thanks struct{}

func (t thanks) Read(ctx context.Context, text string) (kb.Query, error) {
	q, err := (&kbtest.Phraser{}).Read(ctx, text)
	if strings.Contains(text, "谢谢") {
		q.Idle = 0.9
	}
	return q, err
}

func (f *finder) Search(_ context.Context, q kb.Query) ([]kb.Hit, error) {
	f.at, f.read = append(f.at, q.At), append(f.read, q)
	var out []kb.Hit
	for word, h := range f.hits {
		if strings.Contains(q.Text, word) {
			out = append(out, h)
		}
	}
	return out, f.err
}

func hit(id string, score float64, band kb.Band) kb.Hit {
	return kb.Hit{Article: kb.Article{ID: id, Question: id, Answer: "关于" + id + "的答案。"}, Score: score, Band: band}
}

func TestSearchTakesTheBestSentence(t *testing.T) {
	f := &finder{hits: map[string]kb.Hit{
		"退款": hit("退款", 0.8, kb.Answer), "运费": hit("运费", 0.9, kb.Answer), "你好": hit("问候", 0.2, kb.Abstain), "慢": hit("时效", 0.4, kb.Suggest),
	}}
	s := help.Searcher{Reader: func(string) kb.Reader { return thanks{} }, Retriever: f}
	text := "你好，我是你们的老客户，一直很喜欢这家店。这次的退款拖了很久还是没有到账，实在太慢了。另外寄回来的运费应该由谁承担呢？"
	got, err := s.Search(t.Context(), "demo", text, noon, 5)
	if err != nil || len(got) != 3 || got[0].Article.ID != "运费" || got[1].Article.ID != "退款" || got[2].Article.ID != "时效" {
		t.Fatalf("%+v, %v", got, err)
	}
	if got[0].Segment != "另外寄回来的运费应该由谁承担呢？" || got[0].Snippet != "关于运费的答案。" || got[0].Probability != 0.9 || !f.at[0].Equal(noon) {
		t.Errorf("%+v", got[0])
	}
	if got, err := s.Search(t.Context(), "demo", text, noon, 1); err != nil || len(got) != 1 {
		t.Errorf("with a limit: %+v, %v", got, err)
	}
	if _, err := s.Search(t.Context(), "demo", "？？", noon, 5); !fault.Is(err, fault.Invalid) {
		t.Errorf("a text without words: %v", err)
	}
	f.read = nil
	if _, err := s.Search(t.Context(), "demo", "退款怎么还没到。谢谢你们了。", noon, 4); err != nil || len(f.read) != 2 || f.read[0].Bot != "demo" || f.read[0].Limit != 4 ||
		f.read[0].Idle+f.read[1].Idle != 0.9 || len(f.read[0].Embedding) == 0 {
		t.Errorf("sentences are not searched as messages are: %+v, %v", f.read, err)
	}
	f.err = errors.New("down")
	if _, err := s.Search(t.Context(), "demo", text, noon, 5); !errors.Is(err, f.err) {
		t.Errorf("a retriever that fails: %v", err)
	}
}

// library holds articles whose embeddings the tests write.
type library struct {
	articles map[string]kb.Article
	vectors  map[string][]float32 // by question
	embedded int
}

func (l *library) Get(_ context.Context, _, id string) (kb.Article, error) {
	a, ok := l.articles[id]
	if !ok {
		return a, fault.New(fault.NotFound, "no %s", id)
	}
	return a, nil
}

func (l *library) Embed(_ context.Context, texts []string, each func(int, []float32) error) error {
	for i, t := range texts {
		l.embedded++
		if err := each(i, l.vectors[t]); err != nil {
			return err
		}
	}
	return nil
}

// at is a unit vector at an angle: the cosine of two is that of their difference.
func at(degrees float64) []float32 {
	return []float32{float32(math.Cos(degrees * math.Pi / 180)), float32(math.Sin(degrees * math.Pi / 180))}
}

func shelf(t *testing.T) (*library, *help.Related) {
	t.Helper()
	l := &library{articles: map[string]kb.Article{}, vectors: map[string][]float32{}}
	index := vector.New(2, vector.Options{})
	until := noon
	for _, a := range []struct {
		id, category string
		angle        float64
		until        *time.Time
	}{
		{"home", "物流", 0, nil}, {"copy", "物流", 5, nil}, {"near", "发票", 40, nil}, {"same shelf", "物流", 47, nil},
		{"below", "发票", -35, nil}, {"expired", "物流", -60, &until}, {"far", "物流", 120, nil},
	} {
		l.articles[a.id] = kb.Article{ID: a.id, Question: "问" + a.id, Category: a.category, ValidUntil: a.until}
		l.vectors["问"+a.id] = at(a.angle)
		if err := index.Upsert(t.Context(), []kb.Vector{{Key: a.id + "#0", Owner: a.id, Bot: "demo", Embedding: at(a.angle)}}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := help.NewRelated(l, index)
	if err != nil {
		t.Fatal(err)
	}
	return l, r
}

func related(t *testing.T, r *help.Related, id string, limit int) string {
	t.Helper()
	got, err := r.To(t.Context(), "demo", id, noon, limit)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, a := range got {
		ids = append(ids, a.ID)
	}
	return strings.Join(ids, ",")
}

func TestRelated(t *testing.T) {
	l, r := shelf(t)
	// The nearest of its category; what is a copy of it, or of one kept, is left out.
	if got := related(t, r, "home", 5); got != "same shelf,below" {
		t.Errorf("near home: %s", got)
	}
	if got := related(t, r, "home", 1); got != "same shelf" {
		t.Errorf("one near home: %s", got)
	}
	once := l.embedded
	related(t, r, "home", 3)
	if l.embedded != once {
		t.Error("a second question is not answered from memory")
	}
	delete(l.articles, "same shelf")
	if got := related(t, r, "home", 5); got != "below" {
		t.Errorf("after one was deleted: %s", got)
	}
	r.Delete("demo", []string{"same shelf"})
	if got := related(t, r, "home", 5); got != "below,near" {
		t.Errorf("after the base told of it: %s", got)
	}
	if l.embedded == once {
		t.Error("nothing was read anew")
	}
	if _, err := r.To(t.Context(), "demo", "unknown", noon, 5); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown article: %v", err)
	}
}

func TestRateOf(t *testing.T) {
	for _, c := range []struct {
		hits, n          int
		share, low, high float64
	}{
		{0, 0, 0, 0, 1}, {0, 10, 0, 0, 0.2775}, {10, 10, 1, 0.7225, 1}, {50, 100, 0.5, 0.4038, 0.5962}, {300, 1000, 0.3, 0.2724, 0.3291},
	} {
		got := help.RateOf(c.hits, c.n)
		if math.Abs(got.Share-c.share) > 1e-9 || math.Abs(got.Low-c.low) > 5e-4 || math.Abs(got.High-c.high) > 5e-4 || got.Of != c.n {
			t.Errorf("%d of %d: %+v", c.hits, c.n, got)
		}
	}
	total := help.Total([]help.Day{{Sessions: 2, Searches: 3, Shown: 2, Opened: 1, Solved: 1, Sent: 1}, {Sessions: 1, Searches: 1}})
	if total != (help.Day{Sessions: 3, Searches: 4, Shown: 2, Opened: 1, Solved: 1, Sent: 1}) {
		t.Errorf("total %+v", total)
	}
}
