package examples

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/nlu/head"
)

// column is what a column of a table holds.
type column int

const (
	other column = iota
	textColumn
	labelColumn
	altColumn
	weightColumn
)

// headings are the names that columns go by.
var headings = map[string]column{
	"text": textColumn, "query": textColumn, "utterance": textColumn, "message": textColumn, "sentence": textColumn, "question": textColumn,
	"文本": textColumn, "消息": textColumn, "内容": textColumn, "问题": textColumn, "问法": textColumn, "语料": textColumn, "话术": textColumn, "用户问法": textColumn, "句子": textColumn,
	"label": labelColumn, "intent": labelColumn, "class": labelColumn, "category": labelColumn,
	"标签": labelColumn, "意图": labelColumn, "意图名称": labelColumn, "分类": labelColumn, "类别": labelColumn,
	"alt": altColumn, "第二意图": altColumn, "次要意图": altColumn,
	"weight": weightColumn, "权重": weightColumn,
}

// header returns what the columns hold, or nil when row is no heading: it
// names a text and a label.
func header(row []string) []column {
	out := make([]column, len(row))
	found := [5]bool{}
	for i, cell := range row {
		c := headings[strings.ToLower(strings.TrimSpace(norm.NFKC.String(cell)))]
		if c != other && found[c] {
			c = other // the first of several counts
		}
		out[i] = c
		found[c] = true
	}
	if !found[textColumn] || !found[labelColumn] {
		return nil
	}
	return out
}

// noHeader says how a table must begin.
func noHeader(row []string) error {
	seen := []rune(strings.Join(row, "、"))
	if len(seen) > 80 {
		seen = append(seen[:80], '…')
	}
	return fault.New(fault.Invalid,
		"没有找到表头：第一行要有“text”（或“文本”“消息”）和“intent”（或“意图”“标签”）两列，现在是：%s (the first row must name a column text and a column intent)", string(seen))
}

// row takes one row of a table.
func (b *builder) row(line int, columns []column, cells []string) {
	var e head.Example
	for i, cell := range cells {
		if i >= len(columns) {
			if strings.TrimSpace(cell) == "" {
				continue
			}
			b.rows++
			b.reject(line, "bad_row", "这一行的格子比表头多：多半是文字里的逗号没有用英文双引号括起来 (more cells than headings: quote texts that hold a comma)")
			return
		}
		switch columns[i] {
		case textColumn:
			e.Text = cell
		case labelColumn:
			e.Label = cell
		case altColumn:
			e.Alt = cell
		case weightColumn:
			if cell = strings.TrimSpace(cell); cell == "" {
				continue
			}
			w, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				w = -1 // add says what is wrong with it
			}
			e.Weight = w
		case other:
		}
	}
	b.add(line, e)
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// csv reads a table divided by commas, semicolons or tabs.
func (b *builder) csv(text string) error {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = textfile.Delimiter(text), -1
	var columns []column
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			b.rows++
			b.reject(parse.StartLine, "bad_row", "引号不配对：含逗号、换行或引号的文字要用英文双引号括起来，其中的引号写两遍 (quotes do not match)")
			continue
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "表格读取失败 (the table cannot be read)")
		}
		if blank(cells) {
			continue
		}
		if columns == nil {
			if columns = header(cells); columns == nil {
				return noHeader(cells)
			}
			continue
		}
		line, _ := r.FieldPos(0)
		b.row(line, columns, cells)
	}
}
