package learn_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/eval"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/learn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// topics are page wordings and the words that customers use for them, which
// share no character.
var topics = [][2]string{
	{"发货时效", "啥点寄"}, {"退款进度", "钱还没回"}, {"发票开具", "要个税单"}, {"尺码建议", "穿多大合身"},
	{"运费承担", "邮资谁掏"}, {"地址修改", "搬家换位置"}, {"优惠叠加", "折上折"}, {"破损赔付", "碎掉咋整"},
	{"会员积分", "攒分有何好"}, {"预售说明", "定金尾巴"},
}

// shops returns knowledge bases on the same topics, each for its own goods.
func shops(n int) []eval.Set {
	var out []eval.Set
	for i := range n {
		goods := []string{"外套", "手机", "零食", "沙发", "口红"}[i%5]
		s := eval.Set{Name: fmt.Sprintf("shop%d", i)}
		for j, topic := range topics {
			id := fmt.Sprintf("t%d", j)
			s.Articles = append(s.Articles, kb.Article{
				ID: id, Question: goods + topic[0], Similar: []string{goods + "的" + topic[0] + "说明", topic[0] + "是什么"}, Answer: "关于" + topic[0],
			})
			for _, tail := range []string{"", "呀", "亲", "急"} {
				s.Questions = append(s.Questions, eval.Question{Text: goods + topic[1] + tail, Right: []string{id}})
			}
		}
		for _, none := range []string{"哈喽", "嗯嗯", "好嘞拜拜", "今晚看球"} {
			s.Questions = append(s.Questions, eval.Question{Text: none + goods})
		}
		out = append(out, s)
	}
	return out
}

func run(t *testing.T, opts learn.Options, sets []eval.Set) (hybrid.Model, learn.Report) {
	t.Helper()
	m, report, err := learn.Run(t.Context(), &kbtest.Phraser{}, sets, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m, report
}

func mean(r learn.Report, f func(learn.Held) float64) float64 {
	sum := 0.0
	for _, h := range r.Held {
		sum += f(h)
	}
	return sum / float64(len(r.Held))
}

func top1(h learn.Held) float64 { return h.Messages.Top1 }

func TestRunLearnsWhatShopsShare(t *testing.T) {
	var log []string
	opts := learn.Options{Adapter: learn.AdapterOptions{Checkpoints: []int{20, 60}, Rate: 0.01, Decay: 0.1, SkipWordings: true}}
	opts.Log = func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }
	m, with := run(t, opts, shops(3))
	opts.Adapter.Off = true
	off, without := run(t, opts, shops(3))
	if off.Adapter != nil || without.Steps != 0 {
		t.Error("an adapter was trained although it is off")
	}
	if m.Adapter == nil || with.Steps == 0 {
		t.Fatalf("the adapter did not pay: %d steps; %s", with.Steps, strings.Join(log, "\n"))
	}
	if a, b := mean(with, top1), mean(without, top1); a < b+0.2 || a < 0.6 {
		t.Errorf("top-1 on the shops left out: %.3f with the adapter, %.3f without", a, b)
	}
	if len(m.FittedOn) != 3 || len(m.Figures) < 5 || m.Encoder != "test-encoder" || len(log) == 0 {
		t.Errorf("fitted on %v, figures %v", m.FittedOn, m.Figures)
	}
	params, adapter, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hybrid.Decode(params, adapter); err != nil {
		t.Errorf("the model cannot be read back: %v", err)
	}
	// The model answers a shop that it has never seen.
	fresh := shops(4)[3:]
	report, err := eval.Run(t.Context(), &kbtest.Phraser{}, m, fresh[0], eval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	embedding, fused := report.Methods[2], report.Methods[3]
	if fused.Top1 < embedding.Top1+0.2 {
		t.Errorf("a new shop: fused %.3f, embedding alone %.3f", fused.Top1, embedding.Top1)
	}
	var b bytes.Buffer
	if err := with.Table(&b); err != nil || !strings.Contains(b.String(), "shop2") || !strings.Contains(b.String(), "answer band") {
		t.Errorf("table %q, %v", b.String(), err)
	}
}

func TestRunIsRepeatable(t *testing.T) {
	opts := learn.Options{Seed: 7, Workers: 3, Adapter: learn.AdapterOptions{Checkpoints: []int{10}, Rate: 0.01}}
	a, _ := run(t, opts, shops(2))
	b, _ := run(t, opts, shops(2))
	pa, aa, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	pb, ab, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pa, pb) || !bytes.Equal(aa, ab) {
		t.Errorf("two runs with the same seed differ: %s", cmp.Diff(string(pa), string(pb)))
	}
}

func TestSetsWithoutMessagesTeachByTheirWordings(t *testing.T) {
	sets := shops(3)
	sets[2].Questions = nil
	m, report := run(t, learn.Options{Adapter: learn.AdapterOptions{Checkpoints: []int{10}}}, sets)
	if len(report.Held) != 2 || len(m.FittedOn) != 3 {
		t.Errorf("held out %d, fitted on %v", len(report.Held), m.FittedOn)
	}
}

func TestRunFaults(t *testing.T) {
	bad := shops(2)
	bad[1].Questions = append(bad[1].Questions, eval.Question{Text: "x", Right: []string{"nothing"}})
	empty := shops(2)
	empty[0].Articles, empty[0].Questions = nil, nil
	silent := shops(2)
	silent[0].Questions, silent[1].Questions = nil, nil
	for name, c := range map[string]struct {
		sets []eval.Set
		opts learn.Options
	}{
		"one set":            {shops(1), learn.Options{}},
		"no messages":        {silent, learn.Options{}},
		"unknown answer":     {bad, learn.Options{}},
		"no articles":        {empty, learn.Options{}},
		"falling steps":      {shops(2), learn.Options{Adapter: learn.AdapterOptions{Checkpoints: []int{5, 5}}}},
		"precision of 2":     {shops(2), learn.Options{Precision: 2}},
		"negative rate":      {shops(2), learn.Options{Adapter: learn.AdapterOptions{Rate: -1}}},
		"certain suggestion": {shops(2), learn.Options{Suggest: 1}},
	} {
		if _, _, err := learn.Run(t.Context(), &kbtest.Phraser{}, c.sets, c.opts); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := &kbtest.Phraser{Fail: func(string) error { return fault.New(fault.Unavailable, "no model") }}
	if _, _, err := learn.Run(t.Context(), p, shops(2), learn.Options{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a phraser that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := learn.Run(ctx, &kbtest.Phraser{}, shops(2), learn.Options{}); err == nil {
		t.Error("an ended context is not noticed")
	}
}
