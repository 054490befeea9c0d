package api_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
)

const parseBody = `{"text":"我的快递三天没动了，帮我看看到哪里了，谢谢"}`

// openBench is a server with as little behind it as possible: what is measured
// is the door.
func openBench(b *testing.B, log slog.Handler) (*api.Server, string) {
	b.Helper()
	s := storetest.Open(b, clock.System{})
	key, err := auth.NewKey(auth.Service)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.AddKey(b.Context(), store.Key{ID: "k", Bot: "demo", Role: "service", Hash: auth.Hash(key)}); err != nil {
		b.Fatal(err)
	}
	events, err := bus.Open(b.Context(), bus.Options{DSN: "memory"})
	if err != nil {
		b.Fatal(err)
	}
	language := &fakeLanguage{}
	f := &fixture{}
	server, err := api.New(api.Options{
		Conversations: f.manager, Desk: noDesk{}, Articles: &fakeArticles{}, Directory: s, Bus: events,
		Language: api.Language{Analyzer: language, Segmenter: language, Encoder: language, Retriever: language},
		Profiles: noProfile, Clock: clock.System{}, IDs: ident.NewULID(clock.System{}),
		Logger: slog.New(log), APIPerSec: 10_000_000,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	return server, key
}

// BenchmarkParse is the hot path without the network: routing, key, limits,
// validation, decoding, the call, encoding, log and metrics.
func BenchmarkParse(b *testing.B) {
	for name, log := range map[string]slog.Handler{"log=off": slog.DiscardHandler, "log=text": slog.NewTextHandler(io.Discard, nil)} {
		b.Run(name, func(b *testing.B) {
			server, key := openBench(b, log)
			handler := server.Handler()
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/v1/nlu/parse", strings.NewReader(parseBody))
				r.Header.Set("Authorization", "Bearer "+key)
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkParseOverHTTP adds Go's client and server and the loopback; cpu-ms/op
// is the processor time of both ends together.
func BenchmarkParseOverHTTP(b *testing.B) {
	server, key := openBench(b, slog.NewTextHandler(io.Discard, nil))
	web := httptest.NewServer(server.Handler())
	defer web.Close()
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 4}}
	defer client.CloseIdleConnections()
	before := processorTime(b)
	n := 0
	for b.Loop() {
		n++
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, web.URL+"/v1/nlu/parse", bytes.NewReader([]byte(parseBody)))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		response, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response.StatusCode, err)
		}
		if err := response.Body.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(n), "cpu-ms/op")
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
