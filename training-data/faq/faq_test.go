package faq_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/training-data/check"
)

// article is one line of demo.jsonl. The dates stay text here, so that a
// malformed one is reported with the rest instead of stopping the decoder.
type article struct {
	ID         string   `json:"id"`
	Question   string   `json:"question"`
	Similar    []string `json:"similar"`
	Answer     string   `json:"answer"`
	Category   string   `json:"category"`
	ValidFrom  string   `json:"valid_from"`
	ValidUntil string   `json:"valid_until"`
}

func (a article) wordings() []string {
	return append([]string{a.Question}, a.Similar...)
}

// at parses one bound of the article; an absent bound is the zero time.
func at(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}

// lines decodes JSON Lines strictly: unknown fields, invalid UTF-8, blank
// lines and a missing final newline are faults of the file.
func lines[T any](data []byte) ([]T, error) {
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("not valid UTF-8")
	}
	if !bytes.HasSuffix(data, []byte("\n")) {
		return nil, fmt.Errorf("no newline at the end")
	}
	var out []T
	sc := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; sc.Scan(); n++ {
		dec := json.NewDecoder(bytes.NewReader(sc.Bytes()))
		dec.DisallowUnknownFields()
		var v T
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if dec.More() {
			return nil, fmt.Errorf("line %d: more than one value", n)
		}
		out = append(out, v)
	}
	return out, sc.Err()
}

// fold makes wordings comparable: full-width ASCII to half-width, lower case,
// letters and digits only.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			r -= 0xFEE0
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

var categories = []string{"售前", "订单", "物流", "售后", "账户", "支付", "发票", "活动", "商品"}

// faults lists what is wrong with the articles, in file order.
func faults(articles []article) []string {
	known := map[string]bool{}
	for _, c := range categories {
		known[c] = true
	}
	var out []string
	ids, owner := map[string]bool{}, map[string]string{}
	for _, a := range articles {
		bad := func(format string, args ...any) {
			out = append(out, a.ID+": "+fmt.Sprintf(format, args...))
		}
		if len(a.ID) != 4 || a.ID[0] != 'd' || strings.Trim(a.ID[1:], "0123456789") != "" {
			bad("id is not d and three digits")
		}
		if ids[a.ID] {
			bad("id used twice")
		}
		ids[a.ID] = true
		if len(a.Similar) < 4 || len(a.Similar) > 7 {
			bad("%d similar questions, want 4 to 7", len(a.Similar))
		}
		for _, w := range a.wordings() {
			k := fold(w)
			switch first, used := owner[k]; {
			case k == "":
				bad("empty wording %q", w)
			case w != strings.TrimSpace(w):
				bad("blanks around %q", w)
			case utf8.RuneCountInString(w) > 60:
				bad("wording longer than 60: %q", w)
			case used:
				bad("%q is also in %s", w, first)
			default:
				owner[k] = a.ID
			}
		}
		if n := utf8.RuneCountInString(a.Answer); fold(a.Answer) == "" || n > 400 {
			bad("answer has %d characters, want 1 to 400", n)
		}
		if strings.Count(a.Answer, "**")%2 != 0 {
			bad("unclosed bold in the answer")
		}
		if !known[a.Category] {
			bad("unknown category %q", a.Category)
		}
		from, errFrom := at(a.ValidFrom)
		until, errUntil := at(a.ValidUntil)
		if errFrom != nil || errUntil != nil {
			bad("dates %q, %q are not RFC 3339", a.ValidFrom, a.ValidUntil)
		} else if !from.IsZero() && !until.IsZero() && !from.Before(until) {
			bad("valid until %s is not after %s", a.ValidUntil, a.ValidFrom)
		}
	}
	return out
}

// nearCopies lists wordings of different articles whose character pairs
// overlap by at least limit (Jaccard); wordings under four characters are too
// short to say.
func nearCopies(articles []article, limit float64) []string {
	var ids, texts, folded []string
	for _, a := range articles {
		for _, text := range a.wordings() {
			ids, texts, folded = append(ids, a.ID), append(texts, text), append(folded, fold(text))
		}
	}
	var out []string
	for _, n := range (check.Grams{Size: 2, Least: 4}).Within(folded, limit) {
		if ids[n.A] != ids[n.B] {
			out = append(out, fmt.Sprintf("%s %q ~ %s %q", ids[n.A], texts[n.A], ids[n.B], texts[n.B]))
		}
	}
	return out
}

func readDemo(t *testing.T) []article {
	t.Helper()
	data, err := os.ReadFile("demo.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	articles, err := lines[article](data)
	if err != nil {
		t.Fatalf("demo.jsonl: %v", err)
	}
	return articles
}

func TestDemoArticles(t *testing.T) {
	articles := readDemo(t)
	if diff := cmp.Diff([]string(nil), faults(articles)); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), nearCopies(articles, 0.6)); diff != "" {
		t.Errorf("near copies in different articles (-want +got):\n%s", diff)
	}
	if len(articles) < 230 {
		t.Errorf("%d articles, want at least 230", len(articles))
	}
	perCategory := map[string]int{}
	for _, a := range articles {
		perCategory[a.Category]++
	}
	for _, c := range categories {
		if perCategory[c] < 10 {
			t.Errorf("category %s has %d articles, want at least 10", c, perCategory[c])
		}
	}
}

// The demonstration is dated: on this day the knowledge base shows an article
// of each kind, not yet valid, valid for a time, and over.
func TestDemoValidityWindows(t *testing.T) {
	day := time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))
	got := map[string]int{}
	for _, a := range readDemo(t) {
		from, errFrom := at(a.ValidFrom)
		until, errUntil := at(a.ValidUntil)
		if errFrom != nil || errUntil != nil {
			t.Fatalf("%s: dates %q, %q", a.ID, a.ValidFrom, a.ValidUntil)
		}
		switch {
		case from.IsZero() && until.IsZero():
		case day.Before(from):
			got["future"]++
		case !until.IsZero() && !day.Before(until):
			got["over"]++
		default:
			got["active"]++
		}
	}
	for _, k := range []string{"future", "active", "over"} {
		if got[k] == 0 {
			t.Errorf("no article that is %s on %s", k, day.Format(time.DateOnly))
		}
	}
	if n := got["future"] + got["active"] + got["over"]; n < 5 {
		t.Errorf("%d articles with a validity window, want at least 5", n)
	}
}

func TestFaultsAreFound(t *testing.T) {
	good := article{
		ID: "d001", Question: "多久发货？", Similar: []string{"啥时候寄", "几天能发", "今天发吗", "快点行不"},
		Answer: "**48 小时内**发出。", Category: "物流",
	}
	edit := func(f func(*article)) []article {
		a := good
		a.Similar = append([]string(nil), good.Similar...)
		f(&a)
		return []article{a}
	}
	tests := map[string]struct {
		in   []article
		want []string
	}{
		"good":       {[]article{good}, nil},
		"id":         {edit(func(a *article) { a.ID = "x1" }), []string{"x1: id is not d and three digits"}},
		"few":        {edit(func(a *article) { a.Similar = a.Similar[:3] }), []string{"d001: 3 similar questions, want 4 to 7"}},
		"empty":      {edit(func(a *article) { a.Similar[0] = "？！" }), []string{`d001: empty wording "？！"`}},
		"blank":      {edit(func(a *article) { a.Similar[0] = " 寄没寄" }), []string{`d001: blanks around " 寄没寄"`}},
		"repeated":   {edit(func(a *article) { a.Similar[0] = "多久  发货！" }), []string{`d001: "多久  发货！" is also in d001`}},
		"full width": {edit(func(a *article) { a.Similar[0], a.Similar[1] = "ＳＦ能发吗", "sf能发吗" }), []string{`d001: "sf能发吗" is also in d001`}},
		"long":       {edit(func(a *article) { a.Similar[0] = strings.Repeat("长", 61) }), []string{`d001: wording longer than 60: "` + strings.Repeat("长", 61) + `"`}},
		"answer":     {edit(func(a *article) { a.Answer = " " }), []string{"d001: answer has 1 characters, want 1 to 400"}},
		"bold":       {edit(func(a *article) { a.Answer = "**两天" }), []string{"d001: unclosed bold in the answer"}},
		"category":   {edit(func(a *article) { a.Category = "其他" }), []string{`d001: unknown category "其他"`}},
		"date":       {edit(func(a *article) { a.ValidFrom = "2026-11-01" }), []string{`d001: dates "2026-11-01", "" are not RFC 3339`}},
		"order": {edit(func(a *article) {
			a.ValidFrom, a.ValidUntil = "2026-11-02T00:00:00+08:00", "2026-11-01T00:00:00+08:00"
		}), []string{"d001: valid until 2026-11-01T00:00:00+08:00 is not after 2026-11-02T00:00:00+08:00"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, faults(tt.in)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	twice := append(edit(func(*article) {}), good)
	if got := faults(twice); len(got) != 6 {
		t.Errorf("the same article twice has %d faults, want its id and five wordings: %q", len(got), got)
	}
	other := article{ID: "d002", Question: "我要问一下多久发货", Similar: []string{"今天发货吗"}}
	if diff := cmp.Diff([]string{`d001 "今天发吗" ~ d002 "今天发货吗"`}, nearCopies([]article{good, other}, 0.4)); diff != "" {
		t.Errorf("near copies (-want +got):\n%s", diff)
	}
}

func TestLinesRefuseBadFiles(t *testing.T) {
	for name, in := range map[string]string{
		"no final newline": `{"id":"d001"}`,
		"invalid UTF-8":    "{\"id\":\"\xff\"}\n",
		"unknown field":    `{"id":"d001","anwser":"x"}` + "\n",
		"blank line":       "{\"id\":\"d001\"}\n\n",
		"two values":       `{"id":"d001"} {"id":"d002"}` + "\n",
		"not JSON":         "id,question\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := lines[article]([]byte(in)); err == nil {
				t.Errorf("no error, got %v", got)
			}
		})
	}
}

// The authored pairs: each shop's entries and messages are sound (see
// check.Base), and there are enough of them.
func TestAuthoredPairs(t *testing.T) {
	least := map[string]int{"el": 110, "fa": 110, "fd": 110, "mk": 110, "ap": 120, "bk": 120, "fu": 120, "gs": 120, "mc": 120, "ph": 120}
	bases, err := check.ReadBases(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	pairs := 0
	for _, b := range bases {
		t.Run(b.Name, func(t *testing.T) {
			for _, f := range b.Check() {
				t.Error(f)
			}
			if n := least[b.Name]; n == 0 || len(b.Entries) < n {
				t.Errorf("%d entries, want at least %d", len(b.Entries), n)
			}
			unanswerable := 0
			for _, m := range b.Messages {
				pairs += len(m.IDs) * len(m.Text)
				if len(m.IDs) == 0 {
					unanswerable += len(m.Text)
				}
			}
			if unanswerable < 60 {
				t.Errorf("%d messages that no entry answers, want at least 60", unanswerable)
			}
		})
		delete(least, b.Name)
	}
	if len(least) > 0 {
		t.Errorf("no knowledge base of %v", least)
	}
	if pairs < 7000 {
		t.Errorf("%d pairs of a message and its entry, want at least 7000", pairs)
	}
	t.Logf("%d pairs", pairs)
}
