package mining_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/mining"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// reads understands by single words, and embeds by characters.
func reads(_ context.Context, text string) (mining.Reading, error) {
	r := mining.Reading{Intent: "product_info", Confidence: 0.9, Embedding: kbtest.Embed(text), Terms: (&kbtest.Phraser{}).Terms(text)}
	switch {
	case strings.Contains(text, "天气"):
		r.Idle = 0.9
	case strings.Contains(text, "包裹到哪"):
		r.Intent = "parcel_track"
	case strings.Contains(text, "在哪儿呢亲在吗"):
		r.Intent = "greeting"
	}
	return r, nil
}

func options() mining.Options {
	return mining.Options{
		Read: reads, Embed: func(_ context.Context, text string) ([]float32, error) { return kbtest.Embed(text), nil }, Now: now, Threshold: 0.6,
	}
}

// talk makes a transcript of lines "客 …" and "服 …".
func talk(id string, lines ...string) mining.Transcript {
	t := mining.Transcript{ID: id, At: now.Add(-24 * time.Hour)}
	for _, l := range lines {
		who, text, _ := strings.Cut(l, " ")
		role := map[string]mining.Role{"客": mining.Customer, "服": mining.Agent, "机": mining.Bot}[who]
		t.Turns = append(t.Turns, mining.Turn{Role: role, Text: text})
	}
	return t
}

func mine(t *testing.T, o mining.Options, talks ...mining.Transcript) ([]mining.Proposal, mining.Stats) {
	t.Helper()
	m, err := mining.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range talks {
		if err := m.Add(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	p, stats, err := m.Propose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p, stats
}

func TestPairs(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  string // "question → answer", or empty
	}{
		"plain":                       {[]string{"客 榴莲干保质期多久", "服 保质期是十二个月哦"}, "榴莲干保质期多久 → 保质期是十二个月哦"},
		"greeting first":              {[]string{"客 在吗", "客 榴莲干保质期多久", "服 在的亲", "服 保质期是十二个月"}, "榴莲干保质期多久 → 保质期是十二个月"},
		"held, then answered":         {[]string{"客 榴莲干保质期多久", "服 请稍等", "客 好的", "服 保质期是十二个月"}, "榴莲干保质期多久 → 保质期是十二个月"},
		"asked back":                  {[]string{"客 到货一般要几天", "服 亲哪里的呢", "客 秦皇岛", "服 发货后三到五天"}, "到货一般要几天 → 发货后三到五天"},
		"the last question":           {[]string{"客 有优惠吗现在", "客 榴莲干保质期多久", "服 保质期是十二个月"}, "榴莲干保质期多久 → 保质期是十二个月"},
		"after the bot":               {[]string{"客 榴莲干保质期多久", "机 请问您是想咨询什么", "客 转人工", "服 保质期是十二个月"}, "榴莲干保质期多久 → 保质期是十二个月"},
		"masked":                      {[]string{"客 榴莲干保质期多久", "服 十二个月，有问题打13812345678"}, "榴莲干保质期多久 → 十二个月，有问题打[电话]"},
		"only small talk":             {[]string{"客 榴莲干保质期多久", "服 好的"}, ""},
		"answered already":            {[]string{"客 榴莲干保质期多久", "服 保质期是十二个月", "客 好的谢谢", "服 拍下今天发货哦"}, "榴莲干保质期多久 → 保质期是十二个月"},
		"points at a picture":         {[]string{"客 这款多少钱一件", "服 九十九元一件"}, ""},
		"names an order":              {[]string{"客 订单202611180023456怎么还没发货", "服 已经安排发货"}, ""},
		"another domain":              {[]string{"客 明天天气怎么样啊", "服 明天是晴天"}, ""},
		"too short":                   {[]string{"客 多少", "服 九十九元一件"}, ""},
		"nobody asked":                {[]string{"服 欢迎光临本店，全场包邮"}, ""},
		"the agent has only an order": {[]string{"客 榴莲干保质期多久", "服 2026111800234567"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Limits.Count = 1
			got := ""
			for _, p := range first(mine(t, o, talk("1", c.lines...))) {
				got += p.Evidence.Examples[0].Question + " → " + p.Evidence.Examples[0].Answer
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func first[T any](v T, _ mining.Stats) T { return v }

// base answers one question, with a probability by likeness.
func base(article kb.Article, answerAt float64) func(context.Context, string, mining.Reading) ([]kb.Hit, error) {
	return func(_ context.Context, _ string, r mining.Reading) ([]kb.Hit, error) {
		best := 0.0
		for _, p := range article.Phrasings() {
			sum := float32(0)
			for i, x := range kbtest.Embed(p) {
				sum += x * r.Embedding[i]
			}
			best = max(best, float64(sum))
		}
		band := kb.Abstain
		if best >= answerAt {
			band = kb.Answer
		} else if best >= answerAt/2 {
			band = kb.Suggest
		}
		return []kb.Hit{{Article: article, Score: best, Band: band, Cosine: best}}, nil
	}
}

func TestKinds(t *testing.T) {
	article := kb.Article{ID: "a1", Question: "榴莲干的保质期是多久", Answer: "榴莲干保质期是十二个月，开封后尽快吃完。"}
	same := func(q, a string) []mining.Transcript {
		return []mining.Transcript{talk("1", "客 "+q, "服 "+a, "客 谢谢"), talk("2", "客 "+q+"啊", "服 "+a), talk("3", "客 亲"+q, "服 "+a+"哦")}
	}
	for name, c := range map[string]struct {
		question, answer string
		want             mining.ProposalKind
	}{
		"new":         {"礼盒可以写贺卡吗", "可以的，下单时备注贺卡内容就行", mining.NewArticle},
		"phrasing":    {"请问榴莲干能放多久保质期", "榴莲干保质期是十二个月，开封后尽快吃完", mining.NewPhrasing},
		"contradicts": {"榴莲干的保质期有多久", "榴莲干保质期是六个月，开封后尽快吃完", mining.Contradicts},
		"covered":     {"榴莲干的保质期是多久", "榴莲干保质期是十二个月，开封后尽快吃完", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Search = base(article, 0.55)
			got, stats := mine(t, o, same(c.question, c.answer)...)
			if c.want == "" {
				if len(got) != 0 || stats.Covered != 1 {
					t.Errorf("%+v, %+v", got, stats)
				}
				return
			}
			if len(got) != 1 || got[0].Kind != c.want || got[0].Evidence.Count != 3 || got[0].Evidence.Reason == "" {
				t.Fatalf("%+v", got)
			}
			if c.want != mining.NewArticle && got[0].Article != "a1" {
				t.Errorf("of article %q", got[0].Article)
			}
			if e := got[0].Evidence; e.ThisWeek != 3 || e.LastWeek != 0 {
				t.Errorf("trend %+v", e.Trend)
			}
		})
	}
}

func TestFrequentAndAgreedComesFirst(t *testing.T) {
	var talks []mining.Transcript
	for i := range 6 {
		talks = append(talks, talk(fmt.Sprint("a", i), "客 礼盒可以写贺卡吗", "服 可以的，下单时备注贺卡内容就行", "客 谢谢"))
	}
	for i, a := range []string{"运费是六元，偏远地区十元", "不清楚这个呢要问物流公司", "这得看您买了些什么东西"} {
		talks = append(talks, talk(fmt.Sprint("b", i), "客 江浙沪邮费怎么收", "服 "+a))
	}
	got, _ := mine(t, options(), talks...)
	if len(got) != 2 || !strings.Contains(got[0].Question, "贺卡") || got[0].Rank <= got[1].Rank {
		t.Fatalf("%+v", got)
	}
	if got[1].Evidence.Agreement > 0.7 || len(got[1].Evidence.Others) == 0 {
		t.Errorf("answers that differ agree: %+v", got[1].Evidence)
	}
	if !strings.HasPrefix(got[1].Answer, "运费是六元") {
		t.Errorf("the most telling answer is not %q", got[1].Answer)
	}
}

func TestCannedAnswersAreDropped(t *testing.T) {
	var talks []mining.Transcript
	for i, q := range []string{"榴莲干保质期多久", "充电器支持快充吗", "衣服会不会缩水", "怎么开增值税发票", "可以送货上楼吗", "儿童座椅怎么安装"} {
		talks = append(talks, talk(fmt.Sprint("1-", i), "客 "+q, "服 祝您购物愉快，欢迎关注店铺"), talk(fmt.Sprint("2-", i), "客 "+q+"呢", "服 感恩有您一路相伴到永远"))
	}
	o := options()
	got, stats := mine(t, o, talks...)
	if len(got) != 0 || stats.Canned < 6 {
		t.Errorf("%d proposals, %+v", len(got), stats)
	}
}

func TestTheSameTalkCountsOnce(t *testing.T) {
	x := talk("1", "客 礼盒里面可以手写一张贺卡吗", "服 可以的，下单时备注贺卡内容就行")
	got, stats := mine(t, options(), x, x, x)
	if len(got) != 0 || stats.Pairs != 1 || stats.Repeated != 2 {
		t.Errorf("%+v, %+v", got, stats)
	}
}

func TestLimits(t *testing.T) {
	o := options()
	o.Limits = mining.Limits{Questions: 3, Pairs: 5, Proposals: 1, Count: 1}
	var talks []mining.Transcript
	for i := range 10 {
		talks = append(talks, talk(fmt.Sprint(i), fmt.Sprintf("客 %s口味有没有", strings.Repeat(string(rune('甲'+i*37)), 3)), fmt.Sprintf("服 目前只有%d号仓的原味和海盐味", i)))
	}
	got, stats := mine(t, o, talks...)
	if len(got) != 1 || stats.Questions != 3 || stats.Left != 7 {
		t.Errorf("%d proposals, %+v", len(got), stats)
	}
}

func TestTopics(t *testing.T) {
	var asked []mining.Asked
	for i := range 4 {
		asked = append(asked, mining.Asked{Text: []string{"能开专票吗", "可以开专票吗"}[i%2], At: now.AddDate(0, 0, -3*i), Reason: "no_article"})
	}
	asked = append(asked, mining.Asked{Text: "送货上楼不", At: now, Reason: "unclear"}, mining.Asked{Text: "？！"})
	o := mining.Options{Read: reads, Now: now, Threshold: 0.6, Search: base(kb.Article{ID: "a1", Question: "怎么开专票"}, 0.9)}
	got, err := mining.Topics(t.Context(), asked, o)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if x := got[0]; x.Count != 4 || x.ThisWeek != 3 || x.LastWeek != 1 || x.Reasons["no_article"] != 4 || x.Article != "a1" || len(x.Examples) != 2 {
		t.Errorf("%+v", x)
	}
	if empty, err := mining.Topics(t.Context(), nil, o); err != nil || len(empty) != 0 {
		t.Errorf("%+v, %v", empty, err)
	}
}

func TestFailuresAreTold(t *testing.T) {
	if _, err := mining.New(mining.Options{}); !fault.Is(err, fault.Internal) {
		t.Errorf("%v", err)
	}
	gone := errors.New("the encoder is gone")
	o := options()
	o.Read = func(context.Context, string) (mining.Reading, error) { return mining.Reading{}, gone }
	m, err := mining.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add(t.Context(), talk("1", "客 榴莲干保质期多久", "服 保质期是十二个月")); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Add(ctx, talk("1")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if p, _, err := m.Propose(t.Context()); err != nil || len(p) != 0 {
		t.Errorf("of nothing: %v, %v", p, err)
	}
}

func TestCalibrate(t *testing.T) {
	if got := mining.Calibrate(nil); got != mining.DefaultThreshold {
		t.Errorf("of nothing: %v", got)
	}
	var articles [][][]float32
	for i := range 60 {
		word := strings.Repeat(string(rune('一'+i*131)), 4)
		articles = append(articles, [][]float32{kbtest.Embed(word + "怎么办"), kbtest.Embed(word + "怎么弄")})
	}
	if got := mining.Calibrate(articles); got < 0.74 || got > 0.85 {
		t.Errorf("%v", got)
	}
}

func BenchmarkPropose(b *testing.B) {
	var talks []mining.Transcript
	for i := range 2000 {
		talks = append(talks, talk(fmt.Sprint(i), fmt.Sprintf("客 %s口味的%s有没有货", string(rune('一'+i%97*53)), string(rune('一'+i%31*211))), "服 目前只有原味和海盐味"))
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := mining.New(options())
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range talks {
			if err := m.Add(b.Context(), t); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := m.Propose(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
