package report

import (
	"bytes"
	"encoding/json"

	"github.com/yingda/yingda/nlu/head"
)

// rasaClass is an entry of intent_report.json: scikit-learn's classification
// report, and with what a label is confused.
type rasaClass struct {
	Precision float64        `json:"precision"`
	Recall    float64        `json:"recall"`
	F1        float64        `json:"f1-score"`
	Support   int            `json:"support"`
	Confused  map[string]int `json:"confused_with,omitempty"`
}

// RasaReport is intent_report.json as `rasa test nlu` writes it: one entry a
// label, then accuracy, "macro avg" and "weighted avg".
func RasaReport(r head.Report) ([]byte, error) {
	out := map[string]any{"accuracy": r.Accuracy}
	confused := map[string]map[string]int{}
	for _, p := range r.Predictions {
		if p.Label != p.Truth {
			if confused[p.Truth] == nil {
				confused[p.Truth] = map[string]int{}
			}
			confused[p.Truth][p.Label]++
		}
	}
	macro, weighted := rasaClass{}, rasaClass{}
	for _, c := range r.Classes {
		out[c.Label] = rasaClass{c.Precision, c.Recall, c.F1, c.Support, confused[c.Label]}
		n, s := float64(len(r.Classes)), float64(c.Support)/float64(max(1, r.Examples))
		macro.Precision, macro.Recall, macro.F1 = macro.Precision+c.Precision/n, macro.Recall+c.Recall/n, macro.F1+c.F1/n
		weighted.Precision, weighted.Recall, weighted.F1 = weighted.Precision+s*c.Precision, weighted.Recall+s*c.Recall, weighted.F1+s*c.F1
	}
	macro.Support, weighted.Support = r.Examples, r.Examples
	out["macro avg"], out["weighted avg"] = macro, weighted
	return pretty(out)
}

// RasaErrors is intent_errors.json: what was read wrongly.
func RasaErrors(r head.Report, examples []head.Example) ([]byte, error) {
	type prediction struct {
		Name       string  `json:"name"`
		Confidence float64 `json:"confidence"`
	}
	type mistake struct {
		Text       string     `json:"text"`
		Intent     string     `json:"intent"`
		Prediction prediction `json:"intent_prediction"`
	}
	out := []mistake{}
	for i, p := range r.Predictions {
		if p.Label != p.Truth {
			out = append(out, mistake{examples[i].Text, p.Truth, prediction{p.Label, p.Confidence}})
		}
	}
	return pretty(out)
}

func pretty(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
