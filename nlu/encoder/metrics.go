package encoder

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
)

// metrics are the encoder's figures; without a registerer they count for nobody.
type metrics struct {
	registerer prometheus.Registerer
	collectors []prometheus.Collector

	stage   *prometheus.HistogramVec
	tokens  prometheus.Histogram
	refused prometheus.Counter
}

func newMetrics(r prometheus.Registerer, e *Encoder) (*metrics, error) {
	m := &metrics{
		registerer: r,
		stage: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yingda_encoder_stage_seconds", Help: "Time of one message in each stage of the encoder.",
			Buckets: []float64{.00001, .00005, .0002, .0005, .001, .002, .005, .01, .05, .2, 1},
		}, []string{"stage"}),
		tokens: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_encoder_tokens", Help: "Tokens of a message, special ones included.",
			Buckets: []float64{8, 16, 32, 64, 128, 256, 512},
		}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_encoder_refused_total", Help: "Messages refused because the queue was full.",
		}),
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yingda_encoder_inflight", Help: "Messages that wait for the encoder or are in it.",
	}, func() float64 { return float64(len(e.waiting)) })
	m.collectors = []prometheus.Collector{m.stage, m.tokens, m.refused, waiting}
	if r == nil {
		return m, nil
	}
	for i, c := range m.collectors {
		if err := r.Register(c); err != nil {
			for _, done := range m.collectors[:i] {
				r.Unregister(done)
			}
			return nil, fault.Wrap(err, fault.Internal, "the encoder's metrics are registered already; open one encoder per registry")
		}
	}
	return m, nil
}

func (m *metrics) unregister() {
	if m.registerer == nil {
		return
	}
	for _, c := range m.collectors {
		m.registerer.Unregister(c)
	}
}

func (m *metrics) observe(tokenise, wait, run time.Duration, tokens int) {
	m.stage.WithLabelValues("tokenise").Observe(tokenise.Seconds())
	m.stage.WithLabelValues("wait").Observe(wait.Seconds())
	m.stage.WithLabelValues("run").Observe(run.Seconds())
	m.tokens.Observe(float64(tokens))
}
