package kb

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// The limits of an article, in characters.
const (
	MaxID       = 64
	MaxQuestion = 500   // also of each similar question
	MaxSimilar  = 200   // similar questions
	MaxAnswer   = 20000 // Markdown
	MaxCategory = 100
)

// Flaw is what is wrong with one field of an article.
type Flaw struct {
	// Field is the JSON name: "question", "similar[2]".
	Field string
	// Code is for machines: missing, too_long, too_many, encoding, no_words,
	// unknown, bad_id, bad_period, bad_url, bad_slot, bad_flow, bad_mime,
	// bad_number.
	Code string
	// Message is for the people of the shop, in Chinese.
	Message string
}

// Clean returns the article with blanks around its texts removed, line ends
// made \n, line breaks within wordings made blanks, and similar questions left
// out that are empty or repeat another wording.
func (a Article) Clean() Article {
	a.ID = strings.TrimSpace(a.ID)
	a.Question = oneLine(a.Question)
	a.Category = oneLine(a.Category)
	a.Answer = cleanText(a.Answer)
	seen := map[string]bool{a.Question: true, "": true}
	var similar []string
	for _, s := range a.Similar {
		if s = oneLine(s); !seen[s] {
			seen[s] = true
			similar = append(similar, s)
		}
	}
	a.Similar = similar
	a.cleanContent()
	return a
}

// oneLine joins the lines of s that are not blank.
func oneLine(s string) string {
	var lines []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, " ")
}

// flaws gathers what is wrong.
type flaws []Flaw

func (f *flaws) add(field, code, format string, args ...any) {
	*f = append(*f, Flaw{field, code, fmt.Sprintf(format, args...)})
}

// text adds the flaws of a text of at most limit characters.
func (f *flaws) text(field, name, s string, limit int, required bool) {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		f.add(field, "encoding", "%s含有无法识别的字符，请用 UTF-8 重新保存", name)
	case s == "" && required:
		f.add(field, "missing", "%s不能为空", name)
	case n > limit:
		f.add(field, "too_long", "%s有 %d 个字，最多 %d 个字", name, n, limit)
	}
}

// Flaws returns everything that keeps the article from being stored, in the
// order of its fields; nil when there is nothing. An empty ID is no flaw: the
// store's owner gives one.
func (a Article) Flaws() []Flaw {
	var f flaws
	f.id(a.ID)
	f.text("question", "问题", a.Question, MaxQuestion, true)
	if a.Question != "" && !hasWords(a.Question) {
		f.add("question", "no_words", "问题里没有文字，只有标点或表情的问题无法检索")
	}
	f.many("similar", "相似问", len(a.Similar), MaxSimilar)
	for i, s := range a.Similar {
		field, name := fmt.Sprintf("similar[%d]", i), fmt.Sprintf("第 %d 个相似问", i+1)
		f.text(field, name, s, MaxQuestion, true)
		if s != "" && !hasWords(s) {
			f.add(field, "no_words", "%s里没有文字", name)
		}
	}
	f.content(a)
	f.text("category", "分类", a.Category, MaxCategory, false)
	f.period("valid_until", "", a.ValidFrom, a.ValidUntil)
	return f
}

func (f *flaws) id(id string) {
	for _, r := range id {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '/' || r == utf8.RuneError {
			f.add("id", "bad_id", "编号不能含有空格、斜杠或控制字符")
			break
		}
	}
	if n := utf8.RuneCountInString(id); n > MaxID {
		f.add("id", "too_long", "编号有 %d 个字符，最多 %d 个", n, MaxID)
	}
}

func hasWords(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// Check returns the first of the article's flaws as fault.Invalid, or nil.
func (a Article) Check() error {
	if flaws := a.Flaws(); len(flaws) > 0 {
		return fault.In(flaws[0].Field, fault.New(fault.Invalid, "%s", flaws[0].Message))
	}
	return nil
}
