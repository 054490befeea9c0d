package importer

import (
	"encoding/json"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"github.com/yingda/yingda/kb"
)

// record is an article in the making: what one row says, or one object.
type record struct {
	t        *table
	line     int
	a        kb.Article
	bad      bool // it has problems that keep it out
	off      bool // its state says that it should not answer
	channels []string
	tags     []string
	levels   [4]string
	rows     []gridRow      // what it was read from, where that has cells
	raw      func() gridRow // makes the row, where that is work
}

func (t *table) record(line int) *record { return &record{t: t, line: line} }

func (r *record) problem(c column, code, mend, format string, args ...any) {
	r.bad = true
	r.t.problem(r.line, c.field(), code, mend, format, args...)
}

// formulaError is what spreadsheets show where a formula failed.
func formulaError(cell string) bool {
	s := strings.TrimSpace(cell)
	return len(s) > 2 && s[0] == '#' && slices.Contains([]string{"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!"}, strings.ToUpper(s))
}

// set takes one cell. Of two columns of the same meaning the first that is
// not empty wins; lists are joined.
func (r *record) set(c column, cell string) {
	if strings.TrimSpace(cell) == "" && c != colID {
		return
	}
	if formulaError(cell) && c != ignored {
		if mend := "在表格里改好公式，或直接写上内容"; c == colQuestion || c == colAnswer {
			r.problem(c, "formula_error", mend, "单元格的公式出错：%s", strings.TrimSpace(cell))
		} else {
			r.t.warn(r.line, c.field(), "formula_error", mend, "单元格的公式出错（%s），这一格没有读入", strings.TrimSpace(cell))
		}
		return
	}
	switch c {
	case colID:
		r.a.ID = first(r.a.ID, cell)
	case colQuestion:
		r.a.Question = first(r.a.Question, cell)
	case colSimilar:
		r.a.Similar = append(r.a.Similar, splitSimilar(cell)...)
	case colOne:
		r.a.Similar = append(r.a.Similar, cell)
	case colAnswer:
		r.a.Answer = first(r.a.Answer, cell)
	case colCategory:
		r.a.Category = first(r.a.Category, cell)
	case colLevel1, colLevel2, colLevel3, colLevel4:
		r.levels[c-colLevel1] = first(r.levels[c-colLevel1], strings.TrimSpace(cell))
	case colFrom, colUntil:
		r.period(c, cell)
	case colOwner:
		r.a.Owner = first(r.a.Owner, strings.TrimSpace(cell))
	case colChannels:
		r.channels = append(r.channels, splitList(cell)...)
	case colTags:
		r.tags = append(r.tags, splitList(cell)...)
	case colReview, colThreshold:
		r.setting(c, cell)
	case colImages, colLinks, colAttachments, colBlocks, colVariants:
		r.rich(c, cell)
	case ignored:
	}
}

// setting reads a state or a threshold.
func (r *record) setting(c column, cell string) {
	if c == colThreshold {
		v, ok := parseThreshold(cell)
		if !ok {
			r.problem(c, "bad_number", "写 0 到 1 之间的数，例如 0.8", "阈值“%s”看不懂", clip(cell, 40))
			return
		}
		r.a.AnswerAt = v
		return
	}
	word := strings.ToLower(foldHeading(cell))
	review, ok := reviews[word]
	switch {
	case strings.Contains(switchedOff, " "+word+" "):
		r.off = true
	case ok:
		r.a.Review = review
	default:
		r.problem(c, "bad_status", "写 待审核、已审核、待更新 之一，或留空", "状态“%s”看不懂", clip(cell, 40))
	}
}

// rich reads rich content: JSON as it is exported, or addresses.
func (r *record) rich(c column, cell string) {
	cell = strings.TrimSpace(cell)
	var err error
	switch {
	case c == colVariants:
		r.a.Variants, err = appendJSON(r.a.Variants, cell)
	case c == colBlocks:
		r.a.Blocks, err = appendJSON(r.a.Blocks, cell)
	case c == colAttachments && strings.HasPrefix(cell, "[{"):
		r.a.Attachments, err = appendJSON(r.a.Attachments, cell)
	default:
		r.addresses(c, cell)
	}
	if err != nil {
		r.problem(c, "bad_value", "不要手工修改这一列，或留空", "“%s”列不是导出时的内容（JSON）", columnNames[c])
	}
}

// appendJSON adds what a JSON array holds, or nothing.
func appendJSON[T any](list []T, array string) ([]T, error) {
	var more []T
	if err := json.Unmarshal([]byte(array), &more); err != nil {
		return list, err
	}
	return append(list, more...), nil
}

// columnNames are the headings of columns whose cells people seldom write.
var columnNames = map[column]string{colVariants: "变体", colBlocks: "富内容", colAttachments: "附件"}

func (r *record) addresses(c column, cell string) {
	for _, at := range splitAddresses(cell) {
		switch c {
		case colImages:
			r.a.Blocks = append(r.a.Blocks, kb.Block{Kind: kb.Image, URL: at.url, Text: at.title})
		case colLinks:
			r.a.Blocks = append(r.a.Blocks, kb.Block{Kind: kb.Link, URL: at.url, Title: first(at.title, "查看详情")})
		default:
			name := at.title
			if name == "" {
				name = at.url[strings.LastIndexByte(at.url, '/')+1:]
			}
			r.a.Attachments = append(r.a.Attachments, kb.Attachment{Name: first(name, "附件"), URL: at.url})
		}
	}
}

// period reads a bound of validity; a bad one is a problem.
func (r *record) period(c column, cell string) {
	at, ok := parseTime(cell, c == colUntil)
	switch {
	case !ok:
		r.problem(c, "bad_date", "写成 2026-11-01 或 2026-11-01 08:00", "时间“%s”看不懂", clip(cell, 40))
	case c == colFrom && r.a.ValidFrom == nil:
		r.a.ValidFrom = at
	case c == colUntil && r.a.ValidUntil == nil:
		r.a.ValidUntil = at
	}
}

// special reports whether the row is for some customers only.
func (r *record) special() bool { return len(r.channels)+len(r.tags) > 0 }

// variant is what a row for some customers adds to its article.
func (r *record) variant() kb.Variant {
	return kb.Variant{Channels: r.channels, Tags: r.tags, ValidFrom: r.a.ValidFrom, ValidUntil: r.a.ValidUntil, Answer: strings.TrimSpace(r.a.Answer), Blocks: r.a.Blocks}
}

// goesOn adds next to r when it is not an article of its own but another
// wording of r, or what r says to some customers, and reports whether it was.
// merged is true when the cell of next's answer is one with r's.
func (r *record) goesOn(next *record, merged bool) bool {
	sameID := next.a.ID == "" || next.a.ID == r.a.ID
	sameQuestion := next.a.Question == "" || strings.TrimSpace(next.a.Question) == strings.TrimSpace(r.a.Question)
	known := next.a.ID != "" && next.a.ID == r.a.ID
	switch {
	case !sameID || !sameQuestion && !known && !merged:
		return false
	case next.special() && next.a.Answer != "" && (known || next.a.Question != ""):
		r.a.Variants = append(r.a.Variants, next.variant())
	case r.special() && !next.special() && next.a.Answer != "" && sameQuestion:
		special := r.variant() // the row for everybody comes after the one for some
		r.channels, r.tags = nil, nil
		r.a.Answer, r.a.Blocks, r.a.ValidFrom, r.a.ValidUntil = next.a.Answer, next.a.Blocks, next.a.ValidFrom, next.a.ValidUntil
		r.a.Similar = append(r.a.Similar, next.a.Similar...)
		r.a.Variants = append([]kb.Variant{special}, r.a.Variants...)
	case next.a.Answer != "" && next.a.Answer != r.a.Answer:
		return false
	default:
		before := len(r.a.Clean().Similar)
		wordings := next.a.Similar
		if !sameQuestion {
			wordings = append([]string{next.a.Question}, wordings...)
		}
		list := append(slices.Clone(r.a.Similar), wordings...)
		probe := r.a
		probe.Similar = list
		if len(wordings) > 0 && len(probe.Clean().Similar) == before && !merged && next.a.Answer != "" || len(wordings) == 0 && !merged && (next.a.Question != "" || len(next.a.Blocks)+len(next.a.Attachments) == 0) {
			return false // it adds nothing: the same row once more
		}
		r.a.Similar = list
		r.a.Blocks = append(r.a.Blocks, next.a.Blocks...)
		r.a.Attachments = append(r.a.Attachments, next.a.Attachments...)
	}
	r.bad = r.bad || next.bad
	if len(r.rows) < MaxOriginals {
		r.rows = append(r.rows, next.rows...)
	}
	return true
}

// empty reports whether the row says nothing: numbers and categories alone
// are what tables are prepared with.
func (r *record) empty() bool {
	return !r.bad && r.a.Question == "" && r.a.Answer == "" && len(r.a.Similar)+len(r.a.Blocks)+len(r.a.Attachments)+len(r.a.Variants) == 0
}

// done hands the article over; when it is not taken, its rows are kept.
func (r *record) done() {
	if r.off {
		r.t.Count++
		r.t.Rejected++
		r.t.warn(r.line, "review", "switched_off", "如果要导入，请清空或改写状态", "这一行已停用或是草稿，没有导入")
		r.refused()
		return
	}
	if r.special() {
		r.problem(colChannels, "no_default", "在它上面或下面加一行同样的问题，渠道和客户标签留空，写上其他客户看到的答案", "只有给部分客户的答案，缺少给其他客户的答案")
	}
	if r.a.Category == "" {
		r.a.Category = strings.Join(slices.DeleteFunc(r.levels[:], func(s string) bool { return s == "" }), "/")
	}
	r.t.carriesValues(r.a)
	if !r.t.take(r.line, r.a, r.bad) {
		r.refused()
	}
}

// refused keeps what the article was read from.
func (r *record) refused() {
	if r.raw != nil {
		r.rows = []gridRow{r.raw()}
	}
	if len(r.rows) > 0 {
		r.t.original(r.rows)
		return
	}
	a := r.a.Clean()
	r.t.keep(Original{Sheet: r.t.sheet, Line: r.line, Article: &a}, len(a.Question)+len(a.Answer))
}

// first prefers the earlier of two columns of the same meaning.
func first(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// clip shortens s to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func narrow(s string) string { return width.Narrow.String(s) }
