package ident

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
)

func TestULIDsAreUniqueAndSort(t *testing.T) {
	src := NewULID(clock.NewFake(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)))
	last := ""
	for range 1000 {
		id := src.New("conv")
		if !strings.HasPrefix(id, "conv_") || len(id) != 31 || id != strings.ToLower(id) {
			t.Fatalf("identifier %q", id)
		}
		if id <= last {
			t.Fatalf("%q does not sort after %q", id, last)
		}
		last = id
	}
}

func TestULIDConcurrently(t *testing.T) {
	src := NewULID(clock.System{})
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id := src.New("m")
				mu.Lock()
				if seen[id] {
					t.Errorf("%q twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestSequence(t *testing.T) {
	var s Sequence
	if a, b := s.New("x"), s.New("y"); a != "x_000001" || b != "y_000002" {
		t.Errorf("%q, %q", a, b)
	}
}
