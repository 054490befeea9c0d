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
	// bad_id, bad_period.
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
	a.Answer = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(a.Answer))
	seen := map[string]bool{a.Question: true, "": true}
	var similar []string
	for _, s := range a.Similar {
		if s = oneLine(s); !seen[s] {
			seen[s] = true
			similar = append(similar, s)
		}
	}
	a.Similar = similar
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

// Flaws returns everything that keeps the article from being stored, in the
// order of its fields; nil when there is nothing. An empty ID is no flaw: the
// store's owner gives one.
func (a Article) Flaws() []Flaw {
	var out []Flaw
	add := func(field, code, format string, args ...any) {
		out = append(out, Flaw{field, code, fmt.Sprintf(format, args...)})
	}
	text := func(field, name, s string, limit int, required bool) {
		switch n := utf8.RuneCountInString(s); {
		case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
			add(field, "encoding", "%s含有无法识别的字符，请用 UTF-8 重新保存", name)
		case s == "" && required:
			add(field, "missing", "%s不能为空", name)
		case n > limit:
			add(field, "too_long", "%s有 %d 个字，最多 %d 个字", name, n, limit)
		}
	}
	for _, r := range a.ID {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '/' || r == utf8.RuneError {
			add("id", "bad_id", "编号不能含有空格、斜杠或控制字符")
			break
		}
	}
	if n := utf8.RuneCountInString(a.ID); n > MaxID {
		add("id", "too_long", "编号有 %d 个字符，最多 %d 个", n, MaxID)
	}
	text("question", "问题", a.Question, MaxQuestion, true)
	if a.Question != "" && !hasWords(a.Question) {
		add("question", "no_words", "问题里没有文字，只有标点或表情的问题无法检索")
	}
	if n := len(a.Similar); n > MaxSimilar {
		add("similar", "too_many", "有 %d 个相似问，最多 %d 个", n, MaxSimilar)
	}
	for i, s := range a.Similar {
		field, name := fmt.Sprintf("similar[%d]", i), fmt.Sprintf("第 %d 个相似问", i+1)
		text(field, name, s, MaxQuestion, true)
		if s != "" && !hasWords(s) {
			add(field, "no_words", "%s里没有文字", name)
		}
	}
	text("answer", "答案", a.Answer, MaxAnswer, true)
	text("category", "分类", a.Category, MaxCategory, false)
	if a.ValidFrom != nil && a.ValidUntil != nil && !a.ValidFrom.Before(*a.ValidUntil) {
		add("valid_until", "bad_period", "失效时间必须晚于生效时间")
	}
	return out
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
