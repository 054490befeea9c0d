package segment

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// wordList makes n words that differ with seed.
func wordList(n, seed int) []Word {
	words := make([]Word, n)
	for i := range words {
		words[i] = Word{Text: fmt.Sprintf("货号%d款%d", seed, i)}
	}
	return words
}

func TestMemoryFlatOverSwaps(t *testing.T) {
	s := newTrade(t)
	swap := func(i int) {
		err := s.Reload(Options{
			General: strings.NewReader(builtinText[:len(builtinText)/20]),
			Words:   wordList(500, i),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetWords(wordList(500, i)); err != nil {
			t.Fatal(err)
		}
		if got := s.Segment(fmt.Sprintf("货号%d款7", i)); len(got) != 1 {
			t.Fatalf("after swap %d: %v", i, got)
		}
	}
	swap(0)
	before := heap()
	for i := range 50 {
		swap(i + 1)
	}
	after := heap()
	runtime.KeepAlive(s)
	if after > before+before/20+1<<20 {
		t.Errorf("heap grew from %d to %d bytes over 50 swaps", before, after)
	}
}

func TestConcurrentSwaps(t *testing.T) {
	s := newTrade(t)
	bot, err := s.WithWords([]Word{{Text: "云享金"}})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				text := "七天无理由退货的云享金ABC123，杭研大厦"
				checkCover(t, text, bot.Segment(text))
			}
		})
	}
	for i := range 20 {
		if err := s.Reload(Options{Words: wordList(50, i)}); err != nil {
			t.Error(err)
		}
		if err := bot.SetWords([]Word{{Text: "云享金"}}); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}

// TestLongTexts makes sure that the time grows with the length, not its
// square, also where every character goes through the Markov model.
func TestLongTexts(t *testing.T) {
	s := newTrade(t)
	for name, unit := range map[string]string{
		"unlisted": "㐀㐁㐂", "particles": "的了吗", "letters": "a", "digits and letters": "a1bcd2", "blanks": " ", "symbols": "!?", "invalid": "\xff",
	} {
		text := strings.Repeat(unit, 200_000/len(unit))
		start := time.Now()
		checkCover(t, text, s.Segment(text))
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: 200 KB took %v", name, d)
		}
	}
}
