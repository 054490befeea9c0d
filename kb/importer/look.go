package importer

import (
	"hash/maphash"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/yingda/yingda/kb"
)

// pastedQuestion is how many characters a question has before it looks as if
// an answer had been pasted into its cell.
const pastedQuestion = 100

// destroyed is a long number as spreadsheets show it: 1.23E+17.
var destroyed = regexp.MustCompile(`(?:^|[^0-9A-Za-z.])([1-9](?:\.[0-9]+)?[Ee]\+(?:1[0-9]|[2-9][0-9]|[0-9]{3}))(?:$|[^0-9A-Za-z.])`)

// look warns of what a person should see about an article that was taken.
func (t *table) look(line int, a kb.Article) {
	if !t.opts.Now.IsZero() && a.ValidUntil != nil && !a.ValidUntil.After(t.opts.Now) {
		t.warn(line, "valid_until", "expired", "更新失效时间，或删掉这一行", "已在 %s 失效，导入后不会被用到", formatTime(a.ValidUntil))
	}
	if cutOff(a.Answer) {
		t.warn(line, "answer", "cut_off", "对照原文，补上后面的内容", "答案像是被截断了：“%s”", tail(a.Answer, 20))
	}
	if n := utf8.RuneCountInString(a.Question); n > pastedQuestion {
		t.warn(line, "question", "long_question", "写成客户会问的一句话，其余放进答案或相似问", "问题有 %d 个字，像是把答案贴进来了，很难被搜到", n)
	}
	t.numbers(line, a)
	t.links(line, a)
	t.alike(line, a)
}

// cutOff reports an answer that ends in dots, or has exactly the length at
// which spreadsheets cut.
func cutOff(answer string) bool {
	n := utf8.RuneCountInString(answer)
	return strings.HasSuffix(answer, "…") || strings.HasSuffix(answer, "...") || n == 255 || n == 32767
}

// tail is the last n characters of s.
func tail(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[len(r)-n:])
	}
	return s
}

// numbers warns of numbers that a spreadsheet has rounded.
func (t *table) numbers(line int, a kb.Article) {
	for _, c := range []struct{ field, text string }{{"id", a.ID}, {"question", a.Question}, {"answer", a.Answer}, {"similar", strings.Join(a.Similar, "\n")}} {
		if !strings.Contains(c.text, "E+") && !strings.Contains(c.text, "e+") {
			continue
		}
		if m := destroyed.FindStringSubmatch(c.text); m != nil {
			t.warn(line, c.field, "scientific", "在表格里把这一列设为“文本”格式，重新填写完整的号码", "号码被表格软件变成了 %s，后面的数字已经丢失", m[1])
		}
	}
}

// links warns of the first address that nobody can open.
func (t *table) links(line int, a kb.Article) {
	check := func(field, answer string, blocks []kb.Block) bool {
		for _, address := range append(addressesIn(answer), blockAddresses(blocks)...) {
			if why := broken(address); why != "" {
				t.warn(line, field, "bad_link", "写完整的地址，以 https:// 开头", "链接“%s”打不开：%s", clip(address, 60), why)
				return true
			}
		}
		return false
	}
	if check("answer", a.Answer, a.Blocks) {
		return
	}
	for _, v := range a.Variants {
		if check("variants", v.Answer, v.Blocks) {
			return
		}
	}
	for _, f := range a.Attachments {
		if why := broken(f.URL); why != "" {
			t.warn(line, "attachments", "bad_link", "写完整的地址，以 https:// 开头", "附件“%s”打不开：%s", clip(f.URL, 60), why)
			return
		}
	}
}

// addressesIn lists the targets of an answer's links and images, and the
// addresses that stand in its text.
func addressesIn(answer string) []string {
	if !strings.Contains(answer, "](") && !strings.Contains(answer, "://") && !strings.Contains(answer, "www.") {
		return nil
	}
	var out []string
	for _, m := range markdownLink.FindAllStringSubmatch(answer, -1) {
		out = append(out, m[2])
	}
	rest := markdownLink.ReplaceAllString(answer, " ")
	return append(out, bareAddress.FindAllString(rest, -1)...)
}

func blockAddresses(blocks []kb.Block) []string {
	var out []string
	add := func(address string) {
		if address != "" {
			out = append(out, address)
		}
	}
	for _, b := range blocks {
		add(b.URL)
		add(b.Image)
		for _, button := range b.Buttons {
			if button.Press == kb.OpenURL {
				add(button.Value)
			}
		}
	}
	return out
}

// broken says why an address cannot be right, or "".
func broken(address string) string {
	if strings.Contains(address, "{{") || strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return "" // filled in later; a file of the desk's own
	}
	if address == "" {
		return "没有地址"
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || strings.ContainsFunc(address, unicode.IsSpace):
		return "地址的写法不对"
	case u.Scheme == "":
		return "没有以 http:// 或 https:// 开头"
	case u.Scheme == "tel" || u.Scheme == "mailto":
		return ""
	case u.Scheme != "http" && u.Scheme != "https":
		return "不是 http 或 https 地址"
	case u.Hostname() == "" || !strings.ContainsAny(u.Hostname(), ".:") && u.Hostname() != "localhost":
		return "没有网站名"
	}
	return ""
}

var seed = maphash.MakeSeed()

// foldWording is what two wordings have in common that differ only in marks,
// blanks, width and case.
func foldWording(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, width.Fold.String(s))
}

// alike warns when a wording of a, the newest of t.Rows, says the same as one
// of an article before it.
func (t *table) alike(line int, a kb.Article) {
	me, said := int32(len(t.Rows)-1), false //nolint:gosec // at most MaxRows
	for i, p := range a.Phrasings() {
		folded := foldWording(p)
		if folded == "" {
			continue // only marks that are letters nowhere: nothing to compare
		}
		key := maphash.String(seed, folded)
		other, ok := t.wordings[key]
		if !ok {
			t.wordings[key] = me
			continue
		}
		if said || other == me {
			continue
		}
		said = true
		o := t.Rows[other]
		at := place{o.Sheet, o.Line}
		switch {
		case o.Article.Answer != a.Answer:
			t.warn(line, "answer", "different_answers", "留下对的一条，或把两条的问法分开", "“%s”与%s的问法相同，答案却不同", clip(p, 40), at)
		case i == 0:
			t.warn(line, "question", "near_duplicate", "合并成一条，把另一种写法放进相似问", "问题与%s几乎相同", at)
		default:
			t.warn(line, "similar", "shared_wording", "从其中一条里删掉", "相似问“%s”在%s也有", clip(p, 40), at)
		}
	}
}
