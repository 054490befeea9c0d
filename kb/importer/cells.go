package importer

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yingda/yingda/kb"
)

// splitSimilar divides a cell into wordings. A cell with a line break holds
// one wording a line, and the other dividers are part of them; a JSON array of
// texts is taken as it is. Numbers that count the wordings (1. 2. or ①②) go.
func splitSimilar(cell string) []string {
	if strings.HasPrefix(cell, `["`) {
		var list []string
		if json.Unmarshal([]byte(cell), &list) == nil {
			return list
		}
	}
	var list []string
	switch {
	case strings.ContainsAny(cell, "\r\n"):
		list = strings.FieldsFunc(cell, func(r rune) bool { return r == '\r' || r == '\n' })
	case strings.ContainsAny(cell, "|｜；"):
		list = strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("|｜；", r) })
	default:
		if list = splitCounted(cell); list == nil && strings.TrimSpace(cell) != "" {
			list = []string{cell}
		}
	}
	return uncount(list)
}

// counted is a number before a wording: "1.", "2、", "(3)", "④".
var counted = regexp.MustCompile(`^\s*(?:[(（]?([0-9]{1,3})(?:[.．、)）]|\s?[:：])\s*|([①-⑳])\s*)`)

// count reads the number that text begins with, and what follows it.
func count(text string) (n int, rest string) {
	m := counted.FindStringSubmatch(text)
	if m == nil {
		return 0, text
	}
	if m[2] != "" {
		return int([]rune(m[2])[0]-'①') + 1, text[len(m[0]):]
	}
	n, _ = strconv.Atoi(m[1]) // three digits at most
	return n, text[len(m[0]):]
}

// uncount takes the numbers away when all wordings, two or more, have them in order.
func uncount(list []string) []string {
	out := make([]string, 0, len(list))
	for i, s := range list {
		n, rest := count(s)
		if n != i+1 || strings.TrimSpace(rest) == "" {
			return list
		}
		out = append(out, rest)
	}
	if len(out) < 2 {
		return list
	}
	return out
}

// splitCounted divides "1.怎么退 2.退货流程" at its numbers; nil when they do
// not count from 1 to at least 2. The numbers stay.
func splitCounted(cell string) []string {
	if n, _ := count(cell); n != 1 {
		return nil
	}
	var cuts []int
	want, before := 1, ' '
	for i, r := range cell {
		begins := r >= '①' && r <= '⑳' || unicode.IsSpace(before) || unicode.IsPunct(before)
		before = r
		if !begins || unicode.IsSpace(r) {
			continue
		}
		if n, _ := count(cell[i:]); n == want {
			cuts = append(cuts, i)
			want++
		}
	}
	if len(cuts) < 2 {
		return nil
	}
	var out []string
	for i, at := range cuts {
		end := len(cell)
		if i+1 < len(cuts) {
			end = cuts[i+1]
		}
		out = append(out, strings.TrimSpace(cell[at:end]))
	}
	return out
}

// joinSimilar is the inverse of splitSimilar: one wording a line, or a JSON
// array where the lines would be read as something else.
func joinSimilar(similar []string) string {
	cell := strings.Join(similar, "\n")
	if len(similar) == 1 && strings.ContainsAny(cell, "|｜；") {
		cell += "\n"
	}
	back := splitSimilar(cell)
	same := len(back) == len(similar)
	for i := 0; same && i < len(back); i++ {
		same = back[i] == similar[i]
	}
	if same {
		return cell
	}
	return toJSON(similar)
}

// toJSON writes a value of ours, which can always be written.
func toJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("importer: " + err.Error()) // texts, numbers and checked times only
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// splitList divides a cell of short names: channels, tags.
func splitList(cell string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(",，、;；|｜/\r\n", r) }) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// titled is an address with the words around it.
type titled struct{ title, url string }

var (
	markdownLink = regexp.MustCompile(`!?\[([^\]\n]*)\]\(\s*<?([^)>\s]*)>?[^)\n]*\)`)
	bareAddress  = regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]*://|www\.)[^\s"'<>，。；、！？（）()|]+`)
)

// splitAddresses reads a cell of addresses: one a line, or divided by ； | or
// blanks, each with a title before it or in Markdown's form.
func splitAddresses(cell string) []titled {
	var out []titled
	for _, line := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("\r\n；|｜", r) }) {
		title := ""
		if links := markdownLink.FindAllStringSubmatch(line, -1); links != nil {
			for _, m := range links {
				out = append(out, titled{strings.TrimSpace(m[1]), m[2]})
			}
			continue
		}
		for word := range strings.FieldsSeq(line) {
			if strings.Contains(word, "://") || strings.HasPrefix(word, "/") || strings.HasPrefix(word, "www.") {
				if at := bareAddress.FindStringIndex(word); at != nil && at[0] > 0 {
					title, word = strings.TrimSpace(title+" "+strings.TrimRight(word[:at[0]], ":：")), word[at[0]:]
				}
				out = append(out, titled{title, strings.TrimRight(word, ",，")})
				title = ""
				continue
			}
			title = strings.TrimSpace(title + " " + strings.TrimRight(word, ":："))
		}
		if title != "" {
			out = append(out, titled{"", title})
		}
	}
	return out
}

// reviews are the words of the column of states.
var reviews = map[string]kb.Review{
	"": kb.Unreviewed, "未审核": kb.Unreviewed, "启用": kb.Unreviewed, "是": kb.Unreviewed, "有效": kb.Unreviewed, "enabled": kb.Unreviewed, "active": kb.Unreviewed,
	"待审核": kb.InReview, "审核中": kb.InReview, "待审": kb.InReview, "review": kb.InReview, "inreview": kb.InReview, "pending": kb.InReview,
	"已审核": kb.Approved, "审核通过": kb.Approved, "已通过": kb.Approved, "通过": kb.Approved, "已发布": kb.Approved, "发布": kb.Approved, "上线": kb.Approved, "approved": kb.Approved, "published": kb.Approved,
	"待更新": kb.Outdated, "需更新": kb.Outdated, "待复核": kb.Outdated, "outdated": kb.Outdated,
}

// reviewNames are what states are written as.
var reviewNames = map[kb.Review]string{kb.Unreviewed: "", kb.InReview: "待审核", kb.Approved: "已审核", kb.Outdated: "待更新"}

// switchedOff are states of rows that should not answer at all.
const switchedOff = " 停用 禁用 已停用 已禁用 下线 已下线 草稿 否 无效 失效 已失效 作废 删除 已删除 disabled inactive draft archived "

// parseThreshold reads 0.8, 80% or 80.
func parseThreshold(cell string) (float64, bool) {
	s, percent := strings.CutSuffix(strings.TrimSpace(narrow(cell)), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if percent || err == nil && v > 1 {
		v /= 100
	}
	return v, err == nil && v >= 0 && v <= 1
}
