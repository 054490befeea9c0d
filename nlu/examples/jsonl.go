package examples

import (
	"encoding/json"
	"strings"

	"github.com/yingda/yingda/nlu/head"
)

// jsonl reads {"text":…,"intent" or "label":…,"alt"?,"weight"?} a line; other
// keys are passed over.
func (b *builder) jsonl(text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		var row struct {
			head.Example
			Intent string `json:"intent"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			b.rows++
			b.reject(n, "bad_row", "不是一个 JSON 对象，应写成 {\"text\":\"…\",\"intent\":\"…\"} (not a JSON object of text and intent)")
			continue
		}
		if row.Label == "" {
			row.Label = row.Intent
		}
		b.add(n, row.Example)
	}
}
