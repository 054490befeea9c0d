package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// Options sets an evaluation up.
type Options struct {
	// Data holds the open sets that are measured on.
	Data *Data
	// Authored holds the data that heads are learned from; nil leaves the
	// cells empty that need it.
	Authored *Data
	// Only names the measures to take; empty means all of Measures.
	Only []string
	// Limit caps the rows of a set that are measured on, evenly taken, and ten
	// times as many that are learned from; 0 takes all.
	Limit int
	// Workers is how many texts are read at once; 0 means 1.
	Workers int
	// Log, when set, hears what is being done.
	Log func(format string, args ...any)
}

// trainShare is how many rows are learned from for each that is measured.
const trainShare = 10

func (o Options) log(format string, args ...any) {
	if o.Log != nil {
		o.Log(format, args...)
	}
}

// group is what is measured together.
type group struct {
	name  string
	lines []Line
	run   func(context.Context, *session) error
}

var groups = []group{
	{"messages", []Line{
		{Key: "strict", Title: "messages_dev, text alone: strict", Bar: 0.72},
		{Key: "soft", Title: "messages_dev, text alone: soft", Bar: 0.83},
		{Key: "calibration", Title: "messages_dev, text alone: calibration error", Bar: 0.05, Less: true},
		{Key: "context", Title: "messages_dev, context needed: strict, turn before given", Bar: 0.50},
		{Key: "context_pair", Title: "messages_dev, context needed: strict, pair head alone"},
		{Key: "analysed", Title: "messages_dev, text alone: strict as analysed (scope, turn before)"},
	}, messages},
	{"sentiment", []Line{{Key: "sentiment", Title: "messages_dev: sentiment, macro F1", Bar: 0.75}}, sentiment},
	{"faq", []Line{
		{Key: "faq_top1", Title: "FAQ shop_messages: top 1", Bar: 0.60},
		{Key: "faq_top3", Title: "FAQ shop_messages: top 3", Bar: 0.82},
		{Key: "faq_auc", Title: "FAQ shop_messages: AUC answerable or not", Bar: 0.89},
		{Key: "faq_answered90", Title: "FAQ shop_messages: answered at 90 % precision", Bar: 0.25},
	}, shopQuestions},
	{"open_domain", []Line{{Key: "open_domain_top1", Title: "FAQ open_domain: top 1", Bar: 0.985}}, openQuestions},
	{"online_shopping", []Line{{Key: "online_shopping", Title: "online_shopping: sentiment of two, accuracy", Bar: 0.935}}, reviews("online_shopping")},
	{"chat", []Line{{Key: "chat", Title: "chat: sentiment of two, accuracy", Bar: 0.905}}, reviews("chat")},
	{"weibo_ewect6", []Line{{Key: "weibo_ewect6", Title: "weibo_ewect6: emotion, macro F1", Bar: 0.65}}, emotions},
	{"voice_assistant12", []Line{{Key: "voice_assistant12", Title: "new taxonomy voice_assistant12: accuracy", Bar: 0.955}},
		taxonomy("voice_assistant12", "intent/voice_assistant12.jsonl.gz")},
	{"smalltalk", []Line{{Key: "smalltalk", Title: "new taxonomy smalltalk: accuracy", Bar: 0.89}}, taxonomy("smalltalk", "intent/smalltalk.jsonl")},
	{"cais", []Line{{Key: "cais", Title: "new taxonomy cais: accuracy"}}, taxonomy("cais", "intent/cais_smart_speaker.jsonl.gz")},
	{"scope", scopeLines(), scope},
	{"dissatisfied", []Line{
		{Key: "dissatisfied", Title: "dissatisfied conversations: AUC of the risk head", Bar: 0.80},
		{Key: "dissatisfied_sentiment", Title: "dissatisfied conversations: AUC of the last message's sentiment"},
	}, dissatisfied},
}

// Measures returns the names that Options.Only takes, in the table's order.
func Measures() []string {
	out := make([]string, len(groups))
	for i, g := range groups {
		out[i] = g.name
	}
	return out
}

// choice returns the groups that only names; an unknown name is fault.Invalid.
func choice(only []string) ([]group, error) {
	if len(only) == 0 {
		return groups, nil
	}
	for _, name := range only {
		if !slices.Contains(Measures(), name) {
			return nil, fault.New(fault.Invalid, "there is no measure %q; choose from %s", name, strings.Join(Measures(), ", "))
		}
	}
	var out []group
	for _, g := range groups {
		if slices.Contains(only, g.name) {
			out = append(out, g)
		}
	}
	return out, nil
}

// Run measures every contender. A data file that is broken, and a classifier
// that fails, end it; what is missing leaves cells empty.
func Run(ctx context.Context, contenders []Contender, opts Options) (*Report, error) {
	chosen, err := choice(opts.Only)
	if err != nil {
		return nil, err
	}
	if opts.Data == nil || len(contenders) == 0 {
		return nil, fault.New(fault.Invalid, "an evaluation needs data and contenders")
	}
	report := newReport(contenders, chosen)
	for _, c := range contenders {
		s, err := newSession(c, opts, report)
		if err != nil {
			return nil, err
		}
		for _, g := range chosen {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			start := time.Now()
			err := g.run(ctx, s)
			if err != nil && !isAbsent(err) {
				return nil, fmt.Errorf("%s, %s: %w", c.Key, g.name, err)
			}
			for _, l := range g.lines { // what the measure did not reach
				if err != nil && !report.has(c.Key, l.Key) {
					s.leave(err, l.Key)
				}
			}
			opts.log("%s: measured %s in %v", c.Key, g.name, time.Since(start).Round(100*time.Millisecond))
		}
	}
	return report, nil
}
