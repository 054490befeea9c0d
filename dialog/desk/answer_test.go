package desk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"emphasis":       {"现货 **48 小时内** 发出，*预售*除外。", "现货 48 小时内 发出，预售除外。"},
		"paragraphs":     {"第一段。\n\n第二段。", "第一段。\n第二段。"},
		"soft break":     {"同一段\n接着写", "同一段接着写"},
		"latin break":    {"open the\napp", "open the app"},
		"hard break":     {"一行  \n两行", "一行\n两行"},
		"bullets":        {"需要：\n\n- 抬头\n- 税号", "需要：\n· 抬头\n· 税号"},
		"numbers":        {"3. 申请\n4. 寄回", "3. 申请\n4. 寄回"},
		"nested":         {"- 甲\n  - 乙\n- 丙", "· 甲\n  · 乙\n· 丙"},
		"loose item":     {"1. 甲\n\n   补充\n2. 乙", "1. 甲\n补充\n2. 乙"},
		"link":           {"去[订单页](https://a.cn/o)看", "去订单页（https://a.cn/o）看"},
		"link as itself": {"[https://a.cn](https://a.cn)", "https://a.cn"},
		"autolink":       {"见 <https://a.cn/x>", "见 https://a.cn/x"},
		"heading":        {"# 退货\n说明", "退货\n说明"},
		"code":           {"输入 `1234`", "输入 1234"},
		"code block":     {"```\nYX123\n```", "YX123"},
		"quote":          {"> 注意\n> 保留包装", "注意保留包装"},
		"rule":           {"上\n\n---\n\n下", "上\n下"},
		"html":           {"<b>好</b>", "好"},
		"image":          {"![示意图](a.png)", "示意图"},
		"escape":         {`1\*2`, "1*2"},
		"escape in code": {"`1\\*2 &amp;`", `1\*2 &amp;`},
		"entities":       {"A&amp;B &lt;3&#x20AC;", "A&B <3€"},
		"padding":        {"在 （首页） 查看 。", "在（首页）查看。"},
		"empty":          {"", ""},
		"only marks":     {"****\n\n---", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plain(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestPolite(t *testing.T) {
	for in, want := range map[string]string{
		"你可以": "您可以", "麻烦你": "麻烦您", "你们": "你们", "迷你烤箱": "迷你烤箱", "你好，你的迷你杯": "您好，您的迷你杯", "您好": "您好", "": "",
	} {
		if got := polite(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	sentence := strings.Repeat("退", 19) + "。" // 20
	for name, tc := range map[string]struct {
		in    string
		limit int
		want  string
	}{
		"short enough":     {sentence, 20, sentence},
		"after a sentence": {strings.Repeat(sentence, 4), 70, strings.Repeat(sentence, 3)},
		"after a line":     {strings.Repeat("一", 30) + "\n" + strings.Repeat("二", 30), 50, strings.Repeat("一", 30)},
		"at a semicolon":   {strings.Repeat("一", 30) + "；" + strings.Repeat("二", 30), 50, strings.Repeat("一", 30) + "。"},
		"at a comma":       {strings.Repeat("一", 30) + "，" + strings.Repeat("二", 30), 50, strings.Repeat("一", 30) + "。"},
		"nowhere":          {strings.Repeat("一", 80), 50, strings.Repeat("一", 49) + "…"},
		"too early":        {"好。" + strings.Repeat("一", 80), 50, "好。" + strings.Repeat("一", 47) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cut(tc.in, tc.limit); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"**a** [b](c)", "- a\n  - b\n\n1. c", "> ```\n> x", "<b>&amp;\x00", "|a|b|\n|-|-|\n|c|d|", strings.Repeat("[", 50), "你\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := cut(polite(plain(in)), maxAnswer)
		if n := utf8.RuneCountInString(out); n > maxAnswer {
			t.Errorf("%d code points", n)
		}
		if utf8.ValidString(in) && !utf8.ValidString(out) {
			t.Errorf("%q becomes %q", in, out)
		}
		if out != strings.TrimSpace(out) {
			t.Errorf("%q has blanks at its ends", out)
		}
	})
}
