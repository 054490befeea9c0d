package intake

import (
	"fmt"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
)

// Outcome is what an application would do with a row.
type Outcome string

// The outcomes of good rows.
const (
	Add       Outcome = "add"       // a new article
	Replace   Outcome = "replace"   // the base's article with this id or question
	Unchanged Outcome = "unchanged" // the base says the same already
)

// Row is a good row of a checked file.
type Row struct {
	// Number counts the good rows from 1: by it a person chooses rows.
	Number int    `json:"row"`
	Sheet  string `json:"sheet,omitempty"`
	Line   int    `json:"line"`
	// Outcome is what applying it would do to the base as it was checked.
	Outcome Outcome `json:"outcome" enum:"add,replace,unchanged"`
	// Article has the id that it will have, and in Version the version of the
	// article that it replaces, 0 for a new one.
	Article kb.Article `json:"article"`
}

// stock is the articles that a file is compared with.
type stock struct {
	byID map[string]kb.Article
	// byQuestion has the first article with a question; byWording the first
	// with a folded wording.
	byQuestion, byWording map[string]string
}

func newStock(articles []kb.Article) stock {
	s := stock{make(map[string]kb.Article, len(articles)), make(map[string]string, len(articles)), make(map[string]string, len(articles))}
	for _, a := range articles {
		s.byID[a.ID] = a
		if _, ok := s.byQuestion[a.Question]; !ok {
			s.byQuestion[a.Question] = a.ID
		}
		for _, p := range a.Phrasings() {
			if f := hybrid.Fold(p); f != "" && s.byWording[f] == "" {
				s.byWording[f] = a.ID
			}
		}
	}
	return s
}

// target returns the stored article that a row means: the one with its id, or
// without an id the one with its question.
func (s stock) target(a kb.Article) (kb.Article, bool) {
	id := a.ID
	if id == "" {
		id = s.byQuestion[a.Question]
	}
	old, ok := s.byID[id]
	return old, ok
}

// comparison is what a file does to a base.
type comparison struct {
	rows     []Row
	problems []Problem
	// rejected are rows that were good by themselves.
	rejected []importer.Original
}

// reject notes a row that is not taken.
func (c *comparison) reject(in importer.Row, list ...Problem) {
	c.rejected = append(c.rejected, importer.Original{Sheet: in.Sheet, Line: in.Line, Article: &in.Article})
	c.problems = append(c.problems, list...)
}

// compare divides the rows of a file by what they do to the base. New articles
// get ids from newID. Two rows that mean the same article are a problem of the
// second, which is not taken; one that does not fit what it keeps of the
// article that it replaces is not either.
func compare(s stock, table importer.Table, newID func() string) comparison {
	c := comparison{rows: make([]Row, 0, len(table.Rows))}
	taken := make(map[string]importer.Row, len(table.Rows))
	replaced := map[string]bool{}
	for _, row := range table.Rows {
		if old, ok := s.target(row.Article); ok {
			replaced[old.ID] = true
		}
	}
	for _, in := range table.Rows {
		a := in.Article
		old, known := s.target(a)
		r := Row{Number: len(c.rows) + 1, Sheet: in.Sheet, Line: in.Line, Outcome: Add, Article: a}
		var flaws []kb.Flaw
		if known {
			r.Article, flaws = table.Over(in, old)
		}
		if first, twice := taken[r.Article.ID]; twice && r.Article.ID != "" {
			p := r.problem(importer.Refused, "id", SameArticle, "和%s是同一条知识（编号 %s），只能导入一行", place(first.Sheet, first.Line, in.Sheet), old.ID)
			p.Mend = "把两行合并，或给其中一行另一个编号"
			p.Row, p.Other, p.OtherSheet, p.OtherLine = 0, old.ID, first.Sheet, first.Line
			c.reject(in, p)
			continue
		}
		if len(flaws) > 0 && !old.Same(r.Article) {
			var list []Problem
			for _, p := range importer.Misfits(in, flaws) {
				list = append(list, Problem{Problem: p, Question: a.Question, Other: old.ID})
			}
			c.reject(in, list...)
			continue
		}
		switch {
		case known && old.Same(r.Article):
			r.Outcome = Unchanged
		case known:
			r.Outcome, r.Article.Version = Replace, old.Version
		case a.ID == "":
			r.Article.ID = newID()
		}
		taken[r.Article.ID] = in
		if r.Outcome != Unchanged {
			c.problems = append(c.problems, s.collisions(r, old, in.Article.ID == "", replaced)...)
		}
		c.rows = append(c.rows, r)
	}
	return c
}

// collisions are the warnings about a row that says what other articles of the
// base say. old is the article it replaces; byQuestion is true when that was
// found by its question.
func (s stock) collisions(r Row, old kb.Article, byQuestion bool, replaced map[string]bool) []Problem {
	var out []Problem
	warn := func(field, code, other, mend, format string, args ...any) {
		p := r.problem(importer.Warning, field, code, format, args...)
		p.Mend, p.Other = mend, other
		out = append(out, p)
	}
	if r.Outcome == Replace && byQuestion && old.Answer != r.Article.Answer {
		warn("answer", NewAnswer, old.ID, "确认后写入会替换旧答案；要保留旧答案，写入时选择跳过已有条目",
			"知识库里已有同一个问题（编号 %s），答案不同", old.ID)
	}
	for i, p := range r.Article.Phrasings() {
		id := s.byWording[hybrid.Fold(p)]
		if id == "" || id == r.Article.ID || replaced[id] {
			continue
		}
		other := s.byID[id]
		switch {
		case i == 0 && other.Question == p && other.Answer == r.Article.Answer:
			warn("question", Duplicate, id, "不需要这一行就删掉它；要修改旧条目，把编号改成 "+id, "知识库里已有相同的问题和答案（编号 %s）", id)
		case i == 0 && hybrid.Fold(other.Question) == hybrid.Fold(p):
			warn("question", OtherAnswer, id, "顾客只会得到其中一个答案：合并两条，或把编号改成 "+id+" 来替换旧答案", "知识库里同一个问题有另一个答案（编号 %s：%s）", id, clip(other.Answer))
		default:
			warn(wordingField(i), SameWording, id, "同一句话只留在一条知识里", "“%s”已经是另一条知识的问法（编号 %s：%s）", clip(p), id, clip(other.Question))
		}
	}
	return out
}

// problem is a problem of the row.
func (r Row) problem(severity importer.Severity, field, code, format string, args ...any) Problem {
	return Problem{
		Problem: importer.Problem{Sheet: r.Sheet, Line: r.Line, Field: field, Severity: severity, Code: code, Message: fmt.Sprintf(format, args...)},
		Row:     r.Number, Question: r.Article.Question,
	}
}

// wordingField names a wording of an article as its flaws do.
func wordingField(i int) string {
	if i == 0 {
		return "question"
	}
	return fmt.Sprintf("similar[%d]", i-1)
}

// place says where a row is, to the people of the shop; the sheet only where
// it is another than theirs.
func place(sheet string, line int, from string) string {
	if sheet != from {
		return fmt.Sprintf("工作表“%s”第 %d 行", sheet, line)
	}
	return fmt.Sprintf("第 %d 行", line)
}

// clip shortens a text for a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return text
}
