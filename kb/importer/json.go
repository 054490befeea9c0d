package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// jsonl reads one object a line.
func (t *table) jsonl(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := t.next(); err != nil {
			return err
		}
		t.value(n, json.RawMessage(line))
	}
	return nil
}

// json reads an array of objects.
func (t *table) json(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return fault.New(fault.Invalid, "文件不是 JSON 数组：需要 [{…}, {…}]，或每行一个 {…} 的 jsonl")
	}
	at, line := 0, 1
	for d.More() {
		// The line on which the value begins, after comma and blanks.
		next := int(d.InputOffset())
		next += len(text[next:]) - len(strings.TrimLeft(text[next:], ", \t\r\n"))
		line += strings.Count(text[at:next], "\n")
		at = next
		if err := t.next(); err != nil {
			return err
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return t.cut(line, err)
		}
		t.value(line, raw)
	}
	if _, err := d.Token(); err != nil {
		return t.cut(line, err)
	}
	return nil
}

// cut reports JSON that breaks off; what came before it stays.
func (t *table) cut(line int, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fault.Wrap(err, fault.Invalid, "文件不是 JSON")
	}
	t.reject(line, "bad_row", "检查这里的括号、逗号和引号，或重新导出", "从这里起不是正确的 JSON，后面的内容没有读入")
	return nil
}

// value takes one value, which should be an object.
func (t *table) value(line int, raw json.RawMessage) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		t.original([]gridRow{{line: line, cells: []string{string(raw)}}})
		t.reject(line, "bad_row", "写成 {\"question\": \"…\", \"answer\": \"…\"}", "这里不是 JSON 对象")
		return
	}
	t.object(line, object)
}

// object takes one object; its keys are named as columns are.
func (t *table) object(line int, object map[string]json.RawMessage) {
	r := t.record(line)
	keys := slices.SortedFunc(maps.Keys(object), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) // 相似问2 before 相似问10
	})
	t.carriesKeys(keys)
	places := t.headings(keys)
	r.raw = func() gridRow { return gridRow{line: line, cells: cellsOf(keys, object), places: places} }
	for _, key := range keys {
		if c := t.mapping.of(key); c != ignored && string(object[key]) != "null" && !r.setJSON(c, object[key]) {
			r.problem(c, "bad_row", "文字要写在双引号里", "“%s”的值不是这一项该有的", clip(key, 40))
		}
	}
	r.done()
}

// setJSON takes a value of an object: a text as a cell, lists and numbers
// where the article has them.
func (r *record) setJSON(c column, raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return false
	}
	if raw[0] == '"' {
		var cell string
		if json.Unmarshal(raw, &cell) != nil {
			return false
		}
		switch {
		case c == colID:
			r.a.ID = cell
		case c == colReview && slices.Contains([]kb.Review{kb.InReview, kb.Approved, kb.Outdated}, kb.Review(cell)):
			r.a.Review = kb.Review(cell)
		default:
			r.set(c, cell)
		}
		return true
	}
	if raw[0] != '[' {
		if c == colThreshold {
			r.setting(c, string(raw))
			return true
		}
		number := raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
		if number && c == colID {
			r.a.ID = string(raw)
		}
		return number && c == colID
	}
	switch c {
	case colBlocks, colVariants:
		r.rich(c, string(raw))
		return true
	case colAttachments:
		var list []kb.Attachment
		if json.Unmarshal(raw, &list) == nil {
			r.a.Attachments = append(r.a.Attachments, list...)
			return true
		}
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return false
	}
	switch c {
	case colSimilar:
		r.a.Similar = append(r.a.Similar, list...)
	case colChannels:
		r.channels = append(r.channels, list...)
	case colTags:
		r.tags = append(r.tags, list...)
	case colImages, colLinks, colAttachments:
		r.addresses(c, strings.Join(list, "\n"))
	default:
		return false
	}
	return true
}
