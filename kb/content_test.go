package kb

import (
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 11, 12, 0, 0, 0, time.UTC)

func TestContentFlaws(t *testing.T) {
	later := noon.Add(time.Hour)
	blocks := func(b ...Block) Article { return Article{Blocks: b} }
	press := func(b Button) Article { return blocks(Block{Kind: Buttons, Buttons: []Button{b}}) }
	for want, a := range map[string]Article{
		"blocks[0].kind unknown":              blocks(Block{Kind: "video"}),
		"blocks[0].url missing":               blocks(Block{Kind: Image}),
		"blocks[0].title missing":             blocks(Block{Kind: Link, URL: "https://shop.example/a"}),
		"blocks[0].url bad_url":               blocks(Block{Kind: Image, URL: "http://shop.example/a.png"}),
		"blocks[1].image bad_url":             blocks(Block{Kind: Card, Title: "卡"}, Block{Kind: Card, Title: "卡", Image: "javascript:alert(1)"}),
		"blocks[0].buttons missing":           blocks(Block{Kind: Buttons}),
		"blocks[0].buttons[0].label missing":  press(Button{Press: AskHuman}),
		"blocks[0].buttons[0].value missing":  press(Button{Label: "问", Press: Say}),
		"blocks[0].buttons[0].value bad_url":  press(Button{Label: "看", Press: OpenURL, Value: "/../etc"}),
		"blocks[0].buttons[0].value bad_flow": press(Button{Label: "退", Press: StartFlow, Value: "退货"}),
		"blocks[0].buttons[0].press unknown":  press(Button{Label: "退", Press: "jump", Value: "x"}),
		"blocks too_many":                     {Blocks: slices.Repeat([]Block{{Kind: Card, Title: "卡"}}, MaxBlocks+1)},
		"variants too_many":                   {Variants: slices.Repeat([]Variant{{Answer: "答"}}, MaxVariants+1)},
		"variants[0].answer missing":          {Variants: []Variant{{Channels: []string{"app"}}}},
		"variants[0].valid_until bad_period":  {Variants: []Variant{{Answer: "答", ValidFrom: &later, ValidUntil: &noon}}},
		"variants[0].tags[0] too_long":        {Variants: []Variant{{Answer: "答", Tags: []string{strings.Repeat("长", MaxTag+1)}}}},
		"variants[0].blocks[0].url missing":   {Variants: []Variant{{Answer: "答", Blocks: []Block{{Kind: Image}}}}},
		"variants[0].answer bad_slot":         {Variants: []Variant{{Answer: "您的 {{订单}} 已发出"}}},
		"attachments too_many":                {Attachments: slices.Repeat([]Attachment{{Name: "a", URL: "/files/a"}}, MaxAttachments+1)},
		"attachments[0].url bad_url":          {Attachments: []Attachment{{Name: "a", URL: "/files/../a"}}},
		"attachments[0].mime bad_mime":        {Attachments: []Attachment{{Name: "a", URL: "/files/a", MIME: "pdf"}}},
		"attachments[0].bytes bad_number":     {Attachments: []Attachment{{Name: "a", URL: "/files/a", Bytes: -1}}},
		"answer_at bad_number":                {AnswerAt: 1},
		"review unknown":                      {Review: "done"},
		"owner encoding":                      {Owner: "a\xff"},
		"answer bad_slot":                     {Answer: "{{order.status}} 与 {{Order.Status}}"},
		"":                                    full(),
	} {
		a.Question = "问"
		if a.Answer == "" {
			a.Answer = "答"
		}
		got := ""
		if f := a.Clean().Flaws(); len(f) > 0 {
			got = f[0].Field + " " + f[0].Code
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// full is an article with everything in it.
func full() Article {
	until := noon.Add(time.Hour)
	return Article{
		Question: "问", Answer: "订单 {{ order.number }}：{{order.state_name}}。",
		Blocks: []Block{
			{Kind: Image, URL: "/files/a.png"}, {Kind: Link, URL: "https://shop.example/order?no={{order.number}}", Title: "订单 {{order.number}}"},
			{Kind: Card, Title: "卡", Image: "https://shop.example/a.png", Buttons: []Button{{Label: "退货", Press: StartFlow, Value: "return_goods"}}},
			{Kind: Buttons, Buttons: []Button{{Label: "转人工", Press: AskHuman}, {Label: "再问", Press: Say, Value: "怎么退货"}}},
		},
		Variants:    []Variant{{Channels: []string{"app"}, Tags: []string{"会员"}, ValidFrom: &noon, ValidUntil: &until, Answer: "答"}},
		Attachments: []Attachment{{Name: "尺码表.pdf", URL: "https://shop.example/a.pdf", MIME: "application/pdf", Bytes: 3}},
		AnswerAt:    0.9, Owner: "usr_1", Review: Approved,
	}
}

func TestCleanContent(t *testing.T) {
	was := Article{
		Question: "问", Answer: "a\r\nb ", Owner: " 小王 ", Blocks: []Block{},
		Variants:    []Variant{{Answer: " 答\r", Tags: []string{" vip", "", "vip"}, Channels: []string{""}}},
		Attachments: []Attachment{{Name: " a\nb ", URL: " /files/a "}},
	}
	tags := was.Variants[0].Tags
	got := was.Clean()
	if got.Answer != "a\nb" || got.Owner != "小王" || got.Blocks != nil || got.Attachments[0].Name != "a b" || got.Attachments[0].URL != "/files/a" {
		t.Errorf("got %+v", got)
	}
	if v := got.Variants[0]; v.Answer != "答" || !slices.Equal(v.Tags, []string{"vip"}) || v.Channels != nil {
		t.Errorf("got variant %+v", v)
	}
	if tags[0] != " vip" || was.Attachments[0].Name != " a\nb " {
		t.Error("the caller's article was changed")
	}
}

func TestForPicksTheFirstVariantThatFits(t *testing.T) {
	until := noon.Add(time.Hour)
	a := Article{Answer: "平时", Variants: []Variant{
		{Channels: []string{"app"}, Tags: []string{"会员", "黑金"}, Answer: "会员"},
		{ValidFrom: &noon, ValidUntil: &until, Answer: "活动"},
		{Channels: []string{"app", "web"}, Answer: "线上"},
	}}
	for _, c := range []struct {
		who  Audience
		want string
	}{
		{Audience{At: noon.Add(-1)}, "平时"},
		{Audience{At: noon}, "活动"},
		{Audience{At: until}, "平时"},
		{Audience{At: until, Channel: "web"}, "线上"},
		{Audience{At: noon, Channel: "app", Tags: []string{"新客", "黑金"}}, "会员"},
		{Audience{At: noon, Channel: "web", Tags: []string{"黑金"}}, "活动"},
	} {
		if got := a.For(c.who).Answer; got != c.want {
			t.Errorf("%+v: got %q, want %q", c.who, got, c.want)
		}
	}
}

func TestSame(t *testing.T) {
	a := full()
	b := full()
	b.ID, b.Version, b.UpdatedAt, b.Similar = "x", 7, noon, []string{}
	local := b.Variants[0].ValidFrom.In(time.FixedZone("CST", 8*3600))
	b.Variants[0].ValidFrom = &local
	if !a.Same(b) {
		t.Error("the same article in other clothes is another")
	}
	for name, change := range map[string]func(a *Article){
		"similar": func(a *Article) { a.Similar = []string{"x"} }, "answer at": func(a *Article) { a.AnswerAt = 0.5 },
		"button": func(a *Article) { a.Blocks[3].Buttons[0].Label = "x" }, "variant": func(a *Article) { a.Variants[0].Tags = nil },
		"attachment": func(a *Article) { a.Attachments[0].Bytes = 4 }, "review": func(a *Article) { a.Review = "" },
		"time": func(a *Article) { a.Variants[0].ValidUntil = nil },
	} {
		c := full()
		change(&c)
		if a.Same(c) {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestFill(t *testing.T) {
	values := map[string]string{"order.status": "已发货", "order.no": "A_12", "customer.name": "[张](https://x)*\n*", "empty": " "}
	value := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	for _, c := range []struct {
		text, want string
		ok         bool
	}{
		{"没有变量 { }", "没有变量 { }", true},
		{"订单 {{order.no}} 目前{{ order.status }}。", "订单 A_12 目前已发货。", true},
		{"一般两天内发货。您的包裹预计 {{parcel.eta}} 到。请留意。", "一般两天内发货。请留意。", true},
		{"预计 {{parcel.eta}} 到。", "", false},
		{"您好！\n- 状态：{{order.status}}\n- 预计：{{parcel.eta}}\n再见", "您好！\n- 状态：已发货\n再见", true},
		{"**预计 {{parcel.eta}} 到。请等待**", "", false},
		{"[查看](https://a.example/?no={{parcel.no}})", "", false},
		{"[查看](https://a.example/?no={{order.no}})", "[查看](https://a.example/?no=A_12)", true},
		{"{{customer.name}}您好", "［张］(https://x)＊ ＊您好", true},
		{"{{empty}}", "", false},
		{"{{parcel.eta}}\n🙂", "🙂", false},
	} {
		got, ok := Fill(c.text, value)
		if got != c.want || ok != c.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", c.text, got, ok, c.want, c.ok)
		}
	}
	if got, ok := FillPlain("订单 {{order.no}}", value, strings.ToLower); got != "订单 a_12" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	if _, ok := FillPlain("{{parcel.eta}}", value, nil); ok {
		t.Error("a title without its value is used")
	}
	if got := Slots("{{a.b}} {{ c }} {{a.b}} {{D}}"); !slices.Equal(got, []string{"a.b", "c"}) {
		t.Errorf("slots %q", got)
	}
}

func FuzzFill(f *testing.F) {
	f.Add("您好。{{a.b}}！- {{c}}\n> **{{a.b}}** ？", "值")
	f.Add("{{{{a}}}}", "{{a}}")
	f.Fuzz(func(t *testing.T, text, v string) {
		all, ok := Fill(text, func(string) (string, bool) { return v, true })
		if slots := Slots(text); len(slots) == 0 && (!ok || all != text) {
			t.Errorf("%q without slots became %q", text, all)
		}
		none, _ := Fill(text, func(string) (string, bool) { return "", false })
		if len(none) > len(text) || len(Slots(none)) > 0 && !strings.Contains(none, "{{") {
			t.Errorf("%q became %q", text, none)
		}
		if got := strings.Join(sentences(text), ""); got != text {
			t.Errorf("%q is not its sentences %q", text, got)
		}
	})
}

func BenchmarkFill(b *testing.B) {
	text := strings.Repeat("一般两天内发货。订单 {{order.no}} 目前{{order.status}}。\n", 10)
	for b.Loop() {
		Fill(text, func(string) (string, bool) { return "已发货", true })
	}
}
