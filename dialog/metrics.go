package dialog

import (
	"encoding/json"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
)

// metrics are the Manager's counters. Labels have few values: never a bot, a
// visitor or a text.
type metrics struct {
	turns     *prometheus.CounterVec
	seconds   prometheus.Histogram
	handoffs  *prometheus.CounterVec
	degraded  *prometheus.CounterVec
	actions   *prometheus.CounterVec
	conflicts prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		turns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_dialog_turns_total", Help: "Visitor messages handled, by what the bot said first (or silent, duplicate, a fault code).",
		}, []string{"outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_dialog_turn_seconds", Help: "Time from a visitor's message to the committed reply.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		handoffs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_dialog_handoffs_total", Help: "Conversations given to people, by reason.",
		}, []string{"reason"}),
		degraded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_dialog_degraded_total", Help: "Messages handled without a part that did not answer.",
		}, []string{"part"}),
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_dialog_actions_total", Help: "Actions run for flows, by fault code (ok without).",
		}, []string{"result"}),
		conflicts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_dialog_conflicts_total", Help: "Commits refused because another writer was faster.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.turns, m.seconds, m.handoffs, m.degraded, m.actions, m.conflicts} {
		if err := r.Register(c); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "the dialog metrics cannot be registered")
		}
	}
	return m, nil
}

func (m *metrics) turn(out Outcome, err error, took time.Duration) {
	outcome := "silent"
	switch {
	case err != nil:
		outcome = string(fault.CodeOf(err))
	case out.Duplicate:
		outcome = "duplicate"
	case len(out.Replies) > 0:
		outcome = out.Replies[0].Kind
	}
	m.turns.WithLabelValues(outcome).Inc()
	if err == nil && !out.Duplicate {
		m.seconds.Observe(took.Seconds())
	}
}

func (m *metrics) events(s State, events []Event) {
	for _, e := range events {
		switch e.Type {
		case HandoffRequested:
			if s.Handoff != nil {
				m.handoffs.WithLabelValues(string(s.Handoff.Reason)).Inc()
			}
		case MessageAnalyzed:
			if s.Analysis.Degraded != "" {
				m.degraded.WithLabelValues(s.Analysis.Degraded).Inc()
			}
		case ActionReturned:
			var r ActionResult
			if json.Unmarshal(e.Data, &r) != nil {
				continue // Fold has read it already
			}
			result := r.Fault
			if result == "" {
				result = "ok"
			}
			m.actions.WithLabelValues(result).Inc()
		}
	}
}
