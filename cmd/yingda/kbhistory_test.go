package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// bases opens a knowledge base over a store that others may share.
func bases(t *testing.T, store *kbtest.Store, c clock.Clock) *knowledge {
	t.Helper()
	phraser := &kbtest.Phraser{}
	index, err := hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}),
		hybrid.Options{Vectors: vector.New(kbtest.Dimension, vector.Options{}), Encoder: phraser.EncoderID()})
	if err != nil {
		t.Fatal(err)
	}
	service, err := base.New(base.Options{Store: store, Index: index, Phraser: phraser, Clock: c, IDs: &ident.Sequence{}})
	if err != nil {
		t.Fatal(err)
	}
	return &knowledge{Service: service}
}

// said is a log that may be read while it is written.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A server takes over what another process changed within one round, says so
// when it cannot, and stops when it is told to.
func TestServerFollowsKnowledge(t *testing.T) {
	store := kbtest.NewStore()
	var down atomic.Bool
	store.Fail = func(string) error {
		if down.Load() {
			return errors.New("the database is gone")
		}
		return nil
	}
	time0 := clock.NewFake(time.Date(2026, 11, 11, 0, 0, 0, 0, time.UTC))
	var log said
	a := &app{clock: time0, knowledge: bases(t, store, time0), log: slog.New(slog.NewTextHandler(&log, nil))}
	other := bases(t, store, time0)
	if err := a.knowledge.Open(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		a.followKnowledge(ctx)
	}()
	if _, err := other.Put(t.Context(), "demo", []kb.Article{{ID: "new", Question: "可以送礼盒吗", Answer: "可以"}}); err != nil {
		t.Fatal(err)
	}
	within(t, time0, "the article appears", func() bool {
		n, err := a.knowledge.Count(t.Context(), "demo")
		return err == nil && n == 1
	})
	down.Store(true)
	within(t, time0, "the failure is logged", func() bool { return strings.Contains(log.String(), "the database is gone") })
	cancel()
	<-stopped
}

// within waits, round after round, for what must happen.
func within(t *testing.T, c *clock.Fake, what string, happened func() bool) {
	t.Helper()
	for range 2000 {
		if happened() {
			return
		}
		c.Advance(knowledgeFollowed)
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
