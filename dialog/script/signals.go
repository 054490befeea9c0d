package script

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/nlu"
)

var _ dialog.RiskReader = (*understanding)(nil)

// Risk is what the script says of a conversation that ends with this message.
func (u *understanding) Risk(ctx context.Context, bot string, turns []nlu.Turn) (float64, bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.nluDown {
		return 0, false, errDown
	}
	if u.real != nil {
		if real, ok := u.real.(dialog.RiskReader); ok {
			return real.Risk(ctx, bot, turns)
		}
		return 0, false, nil
	}
	risk, ok := u.risks[dialog.FoldText(turns[len(turns)-1].Text)]
	return risk, ok, nil
}

// readSignals reads what follows an understanding, divided by "|": out P,
// emotion LABEL P, part TEXT INTENT P and risk P, which is returned.
func readSignals(source, text string, res *nlu.Result) (risk *float64, err error) {
	if strings.TrimSpace(source) == "" {
		return nil, nil
	}
	for signal := range strings.SplitSeq(source, "|") {
		fields := strings.Fields(signal)
		if len(fields) < 2 {
			return nil, invalid("%q says nothing; write out P, emotion LABEL P, part TEXT INTENT P or risk P", strings.TrimSpace(signal))
		}
		p, err := probability(fields[len(fields)-1])
		if err != nil {
			return nil, err
		}
		switch kind := fields[0]; {
		case kind == "out" && len(fields) == 2:
			res.Scope = &nlu.Scope{In: p < 0.5, Score: p}
			if !res.Scope.In {
				res.Intent = nlu.Intent{Name: nlu.OutOfScope, Confidence: p}
			}
		case kind == "risk" && len(fields) == 2:
			risk = &p
		case kind == "emotion" && len(fields) == 3:
			res.Emotion = &nlu.Emotion{Label: fields[1], Score: p, Scores: map[string]float64{fields[1]: p}}
		case kind == "part" && len(fields) == 4:
			before, _, found := strings.Cut(text, fields[1])
			if !found {
				return nil, invalid("%q is no part of %q", fields[1], text)
			}
			start := utf8.RuneCountInString(before)
			res.Segments = append(res.Segments, nlu.Segment{
				Text: fields[1], Start: start, End: start + utf8.RuneCountInString(fields[1]), Intent: fields[2], Confidence: p,
			})
		default:
			return nil, invalid("%q is no signal; write out P, emotion LABEL P, part TEXT INTENT P or risk P", strings.TrimSpace(signal))
		}
	}
	return risk, nil
}
