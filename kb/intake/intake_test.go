package intake_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// world is a base with imports, on a store that outlives them.
type world struct {
	*testing.T
	*intake.Service
	store   *store.Store
	base    *base.Service
	phraser *kbtest.Phraser
	clock   *clock.Fake
	ids     ident.Source
	hooks   *hooks
}

// hooks stand before and after what a job calls; nil ones do nothing.
type hooks struct {
	intake.Base
	intake.Store
	read, embed, change func(ctx context.Context) error
	changed, save       func() error
}

func call(ctx context.Context, fn func(context.Context) error) error {
	if fn == nil {
		return nil
	}
	return fn(ctx)
}

func (h *hooks) Embed(ctx context.Context, texts []string, each func(int, []float32) error) error {
	if err := call(ctx, h.embed); err != nil {
		return err
	}
	return h.Base.Embed(ctx, texts, each)
}

func (h *hooks) Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	if err := call(ctx, h.change); err != nil {
		return nil, kb.Revision{}, err
	}
	list, r, err := h.Base.Change(ctx, bot, c)
	if err == nil && h.changed != nil {
		err = h.changed()
	}
	return list, r, err
}

func (h *hooks) SaveImport(ctx context.Context, e jobs.Entry, parts map[string][]byte) (jobs.Entry, error) {
	if h.save != nil {
		if err := h.save(); err != nil {
			return jobs.Entry{}, err
		}
	}
	return h.Store.SaveImport(ctx, e, parts)
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, clock: clock.NewFake(noon)}
	w.ids = ident.NewULID(w.clock)
	w.store = storetest.Open(t, w.clock)
	w.restart(nil)
	return w
}

// restart opens the base and the imports anew, as another process would.
func (w *world) restart(edit func(*intake.Options)) {
	w.Helper()
	var err error
	w.phraser = &kbtest.Phraser{}
	index, err := hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: w.phraser.EncoderID(),
	})
	w.must(err)
	w.base, err = base.New(base.Options{Store: w.store, Index: index, Phraser: w.phraser, Clock: w.clock, IDs: w.ids})
	w.must(err)
	w.hooks = &hooks{Base: w.base, Store: w.store}
	w.begin(edit)
}

func (w *world) begin(edit func(*intake.Options)) {
	w.Helper()
	h := w.hooks
	o := intake.Options{
		Store: h, Articles: w.store, Base: h, Clock: w.clock, IDs: w.ids,
		Read: func(ctx context.Context, r io.Reader, o importer.Options) (importer.Table, error) {
			if err := call(ctx, h.read); err != nil {
				return importer.Table{}, err
			}
			return importer.ReadContext(ctx, r, o)
		},
	}
	if edit != nil {
		edit(&o)
	}
	s, err := intake.New(o)
	w.must(err)
	w.Service = s
	w.Cleanup(func() { w.must(s.Close()) })
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

const shopFile = "编号,问题,相似问,答案\n" +
	"ship,什么时候发货,多久能寄出,付款后 48 小时内发出\n" +
	",怎么开发票,,签收后在订单里申请\n" +
	",,,没有问题的答案\n" +
	"return,如何退货,,七天内可以申请\n"

func request(file string) intake.Request {
	return intake.Request{Bot: "shop", Author: "小林", Source: jobs.Source{File: "售后.csv", Format: "csv"}, Body: []byte(file)}
}

func (w *world) submit(file string) jobs.Job {
	w.Helper()
	j, err := w.Submit(w.Context(), request(file))
	w.must(err)
	return j
}

// wait returns the job when it is in one of the states.
func (w *world) wait(id string, states ...jobs.State) jobs.Job {
	w.Helper()
	for range 5000 {
		j, err := w.Job(w.Context(), "shop", id)
		w.must(err)
		if slices.Contains(states, j.State) {
			return j
		}
		if j.State.Over() {
			w.Fatalf("the job is %s (%s), want %v", j.State, j.Error, states)
		}
		time.Sleep(2 * time.Millisecond)
	}
	j, err := w.Job(w.Context(), "shop", id)
	w.Fatalf("the job does not become %v: %+v, %v", states, j, err)
	return j
}

func (w *world) articles() map[string]kb.Article {
	w.Helper()
	list, err := w.store.Articles(w.Context(), "shop")
	w.must(err)
	out := map[string]kb.Article{}
	for _, a := range list {
		out[a.Question] = a
	}
	return out
}

func (w *world) revisions() []kb.Revision {
	w.Helper()
	list, err := w.store.Revisions(w.Context(), "shop", 0, 100)
	w.must(err)
	return list
}

func (w *world) put(list ...kb.Article) {
	w.Helper()
	_, _, err := w.base.Change(w.Context(), "shop", kb.Change{Put: list})
	w.must(err)
}

func (w *world) apply(id string, c jobs.Choice) jobs.Job {
	w.Helper()
	_, err := w.Apply(w.Context(), "shop", id, c)
	w.must(err)
	return w.wait(id, jobs.Done, jobs.Ready)
}

func TestImportInTwoSteps(t *testing.T) {
	w := open(t)
	w.put(kb.Article{ID: "ship", Question: "什么时候发货", Answer: "三天", Owner: "小周"}, kb.Article{ID: "return", Question: "如何退货", Answer: "七天内可以申请"})
	j := w.submit(shopFile)
	j = w.wait(j.ID, jobs.Ready)
	s := j.Summary
	if s.Rows != 4 || s.Added != 1 || s.Replaced != 1 || s.Unchanged != 1 || s.Rejected != 1 || s.Errors != 1 || s.Wordings != 4 || s.Encoding == "" || j.Progress != 1 {
		t.Errorf("%+v: %+v", j, s)
	}
	if len(w.revisions()) != 1 || w.articles()["什么时候发货"].Answer != "三天" {
		t.Error("a check has changed the base")
	}
	rows, n, err := w.Rows(t.Context(), "shop", j.ID, intake.RowFilter{})
	if err != nil || n != 3 || rows[0].Outcome != intake.Replace || rows[1].Outcome != intake.Add || rows[2].Outcome != intake.Unchanged || rows[1].Line != 3 || rows[1].Article.ID == "" {
		t.Errorf("%+v, %d, %v", rows, n, err)
	}
	bad, n, err := w.Problems(t.Context(), "shop", j.ID, intake.ProblemFilter{Severity: importer.Refused})
	if err != nil || n != 1 || bad[0].Line != 4 || bad[0].Code != "missing" || bad[0].Message == "" {
		t.Errorf("%+v, %d, %v", bad, n, err)
	}
	encoded := w.phraser.Encoded()
	done := w.apply(j.ID, jobs.Choice{})
	if done.State != jobs.Done || done.Applied != 2 || done.Revision != 2 || done.Ended == nil {
		t.Errorf("%+v", done)
	}
	if w.phraser.Encoded() != encoded {
		t.Errorf("applying encoded %d texts again", w.phraser.Encoded()-encoded)
	}
	got := w.articles()
	if len(got) != 3 || got["什么时候发货"].Answer != "付款后 48 小时内发出" || got["什么时候发货"].Owner != "小周" || got["怎么开发票"].ID != rows[1].Article.ID {
		t.Errorf("%+v", got)
	}
	r := w.revisions()[0]
	if r.Author != "小林" || !strings.Contains(r.Note, "售后.csv") || !strings.Contains(r.Note, j.ID) {
		t.Errorf("%+v", r)
	}
	hits, err := w.base.Search(t.Context(), w.phraser.Query("shop", "怎么开发票"))
	if err != nil || len(hits) == 0 || hits[0].Article.Question != "怎么开发票" {
		t.Errorf("what was imported is not found: %v, %v", hits, err)
	}
	for name, err := range map[string]error{
		"applied again": second(w.Apply(t.Context(), "shop", j.ID, jobs.Choice{})),
		"checked again": second(w.Check(t.Context(), "shop", j.ID)),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if over, err := w.Cancel(t.Context(), "shop", j.ID); err != nil || over.State != jobs.Done {
		t.Errorf("cancelling what is done: %+v, %v", over, err)
	}
	list, err := w.Jobs(t.Context(), "shop")
	if err != nil || len(list) != 1 || list[0].State != jobs.Done {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := w.Job(t.Context(), "other", j.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another bot's job: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestChoice(t *testing.T) {
	w := open(t)
	w.put(kb.Article{ID: "ship", Question: "什么时候发货", Answer: "三天"})
	j := w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	for _, bad := range []jobs.Choice{{Rows: []int{0}}, {Rows: []int{9}}, {OnConflict: "maybe"}} {
		if _, err := w.Apply(t.Context(), "shop", j.ID, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if done := w.apply(j.ID, jobs.Choice{Rows: []int{2, 1, 2}, OnConflict: jobs.Skip}); done.Applied != 1 {
		t.Errorf("%+v", done)
	}
	if got := w.articles(); len(got) != 2 || got["什么时候发货"].Answer != "三天" || got["如何退货"].ID != "" {
		t.Errorf("%+v", got)
	}
	same := w.submit("编号,问题,答案\nship,什么时候发货,三天\n")
	w.wait(same.ID, jobs.Ready)
	before := len(w.revisions())
	if done := w.apply(same.ID, jobs.Choice{}); done.State != jobs.Done || done.Applied != 0 || done.Revision != 0 || len(w.revisions()) != before {
		t.Errorf("nothing to write: %+v", done)
	}
}

func TestBaseThatChangedMeanwhile(t *testing.T) {
	for name, change := range map[string]kb.Article{
		"what a row replaces": {ID: "ship", Question: "什么时候发货", Answer: "两天"},
		"what a row would double": {
			ID: "new", Question: "怎么开发票", Answer: "找客服",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			w.put(kb.Article{ID: "ship", Question: "什么时候发货", Answer: "三天"})
			j := w.submit(shopFile)
			w.wait(j.ID, jobs.Ready)
			w.clock.Advance(time.Minute)
			w.put(change)
			stale := w.apply(j.ID, jobs.Choice{})
			if stale.State != jobs.Ready || stale.Code != fault.Conflict || !strings.Contains(stale.Error, change.ID) || len(w.revisions()) != 2 {
				t.Errorf("%+v", stale)
			}
			_, err := w.Check(t.Context(), "shop", j.ID)
			w.must(err)
			if again := w.wait(j.ID, jobs.Ready); again.Error != "" || again.Summary.Revision != 2 {
				t.Errorf("%+v", again)
			}
			if done := w.apply(j.ID, jobs.Choice{}); done.State != jobs.Done || len(w.revisions()) != 3 {
				t.Errorf("%+v", done)
			}
		})
	}
	// What the file does not touch may change.
	w := open(t)
	j := w.submit(shopFile)
	w.wait(j.ID, jobs.Ready)
	w.put(kb.Article{ID: "other", Question: "能便宜点吗", Answer: "有券"})
	raced := false
	w.hooks.change = func(context.Context) error { // and once more in the last moment
		if !raced {
			raced = true
			w.put(kb.Article{ID: "other", Question: "能便宜点吗", Answer: "没有券"})
		}
		return nil
	}
	if done := w.apply(j.ID, jobs.Choice{}); done.State != jobs.Done || done.Applied != 3 || len(w.revisions()) != 3 {
		t.Errorf("%+v", done)
	}
}

func TestBadFilesAndQueue(t *testing.T) {
	w := open(t)
	for want, r := range map[fault.Code]intake.Request{
		fault.Invalid:  request(""),
		fault.TooLarge: request(strings.Repeat("a", importer.MaxBytes+1)),
	} {
		if _, err := w.Submit(t.Context(), r); !fault.Is(err, want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	j := w.submit("这不是表格")
	failed := w.wait(j.ID, jobs.Failed)
	if failed.Error == "" || failed.Code != fault.Invalid || failed.Ended == nil {
		t.Errorf("%+v", failed)
	}
	if _, n, err := w.Problems(t.Context(), "shop", j.ID, intake.ProblemFilter{}); err != nil || n != 0 {
		t.Errorf("a failed check has %d problems, %v", n, err)
	}

	gate := make(chan struct{})
	w.hooks.read = func(ctx context.Context) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	var list []jobs.Job
	for range 1 + intake.MaxWaiting {
		list = append(list, w.submit(shopFile))
	}
	w.wait(list[0].ID, jobs.Reading)
	_, err := w.Submit(t.Context(), request(shopFile))
	if !fault.Is(err, fault.Busy) {
		t.Errorf("a full queue: %v", err)
	}
	other := request(shopFile)
	other.Bot = "other"
	if _, err := w.Submit(t.Context(), other); err != nil {
		t.Errorf("another bot's queue: %v", err)
	}
	for _, j := range list[1:] {
		if now, err := w.Job(t.Context(), "shop", j.ID); err != nil || now.State != jobs.Waiting {
			t.Errorf("%+v, %v: want it to wait", now, err)
		}
	}
	if gone, err := w.Cancel(t.Context(), "shop", list[2].ID); err != nil || gone.State != jobs.Cancelled {
		t.Errorf("%+v, %v", gone, err)
	}
	close(gate)
	for _, i := range []int{0, 1, 3, 4} {
		w.wait(list[i].ID, jobs.Ready)
	}
}

func TestNearCopiesAreReported(t *testing.T) {
	w := open(t)
	w.put(kb.Article{ID: "old", Question: "我的快递包裹为什么这么多天了一直没有更新物流信息呢", Answer: "请耐心等"})
	var file strings.Builder
	file.WriteString("问题,答案\n我的快递包裹为什么这么多天了一直没有更新物流信息呀,一\n可以申请七天无理由退货退款的商品有哪些限制条件吗,二\n可以申请七天无理由退货退款的商品有哪些限制条件呢,三\n")
	for i := range 30 {
		fmt.Fprintf(&file, "%c%c%c的价格,四\n", rune(0x4e00+i*7), rune(0x5e00+i*11), rune(0x6e00+i*13))
	}
	j := w.submit(file.String())
	j = w.wait(j.ID, jobs.Ready)
	near, _, err := w.Problems(t.Context(), "shop", j.ID, intake.ProblemFilter{Code: intake.NearCopy})
	w.must(err)
	if len(near) != 2 || j.Summary.NearCopies != 2 {
		t.Fatalf("%+v", near)
	}
	if near[0].Line != 2 || near[0].Other != "old" || near[0].Row != 1 {
		t.Errorf("%+v", near[0])
	}
	if near[1].Line != 3 || near[1].OtherLine != 4 || near[1].Mend == "" {
		t.Errorf("%+v", near[1])
	}
}
