package desk

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

func TestThreeSuggestionsInEveryState(t *testing.T) {
	talks := map[string][]string{
		"nothing said":          {},
		"greeting":              {"你好"},
		"asked for a person":    {"转人工"},
		"a question, then":      {"什么时候发货", "转人工"},
		"flow waits":            {"快递到哪了"},
		"flow done":             {"快递到哪了", "SF1234567890123"},
		"flow, then a person":   {"快递到哪了", "转人工"},
		"angry":                 {"气死我了", "气死我了，转人工"},
		"insults":               {"垃圾", "垃圾客服"},
		"damaged":               {"收到就坏了"},
		"data only":             {"单号YX202611200001"},
		"nonsense":              {"嗷嗷嗷", "？？？", "转人工"},
		"thanks":                {"什么时候发货", "谢谢"},
		"goodbye":               {"再见"},
		"wait":                  {"稍等"},
		"no":                    {"不要"},
		"urged":                 {"在吗"},
		"emoji":                 {"😡😡😡"},
		"very long":             {strings.Repeat("退货怎么弄", 400)},
		"markup and a template": {"{{.Shop}} <script>alert(1)</script> {order}"},
	}
	for name, texts := range talks {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.start("c1", texts...)
			d.suggestions(id, "") // the bot's, or the queue's
			d.claim(id, lin)
			d.suggestions(id, "")
			d.suggestions(id, "怎么退")
			d.reply(id, d.suggestions(id, "")[0].Text)
			d.suggestions(id, "")
			if _, err := d.Release(context.Background(), lin, "demo", id, ""); err != nil {
				t.Fatal(err)
			}
			d.suggestions(id, "")
		})
	}
}

// TestSuggestionsNeverRunOut sends the best suggestion again and again.
func TestSuggestionsNeverRunOut(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	sent := map[string]bool{}
	for i := range 60 {
		list := d.suggestions(id, "")
		last := d.state(id).Recent
		for _, sug := range list {
			for _, line := range last {
				if line.Text == sug.Text {
					t.Fatalf("round %d: %q was said", i, sug.Text)
				}
			}
		}
		d.reply(id, list[0].Text)
		sent[list[0].Text] = true
	}
	if len(sent) < 25 {
		t.Errorf("only %d different texts in 60 rounds", len(sent))
	}
}

func TestArticlesAreReadyToSend(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货", "转人工")
	sug := find(t, d.suggestions(id, ""), SourceArticle, "48 小时")
	if want := "您好，付款后 48 小时内发出，您可以在 订单页（https://shop.example/orders）查看。"; sug.Text != want {
		t.Errorf("text is %q, want %q", sug.Text, want)
	}
	if sug.Title != "多久发货？" || sug.Article != "k1" || sug.Score != 0.9 {
		t.Errorf("suggestion is %+v", sug)
	}
	d.claim(id, lin)
	d.reply(id, "稍等，我看一下。")
	sug = find(t, d.suggestions(id, ""), SourceArticle, "48 小时")
	if strings.HasPrefix(sug.Text, "您好") {
		t.Errorf("the agent greets twice: %q", sug.Text)
	}
	d.reply(id, sug.Text)
	for _, s := range d.suggestions(id, "") {
		if s.Article == "k1" {
			t.Error("the answer that was given is suggested again")
		}
	}
}

func TestArticlesTheBotGaveAreNotRepeated(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "怎么开发票", "还是不会，转人工")
	if shown := d.state(id).Shown; len(shown) != 1 || shown[0].Article != "k5" {
		t.Fatalf("the bot gave %+v", shown)
	}
	for _, s := range d.suggestions(id, "发票") {
		if s.Article == "k5" {
			t.Error("what the bot said is suggested to the agent")
		}
	}
}

func TestAbstainedArticlesAreLeftOut(t *testing.T) {
	for name, articles := range map[string]bool{"searched": false, "recorded": true} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if articles {
				o := d.options
				o.Articles = d.shelf
				d.Service = d.another(o)
			}
			id := d.start("c1", "想退货", "转人工")
			list := d.suggestions(id, "")
			find(t, list, SourceArticle, "质量问题由我们承担")
			for _, s := range list {
				if s.Article == "k4" {
					t.Errorf("an article that may not be shown is: %+v", s)
				}
			}
		})
	}
}

func TestRecordedCandidatesSpareTheEncoder(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.Articles = newShelf() })
	id := d.start("c1", "什么时候发货", "转人工")
	d.nlu.set(func(string) error { return errors.New("must not be called") })
	find(t, d.suggestions(id, ""), SourceArticle, "48 小时")
}

func TestRecordedCandidatesMayBeGone(t *testing.T) {
	shelf := newShelf()
	yesterday := monday.Add(-24 * time.Hour)
	d := newDesk(t, func(o *Options) { o.Articles = shelf })
	id := d.start("c1", "想退货", "转人工")
	shelf.list[1].ValidUntil = &yesterday                  // k2 has ended
	shelf.list = append(shelf.list[:2], shelf.list[3:]...) // k3 was removed
	for _, s := range d.suggestions(id, "") {
		if s.Source == SourceArticle {
			t.Errorf("%s is suggested", s.Article)
		}
	}
	shelf.fail(errors.New("disk full"))
	d.suggestions(id, "")
}

func TestDraftsAreAnsweredAndNotRecorded(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货", "转人工")
	before := d.suggestions(id, "")
	seq := d.state(id).Seq
	list := d.suggestions(id, "发票怎么")
	find(t, list, SourceArticle, "申请发票")
	if after := d.state(id).Seq; after != seq {
		t.Errorf("a draft wrote %d events", after-seq)
	}
	again := d.suggestions(id, "发票怎么")
	if diff := cmp.Diff(list, again); diff != "" {
		t.Errorf("the same draft gives other suggestions:\n%s", diff)
	}
	for _, sug := range list {
		for _, old := range before {
			if old.ID == sug.ID {
				t.Errorf("a draft's suggestion has the id of the message's: %+v", sug)
			}
		}
	}
	// A draft that says nothing falls back on the message.
	find(t, d.suggestions(id, "…"), SourceArticle, "48 小时")
	find(t, d.suggestions(id, "嗯嗯那个"), SourceArticle, "48 小时")
}

func TestDraftsAreChecked(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	for draft, code := range map[string]fault.Code{"\xff\xfe": fault.Invalid, strings.Repeat("字", 2001): fault.TooLarge} {
		_, err := d.Suggest(context.Background(), "demo", id, draft)
		wantFault(t, err, code, "正在输入的内容")
	}
}

func TestShownSuggestionsAreRecordedOnce(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货")
	d.suggestions(id, "")
	if shown := events[dialog.Suggestions](d, id, dialog.SuggestionsShown); len(shown) != 0 {
		t.Errorf("recorded while the bot owns the conversation: %+v", shown)
	}
	d.say(id, "转人工")
	list := d.suggestions(id, "")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := d.Suggest(context.Background(), "demo", id, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	shown := events[dialog.Suggestions](d, id, dialog.SuggestionsShown)
	want := []dialog.Suggestions{{Message: d.state(id).LastVisitor.ID, Suggestions: list}}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Fatalf("recorded (-want +got):\n%s", diff)
	}
	d.say(id, "怎么退货")
	d.suggestions(id, "")
	if n := len(events[dialog.Suggestions](d, id, dialog.SuggestionsShown)); n != 2 {
		t.Errorf("%d records after a second message", n)
	}
}

func TestIDsAreStable(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	d.say(id, "什么时候发货")
	first := d.suggestions(id, "")
	if _, err := d.Note(context.Background(), lin, "demo", id, "备注不算"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, d.suggestions(id, "")); diff != "" {
		t.Errorf("a note changed the suggestions:\n%s", diff)
	}
	if diff := cmp.Diff(first, d.another(d.options).mustSuggest(t, id)); diff != "" {
		t.Errorf("another replica makes others:\n%s", diff)
	}
	d.say(id, "那什么时候发货呢")
	for _, sug := range d.suggestions(id, "") {
		if sug.ID == first[0].ID {
			t.Error("a new message kept an old id")
		}
	}
}

func (s *Service) mustSuggest(t testing.TB, conversation string) []dialog.Suggestion {
	t.Helper()
	list, err := s.Suggest(context.Background(), "demo", conversation, "")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestStaleSuggestionsAreDropped lets the visitor write while suggestions for
// the message before are being made.
func TestStaleSuggestionsAreDropped(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货", "转人工")
	d.claim(id, lin)
	wrote := false
	d.nlu.set(func(text string) error {
		if !wrote && strings.Contains(text, "发货") {
			wrote = true
			d.say(id, "算了，发票怎么开")
		}
		return nil
	})
	list := d.suggestions(id, "")
	find(t, list, SourceArticle, "申请发票")
	for _, s := range list {
		if s.Article == "k1" {
			t.Error("the answer to the message before is shown")
		}
	}
	shown := events[dialog.Suggestions](d, id, dialog.SuggestionsShown)
	if len(shown) != 1 || shown[0].Message != d.state(id).LastVisitor.ID {
		t.Errorf("recorded %+v", shown)
	}
}

// TestAWriterFasterThanTheSearch never lets the search finish in time: what
// needs none is shown.
func TestAWriterFasterThanTheSearch(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货", "转人工")
	d.claim(id, lin)
	inside := false
	d.nlu.set(func(string) error {
		if !inside {
			inside = true
			d.say(id, "快点发货")
			inside = false
		}
		return nil
	})
	list := d.suggestions(id, "")
	if got, want := parsed(t, list[0].ID).seq, d.lastMessage(id); got != want {
		t.Errorf("the suggestions are for message %d, the last is %d", got, want)
	}
}

func parsed(t testing.TB, id string) suggestionID {
	t.Helper()
	p, ok := parseID(id)
	if !ok {
		t.Fatalf("%q is no id", id)
	}
	return p
}

func (d *testDesk) lastMessage(conversation string) int64 {
	d.Helper()
	l, err := d.ledger(context.Background(), "demo", conversation)
	if err != nil {
		d.Fatal(err)
	}
	return l.lastMessage
}

func TestPartsMayBeDown(t *testing.T) {
	down := fault.New(fault.Unavailable, "down")
	for name, breakIt := range map[string]func(d *testDesk){
		"understanding": func(d *testDesk) { d.nlu.set(func(string) error { return down }) },
		"search":        func(d *testDesk) { d.shelf.fail(down) },
		"orders": func(d *testDesk) {
			d.Service.opt.Orders = ordersFunc(func(string) ([]Order, error) { return nil, down })
		},
		"all": func(d *testDesk) {
			d.nlu.set(func(string) error { return down })
			d.shelf.fail(down)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.start("c1", "什么时候发货", "转人工")
			breakIt(d)
			d.suggestions(id, "")
			d.suggestions(id, "发票怎么开")
		})
	}
}

func TestSlowPartsAreNotWaitedFor(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.LookupTimeout = 5 * time.Millisecond
		o.Retriever = retrieverFunc(func(ctx context.Context) ([]kb.Hit, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	})
	id := d.start("c1", "什么时候发货", "转人工")
	start := time.Now()
	d.suggestions(id, "")
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %s", took)
	}
}

type retrieverFunc func(context.Context) ([]kb.Hit, error)

func (f retrieverFunc) Search(ctx context.Context, _ kb.Query) ([]kb.Hit, error) { return f(ctx) }

type ordersFunc func(customer string) ([]Order, error)

func (f ordersFunc) Orders(_ context.Context, _, customer string) ([]Order, error) {
	return f(customer)
}

func TestConcurrencyIsBounded(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	d := newDesk(t, func(o *Options) {
		o.MaxConcurrent = 1
		o.Retriever = retrieverFunc(func(context.Context) ([]kb.Hit, error) {
			entered <- struct{}{}
			<-release
			return nil, nil
		})
	})
	id := d.start("c1", "什么时候发货", "转人工")
	done := make(chan error)
	go func() {
		_, err := d.Suggest(context.Background(), "demo", id, "")
		done <- err
	}()
	<-entered
	_, err := d.Suggest(context.Background(), "demo", id, "")
	wantFault(t, err, fault.Busy, "稍后重试")
	var f *fault.Error
	if !errors.As(err, &f) || f.RetryAfter <= 0 {
		t.Errorf("no RetryAfter in %v", err)
	}
	v, err := d.View(context.Background(), "demo", id) // is shown all the same
	if err != nil {
		t.Fatal(err)
	}
	checkSuggestions(t, v.Suggestions)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() { <-entered }()
	if _, err := d.Suggest(context.Background(), "demo", id, ""); err != nil {
		t.Errorf("the place was not given back: %v", err)
	}
}

func TestTyping(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "什么时候发货")
	list, err := d.Typing(context.Background(), "demo", id, "发票")
	if err != nil || list != nil {
		t.Errorf("while the bot owns it: %v, %v", list, err)
	}
	d.say(id, "转人工")
	if list, err = d.Typing(context.Background(), "demo", id, "发票"); err != nil {
		t.Fatal(err)
	}
	find(t, list, SourceArticle, "申请发票")
	_, err = d.Typing(context.Background(), "demo", "conv_nowhere", "发票")
	wantFault(t, err, fault.NotFound, "没有这个会话")
	if _, err := d.manager.CloseByVisitor(context.Background(), "demo", id); err != nil {
		t.Fatal(err)
	}
	if list, err = d.Typing(context.Background(), "demo", id, "发票"); err != nil || list != nil {
		t.Errorf("after the close: %v, %v", list, err)
	}
}

func TestClosedConversationsNeedNoSuggestions(t *testing.T) {
	d := newDesk(t)
	_, err := d.Suggest(context.Background(), "demo", stages["closed"](d), "")
	wantFault(t, err, fault.Conflict, "已结束")
	_, err = d.Suggest(context.Background(), "demo", "conv_nowhere", "")
	wantFault(t, err, fault.NotFound, "没有这个会话")
}
