package eval

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const fakeWidth = 64

// fakeEncoder counts characters: texts that share them are near. What a turn
// before adds has places of its own.
type fakeEncoder struct {
	passes atomic.Int64
	fail   string // a text that cannot be read
}

func (f *fakeEncoder) Encode(ctx context.Context, text string) (nlu.Features, error) {
	return f.EncodePair(ctx, text, "")
}

func (f *fakeEncoder) EncodePair(_ context.Context, text, prev string) (nlu.Features, error) {
	f.passes.Add(1)
	if f.fail != "" && text == f.fail {
		return nlu.Features{}, fault.New(fault.Unavailable, "out of order")
	}
	v := make([]float32, fakeWidth)
	for part, salt := range map[string]string{text: "a", "\x00" + prev: "b"} {
		for _, r := range strings.TrimPrefix(part, "\x00") {
			h := fnv.New32a()
			_, _ = h.Write([]byte(salt + string(r)))
			v[h.Sum32()%fakeWidth]++
		}
	}
	norm := 0.0
	for _, x := range v {
		norm += float64(x * x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(norm))
	}
	return nlu.Features{Embedding: v, State: v}, nil
}

func (*fakeEncoder) ID() string          { return "fake" }
func (*fakeEncoder) Dimension() int      { return fakeWidth }
func (*fakeEncoder) StateDimension() int { return fakeWidth }

// near is a classifier by the nearest mean.
type near struct {
	labels []string
	means  [][]float64
}

func learnNear(_ context.Context, _ string, in []nlu.Input, labels []string) (nlu.Classifier, error) {
	n := &near{labels: slices.Compact(slices.Sorted(slices.Values(labels)))}
	if len(n.labels) < 2 {
		return nil, fault.New(fault.Invalid, "too few labels")
	}
	for _, l := range n.labels {
		mean, count := make([]float64, fakeWidth), 0.0
		for i := range in {
			if labels[i] == l {
				count++
				for k, x := range in[i].State {
					mean[k] += float64(x)
				}
			}
		}
		for k := range mean {
			mean[k] /= count
		}
		n.means = append(n.means, mean)
	}
	return n, nil
}

func (n *near) Labels() []string { return n.labels }

func (n *near) Probabilities(dst []float64, in nlu.Input) ([]float64, error) {
	if len(in.State) != fakeWidth {
		return nil, fault.New(fault.Invalid, "a state of %d numbers", len(in.State))
	}
	from, sum := len(dst), 0.0
	for _, mean := range n.means {
		dot := 0.0
		for k, x := range in.State {
			dot += float64(x) * mean[k]
		}
		e := math.Exp(8 * dot)
		dst = append(dst, e)
		sum += e
	}
	for i := from; i < len(dst); i++ {
		dst[i] /= sum
	}
	return dst, nil
}

// jsonl returns rows as JSON Lines.
func jsonl(t testing.TB, rows ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, r := range rows {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes()
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type row = map[string]any

// fixture returns a folder of open data in which every set is there, small.
func fixture(t testing.TB) fstest.MapFS {
	fsys := fstest.MapFS{}
	put := func(name string, data []byte) {
		if strings.HasSuffix(name, ".gz") {
			data = zipped(t, data)
		}
		fsys[name] = &fstest.MapFile{Data: data}
	}
	put("intent/messages_dev.jsonl", jsonl(t,
		row{"id": "m1", "text": "什么时候发货", "prev": nil, "intent": "ship_time", "alt": "ship_urge", "ctx": false, "sentiment": "neutral"},
		row{"id": "m2", "text": "怎么退货呢", "prev": nil, "intent": "return_request", "ctx": false, "sentiment": "neutral"},
		row{"id": "m3", "text": "太好了谢谢", "prev": nil, "intent": "thanks", "ctx": false, "sentiment": "positive"},
		row{"id": "m4", "text": "烂透了退货", "prev": nil, "intent": "return_request", "ctx": false, "sentiment": "negative"},
		row{"id": "m5", "text": "今天天气", "prev": nil, "intent": "out_of_scope", "ctx": false, "sentiment": "neutral"},
		row{"id": "m6", "text": "多久", "prev": "已为您退款", "intent": "refund_status", "ctx": true, "sentiment": "neutral"},
		row{"id": "m7", "text": "多久", "prev": "仓库发货中", "intent": "ship_time", "ctx": true, "sentiment": "neutral"}))
	put("faq/shop_messages_kb.jsonl", jsonl(t,
		row{"id": "k1", "question": "发货时间", "similar": []string{"什么时候发货"}, "answer": "48 小时"},
		row{"id": "k2", "question": "退货办法", "answer": "点申请"}))
	put("faq/shop_messages_dev_queries.jsonl", jsonl(t,
		row{"query": "什么时候发货", "kb_ids": []string{"k1"}}, row{"query": "退货怎么办", "kb_ids": []string{"k2"}},
		row{"query": "xyz", "kb_ids": []string{}}))
	put("faq/open_domain_dev_kb.jsonl", jsonl(t, row{"id": "o1", "question": "世界最高的山"}, row{"id": "o2", "question": "怎么做红烧肉"}))
	put("faq/open_domain_dev_queries.jsonl", jsonl(t, row{"query": "最高的山是什么", "kb_id": "o1"}, row{"query": "红烧肉做法", "kb_id": "o2"}))
	two := func(good, bad string) []byte {
		var rows []any
		for i := range 12 {
			split := "train"
			if i >= 8 {
				split = "dev"
			}
			rows = append(rows, row{"text": fmt.Sprintf("%s%d", good, i), "label": "positive", "split": split},
				row{"text": fmt.Sprintf("%s%d", bad, i), "label": "negative", "split": split})
		}
		return jsonl(t, rows...)
	}
	put("sentiment/online_shopping.jsonl.gz", two("质量很好喜欢", "质量太差失望"))
	put("sentiment/chat.jsonl.gz", two("开心", "难过"))
	put("emotion/weibo_ewect6.jsonl.gz", bytes.ReplaceAll(bytes.ReplaceAll(two("哈哈快乐", "气死人"), []byte("positive"), []byte("happy")), []byte("negative"), []byte("angry")))
	intents := bytes.ReplaceAll(bytes.ReplaceAll(bytes.ReplaceAll(two("播放音乐", "打开空调"), []byte("label"), []byte("intent")),
		[]byte("positive"), []byte("Music")), []byte("negative"), []byte("Device"))
	put("intent/voice_assistant12.jsonl.gz", intents)
	put("intent/cais_smart_speaker.jsonl.gz", intents)
	put("intent/smalltalk.jsonl", intents)
	var talks []any
	for i := range 6 {
		text, score := "谢谢解决了", 1.0
		if i%2 == 0 {
			text, score = "烂透了失望", -1.0
		}
		talks = append(talks, row{"turns": []row{{"role": "customer", "text": "你好"}, {"role": "agent", "text": "您好"},
			{"role": "customer", "text": text}, {"role": "agent", "text": "好的"}}, "satisfaction": score, "split": "dev"})
	}
	put("dialog/weibo_helpdesk.jsonl.gz", jsonl(t, talks...))
	return fsys
}

// lessons is a folder of authored data.
func lessons(t testing.TB) fstest.MapFS {
	u := func(text, intent, sentiment string) any {
		return row{"text": text, "intent": intent, "sentiment": sentiment}
	}
	pair := func(prev, text, intent string, ctx bool) any {
		return row{"prev": prev, "text": text, "intent": intent, "ctx": ctx, "sentiment": "neutral"}
	}
	return fstest.MapFS{
		"utterances.jsonl": {Data: jsonl(t, u("几时发货", "ship_time", "neutral"), u("发货时间", "ship_time", "neutral"), u("我要退货", "return_request", "neutral"),
			u("退货怎么弄", "return_request", "neutral"), u("谢谢啦", "thanks", "positive"), u("好的谢谢", "thanks", "positive"))},
		"utterances_more.jsonl": {Data: jsonl(t, u("烂透了要退", "return_request", "negative"), u("明天天气", "out_of_scope", "neutral"),
			u("天气怎样", "out_of_scope", "neutral"))},
		"context.jsonl": {Data: jsonl(t, pair("您的退款已提交", "多久", "refund_status", true), pair("退款处理中", "多久啊", "refund_status", true),
			pair("今天发货", "多久到", "ship_time", true), pair("仓库发货排队", "多久", "ship_time", true), pair("您好", "退款多久", "refund_status", false))},
		"sentiment.jsonl": {Data: jsonl(t, row{"text": "烂透了失望", "label": "negative"}, row{"text": "太差了", "label": "negative"},
			row{"text": "太好了谢谢", "label": "positive"}, row{"text": "怎么弄", "label": "neutral"}, row{"text": "什么时候", "label": "neutral"})},
	}
}
