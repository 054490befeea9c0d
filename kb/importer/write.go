package importer

import (
	"encoding/csv"
	"encoding/json"
	"io"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// exported are the headings that Write writes.
var exported = []string{"编号", "问题", "相似问", "答案", "分类", "生效时间", "失效时间"}

// Write writes articles so that Read gives them back: everything but Bot,
// UpdatedAt and Version. CSV begins with a byte order mark, by which Excel
// knows UTF-8. A writer that fails is fault.Unavailable.
func Write(w io.Writer, format Format, articles []kb.Article) error {
	var err error
	switch format {
	case CSV:
		err = writeCSV(w, articles)
	case JSONL:
		err = writeJSONL(w, articles)
	default:
		return fault.New(fault.Invalid, "不支持的格式 %q，可以导出 csv 或 jsonl", format)
	}
	return fault.Wrap(err, fault.Unavailable, "导出没有写完，请重试")
}

func writeCSV(w io.Writer, articles []kb.Article) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(exported); err != nil {
		return err
	}
	for _, a := range articles {
		cells := []string{a.ID, a.Question, joinSimilar(a.Similar), a.Answer, a.Category, formatTime(a.ValidFrom), formatTime(a.ValidUntil)}
		for i, c := range cells {
			cells[i] = guard(c)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writeJSONL(w io.Writer, articles []kb.Article) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, a := range articles {
		if err := out.Encode(struct {
			ID         string   `json:"id"`
			Question   string   `json:"question"`
			Similar    []string `json:"similar,omitempty"`
			Answer     string   `json:"answer"`
			Category   string   `json:"category,omitempty"`
			ValidFrom  string   `json:"valid_from,omitempty"`
			ValidUntil string   `json:"valid_until,omitempty"`
		}{a.ID, a.Question, a.Similar, a.Answer, a.Category, formatTime(a.ValidFrom), formatTime(a.ValidUntil)}); err != nil {
			return err
		}
	}
	return nil
}
