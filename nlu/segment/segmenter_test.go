package segment

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const tradeTerms = `
# term freq pos
花呗 2000 n
七天无理由退货 1000 n
无理由 2000 n
运费险 2000 n
尾款 2000 n
T恤 500 n
双11 500 t
H&M
C#
小米SU7 100 nz
`

func newTrade(t testing.TB) *Segmenter {
	t.Helper()
	s, err := New(Options{Terms: strings.NewReader(tradeTerms)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func texts(tokens []nlu.Token) string {
	parts := make([]string, len(tokens))
	for i, t := range tokens {
		parts[i] = t.Text
	}
	return strings.Join(parts, "|")
}

func TestSegment(t *testing.T) {
	s := newTrade(t)
	for _, c := range []struct{ name, text, want string }{
		{"trade term", "花呗能分期吗", "花呗|能|分期|吗"},
		{"longest trade term", "支持七天无理由退货吗", "支持|七天无理由退货|吗"},
		{"part of it", "无理由退款", "无理由|退款"},
		{"plain sentence", "我的快递到哪里了", "我|的|快递|到|哪里|了"},
		{"new word by the model", "杭研大厦", "杭研|大厦"},
		{"camel case and digits", "iPhone15ProMax有货吗", "iPhone|15|ProMax|有货|吗"},
		{"short letters stick to digits", "2XL A4 P60Pro 128GB", "2XL| |A4| |P60|Pro| |128GB"},
		{"tracking number stays whole", "SF1234567890123到哪了", "SF1234567890123|到|哪|了"},
		{"decimal", "59.9元包邮", "59.9|元|包邮"},
		{"point at the end", "付了59.", "付|了|59|."},
		{"mixed dictionary word", "T恤和双11", "T恤|和|双11"},
		{"symbols inside a term", "H&M和C#", "H&M|和|C#"},
		{"term over two units", "小米SU7多少钱", "小米SU7|多少|钱"},
		{"blanks and punctuation", "好的，  谢谢！！！", "好|的|，|  |谢谢|！！！"},
		{"emoji", "好评👍🏻👍🏻😂", "好评|👍🏻|👍🏻|😂"},
		{"joined emoji", "👨‍👩‍👧收到", "👨‍👩‍👧|收到"},
		{"flag", "🇨🇳加油", "🇨🇳|加油"},
		{"traditional", "運費險怎麼退", "運費險|怎麼|退"},
		{"full width", "ＡＢＣ１２３　元", "ＡＢＣ|１２３|　|元"},
		{"upper case term", "t恤 c#", "t恤| |c#"},
		{"english sentence", "where is my order", "where| |is| |my| |order"},
		{"cyrillic", "привет мир", "привет| |мир"},
		{"combining mark", "cafe\u0301 ok", "cafe\u0301| |ok"},
		{"control characters", "退款\x00\x01吧", "退款|\x00\x01|吧"},
		{"invalid bytes", "退\xff\xfe款", "退|\uFFFD\uFFFD|款"},
		{"cut in the middle of a character", "退款\xe9\x80", "退款|\uFFFD\uFFFD"},
		{"one character", "退", "退"},
		{"rare character", "㐀㐁", "㐀|㐁"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tokens := s.Segment(c.text)
			if got := texts(tokens); got != c.want {
				t.Errorf("Segment(%q) = %s, want %s", c.text, got, c.want)
			}
			checkCover(t, c.text, tokens)
		})
	}
}

func TestSegmentEmpty(t *testing.T) {
	if got := newTrade(t).Segment(""); got != nil {
		t.Errorf("Segment(\"\") = %v, want none", got)
	}
}

func TestTokenFields(t *testing.T) {
	s := newTrade(t)
	got := s.Segment("買Ｔ恤 ①件㎏")
	want := []nlu.Token{
		{Text: "買", Term: "买", Start: 0, End: 1, Pos: "v"},
		{Text: "Ｔ恤", Term: "t恤", Start: 1, End: 3, Pos: "n"},
		{Text: " ", Term: " ", Start: 3, End: 4},
		{Text: "①", Term: "1", Start: 4, End: 5},
		{Text: "件", Term: "件", Start: 5, End: 6, Pos: "zg"},
		{Text: "㎏", Term: "kg", Start: 6, End: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if got := nlu.Terms(got); !slices.Equal(got, []string{"买", "t恤", "1", "件", "kg"}) {
		t.Errorf("terms = %q", got)
	}
}

func TestKeepTraditional(t *testing.T) {
	s, err := New(Options{Terms: strings.NewReader(tradeTerms), KeepTraditional: true})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Segment("運費險ＯＫ")
	if len(got) != 2 || got[0].Term != "運費險" || got[1].Term != "ok" {
		t.Errorf("tokens = %+v, want the terms 運費險 and ok", got)
	}
}

func TestGeneralReplaced(t *testing.T) {
	s, err := New(Options{General: strings.NewReader("甲乙 10 n\n丙丁 10 n\n甲 1\n乙 1\n")})
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(s.Segment("甲乙丙丁")); got != "甲乙|丙丁" {
		t.Errorf("got %s", got)
	}
	for name, text := range map[string]string{"empty": "", "faulty": "甲 many\n"} {
		if _, err := New(Options{General: strings.NewReader(text)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s general dictionary: %v, want fault.Invalid", name, err)
		}
	}
}

func TestUserWords(t *testing.T) {
	base := newTrade(t)
	const text = "云栖优品的云享金支持花呗"
	if got := texts(base.Segment(text)); strings.Contains(got, "云享金|") {
		t.Fatalf("云享金 is known without user words: %s", got)
	}
	bot, err := base.WithWords([]Word{{Text: "云享金"}, {Text: "雲棲優品", Pos: "nz"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(bot.Segment(text)), "云栖优品|的|云享金|支持|花呗"; got != want {
		t.Errorf("bot cuts %s, want %s", got, want)
	}
	if got := texts(base.Segment(text)); strings.Contains(got, "云享金|") {
		t.Errorf("the bot's words reached the base: %s", got)
	}
	if err := bot.SetWords(nil); err != nil {
		t.Fatal(err)
	}
	if got := texts(bot.Segment(text)); strings.Contains(got, "云享金|") {
		t.Errorf("removed words still count: %s", got)
	}
}

func TestUserWordDoesNotCutAcross(t *testing.T) {
	s, err := newTrade(t).WithWords([]Word{{Text: "和服"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(s.Segment("产品和服务")), "产品|和|服务"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := texts(s.Segment("和服")); got != "和服" {
		t.Errorf("the word alone is cut: %s", got)
	}
}

func TestReloadReachesBots(t *testing.T) {
	base := newTrade(t)
	bot, err := base.WithWords([]Word{{Text: "云享金"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := base.Reload(Options{Words: []Word{{Text: "极速达卡"}}}); err != nil {
		t.Fatal(err)
	}
	if got := texts(bot.Segment("极速达卡云享金")); got != "极速达卡|云享金" {
		t.Errorf("after the reload: %s", got)
	}
	err = base.Reload(Options{Terms: strings.NewReader("好 词 有 空 格")})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("faulty reload: %v, want fault.Invalid", err)
	}
	if got := texts(bot.Segment("极速达卡")); got != "极速达卡" {
		t.Errorf("a failed reload changed the words: %s", got)
	}
}

func TestFaultyUserWords(t *testing.T) {
	base := newTrade(t)
	for name, w := range map[string]Word{
		"empty":    {},
		"blank":    {Text: "两 个"},
		"invalid":  {Text: "退\xff"},
		"long":     {Text: strings.Repeat("长", 33)},
		"negative": {Text: "退款", Freq: -1},
	} {
		if _, err := base.WithWords([]Word{w}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
		if _, err := New(Options{Words: []Word{w}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s in New: %v, want fault.Invalid", name, err)
		}
	}
	if err := base.SetWords(make([]Word, maxWords+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many: %v, want fault.TooLarge", err)
	}
}

// checkCover fails unless tokens are the text, in order, with nothing left out.
func checkCover(t interface {
	Helper()
	Errorf(string, ...any)
}, text string, tokens []nlu.Token) {
	t.Helper()
	runes := []rune(text)
	pos := 0
	for _, tok := range tokens {
		if tok.Start != pos || tok.End <= tok.Start || tok.End > len(runes) {
			t.Errorf("Segment(%q): token %+v does not follow %d", text, tok, pos)
			return
		}
		if surface := string(runes[tok.Start:tok.End]); tok.Text != surface {
			t.Errorf("Segment(%q): token text %q, want %q", text, tok.Text, surface)
		}
		if tok.Term != Fold(tok.Text) {
			t.Errorf("Segment(%q): term of %q is %q, want %q", text, tok.Text, tok.Term, Fold(tok.Text))
		}
		if !utf8.ValidString(tok.Text) {
			t.Errorf("Segment(%q): token %q is not valid UTF-8", text, tok.Text)
		}
		pos = tok.End
	}
	if pos != len(runes) {
		t.Errorf("Segment(%q) covers %d of %d code points", text, pos, len(runes))
	}
}

func TestCoversAnyText(t *testing.T) {
	s := newTrade(t)
	alphabet := []rune("花呗无理由退货的运费險T恤HM&C#双1a9.Ｚ ，！👍\u200d🏻🇨\u0301\u3099か가\uFE0F\x00")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom(alphabet)).Draw(t, "text")
		checkCover(t, text, s.Segment(text))
	})
}

func FuzzSegment(f *testing.F) {
	for _, seed := range []string{"", "花呗能分期吗", "iPhone15ProMax", "\xff\xfe退款", "運費險 １２.３", "👨‍👩‍👧", "ᄀ\u1161", "İstanbul", "ﷺ"} {
		f.Add(seed)
	}
	s := newTrade(f)
	f.Fuzz(func(t *testing.T, text string) {
		checkCover(t, text, s.Segment(text))
	})
}
