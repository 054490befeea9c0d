package importer

import (
	"strconv"
	"strings"

	"golang.org/x/text/width"
)

// column is what a column of the table holds.
type column int

const (
	ignored column = iota
	colID
	colQuestion
	colSimilar // several in a cell
	colOne     // one similar question
	colAnswer
	colCategory
	colFrom
	colUntil
)

// field is the JSON name of a column, for problems.
func (c column) field() string {
	return [...]string{"", "id", "question", "similar", "similar", "answer", "category", "valid_from", "valid_until"}[c]
}

// names are the folded names of columns.
var names = map[string]column{
	"id": colID, "编号": colID, "序号id": colID, "articleid": colID, "知识编号": colID,
	"question": colQuestion, "问题": colQuestion, "标题": colQuestion, "标准问": colQuestion, "标准问题": colQuestion, "title": colQuestion, "问": colQuestion, "知识标题": colQuestion,
	"similar": colSimilar, "similars": colSimilar, "similarquestions": colSimilar, "相似问": colSimilar, "相似问题": colSimilar, "相似问法": colSimilar, "扩展问": colSimilar, "其他问法": colSimilar,
	"answer": colAnswer, "答案": colAnswer, "回答": colAnswer, "回复": colAnswer, "答": colAnswer, "内容": colAnswer, "知识内容": colAnswer,
	"category": colCategory, "分类": colCategory, "类别": colCategory, "目录": colCategory, "知识分类": colCategory,
	"validfrom": colFrom, "生效时间": colFrom, "生效日期": colFrom, "开始时间": colFrom,
	"validuntil": colUntil, "失效时间": colUntil, "失效日期": colUntil, "结束时间": colUntil, "过期时间": colUntil,
}

// columnOf recognises a heading, whatever its width, case, blanks,
// underscores and remarks in brackets: "相似问（可多个）", "Valid_From".
func columnOf(heading string) column {
	h := strings.ToLower(width.Fold.String(heading))
	if i := strings.IndexAny(h, "(["); i > 0 {
		h = h[:i]
	}
	h = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t_-*:：\ufeff", r) {
			return -1
		}
		return r
	}, h)
	if c, ok := names[h]; ok {
		return c
	}
	base := strings.TrimRight(h, "0123456789")
	if c := names[base]; c == colSimilar && base != h {
		if _, err := strconv.Atoi(h[len(base):]); err == nil {
			return colOne
		}
	}
	return ignored
}

// splitSimilar divides a cell into wordings. A cell with a line break holds
// one wording a line, and the other dividers are part of them.
func splitSimilar(cell string) []string {
	if strings.ContainsAny(cell, "\r\n") {
		return strings.FieldsFunc(cell, func(r rune) bool { return r == '\r' || r == '\n' })
	}
	return strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune("|｜；", r) })
}

// joinSimilar is the inverse of splitSimilar.
func joinSimilar(similar []string) string {
	cell := strings.Join(similar, "\n")
	if len(similar) == 1 && strings.ContainsAny(cell, "|｜；") {
		cell += "\n"
	}
	return cell
}
