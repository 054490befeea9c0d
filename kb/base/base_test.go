package base_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// model trusts the nearest wording alone.
func model() hybrid.Model { return kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}) }

type world struct {
	*base.Service
	store   *kbtest.Store
	phraser *kbtest.Phraser
	clock   *clock.Fake
}

func open(t testing.TB, store *kbtest.Store) world {
	t.Helper()
	w := world{store: store, phraser: &kbtest.Phraser{}, clock: clock.NewFake(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))}
	index, err := hybrid.New(model(), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: w.phraser.EncoderID()})
	if err != nil {
		t.Fatal(err)
	}
	w.Service, err = base.New(base.Options{Store: store, Index: index, Phraser: w.phraser, Clock: w.clock, IDs: &ident.Sequence{}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var errDisk = errors.New("the disk is gone")

var articles = []kb.Article{
	{ID: "ship", Question: "什么时候发货", Similar: []string{"多久能寄出", "几天可以出库"}, Answer: "付款后 48 小时内发出。", Category: "物流"},
	{ID: "invoice", Question: "怎么开发票", Similar: []string{"能开专票吗"}, Answer: "签收后在订单里申请。", Category: "发票"},
	{ID: "return", Question: "如何退货", Similar: []string{"不想要了怎么退"}, Answer: "七天内可以申请。", Category: "售后"},
}

func put(t testing.TB, w world, bot string, list ...kb.Article) []kb.Article {
	t.Helper()
	out, err := w.Put(t.Context(), bot, list)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func best(t testing.TB, w world, bot, text string) string {
	t.Helper()
	hits, err := w.Search(t.Context(), w.phraser.Query(bot, text))
	if err != nil {
		t.Fatal(err)
	}
	if len(hits) == 0 {
		return ""
	}
	return hits[0].Article.ID
}

func TestChangesAreFoundWhenTheCallReturns(t *testing.T) {
	w := open(t, kbtest.NewStore())
	if got := best(t, w, "demo", "什么时候发货"); got != "" {
		t.Errorf("an empty knowledge base answered with %s", got)
	}
	stored := put(t, w, "demo", articles...)
	if stored[0].Version != 1 || stored[0].Bot != "demo" {
		t.Errorf("stored %+v", stored[0])
	}
	if got := best(t, w, "demo", "多久可以寄出"); got != "ship" {
		t.Errorf("after Put: %q", got)
	}
	if got := best(t, w, "other", "多久可以寄出"); got != "" {
		t.Errorf("another bot sees %q", got)
	}
	changed := stored[0]
	changed.Question, changed.Similar = "商品产地在哪里", nil
	put(t, w, "demo", changed)
	if hits, err := w.Search(t.Context(), w.phraser.Query("demo", "多久能寄出")); err != nil || len(hits) > 0 && hits[0].Score > 0.5 {
		t.Errorf("the old wording still finds %+v, %v", hits, err)
	}
	if got := best(t, w, "demo", "产地是哪里"); got != "ship" {
		t.Errorf("the new wording finds %q", got)
	}
	n, err := w.Delete(t.Context(), "demo", []string{"ship", "nothing"})
	if err != nil || n != 1 {
		t.Errorf("deleted %d, %v", n, err)
	}
	if got := best(t, w, "demo", "产地是哪里"); got == "ship" {
		t.Error("a deleted article is found")
	}
	if _, err := w.Get(t.Context(), "demo", "ship"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Get of a deleted article: %v", err)
	}
}

func TestValidity(t *testing.T) {
	w := open(t, kbtest.NewStore())
	from, until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	put(t, w, "demo", kb.Article{ID: "sale", Question: "双十一有什么优惠", Answer: "满 300 减 50", ValidFrom: &from, ValidUntil: &until})
	for at, want := range map[time.Time]int{
		from.Add(-time.Second): 0, from: 1, until.Add(-time.Second): 1, until: 0,
	} {
		q := w.phraser.Query("demo", "双十一有什么优惠")
		q.At = at
		hits, err := w.Search(t.Context(), q)
		if err != nil || len(hits) != want {
			t.Errorf("at %s: %d hits, %v, want %d", at, len(hits), err, want)
		}
	}
}

func TestPutRefusesFlaws(t *testing.T) {
	w := open(t, kbtest.NewStore())
	for name, c := range map[string]struct {
		article kb.Article
		field   string
	}{
		"no question": {kb.Article{ID: "x", Answer: "a"}, "articles[1].question"},
		"no answer":   {kb.Article{ID: "x", Question: "问"}, "articles[1].answer"},
		"only marks":  {kb.Article{ID: "x", Question: "？！", Answer: "a"}, "articles[1].question"},
		"invalid":     {kb.Article{ID: "x", Question: "问", Answer: "a\xff"}, "articles[1].answer"},
		"twice":       {kb.Article{ID: "ship", Question: "问", Answer: "a"}, "articles[1].id"},
		"bad id":      {kb.Article{ID: "a/b", Question: "问", Answer: "a"}, "articles[1].id"},
	} {
		_, err := w.Put(t.Context(), "demo", []kb.Article{articles[0], c.article})
		var e *fault.Error
		if !errors.As(err, &e) || e.Code != fault.Invalid || e.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := w.Count(t.Context(), "demo"); err != nil || n != 0 {
		t.Errorf("%d articles after refused calls, %v", n, err)
	}
	put(t, w, "demo", articles[0])
	stale := articles[0]
	stale.Version = 5
	if _, err := w.Put(t.Context(), "demo", []kb.Article{stale}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a stale version: %v", err)
	}
	fresh := put(t, w, "demo", kb.Article{Question: "  新的\n问题 ", Similar: []string{"", " 新的 问题", "别的"}, Answer: "答"})
	if a := fresh[0]; a.ID == "" || a.Question != "新的 问题" || !cmp.Equal(a.Similar, []string{"别的"}) {
		t.Errorf("cleaned and named: %+v", a)
	}
	if out, err := w.Put(t.Context(), "demo", nil); err != nil || len(out) != 0 {
		t.Errorf("put of nothing: %v, %v", out, err)
	}
}

func TestRestartEncodesNothingTwice(t *testing.T) {
	store := kbtest.NewStore()
	put(t, open(t, store), "demo", articles...)
	w := open(t, store)
	if err := w.Open(t.Context(), "demo", "empty"); err != nil {
		t.Fatal(err)
	}
	if n := w.phraser.Encoded(); n != 0 {
		t.Errorf("%d texts were encoded again", n)
	}
	if got := best(t, w, "demo", "能开专票吗"); got != "invoice" {
		t.Errorf("after a restart: %q", got)
	}
	put(t, w, "demo", kb.Article{ID: "invoice", Question: "怎么开发票", Similar: []string{"能开专票吗", "发票抬头"}, Answer: "签收后在订单里申请。"})
	if n := w.phraser.Encoded(); n != 1 {
		t.Errorf("%d texts were encoded for one new wording", n)
	}
}

func TestAnotherEncoderIsRefused(t *testing.T) {
	index, err := hybrid.New(model(), hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: "test-encoder"})
	if err != nil {
		t.Fatal(err)
	}
	opts := base.Options{Store: kbtest.NewStore(), Index: index, Phraser: &kbtest.Phraser{ID: "newer"}, Clock: clock.System{}, IDs: &ident.Sequence{}}
	if _, err := base.New(opts); !fault.Is(err, fault.Conflict) {
		t.Errorf("a phraser of another encoder: %v", err)
	}
	opts.Store = nil
	if _, err := base.New(opts); !fault.Is(err, fault.Internal) {
		t.Errorf("no store: %v", err)
	}
	w := open(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	q := w.phraser.Query("demo", "发货")
	q.EncoderID = "newer"
	if _, err := w.Search(t.Context(), q); !fault.Is(err, fault.Conflict) {
		t.Errorf("a query of another encoder: %v", err)
	}
}

func TestList(t *testing.T) {
	w := open(t, kbtest.NewStore())
	var list []kb.Article
	for i := range 120 {
		list = append(list, kb.Article{ID: fmt.Sprintf("a%03d", i), Question: fmt.Sprintf("第%d个问题", i), Answer: "答 Wi-Fi", Category: []string{"物流", "售后"}[i%2]})
	}
	put(t, w, "demo", list...)
	var seen []string
	f := base.Filter{Category: "物流", Limit: 25}
	for pages := 0; ; pages++ {
		page, next, err := w.List(t.Context(), "demo", f)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page {
			seen = append(seen, a.ID)
		}
		if next == "" {
			if pages != 2 {
				t.Errorf("%d pages of 25 for 60 articles", pages+1)
			}
			break
		}
		f.Cursor = next
	}
	if len(seen) != 60 || seen[0] != "a000" || seen[59] != "a118" {
		t.Errorf("%d articles, %v", len(seen), seen)
	}
	page, _, err := w.List(t.Context(), "demo", base.Filter{Text: "第 ７７ 个"})
	if err != nil || len(page) != 1 || page[0].ID != "a077" {
		t.Errorf("by text: %v, %v", page, err)
	}
	if page, _, err = w.List(t.Context(), "demo", base.Filter{Text: "wifi", Limit: 500}); err != nil || len(page) != 120 {
		t.Errorf("by the answer's text: %d, %v", len(page), err)
	}
	if _, _, err := w.List(t.Context(), "demo", base.Filter{Cursor: "!!"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a damaged cursor: %v", err)
	}
}

func TestImport(t *testing.T) {
	w := open(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	file := "编号,问题,相似问,答案,分类\n" +
		",什么时候发货,多久能寄出|几天可以出库,付款后 48 小时内发出。,物流\n" + // as it is
		",怎么开发票,,改了的答案,发票\n" + // replaced by its question
		"new1,能不能货到付款,可以到付吗,不支持,支付\n" +
		",运费谁出,,看情况,\n" +
		"return,怎么开发票,,同名,\n" + // a duplicate within the file
		"invoice,发票的另一个说法,,撞上第三行,\n" +
		"x,,,没有问题,\n"
	for _, dry := range []bool{true, false} {
		report, err := w.Import(t.Context(), "demo", importer.CSV, strings.NewReader(file), dry)
		if err != nil {
			t.Fatal(err)
		}
		codes := map[int]string{}
		for _, p := range report.Problems {
			codes[p.Line] = p.Code
		}
		if report.Rows != 7 || report.Added != 2 || report.Replaced != 1 || report.Unchanged != 1 || report.Rejected != 3 ||
			!cmp.Equal(codes, map[int]string{6: "different_answers", 7: "duplicate_id", 8: "missing"}) {
			t.Errorf("dry %v: %+v", dry, report)
		}
		want := 3
		if !dry {
			want = 5
		}
		if n, err := w.Count(t.Context(), "demo"); err != nil || n != want {
			t.Errorf("dry %v: %d articles, %v", dry, n, err)
		}
	}
	if got := best(t, w, "demo", "可以到付吗"); got != "new1" {
		t.Errorf("an imported wording finds %q", got)
	}
	var b bytes.Buffer
	if err := w.Export(t.Context(), "demo", importer.CSV, &b); err != nil {
		t.Fatal(err)
	}
	report, err := w.Import(t.Context(), "demo", importer.CSV, &b, false)
	if err != nil || report.Unchanged != 5 || report.Added+report.Replaced+report.Rejected != 0 {
		t.Errorf("an export imported again: %+v, %v", report, err)
	}
	if _, err := w.Import(t.Context(), "demo", "doc", strings.NewReader("x"), false); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestFailuresLoseNothing(t *testing.T) {
	store := kbtest.NewStore()
	w := open(t, store)
	put(t, w, "demo", articles...)
	for _, method := range []string{"Embeddings", "PutEmbeddings", "ChangeArticles"} {
		store.Fail = func(m string) error {
			if m == method {
				return errDisk
			}
			return nil
		}
		_, err := w.Put(t.Context(), "demo", []kb.Article{{ID: "ship", Question: "全新的说法" + method, Answer: "答"}})
		if !errors.Is(err, errDisk) {
			t.Errorf("%s: %v", method, err)
		}
		store.Fail = nil
		if got := best(t, w, "demo", "多久能寄出"); got != "ship" {
			t.Errorf("after %s failed the old wording finds %q", method, got)
		}
	}
	w.phraser.Fail = func(string) error { return fault.New(fault.Unavailable, "no model") }
	if _, err := w.Put(t.Context(), "demo", []kb.Article{{ID: "ship", Question: "又一个说法", Answer: "答"}}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an encoder that is down: %v", err)
	}
	w.phraser.Fail = nil
	if a, err := store.Article(t.Context(), "demo", "ship"); err != nil || a.Version != 1 {
		t.Errorf("something was stored: %+v, %v", a, err)
	}
	store.Fail = func(string) error { return errDisk }
	cold := open(t, store)
	if _, err := cold.Search(t.Context(), cold.phraser.Query("demo", "发货")); !errors.Is(err, errDisk) {
		t.Errorf("a search that cannot load the articles: %v", err)
	}
	store.Fail = nil
	if got := best(t, cold, "demo", "多久能寄出"); got != "ship" {
		t.Errorf("after the store came back: %q", got)
	}
}

func TestBusyEncoderIsWaitedFor(t *testing.T) {
	w := open(t, kbtest.NewStore())
	var mu sync.Mutex
	refusals := 0
	w.phraser.Fail = func(string) error {
		mu.Lock()
		defer mu.Unlock()
		if refusals++; refusals <= 3 {
			return &fault.Error{Code: fault.Busy, Message: "full", RetryAfter: time.Second}
		}
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.Put(context.Background(), "demo", articles)
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil || refusals < 4 {
				t.Errorf("%v after %d refusals", err, refusals)
			}
			return
		case <-time.After(time.Millisecond):
			w.clock.Advance(time.Second)
		}
	}
}

func TestRefreshTakesOverWhatOthersChanged(t *testing.T) {
	store := kbtest.NewStore()
	one, two := open(t, store), open(t, store)
	put(t, one, "demo", articles...)
	if err := two.Open(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	put(t, one, "demo", kb.Article{ID: "gift", Question: "可以送礼盒吗", Answer: "可以"})
	put(t, one, "demo", kb.Article{ID: "ship", Question: "商品产地在哪里", Answer: "杭州"})
	if _, err := one.Delete(t.Context(), "demo", []string{"return"}); err != nil {
		t.Fatal(err)
	}
	if err := two.Refresh(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"送礼盒可以吗": "gift", "产地在哪": "ship"} {
		if got := best(t, two, "demo", text); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
	}
	if _, err := two.Get(t.Context(), "demo", "return"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an article that another process deleted: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	w := open(t, kbtest.NewStore())
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 20 {
				id := fmt.Sprintf("a%d-%d", i, n%5)
				text := fmt.Sprintf("问题%d号%d", i, n)
				put(t, w, "demo", kb.Article{ID: id, Question: text, Answer: "答"})
				if got := best(t, w, "demo", text); got != id {
					t.Errorf("%s finds %q right after Put, want %s", text, got, id)
				}
				if n%7 == 0 {
					if _, err := w.Delete(t.Context(), "demo", []string{id}); err != nil {
						t.Error(err)
					}
				}
			}
		})
		wg.Go(func() {
			for range 40 {
				if _, err := w.Search(t.Context(), w.phraser.Query("demo", "问题")); err != nil {
					t.Error(err)
				}
				if _, _, err := w.List(t.Context(), "demo", base.Filter{Text: "问题"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestWaitingForAChangeEndsWithTheContext(t *testing.T) {
	w := open(t, kbtest.NewStore())
	put(t, w, "demo", articles...)
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.phraser.Fail = func(string) error {
		once.Do(func() { close(entered); <-release })
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := w.Put(context.Background(), "demo", []kb.Article{{ID: "slow", Question: "慢的", Answer: "答"}})
		done <- err
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := w.Delete(ctx, "demo", []string{"ship"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second change: %v", err)
	}
	if got := best(t, w, "demo", "多久能寄出"); got != "ship" {
		t.Errorf("a search during a change finds %q", got)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
