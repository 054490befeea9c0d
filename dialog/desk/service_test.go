package desk

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func TestNewChecksItsOptions(t *testing.T) {
	whole := newDesk(t).options
	for name, broken := range map[string]func(*Options){
		"no conversations": func(o *Options) { o.Conversations = nil },
		"no analyzer":      func(o *Options) { o.Analyzer = nil },
		"no retriever":     func(o *Options) { o.Retriever = nil },
		"no profiles":      func(o *Options) { o.Profiles = nil },
		"no clock":         func(o *Options) { o.Clock = nil },
		"no ids":           func(o *Options) { o.IDs = nil },
		"negative limit":   func(o *Options) { o.MaxConcurrent = -1 },
		"negative time":    func(o *Options) { o.LookupTimeout = -time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			o := whole
			broken(&o)
			_, err := New(o)
			wantFault(t, err, fault.Invalid, "desk.Options")
		})
	}
	o := whole
	o.MaxSuggestions = 1
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if s.opt.MaxSuggestions != minSuggestions || s.opt.MaxText != 2000 {
		t.Errorf("limits are %+v", s.opt)
	}
}

func TestMetricsCount(t *testing.T) {
	reg := prometheus.NewRegistry()
	d := newDesk(t, func(o *Options) { o.Registerer = reg })
	id := d.start("c1", "什么时候发货", "转人工")
	d.claim(id, lin)
	if _, err := d.Claim(context.Background(), chen, "demo", id); err == nil {
		t.Fatal("two owners")
	}
	sug := d.suggestions(id, "")[0]
	if _, err := d.Reply(context.Background(), Reply{
		Bot: "demo", Conversation: id, Agent: lin, Text: sug.Text, Suggestion: sug.ID, ClientID: "1",
	}); err != nil {
		t.Fatal(err)
	}
	d.shelf.fail(fault.New(fault.Unavailable, "down"))
	d.suggestions(id, "")
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"yingda_desk_actions_total claim ok": 1, "yingda_desk_actions_total claim conflict": 1, "yingda_desk_actions_total reply ok": 1,
		"yingda_desk_suggestions_used_total taken": 1, "yingda_desk_degraded_total kb": 1, "yingda_desk_suggest_seconds": 2,
		"yingda_desk_suggestions_total article": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %g, want %g", name, got[name], want)
		}
	}
	if _, err := New(d.options); err == nil {
		t.Error("two services registered the same metrics")
	}
}

func TestOwnPhrasesReplaceTheBuiltin(t *testing.T) {
	p, err := ReadPhrases("own.yaml", []byte(whole()))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(o *Options) { o.Phrases = p })
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	d.suggestions(id, "")
	if _, err := d.Release(context.Background(), lin, "demo", id, ""); err != nil {
		t.Fatal(err)
	}
	said := events[dialog.Message](d, id, dialog.MessageSent)
	if last := said[len(said)-1]; last.Text != "再见。" {
		t.Errorf("the visitor was told %q", last.Text)
	}
}
