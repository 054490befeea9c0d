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
	batch   prometheus.Histogram
	padding prometheus.Counter
}

func newMetrics(r prometheus.Registerer, d *dispatcher) (*metrics, error) {
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
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_encoder_batch_messages", Help: "Messages that shared a run of the encoder.",
			Buckets: []float64{1, 2, 3, 4, 6, 8, 16, 32, 64},
		}),
		padding: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_encoder_padding_tokens_total", Help: "Tokens that runs of several messages were filled up with.",
		}),
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yingda_encoder_inflight", Help: "Messages that wait for the encoder or are in it.",
	}, func() float64 { return float64(d.inside()) })
	m.collectors = []prometheus.Collector{m.stage, m.tokens, m.refused, m.batch, m.padding, waiting}
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

// ran counts a run.
func (m *metrics) ran(messages []input) {
	longest, sum := 0, 0
	for _, in := range messages {
		longest, sum = max(longest, len(in.ids)), sum+len(in.ids)
	}
	m.batch.Observe(float64(len(messages)))
	m.padding.Add(float64(len(messages)*longest - sum))
}
