package typeahead_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/typeahead"
)

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// simplify knows the traditional characters of these tests.
func simplify(text string) string {
	return strings.NewReplacer("運", "运", "費", "费", "發", "发", "貨", "货", "會", "会", "員", "员", "條", "条").Replace(text)
}

var base = []kb.Article{
	{ID: "freight", Question: "运费险怎么赔付？", Similar: []string{"退货运费谁出", "运费险什么时候到账"}},
	{ID: "post", Question: "满多少包邮"},
	{ID: "ship", Question: "付款后多久发货？", Similar: []string{"什么时候发货", "几时能寄出"}},
	{ID: "invoice", Question: "怎么开发票", Similar: []string{"发票抬头写错了怎么办"}},
	{ID: "return", Question: "七天无理由退货怎么申请？", Similar: []string{"不想要了能退吗"}},
	{ID: "decor", Question: "可以上门安装吗", Similar: []string{"装修期间能先不送吗"}},
	{ID: "phone", Question: "iPhone 15 手机壳有货吗"},
	{ID: "milk", Question: "牛奶要冷藏吗"},
	{ID: "blue", Question: "蓝色和绿色哪个好看"},
	{ID: "vip", Question: "VIP会员有什么权益"},
	{ID: "kana", Question: "の字标志是什么"},
	{ID: "urgent", Question: "怎么催发货"},
}

func open(prior kb.Prior) *typeahead.Index {
	x := typeahead.New(typeahead.Options{Simplify: simplify, Prior: prior})
	x.Put("demo", base)
	return x
}

func ids(found []typeahead.Proposal) string {
	var out []string
	for _, p := range found {
		out = append(out, p.Article)
	}
	return strings.Join(out, " ")
}

// TestTyping says which article must come first for what is typed; an empty
// one says that nothing may come.
func TestTyping(t *testing.T) {
	x := open(nil)
	for typed, want := range map[string]string{
		"运费险": "freight", "运费": "freight", "运": "freight", "谁出": "freight", // beginning and middle
		"yunfei": "freight", "yunfeixian": "freight", "yf": "freight", "yfx": "freight", "yunf": "freight", "yunfe": "freight",
		"运费xian": "freight", "yun费": "freight", "运f": "freight", "yfxian": "freight", "y费x": "freight",
		"YUNFEI": "freight", "ｙｕｎｆｅｉ": "freight", "yun fei": "freight", "運費": "freight", "運費險": "freight",
		"yunfie": "freight", "yumfei": "freight", "yunfeei": "freight", "ynfei": "freight", "yunei": "freight", // one slip
		"云费": "freight", "运废险": "freight", "运费限": "freight", // homophones
		"zhuangxiu": "decor", "zuangxiu": "decor", "zhx": "decor", "zhaungxiu": "decor", // zh, z, swapped
		"liulai": "milk", "niunai": "milk", "niulai": "milk", "nn": "milk", // n, l
		"nanse": "blue", "lanse": "blue", "langse": "blue", "lvse": "blue", // ng, n
		"nengtui": "return", "nentui": "return", "7天": "return", "七天": "return", "7tian": "return", "qitian": "return",
		"iphone": "phone", "IPHONE15": "phone", "iphnoe": "phone", "ipone": "phone", "sjk": "phone", "手机ke": "phone", "iphone 手机": "phone",
		"vip": "vip", "vip会": "vip", "viphy": "vip", "VIP會員": "vip", "会员": "vip",
		"fapiao": "invoice", "怎么开": "invoice", "抬头": "invoice", "错了": "invoice",
		"の": "kana", "の字": "kana",
		"发货 多久": "ship", "退货 运费": "freight", // words in any order
		"什么时候": "ship", "cuifahuo": "urgent", "cfh": "urgent",
		"": "", "？！": "", "😀": "", "zzzzqq": "", "xyz": "", "完全没有的问题": "",
		strings.Repeat("运费", 40): "",
	} {
		got := x.Propose("demo", typed, noon, 5)
		if want == "" {
			if len(got) != 0 {
				t.Errorf("%q proposes %s", typed, ids(got))
			}
			continue
		}
		if len(got) == 0 || got[0].Article != want {
			t.Errorf("%q proposes %q, want %s first", typed, ids(got), want)
		}
	}
}

func TestOrder(t *testing.T) {
	x := open(nil)
	got := x.Propose("demo", "发货", noon, 5)
	if ids(got) != "urgent ship" && ids(got) != "ship urgent" {
		t.Errorf("发货 proposes %q", ids(got))
	}
	x.Put("demo", []kb.Article{{ID: "whole", Question: "发货"}, {ID: "begins", Question: "发货地是哪里"}})
	if got := x.Propose("demo", "发货", noon, 5); !strings.HasPrefix(ids(got), "whole begins ") {
		t.Errorf("the whole, then the beginning, then the middle: %q", ids(got))
	}
	if got := x.Propose("demo", "发货", noon, 3); len(got) != 3 {
		t.Errorf("%d proposals for a limit of 3", len(got))
	}
	if got := x.Propose("other", "发货", noon, 3); got != nil {
		t.Errorf("another bot proposes %v", got)
	}
}

type priors map[string]float64

func (p priors) Prior(_, article string) float64 { return p[article] }

func TestPopularFirst(t *testing.T) {
	for _, popular := range []string{"ship", "urgent"} {
		x := open(priors{popular: 0.7})
		if got := x.Propose("demo", "发货", noon, 5); len(got) != 2 || got[0].Article != popular {
			t.Errorf("%s is popular, yet: %q", popular, ids(got))
		}
	}
	x := open(priors{"freight": 0.7})
	if got := x.Propose("demo", "怎么", noon, 5); len(got) == 0 || got[0].Article == "freight" {
		t.Errorf("a popular middle goes before a beginning: %q", ids(got))
	}
}

func TestMarks(t *testing.T) {
	x := open(nil)
	for typed, want := range map[string]struct {
		wording string
		marks   [][2]int
	}{
		"yfx":        {"运费险怎么赔付？", [][2]int{{0, 3}}},
		"谁出":         {"退货运费谁出", [][2]int{{4, 6}}},
		"iphone15":   {"iPhone 15 手机壳有货吗", [][2]int{{0, 9}}},
		"iphone 手机壳": {"iPhone 15 手机壳有货吗", [][2]int{{0, 6}, {10, 13}}},
	} {
		got := x.Propose("demo", typed, noon, 1)
		if len(got) != 1 || got[0].Wording != want.wording || !cmp.Equal(got[0].Marks, want.marks) {
			t.Errorf("%s: %+v, want %+v", typed, got, want)
		}
	}
}

func TestValidity(t *testing.T) {
	x := typeahead.New(typeahead.Options{})
	from, until := noon, noon.Add(time.Hour)
	x.Put("demo", []kb.Article{{ID: "sale", Question: "双11活动", ValidFrom: &from, ValidUntil: &until}})
	for at, want := range map[time.Time]int{noon.Add(-time.Second): 0, noon: 1, until: 0} {
		if got := x.Propose("demo", "双11", at, 5); len(got) != want {
			t.Errorf("at %s: %v", at, got)
		}
		if got := x.Propose("demo", "双 活动", at, 5); len(got) != want {
			t.Errorf("two words at %s: %v", at, got)
		}
	}
}

func TestReplaceAndDelete(t *testing.T) {
	x := open(nil)
	x.Put("demo", []kb.Article{{ID: "freight", Question: "商品产地在哪里"}})
	if got := ids(x.Propose("demo", "运费险", noon, 5)); got != "" {
		t.Errorf("the old wording proposes %q", got)
	}
	if got := ids(x.Propose("demo", "cd", noon, 5)); got != "freight" {
		t.Errorf("the new wording proposes %q", got)
	}
	x.Delete("demo", []string{"freight", "unknown"})
	if got := x.Propose("demo", "产地", noon, 5); len(got) != 0 || x.Len("demo") != len(base)-1 {
		t.Errorf("after Delete: %v, %d articles", got, x.Len("demo"))
	}
}

// TestChangesLeaveNoTrace compares an index after many changes with one that
// is given the same articles at once.
func TestChangesLeaveNoTrace(t *testing.T) {
	words := []string{"运费", "发货", "退款", "多久", "怎么", "vip", "长期", "银行", "到账", "3天"}
	rapid.Check(t, func(t *rapid.T) {
		x := typeahead.New(typeahead.Options{})
		want := map[string]kb.Article{}
		for range rapid.IntRange(1, 60).Draw(t, "changes") {
			id := fmt.Sprintf("a%d", rapid.IntRange(0, 8).Draw(t, "id"))
			if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
				x.Delete("demo", []string{id})
				delete(want, id)
				continue
			}
			text := rapid.SliceOfN(rapid.SampledFrom(words), 1, 4)
			a := kb.Article{ID: id, Question: strings.Join(text.Draw(t, "question"), "")}
			for range rapid.IntRange(0, 20).Draw(t, "similar") {
				a.Similar = append(a.Similar, strings.Join(text.Draw(t, "wording"), ""))
			}
			x.Put("demo", []kb.Article{a})
			want[id] = a
		}
		fresh := typeahead.New(typeahead.Options{})
		for _, a := range want {
			fresh.Put("demo", []kb.Article{a})
		}
		for _, typed := range []string{"yf", "fahuo", "怎么", "tuikuan", "vip", "changqi", "3", "y", "fauho", "运费 多久"} {
			// Which of equal wordings is shown depends on the order in which they came.
			score := func(found []typeahead.Proposal) (out []string) {
				for _, p := range found {
					out = append(out, fmt.Sprintf("%s %.6f", p.Article, p.Score))
				}
				return out
			}
			if d := cmp.Diff(score(fresh.Propose("demo", typed, noon, 20)), score(x.Propose("demo", typed, noon, 20))); d != "" {
				t.Fatalf("%s (-fresh +changed):\n%s", typed, d)
			}
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	x := open(nil)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 200 {
				id := fmt.Sprintf("w%d-%d", i, n%7)
				x.Put("demo", []kb.Article{{ID: id, Question: fmt.Sprintf("会员%d等级%d", i, n)}})
				if got := x.Propose("demo", fmt.Sprintf("会员%d等级%d", i, n), noon, 5); len(got) == 0 || got[0].Article != id {
					t.Errorf("%s is not found right after Put: %q", id, ids(got))
				}
				if n%5 == 0 {
					x.Delete("demo", []string{id})
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				if got := x.Propose("demo", "yunfeix", noon, 5); ids(got) != "freight" {
					t.Errorf("an article that nobody changes: %q", ids(got))
				}
			}
		})
	}
	wg.Wait()
}

func FuzzPropose(f *testing.F) {
	for _, s := range []string{"运费xian", "zhzhzhzh", "\xff\xfe", "ﷺ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "７天", "👨‍👩‍👧", "i̇"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, wording, typed string) {
		x := typeahead.New(typeahead.Options{Simplify: simplify})
		x.Put("demo", append(slices.Clone(base), kb.Article{ID: "fuzz", Question: wording, Similar: []string{typed}}))
		for _, p := range x.Propose("demo", typed, noon, 20) {
			n := utf8.RuneCountInString(p.Wording)
			for _, m := range p.Marks {
				if m[0] < 0 || m[0] >= m[1] || m[1] > n {
					t.Fatalf("%q in %q: marks %v", typed, p.Wording, p.Marks)
				}
			}
		}
	})
}
