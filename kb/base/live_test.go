package base_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
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

// told is what was acknowledged of one article: its number changes when a
// change of it begins and again when it is acknowledged, and is odd between.
type told struct {
	number  int
	version int // of its question; 0: there is none
}

// ledger is the model of a base that is changed while it is searched.
type ledger struct {
	mu       sync.Mutex
	articles []told
}

func (l *ledger) read(i int) told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.articles[i]
}

// write marks articles as changing, changes them, and notes what was acknowledged.
func (l *ledger) write(version map[int]int, change func() error) error {
	step := func(note bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for i, v := range version {
			l.articles[i].number++
			if note {
				l.articles[i].version = v
			}
		}
	}
	step(false)
	err := change()
	if err == nil {
		step(true)
	}
	return err
}

const liveArticles = 400

func liveID(i int) string { return fmt.Sprintf("a%03d", i) }

// question is like no other one, of this article or another.
func question(i, version int) string {
	r := rand.New(rand.NewPCG(uint64(i), uint64(version)))
	text := make([]rune, 12)
	for j := range text {
		text[j] = rune(0x4e00 + r.IntN(0x5000))
	}
	return string(text)
}

func live(i, version int) kb.Article {
	return kb.Article{ID: liveID(i), Question: question(i, version), Similar: []string{question(i, -version)}, Answer: "答案。"}
}

// 10 000 changes while eight clients search: what was acknowledged before a
// search began, and not touched while it ran, is found as it is; what was
// deleted before is not.
func TestSearchesBesideChanges(t *testing.T) {
	changes := 10000
	if testing.Short() {
		changes = 1000
	}
	phraser := &kbtest.Phraser{}
	// The scanner in Go and few rows at a time: both ways of searching, and
	// sweeping, are in use all the time.
	index, err := hybrid.New(model(), hybrid.Options{
		Vectors: vector.New(kbtest.Dimension, vector.Options{Plain: 800, Scanner: vector.Portable{}}), Encoder: phraser.EncoderID(), Near: 10, Alike: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := base.New(base.Options{Store: kbtest.NewStore(), Index: index, Phraser: phraser, Clock: clock.System{}, IDs: &ident.Sequence{}})
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{articles: make([]told, liveArticles)}
	var stop atomic.Bool
	var checked, crossed atomic.Int64
	took := make([][]time.Duration, 8)
	var wg sync.WaitGroup
	for c := range took {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 3))
			for !stop.Load() {
				i := r.IntN(liveArticles)
				before := l.read(i)
				version := max(before.version, 1) // of a deleted article: a question that it may have had
				q := phraser.Query("demo", question(i, version))
				begin := time.Now()
				hits, err := s.Search(t.Context(), q)
				took[c] = append(took[c], time.Since(begin))
				time.Sleep(2 * time.Millisecond) // a client reads what it got
				if err != nil {
					t.Error(err)
					return
				}
				if l.read(i) != before || before.number%2 != 0 {
					crossed.Add(1) // it was changed meanwhile; either answer is right
					continue
				}
				checked.Add(1)
				at := slices.IndexFunc(hits, func(h kb.Hit) bool { return h.Article.ID == liveID(i) })
				switch {
				case before.version == 0 && at >= 0:
					t.Errorf("%s was deleted and is found", liveID(i))
				case before.version > 0 && (at != 0 || hits[0].Article.Question != q.Text || hits[0].Cosine < 0.999):
					t.Errorf("%s is not found first by its question (place %d of %d)", liveID(i), at, len(hits))
				}
			}
		})
	}
	made := drive(t, s, l, changes)
	stop.Store(true)
	wg.Wait()
	all := slices.Sorted(func(yield func(time.Duration) bool) {
		for _, d := range slices.Concat(took...) {
			if !yield(d) {
				return
			}
		}
	})
	t.Logf("%d changes in %v; %d searches judged, %d crossed a change; p50 %v, p99 %v, longest %v",
		changes, made, checked.Load(), crossed.Load(), all[len(all)/2], all[len(all)*99/100], all[len(all)-1])
	if checked.Load() < int64(changes)/20 {
		t.Errorf("only %d searches could be judged", checked.Load())
	}
	for i := range liveArticles { // and in the end all is as it was told
		a, err := s.Get(t.Context(), "demo", liveID(i))
		if want := l.articles[i].version; (err == nil) != (want > 0) || want > 0 && a.Question != question(i, want) {
			t.Errorf("%s: %q, %v; want version %d", liveID(i), a.Question, err, want)
		}
	}
}

// drive makes changes: puts and updates of one article, deletions, and now and
// then fifty articles at once.
func drive(t *testing.T, s *base.Service, l *ledger, changes int) time.Duration {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	version := make([]int, liveArticles)
	begin := time.Now()
	for n := 0; n < changes; {
		c, next := kb.Change{}, map[int]int{}
		for range 1 + 49*(r.IntN(10)/9) {
			i := r.IntN(liveArticles)
			if _, twice := next[i]; twice {
				continue
			}
			n++
			if r.IntN(4) == 0 {
				c.Delete = append(c.Delete, liveID(i))
				next[i] = 0
				continue
			}
			version[i]++
			c.Put = append(c.Put, live(i, version[i]))
			next[i] = version[i]
		}
		err := l.write(next, func() error {
			_, _, err := s.Change(context.Background(), "demo", c)
			return err
		})
		if err != nil {
			t.Error(err)
			break
		}
	}
	return time.Since(begin)
}
