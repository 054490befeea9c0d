// Package report turns the predictions of a head into what a trainer does
// next: which labels have too few examples, which messages look mislabelled or
// stand under two labels, which pairs are confused and what to write for them.
// It also writes evaluations in the files that Rasa's users know, and the
// confusion matrix as PNG and HTML.
package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/yingda/yingda/nlu/head"
)

// The thresholds of findings.
const (
	// FewExamples is below how many examples a label is called thin.
	FewExamples = 10
	// enoughExamples is what a weak label should be brought to.
	enoughExamples = 30
	// A label is suspicious when the rest of the data says another one with
	// this probability or more, and its own with at most the other.
	suspiciousAt, suspiciousOwn = 0.7, 0.1
	// weakRecall is below what a label is called weak.
	weakRecall = 0.7
	// A pair of labels is worth a word from so many confusions, and from this
	// share of their messages.
	pairCount, pairShare = 3, 0.03

	maxSuspicions, maxDuplicates, maxPairs, maxSamples = 100, 100, 10, 3
)

// Message is one example within a finding.
type Message struct {
	Index int    `json:"index"`          // among the examples, from 0
	Line  int    `json:"line,omitempty"` // in its file
	Text  string `json:"text"`
	Label string `json:"label"`
}

// Few is a label with too few examples to rely on.
type Few struct {
	Label    string `json:"label"`
	Examples int    `json:"examples"`
}

// Suspicion is an example whose label the rest of the data contradicts.
type Suspicion struct {
	Message
	Says       string  `json:"says"`       // what a model without the example says
	Confidence float64 `json:"confidence"` // of that
	Own        float64 `json:"own"`        // probability of the example's label
}

// Duplicate is two messages that read alike and stand under different labels.
type Duplicate struct {
	A          Message `json:"a"`
	B          Message `json:"b"`
	Similarity float64 `json:"similarity"` // of their character pairs, 1 for the same text
}

// Pair is two labels that are taken for each other.
type Pair struct {
	A string `json:"a"`
	B string `json:"b"`
	// Count is how often either was taken for the other, Share of how many of
	// their messages.
	Count   int       `json:"count"`
	Share   float64   `json:"share"`
	Samples []Message `json:"samples"`
}

// Suggestion is what to do next.
type Suggestion struct {
	Code   string   `json:"code"` // more_examples, weak_label, boundary, check_labels, two_labels
	Labels []string `json:"labels,omitempty"`
	Add    int      `json:"add,omitempty"` // examples to write for each label
	// Message is for the trainer, English for the command line.
	Message string `json:"message"`
	English string `json:"english"`
}

// Findings are a head's quality and what follows from it.
type Findings struct {
	head.Report
	Few         []Few        `json:"few_examples"`
	Suspicious  []Suspicion  `json:"suspicious_labels"`
	Duplicates  []Duplicate  `json:"near_duplicates"`
	Pairs       []Pair       `json:"confused_pairs"`
	Suggestions []Suggestion `json:"suggestions"`
}

// Find looks through the report of a training on examples. lines are where the
// examples stand in their file, or nil.
func Find(r head.Report, examples []head.Example, lines []int) Findings {
	f := Findings{Report: r, Few: []Few{}, Suspicious: []Suspicion{}, Pairs: []Pair{}, Suggestions: []Suggestion{}}
	at := func(i int) Message {
		m := Message{Index: i, Text: examples[i].Text, Label: examples[i].Label}
		if i < len(lines) {
			m.Line = lines[i]
		}
		return m
	}
	for _, c := range r.Classes {
		if c.Support > 0 && c.Support < FewExamples {
			f.Few = append(f.Few, Few{c.Label, c.Support})
		}
	}
	slices.SortStableFunc(f.Few, func(a, b Few) int { return a.Examples - b.Examples })
	support := map[string]int{}
	for _, c := range r.Classes {
		support[c.Label] = c.Support
	}
	for i, p := range r.Predictions {
		// The only example of a label cannot be told without it: no suspicion.
		if p.Label != p.Truth && p.Label != p.Alt && p.Confidence >= suspiciousAt && p.TruthProbability <= suspiciousOwn && support[p.Truth] > 1 {
			f.Suspicious = append(f.Suspicious, Suspicion{at(i), p.Label, p.Confidence, p.TruthProbability})
		}
	}
	slices.SortStableFunc(f.Suspicious, func(a, b Suspicion) int { return cmp.Compare(b.Confidence-b.Own, a.Confidence-a.Own) })
	f.Suspicious = f.Suspicious[:min(len(f.Suspicious), maxSuspicions)]
	f.Duplicates = duplicates(examples, at)
	f.Pairs = pairs(r.Predictions, support, at)
	f.suggest()
	return f
}

// pairs counts confusions both ways.
func pairs(preds []head.Prediction, support map[string]int, at func(int) Message) []Pair {
	found := map[[2]string]*Pair{}
	for i, p := range preds {
		if p.Label == p.Truth || p.Label == p.Alt {
			continue
		}
		key := [2]string{min(p.Label, p.Truth), max(p.Label, p.Truth)}
		pair := found[key]
		if pair == nil {
			pair = &Pair{A: key[0], B: key[1]}
			found[key] = pair
		}
		pair.Count++
		if len(pair.Samples) < maxSamples {
			pair.Samples = append(pair.Samples, at(i))
		}
	}
	out := []Pair{}
	for _, p := range found {
		p.Share = float64(p.Count) / float64(max(1, support[p.A]+support[p.B]))
		if p.Count >= pairCount && p.Share >= pairShare {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b Pair) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return out[:min(len(out), maxPairs)]
}

// suggest says what to do about the findings, the most useful first.
func (f *Findings) suggest() {
	add := func(code string, n int, labels []string, zh, en string) {
		f.Suggestions = append(f.Suggestions, Suggestion{Code: code, Labels: labels, Add: n, Message: zh, English: en})
	}
	if n := len(f.Duplicates); n > 0 {
		add("two_labels", 0, nil,
			fmt.Sprintf("有 %d 对几乎一样的消息标了不同的意图：先统一，它们互相抵消", n),
			fmt.Sprintf("%d pairs of nearly the same message stand under different labels: decide on one first, they cancel out", n))
	}
	if n := len(f.Suspicious); n > 0 {
		add("check_labels", 0, nil,
			fmt.Sprintf("有 %d 条消息的标注与其余数据明显矛盾，请逐条核对", n),
			fmt.Sprintf("%d messages contradict the rest of the data: read them again", n))
	}
	thin := map[string]bool{}
	for _, few := range f.Few {
		thin[few.Label] = true
		n := FewExamples - few.Examples
		add("more_examples", n, []string{few.Label},
			fmt.Sprintf("“%s”只有 %d 条，至少再写 %d 条，用词和句式尽量不同", few.Label, few.Examples, n),
			fmt.Sprintf("%s has %d of %d examples: write at least %d more, in different words", few.Label, few.Examples, FewExamples, n))
	}
	for _, p := range f.Pairs {
		sample := ""
		if len(p.Samples) > 0 {
			sample = p.Samples[0].Text
		}
		add("boundary", 10, []string{p.A, p.B},
			fmt.Sprintf("“%s”与“%s”互相认错 %d 次（%.0f%%）：各写 10 条能分清两者的消息，像“%s”这样的；分不清就合并", p.A, p.B, p.Count, 100*p.Share, sample),
			fmt.Sprintf("%s and %s are taken for each other %d times (%.0f %%): write 10 messages each that show the boundary, like %q; or merge them", p.A, p.B, p.Count, 100*p.Share, sample))
	}
	for _, c := range f.Classes {
		if c.Recall >= weakRecall || c.Support == 0 || thin[c.Label] {
			continue
		}
		n := max(10, enoughExamples-c.Support)
		add("weak_label", n, []string{c.Label},
			fmt.Sprintf("“%s”只认出 %.0f%%：再写 %d 条换一种说法的", c.Label, 100*c.Recall, n),
			fmt.Sprintf("%s is recognised %.0f %% of the time: write %d more that say it differently", c.Label, 100*c.Recall, n))
	}
}
