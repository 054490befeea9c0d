package importer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

// YAML that would keep its parser busy for minutes is refused at once.
func TestRasaIsTame(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		code fault.Code
	}{
		"brackets": {"nlu: " + strings.Repeat("[", 100000), fault.Invalid}, "braces": {"nlu: " + strings.Repeat("{a: ", 30000), fault.Invalid},
		"dashes": {"nlu:\n" + strings.Repeat("- ", 100000), fault.Invalid}, "quotes": {"nlu: " + strings.Repeat("\"", 100001), fault.Invalid},
		"anchors": {"nlu: " + strings.Repeat("&a ", 50000), fault.Invalid}, "keys": {"responses:\n" + strings.Repeat("  a:\n  - x\n", 60000), fault.TooLarge},
	} {
		start := time.Now()
		_, err := importer.Read(strings.NewReader(c.file), importer.Options{Format: importer.Rasa})
		if took := time.Since(start); !fault.Is(err, c.code) || took > 20*time.Second {
			t.Errorf("%s: after %v %v, want %s", name, took, err, c.code)
		}
	}
}

// codes are the problems of a table, in order.
func codes(table importer.Table) []string {
	var out []string
	for _, p := range table.Problems {
		out = append(out, p.Code)
	}
	return out
}

func TestMarkdown(t *testing.T) {
	table := read(t, importer.Auto, `---
负责人: 小王
---
# 帮助中心

## 物流

### 多久发货？ ##
编号: a1
相似问:
- 几天发
* 啥时候发
失效时间: 2026-12-31

付款后 **两天**内。

`+"```\n# 这不是标题\n```"+`

### **能改地址吗**

- 相似问：改地址|换地址
- 发货前可以改。
- 联系客服

## 售后
答案: 七天无理由。
第二行

####### 不是标题
`)
	want := []kb.Article{
		{ID: "a1", Question: "多久发货？", Similar: []string{"几天发", "啥时候发"}, Answer: "付款后 **两天**内。\n\n```\n# 这不是标题\n```", Category: "帮助中心/物流", ValidUntil: at(t, "2027-01-01T00:00:00+08:00"), Owner: "小王"},
		{Question: "能改地址吗", Similar: []string{"改地址", "换地址"}, Answer: "- 发货前可以改。\n- 联系客服", Category: "帮助中心/物流", Owner: "小王"},
		{Question: "售后", Answer: "七天无理由。\n第二行\n\n####### 不是标题", Category: "帮助中心", Owner: "小王"},
	}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Error(d)
	}
	if table.Format != importer.Markdown || table.Rows[0].Line != 8 {
		t.Errorf("read as %s, first at line %d", table.Format, table.Rows[0].Line)
	}
	if _, err := importer.Read(strings.NewReader("只有文字"), importer.Options{Format: importer.Markdown}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "标题") {
		t.Errorf("no headings: %v", err)
	}
}

func TestMarkdownFrontMatterIsNoRuler(t *testing.T) {
	table := read(t, importer.Markdown, "---\n# 一\n答一\n\n# 二\n答二\n")
	if len(table.Rows) != 2 || table.Rows[1].Article.Answer != "答二" {
		t.Errorf("%+v", table)
	}
}

func TestRasa(t *testing.T) {
	table := read(t, importer.Auto, `version: "3.1"
intents: [greet, faq]
nlu:
- intent: greet
  examples: |
    - 你好
- intent: faq/shipping
  examples: |
    - 多久发货
    - [北京](city)几天到
    - 到{"a"}要几天
- intent: faq/invoice
  examples:
  - text: 开发票
    metadata: {x: 1}
  - 发票在哪
- synonym: x
  examples: |
    - y
- intent: faq/silent
  examples: |
    - 没有回复的问题
responses:
  utter_greet:
  - text: 您好
  utter_faq/shipping:
  - text: |
      两天内。
      急单联系客服。
    image: https://a.example/a.png
    buttons:
    - title: 查物流
      payload: /track
    - title: 催发货
      payload: 帮我催一下
  - text: 第二种说法
  - text: 小程序里看
    channel: wechat
  utter_faq/invoice:
  - channel: web
    text: 只在网页
  utter_faq/lost:
  - text: 没有意图
`)
	want := []kb.Article{{
		ID: "shipping", Question: "多久发货", Similar: []string{"北京几天到", `到{"a"}要几天`}, Answer: "两天内。\n急单联系客服。",
		Blocks: []kb.Block{
			{Kind: kb.Image, URL: "https://a.example/a.png"},
			{Kind: kb.Buttons, Buttons: []kb.Button{{Label: "查物流", Press: kb.Say, Value: "查物流"}, {Label: "催发货", Press: kb.Say, Value: "帮我催一下"}}},
		},
		Variants: []kb.Variant{{Channels: []string{"wechat"}, Answer: "小程序里看"}},
	}}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"more_answers", "no_default", "missing", "missing", "missing"}, codes(table)); d != "" {
		t.Errorf("%s%+v", d, table.Problems)
	}
	if table.Rows[0].Line != 7 || table.Count != 4 || table.Rejected != 3 {
		t.Errorf("line %d, count %d, rejected %d", table.Rows[0].Line, table.Count, table.Rejected)
	}
}

func TestRasaWithoutGroups(t *testing.T) {
	table := read(t, importer.Rasa, "nlu:\n- intent: ask_shipping\n  examples: |\n    - 多久发货\n- intent: bye\n  examples: |\n    - 再见\nresponses:\n  utter_ask_shipping:\n  - text: 两天\n  other: x\n")
	if len(table.Rows) != 1 || table.Rows[0].Article.ID != "ask_shipping" || len(table.Problems) != 1 || table.Problems[0].Code != "unpaired" {
		t.Errorf("%+v", table)
	}
	for name, file := range map[string]string{"broken": "nlu: [", "no mapping": "- a\n- b\n", "alias": "nlu: &a [*a]\nresponses: *a\n", "empty": "nlu:\nresponses:\n"} {
		if _, err := importer.Read(strings.NewReader(file), importer.Options{Format: importer.Rasa}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := importer.Read(strings.NewReader("nlu: \""+strings.Repeat("x", 9<<20)+"\""), importer.Options{Format: importer.Rasa}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a large file: %v", err)
	}
}

func TestPages(t *testing.T) {
	table := read(t, importer.Auto, `<!doctype html><html><head><title>x</title><style>h1{}</style></head><body>
<nav><h2>菜单</h2><p>首页</p></nav>
<h1>帮助</h1>
<h2>物流</h2>
<dl><dt>多久发货</dt><dt>几天发</dt><dd><p>付款后<b>两天</b>内，<a href="https://a.example/x">详情</a></p></dd>
<div><dt>包邮吗</dt><dd>满 59 元<br>包邮</dd></div></dl>
<h2>售后</h2>
<details><summary>怎么退货</summary><ol><li>打开订单</li><li>点<em>退货</em><ul><li>选原因</li></ul></li></ol>
  <details><summary>运费谁出</summary>商家出</details></details>
<div class="card"><div><h3>发票 <small>新</small></h3></div><div><p>可以开
电子发票。</p><pre>a &lt; b
c</pre><img src="https://a.example/i.png" alt="图"><script>alert(1)</script></div></div>
<footer><h2>联系我们</h2><p>电话</p></footer>
</body></html>`)
	want := []kb.Article{
		{Question: "多久发货", Similar: []string{"几天发"}, Answer: "付款后**两天**内，[详情](https://a.example/x)", Category: "帮助/物流"},
		{Question: "包邮吗", Answer: "满 59 元\n包邮", Category: "帮助/物流"},
		{Question: "怎么退货", Answer: "1. 打开订单\n2. 点*退货*\n   - 选原因", Category: "帮助/售后"},
		{Question: "运费谁出", Answer: "商家出", Category: "帮助/售后/怎么退货"},
		{Question: "发票 新", Answer: "可以开电子发票。\n\n```\na < b\nc\n```\n\n![图](https://a.example/i.png)", Category: "帮助/售后"},
	}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Errorf("%s%+v", d, table.Problems)
	}
}

func TestPageOfSearchEngines(t *testing.T) {
	table := read(t, importer.HTML, `<h2>看得见的</h2><p>不读</p><script type="application/ld+json">{broken</script>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"WebPage"},{"@type":["FAQPage"],"mainEntity":[
{"@type":"Question","name":"多久&amp;发货","acceptedAnswer":{"@type":"Answer","text":"<p>两天</p><ul><li>一</li></ul>"}},
{"@type":"Question","name":"纯文字","acceptedAnswer":[{"text":"1. 不是\n2. HTML"}]},{"@type":"Question","name":"没有答案"}]}]}</script>`)
	want := []kb.Article{{Question: "多久&发货", Answer: "两天\n\n- 一"}, {Question: "纯文字", Answer: "1. 不是\n2. HTML"}}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Error(d)
	}
	if len(table.Problems) != 1 || table.Problems[0].Line != 3 || table.Problems[0].Code != "missing" {
		t.Errorf("%+v", table.Problems)
	}
}

func TestTablesOfPages(t *testing.T) {
	table := read(t, importer.HTML, `<table><tr><th colspan=3>知识库</th></tr><tr><th>分类<th>问题<th>答案</tr>
<tr><td rowspan=2>物流<td>一<td>答<b>一</b><tr><td>二<td rowspan=2>答二<tr><td>售后<td>贰</table><table><tr><td>排版<td>用的</table>`)
	want := []kb.Article{{Question: "一", Answer: "答**一**", Category: "物流"}, {Question: "二", Similar: []string{"贰"}, Answer: "答二", Category: "物流"}}
	if d := cmp.Diff(want, articles(table)); d != "" {
		t.Errorf("%s%+v", d, table.Problems)
	}
	for name, c := range map[string]struct{ page, says string }{
		"a table unknown": {"<table><tr><td>甲<td>乙</table>", "“甲”、“乙”"}, "nothing": {"<html><p>x</p></html>", "没有找到问答"},
	} {
		if _, err := importer.Read(strings.NewReader(c.page), importer.Options{Format: importer.HTML}); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextOfPagesIsNoMarkup(t *testing.T) {
	for page, want := range map[string]string{
		"5*3 和 a_b_c 与 _x_":                               `5\*3 和 a_b_c 与 \_x\_`,
		"&lt;b&gt; &amp;amp; 1 &lt; 2":                    `\<b> \&amp; 1 < 2`,
		"<p># 号</p><p>1. 序</p><p>- 项</p>":                 `\# 号` + "\n\n" + `1\. 序` + "\n\n" + `\- 项`,
		"[a](b)":                                          `\[a](b)`,
		"<a href='javascript:x'>点</a>":                    "点",
		"<a href=https://a.example>https://a.example</a>": "https://a.example",
		"<code>a`b</code><strong> 粗 </strong>字":           "``a`b`` **粗** 字",
		"<blockquote><p>一</p><p>二</p></blockquote>后":      "> 一\n>\n> 二\n\n后",
		"一<hr>二":        "一\n\n***\n\n二",
		"<h4>小标题</h4>文": "#### 小标题\n\n文",
		"<table><tr><th>a<th>b|c<tr><td>1<td>2</table>": "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |",
		strings.Repeat("<div>", 300) + "深":              "深",
	} {
		table := read(t, importer.HTML, "<dl><dt>问</dt><dd>"+page+"</dd></dl>")
		if len(table.Rows) != 1 || table.Rows[0].Article.Answer != want {
			t.Errorf("%s: %+v, want %q", page, articles(table), want)
		}
	}
}

func TestJSON(t *testing.T) {
	table := read(t, importer.Auto, `[
  {"question": "一", "answer": "答", "id": 7, "channels": null,
   "blocks": [{"kind": "link", "title": "看", "url": "https://a.example"}], "answer_at": 0.5, "review": "approved", "image": ["https://a.example/a.png"]},
  {"q": "二", "a": "答二", "tags": "VIP"}, "x",
  {"question": "三", "answer": "答", "variants": [{"answer": 5}], "attachments": [5]},
  {"question": "四", "answer": `)
	if len(table.Rows) != 1 || table.Rows[0].Article.ID != "7" || len(table.Rows[0].Article.Blocks) != 2 || table.Rows[0].Article.AnswerAt != 0.5 || table.Rows[0].Article.Review != kb.Approved {
		t.Errorf("%+v", table.Rows)
	}
	var lines []int
	for _, p := range table.Problems {
		lines = append(lines, p.Line)
	}
	if d := cmp.Diff([]string{"no_default", "bad_row", "bad_value", "bad_row", "bad_row"}, codes(table)); d != "" || !cmp.Equal(lines, []int{4, 4, 5, 5, 6}) {
		t.Errorf("%s%v %+v", d, lines, table.Problems)
	}
	for name, file := range map[string]string{"no array": `{"a": 1}`, "empty": ``, "empty array": `[]`} {
		if _, err := importer.Read(strings.NewReader(file), importer.Options{Format: importer.JSON}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	file := "问题,答案\n" + strings.Repeat("一,答\n", 5000)
	rows := 0
	_, err := importer.ReadContext(ctx, strings.NewReader(file), importer.Options{Progress: func(n int) {
		if rows = n; n >= 1000 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || rows > 1300 {
		t.Errorf("after %d rows: %v", rows, err)
	}
	if _, err := importer.Headings(ctx, strings.NewReader(file), importer.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("headings: %v", err)
	}
}
