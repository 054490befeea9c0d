package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// place is where in the file something is.
type place struct {
	sheet string
	line  int
}

func (p place) String() string {
	if p.sheet == "" {
		return fmt.Sprintf("第 %d 行", p.line)
	}
	return fmt.Sprintf("工作表“%s”第 %d 行", p.sheet, p.line)
}

// table is a Table in the making.
type table struct {
	Table
	ctx       context.Context //nolint:containedctx // lives for one call of ReadContext
	opts      Options
	mapping   mapping
	sheet     string
	rows      int // rows, for the limit and the progress
	text      int // bytes of the articles taken
	ids       map[string]place
	questions map[string]int   // → index in Rows
	wordings  map[uint64]int32 // folded wording, hashed → index in Rows
	carried   map[string]bool  // the fields of the sheet that is read
	places    map[heading]int  // → index in Headings
	kept      int              // bytes of Originals
}

func newTable(ctx context.Context, o Options, m mapping) *table {
	return &table{
		ctx: ctx, opts: o, mapping: m,
		ids: map[string]place{}, questions: map[string]int{}, wordings: map[uint64]int32{},
		carried: map[string]bool{}, places: map[heading]int{},
	}
}

// next counts a row; it is an error when there are too many, or the caller left.
func (t *table) next() error {
	t.rows++
	if t.rows > MaxRows {
		return fault.New(fault.TooLarge, "表里超过 %d 行，一次导入不了：请按分类拆成几个文件；如果后面都是没用的行，请在表格软件里删除这些行再保存", MaxRows)
	}
	if t.text > maxText {
		return fault.New(fault.TooLarge, "文字一共超过 %d MB，请拆成几个文件", maxText>>20)
	}
	if t.rows%256 == 0 {
		t.progress()
		return t.ctx.Err()
	}
	return nil
}

func (t *table) progress() {
	if t.opts.Progress != nil {
		t.opts.Progress(t.rows)
	}
}

// note is a warning about the whole file, or with t.sheet a sheet.
func (t *table) note(code, message, mend string) {
	t.Problems = append(t.Problems, Problem{Sheet: t.sheet, Severity: Warning, Code: code, Message: message, Mend: mend})
}

func (t *table) problem(line int, field, code, mend, format string, args ...any) {
	t.Problems = append(t.Problems, Problem{t.sheet, line, field, Refused, code, fmt.Sprintf(format, args...), mend})
}

func (t *table) warn(line int, field, code, mend, format string, args ...any) {
	t.Problems = append(t.Problems, Problem{t.sheet, line, field, Warning, code, fmt.Sprintf(format, args...), mend})
}

// reject counts an article that could not even be read as one.
func (t *table) reject(line int, code, mend, format string, args ...any) {
	t.Count++
	t.Rejected++
	t.problem(line, "", code, mend, format, args...)
}

// mends says how each of kb.Flaw's codes is put right.
var mends = map[string]string{
	"missing":    "补上内容；如果这一行只是上一条的相似问，请写进“相似问”列，或填同样的编号",
	"too_long":   "写短一些，细节可以放到链接里",
	"too_many":   "只留下说法真正不同的",
	"encoding":   "用 UTF-8 重新保存文件",
	"no_words":   "写出客户会怎样问",
	"bad_id":     "编号只用字母、数字和连字符，也可以留空",
	"bad_period": "检查两个时间是否填反了",
	"bad_url":    "写完整的地址，以 https:// 开头",
	"bad_slot":   "变量写成 {{order.status}} 的样子，或去掉两层花括号",
	"bad_number": "写 0 到 1 之间的数，例如 0.8，或留空",
	"bad_flow":   "写流程的英文名，例如 return_goods",
	"bad_mime":   "留空，或写成 application/pdf 的样子",
	"unknown":    "从提示里给出的几种中选一种",
}

// maxFlaws is how many flaws of an article are told.
const maxFlaws = 10

// take adds an article and reports whether it did; else it says what is wrong
// with it. bad is true when it has problems already.
func (t *table) take(line int, a kb.Article, bad bool) bool {
	t.Count++
	a = invisible(a).Clean()
	for i, f := range a.Flaws() {
		if bad = true; i == maxFlaws {
			break
		}
		t.problem(line, f.Field, f.Code, mends[f.Code], "%s", f.Message)
	}
	if !bad && example(a) {
		t.Rejected++
		t.warn(line, "", "example", "删掉模板里的示例行", "这是模板里的示例，没有导入")
		return false
	}
	bad = t.repeated(line, a, bad) || t.garbled(line, a) || bad
	if bad {
		t.Rejected++
		return false
	}
	t.text += len(a.Question) + len(a.Answer)
	for _, s := range a.Similar {
		t.text += len(s)
	}
	if a.ID != "" {
		t.ids[a.ID] = place{t.sheet, line}
	}
	t.questions[a.Question] = len(t.Rows)
	t.Rows = append(t.Rows, Row{t.sheet, line, a})
	t.look(line, a)
	return true
}

// marks are characters that nobody sees and that keep wordings from being found.
var marks = strings.NewReplacer("\ufeff", "", "\u200b", "", "\u2060", "")

// invisible takes marks out of everything but the answer.
func invisible(a kb.Article) kb.Article {
	a.ID, a.Question, a.Category = marks.Replace(a.ID), marks.Replace(a.Question), marks.Replace(a.Category)
	a.Similar = slices.Clone(a.Similar)
	for i, s := range a.Similar {
		a.Similar[i] = marks.Replace(s)
	}
	return a
}

// repeated reports an id or a question that was there before.
func (t *table) repeated(line int, a kb.Article, bad bool) bool {
	if bad {
		return false
	}
	if first, ok := t.ids[a.ID]; ok && a.ID != "" {
		t.problem(line, "id", "duplicate_id", "改成不同的编号，或删掉一行", "编号 %s 与%s重复", a.ID, first)
		return true
	}
	i, ok := t.questions[a.Question]
	if !ok {
		return false
	}
	first := t.Rows[i]
	at := place{first.Sheet, first.Line}
	if first.Article.Answer != a.Answer {
		t.problem(line, "answer", "different_answers", "留下对的一条；如果按渠道或客户区分，请填“渠道”“客户标签”列", "问题与%s相同，答案却不同，机器人不知道该用哪一个", at)
	} else {
		t.problem(line, "question", "duplicate_question", "删掉一行", "问题与%s相同", at)
	}
	return true
}

// garbled reports characters that were lost before the file came here.
func (t *table) garbled(line int, a kb.Article) bool {
	texts := map[string]string{"question": a.Question, "answer": a.Answer, "similar": strings.Join(a.Similar, "\n")}
	for _, field := range []string{"question", "similar", "answer"} {
		if strings.ContainsRune(texts[field], utf8.RuneError) {
			t.problem(line, field, "garbled", "从原来的系统重新导出，或手工补上这些字", "有文字已经损坏（�）")
			return true
		}
	}
	return false
}

// order sorts the problems of one sheet that were found out of order.
func (t *table) order(from int) {
	slices.SortStableFunc(t.Problems[from:], func(a, b Problem) int { return a.Line - b.Line })
}
