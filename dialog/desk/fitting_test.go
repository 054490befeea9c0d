package desk

import (
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog"
)

var shipped = Order{
	Number: "YX202611200001", Status: "已发货", Title: "不锈钢保温杯", Amount: "59.90", Open: true,
	Carrier: "中通快递", TrackingNumber: "75123456789012", Parcel: "已到达杭州转运中心。",
}

func withOrders(list ...Order) func(*Options) {
	return func(o *Options) { o.Orders = ordersFunc(func(string) ([]Order, error) { return list, nil }) }
}

func TestParcelFactsAreFilledIn(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "快递到哪了", "SF1234567890123", "转人工")
	best := d.suggestions(id, "")[0]
	want := "您的包裹（顺丰速运 SF1234567890123）目前运输中。最新轨迹：11月20日 14:30 已到达杭州转运中心。"
	if best.Source != SourceState || best.Text != want {
		t.Errorf("the first is %+v, want %q", best, want)
	}
}

func TestOrderFactsAreFilledIn(t *testing.T) {
	d := newDesk(t, withOrders(shipped))
	id := d.start("c1", "什么时候发货", "转人工")
	sug := find(t, d.suggestions(id, ""), SourceState, shipped.Number)
	want := "您的订单 YX202611200001 目前已发货。商品：不锈钢保温杯。快递：中通快递 75123456789012。最新轨迹：已到达杭州转运中心。"
	if sug.Text != want {
		t.Errorf("text is %q, want %q", sug.Text, want)
	}
	d = newDesk(t, withOrders(shipped))
	for _, s := range d.suggestions(d.start("", "什么时候发货", "转人工"), "") {
		if s.Source == SourceState {
			t.Errorf("a visitor who is not signed in reads of orders: %+v", s)
		}
	}
}

func TestTheOrderSpokenOf(t *testing.T) {
	paid := Order{Number: "YX202611210002", Status: "待发货", Open: true}
	old := Order{Number: "YX202610010003", Status: "已签收", TrackingNumber: "YT1234567890123"}
	for name, tc := range map[string]struct {
		orders []Order
		say    string
		want   string
	}{
		"named by its number":  {[]Order{paid, shipped, old}, "发货了吗 YX202610010003", old.Number},
		"the only open one":    {[]Order{old, shipped}, "发货了吗", shipped.Number},
		"the latest of many":   {[]Order{paid, shipped, old}, "发货了吗", paid.Number},
		"the latest when done": {[]Order{old}, "发货了吗", old.Number},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, withOrders(tc.orders...))
			find(t, d.suggestions(d.start("c1", tc.say, "转人工"), ""), SourceState, tc.want)
		})
	}
}

func TestOrdersAreRememberedForAWhile(t *testing.T) {
	asked := 0
	d := newDesk(t, func(o *Options) {
		o.Orders = ordersFunc(func(string) ([]Order, error) {
			asked++
			return slices.Repeat([]Order{shipped}, 9), nil
		})
	})
	id := d.start("c1", "什么时候发货", "转人工")
	for range 5 {
		d.suggestions(id, "发票")
	}
	if asked != 1 {
		t.Errorf("the backend was asked %d times", asked)
	}
	d.clock.Advance(d.options.OrdersFor + 31e9)
	d.suggestions(id, "")
	if asked != 2 {
		t.Errorf("the backend was asked %d times after a while", asked)
	}
	if n := len(d.ordersOf(t.Context(), d.state(id))); n != maxOrders {
		t.Errorf("%d orders are kept", n)
	}
}

func TestFactsWithoutAFormAreListed(t *testing.T) {
	p := builtin(t)
	sc := &scene{l: &ledger{lookups: []lookup{
		{action: "stock.query", facts: []dialog.Fact{{Name: "库存", Value: "12 件"}, {Name: "仓库", Value: "杭州"}, {Name: "空", Value: ""}}},
		{action: "empty", facts: []dialog.Fact{{Name: "空"}}},
	}}}
	list := p.stated(sc)
	if len(list) != 2 || list[0].text != "为您查到，库存：12 件；仓库：杭州。" || list[1].text != "" {
		t.Errorf("worded %+v", list)
	}
}

func TestEachActionTellsItsLatestFindings(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "快递到哪了", "SF1234567890123", "快递到哪了", "SF9999999999999", "转人工")
	for _, sug := range d.suggestions(id, "") {
		if strings.Contains(sug.Text, "SF1234567890123") {
			t.Errorf("an earlier parcel is told of: %q", sug.Text)
		}
	}
	find(t, d.suggestions(id, ""), SourceState, "SF9999999999999")
}

func TestQuestionsOfTheRunningFlow(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "快递到哪了")
	find(t, d.suggestions(id, ""), SourceFlow, "单号") // while the bot asks it
	d.say(id, "转人工")
	d.claim(id, lin)
	ask := find(t, d.suggestions(id, ""), SourceFlow, "单号") // and after people took over
	if ask.Text == "请发一下运单号。" {
		t.Error("the bot's question is repeated word for word")
	}
	d.reply(id, "您好，我来帮您查。")
	d.say(id, "单号是 SF1234567890123") // a number that no rule here reads
	find(t, d.suggestions(id, ""), SourceFlow, "单号")
	if _, err := d.Release(t.Context(), lin, "demo", id, ""); err != nil {
		t.Fatal(err)
	}
	for _, sug := range d.suggestions(id, "") {
		if sug.Source == SourceFlow {
			t.Errorf("a flow that ended asks %q", sug.Text)
		}
	}
}

func TestKnownValuesAreNotAskedFor(t *testing.T) {
	asks := func(list []dialog.Suggestion) bool {
		return slices.ContainsFunc(list, func(s dialog.Suggestion) bool { return s.Title == "问订单号" })
	}
	for name, tc := range map[string]struct {
		option func(*Options)
		who    string
		texts  []string
		want   bool
	}{
		"nothing known":        {nil, "", []string{"我要退款", "转人工"}, true},
		"told in a message":    {nil, "", []string{"订单YX202611200001什么时候退款", "转人工"}, false},
		"told earlier":         {nil, "", []string{"单号YX202611200001", "我要退款", "转人工"}, false},
		"orders of a customer": {withOrders(shipped), "c1", []string{"我要退款", "转人工"}, false},
		"no orders found":      {withOrders(), "c1", []string{"我要退款", "转人工"}, true},
		"another matter":       {nil, "", []string{"尺码怎么选", "转人工"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var change []func(*Options)
			if tc.option != nil {
				change = append(change, tc.option)
			}
			d := newDesk(t, change...)
			if got := asks(d.suggestions(d.start(tc.who, tc.texts...), "")); got != tc.want {
				t.Errorf("asks for the order number: %v, want %v", got, tc.want)
			}
		})
	}
	d := newDesk(t)
	find(t, d.suggestions(d.start("", "订单YX202611200001什么时候退款", "转人工"), ""), SourcePhrase, "订单 YX202611200001")
}

func TestEmpathyComesFirstAndOnce(t *testing.T) {
	d := newDesk(t)
	id := d.start("", "快递三天没动了", "转人工")
	d.claim(id, lin)
	d.say(id, "气死我了")
	best := d.suggestions(id, "")[0]
	if best.Title != "安抚" || !strings.Contains(best.Text, "快递") && !strings.Contains(best.Text, "着急") {
		t.Fatalf("the first is %+v", best)
	}
	d.reply(id, best.Text)
	d.say(id, "气死我了，快点")
	for _, sug := range d.suggestions(id, "") {
		if sug.Title == "安抚" {
			t.Errorf("empathy a second time: %q", sug.Text)
		}
	}
}

func TestOneOfAGroup(t *testing.T) {
	d := newDesk(t)
	for _, texts := range [][]string{{"你好", "转人工"}, {"快递三天没动了"}} {
		titles := map[string]int{}
		for _, sug := range d.suggestions(d.start("", texts...), "") {
			titles[sug.Title]++
		}
		if titles["开场"] > 1 || titles["安抚"] > 1 || titles["问运单号"]+titles["问订单号"] > 1 {
			t.Errorf("after %v: %v", texts, titles)
		}
	}
}

func TestPhrasesFitTheMoment(t *testing.T) {
	for say, want := range map[string]string{
		"谢谢": "回谢", "再见": "道别", "稍等": "等客户", "好的": "确认后继续", "不要": "再确认", "在吗": "致歉久等",
		"收到就坏了": "请发照片", "尺码怎么选": "问身高体重", "我要退款": "退款进度", "垃圾": "冷静回应", "气死我了": "受理投诉",
	} {
		t.Run(say, func(t *testing.T) {
			d := newDesk(t)
			id := stages["mine"](d)
			d.reply(id, "您好。")
			d.say(id, say)
			list := d.suggestions(id, "")
			if !slices.ContainsFunc(list, func(s dialog.Suggestion) bool { return s.Title == want }) {
				t.Errorf("no %s among %+v", want, list)
			}
		})
	}
}

func TestWordingsVaryBetweenConversations(t *testing.T) {
	d := newDesk(t)
	texts := map[string]bool{}
	for range 12 {
		for _, sug := range d.suggestions(d.start("", "我要退款", "转人工"), "") {
			if sug.Title == "问订单号" {
				texts[sug.Text] = true
			}
		}
	}
	if len(texts) != 2 {
		t.Errorf("%d wordings in 12 conversations: %v", len(texts), texts)
	}
}

func TestWithChoices(t *testing.T) {
	m := dialog.Message{Text: "要查**哪一单**？", Markdown: true, Buttons: []dialog.Button{{Title: "保温杯"}, {Title: "拖鞋"}}}
	if got, want := withChoices(m), "要查哪一单？\n1. 保温杯\n2. 拖鞋"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
