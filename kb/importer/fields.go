package importer

import (
	"slices"

	"github.com/yingda/yingda/kb"
)

// articleFields are the fields of an article that a file may leave alone, and
// how one article's is given to another.
var articleFields = []struct {
	name string
	has  func(a kb.Article) bool
	keep func(a *kb.Article, old kb.Article)
}{
	{"id", func(a kb.Article) bool { return a.ID != "" }, func(*kb.Article, kb.Article) {}},
	{"question", func(a kb.Article) bool { return a.Question != "" }, func(a *kb.Article, old kb.Article) { a.Question = old.Question }},
	{"similar", func(a kb.Article) bool { return len(a.Similar) > 0 }, func(a *kb.Article, old kb.Article) { a.Similar = old.Similar }},
	{"answer", func(a kb.Article) bool { return a.Answer != "" }, func(a *kb.Article, old kb.Article) { a.Answer = old.Answer }},
	{"category", func(a kb.Article) bool { return a.Category != "" }, func(a *kb.Article, old kb.Article) { a.Category = old.Category }},
	{"valid_from", func(a kb.Article) bool { return a.ValidFrom != nil }, func(a *kb.Article, old kb.Article) { a.ValidFrom = old.ValidFrom }},
	{"valid_until", func(a kb.Article) bool { return a.ValidUntil != nil }, func(a *kb.Article, old kb.Article) { a.ValidUntil = old.ValidUntil }},
	{"blocks", func(a kb.Article) bool { return len(a.Blocks) > 0 }, func(a *kb.Article, old kb.Article) { a.Blocks = old.Blocks }},
	{"variants", func(a kb.Article) bool { return len(a.Variants) > 0 }, func(a *kb.Article, old kb.Article) { a.Variants = old.Variants }},
	{"attachments", func(a kb.Article) bool { return len(a.Attachments) > 0 }, func(a *kb.Article, old kb.Article) { a.Attachments = old.Attachments }},
	{"answer_at", func(a kb.Article) bool { return a.AnswerAt != 0 }, func(a *kb.Article, old kb.Article) { a.AnswerAt = old.AnswerAt }},
	{"owner", func(a kb.Article) bool { return a.Owner != "" }, func(a *kb.Article, old kb.Article) { a.Owner = old.Owner }},
	{reviewField, func(a kb.Article) bool { return a.Review != kb.Unreviewed }, func(a *kb.Article, old kb.Article) { a.Review = old.Review }},
}

// reviewField is carried by values only: most columns of states merely switch
// rows on and off.
const reviewField = "review"

// articleField is the field of an article that a column fills, or "".
func (c column) articleField() string {
	switch c {
	case colLevel1, colLevel2, colLevel3, colLevel4:
		return "category"
	case colImages, colLinks:
		return "blocks"
	case colChannels, colTags:
		return "variants"
	}
	return c.field()
}

// carriesColumns notes the fields of a heading, or of keys.
func (t *table) carriesColumns(columns []column) {
	for _, c := range columns {
		if f := c.articleField(); f != "" && f != reviewField {
			t.carried[f] = true
		}
	}
}

func (t *table) carriesKeys(keys []string) {
	for _, key := range keys {
		if f := t.mapping.of(key).articleField(); f != "" && f != reviewField {
			t.carried[f] = true
		}
	}
}

// carriesValues notes the fields that an article has.
func (t *table) carriesValues(a kb.Article) {
	for _, f := range articleFields {
		if !t.carried[f.name] && f.has(a) {
			t.carried[f.name] = true
		}
	}
}

// endSheet adds the fields of the sheet that was read to the table's and
// returns them.
func (t *table) endSheet() []string {
	var all, here []string
	for _, f := range articleFields {
		if t.carried[f.name] {
			here = append(here, f.name)
		}
		if t.carried[f.name] || slices.Contains(t.Fields, f.name) {
			all = append(all, f.name)
		}
	}
	t.Fields = all
	clear(t.carried)
	return here
}

// Over returns the article of a row as it replaces old: with what the file, of
// a workbook the row's sheet, does not speak of as it was. It has old's id. What
// was kept may not fit what is new; that is told as flaws (see kb.Article.Flaws).
func (t Table) Over(row Row, old kb.Article) (kb.Article, []kb.Flaw) {
	fields := t.Fields
	for _, s := range t.Sheets {
		if s.Name == row.Sheet {
			fields = s.Fields
		}
	}
	a := row.Article
	for _, f := range articleFields {
		if !slices.Contains(fields, f.name) {
			f.keep(&a, old)
		}
	}
	a.ID = old.ID
	a = a.Clean()
	return a, a.Flaws()
}

// Misfits are the problems of a row whose article has these flaws because of
// what it kept.
func Misfits(row Row, flaws []kb.Flaw) []Problem {
	var out []Problem
	for _, f := range flaws[:min(len(flaws), maxFlaws)] {
		out = append(out, Problem{
			row.Sheet, row.Line, f.Field, Refused, f.Code, "与知识库里这一条保留下来的内容合不上：" + f.Message,
			"在文件里加上相应的列，写上新的内容，或先在知识库里改好",
		})
	}
	return out
}
