package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/internal/fault"
)

// metrics are the door's counters. route is a template, never a path.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_http_requests_total", Help: "Requests answered, by method, route template and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yingda_http_request_seconds", Help: "Time to answer a request, by method and route template; streams left out.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		streams: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "yingda_http_streams", Help: "Open streams, by kind.",
		}, []string{"kind"}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.streams} {
		if err := r.Register(c); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "the API's metrics cannot be registered")
		}
	}
	return m, nil
}

func (m *metrics) answered(method, route string, status int, took time.Duration, streamed bool) {
	m.requests.WithLabelValues(method, route, statusText(status)).Inc()
	if !streamed {
		m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	}
}
