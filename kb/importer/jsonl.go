package importer

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/yingda/yingda/kb"
)

// jsonl reads one object a line.
func (t *table) jsonl(text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || t.full(n) {
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &object); err != nil || object == nil {
			t.reject(n, "", "bad_row", "这一行不是 JSON 对象，每行需要一个 {…}")
			continue
		}
		t.object(n, object)
	}
	return nil
}

// object takes one object; its keys are named as columns are.
func (t *table) object(line int, object map[string]json.RawMessage) {
	var a kb.Article
	bad := false
	keys := slices.SortedFunc(maps.Keys(object), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) // 相似问2 before 相似问10
	})
	for _, key := range keys {
		raw, c := object[key], columnOf(key)
		if c == ignored || string(raw) == "null" {
			continue
		}
		if c == colSimilar {
			var list []string
			if json.Unmarshal(raw, &list) == nil {
				a.Similar = append(a.Similar, list...)
				continue
			}
		}
		var cell string
		if err := json.Unmarshal(raw, &cell); err != nil {
			bad = true
			t.problem(line, c.field(), "bad_row", "“%s”的值应该是文字", clip(key, 40))
			continue
		}
		switch c {
		case colID:
			a.ID = cell
		case colQuestion:
			a.Question = first(a.Question, cell)
		case colSimilar:
			a.Similar = append(a.Similar, splitSimilar(cell)...)
		case colOne:
			a.Similar = append(a.Similar, cell)
		case colAnswer:
			a.Answer = first(a.Answer, cell)
		case colCategory:
			a.Category = first(a.Category, cell)
		case colFrom, colUntil:
			bad = !t.period(line, c, cell, &a) || bad
		case ignored:
		}
	}
	t.take(line, a, bad)
}
