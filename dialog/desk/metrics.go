package desk

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
)

// metrics are the desk's counters. Labels have few values: never a bot, an
// agent or a text.
type metrics struct {
	actions  *prometheus.CounterVec
	used     *prometheus.CounterVec
	sources  *prometheus.CounterVec
	degraded *prometheus.CounterVec
	stale    prometheus.Counter
	seconds  prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_desk_actions_total", Help: "What agents did, by action and fault code (ok without).",
		}, []string{"action", "result"}),
		used: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_desk_suggestions_used_total", Help: "Suggestions by what agents did with them: taken, edited, ignored.",
		}, []string{"use"}),
		sources: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_desk_suggestions_total", Help: "Suggestions made, by source.",
		}, []string{"source"}),
		degraded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_desk_degraded_total", Help: "Suggestions made without a part that did not answer.",
		}, []string{"part"}),
		stale: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_desk_suggestions_stale_total", Help: "Suggestions dropped because the conversation moved on meanwhile.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_desk_suggest_seconds", Help: "Time to make suggestions.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.actions, m.used, m.sources, m.degraded, m.stale, m.seconds} {
		if err := r.Register(c); err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "the desk metrics cannot be registered")
		}
	}
	return m, nil
}

func (m *metrics) acted(what string, err error) {
	result := "ok"
	if err != nil {
		result = string(fault.CodeOf(err))
	}
	m.actions.WithLabelValues(what, result).Inc()
}
