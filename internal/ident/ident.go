// Package ident makes identifiers. They are injected, so that tests and replays
// see the same ones.
package ident

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"

	"github.com/yingda/yingda/internal/clock"
)

// Source makes identifiers that are unique and sort by the time of their making.
type Source interface {
	// New returns a fresh identifier "prefix_…" in lower-case letters and digits.
	New(prefix string) string
}

// ULID makes ULIDs (https://github.com/ulid/spec), monotonic within a
// millisecond. It is safe for concurrent use.
type ULID struct {
	clock clock.Clock
	mu    sync.Mutex
	rand  ulid.MonotonicReader
}

var _ Source = (*ULID)(nil)

// NewULID returns a Source that takes its time from c and its entropy from the
// operating system.
func NewULID(c clock.Clock) *ULID { return NewULIDFrom(c, rand.Reader) }

// NewULIDFrom is NewULID with a given source of entropy.
func NewULIDFrom(c clock.Clock, entropy io.Reader) *ULID {
	return &ULID{clock: c, rand: ulid.Monotonic(entropy, 0)}
}

// New returns prefix, an underscore and 26 lower-case characters. It panics
// when the source of entropy fails, as crypto/rand itself does.
func (u *ULID) New(prefix string) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	id := ulid.MustNew(ulid.Timestamp(u.clock.Now()), u.rand)
	return prefix + "_" + strings.ToLower(id.String())
}

// Sequence counts 1, 2, 3 …, for tests and conversation scripts.
type Sequence struct {
	mu sync.Mutex
	n  int
}

var _ Source = (*Sequence)(nil)

// New returns prefix, an underscore and the next number, padded so that
// identifiers sort.
func (s *Sequence) New(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	return fmt.Sprintf("%s_%06d", prefix, s.n)
}
