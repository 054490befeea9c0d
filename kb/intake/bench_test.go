package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store/storetest"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
	"github.com/yingda/yingda/kb/kbtest"
	"github.com/yingda/yingda/kb/vector"
)

// instant encodes nothing: its embeddings are random numbers, so that what is
// measured is everything else.
type instant struct{ kbtest.Phraser }

const realDimension = 512

func (*instant) Phrase(_ context.Context, text string) (kb.Phrase, error) {
	h := fnv.New64a()
	if _, err := h.Write([]byte(text)); err != nil {
		return kb.Phrase{}, err
	}
	state := h.Sum64() | 1
	v := make([]float32, realDimension)
	for i := range v {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		v[i] = (float32(state>>40)/(1<<24) - 0.5) * 0.1531 // sqrt(12/512): length 1
	}
	return kb.Phrase{Embedding: v, Terms: words(text)}, nil
}

// words cuts pairs of characters: as many terms as a segmenter makes.
func (*instant) Terms(text string) []string { return words(text) }

func words(text string) []string {
	r := []rune(text)
	var out []string
	for i := 0; i < len(r); i += 2 {
		out = append(out, string(r[i:min(len(r), i+2)]))
	}
	return out
}

// resident is the process's memory in MB.
func resident(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the memory is read from /proc: ", err)
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(v)[0])
			if err != nil {
				b.Fatal(err)
			}
			return float64(n) / 1024
		}
	}
	return 0
}

// settled is the memory after everything unused was given back.
func settled(b *testing.B) float64 {
	debug.FreeOSMemory()
	runtime.GC()
	debug.FreeOSMemory()
	return resident(b)
}

// spent is the CPU time of the process in seconds: what else the machine does
// does not count.
func spent(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// peak samples the memory until the returned function is called, which returns the most.
func peak(b *testing.B) func() float64 {
	var most atomic.Int64
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if n := int64(resident(b)); n > most.Load() {
				most.Store(n)
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-ended
		return float64(most.Load())
	}
}

// BenchmarkImport imports rows of XLSX, with two wordings each, on
// SQLite. Of the memory, check-MB is what the check takes above the idle
// process; apply-MB what the application takes above the idle process; index-MB
// what of that stays, because the articles can be searched now; own-MB the rest,
// which is the import's own.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{5000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { importRows(b, n) })
	}
}

func importRows(b *testing.B, n int) {
	var file bytes.Buffer
	articles := make([]kb.Article, n)
	for i := range articles {
		articles[i] = kb.Article{
			Question: fmt.Sprintf("第%d号商品的尺码偏大还是偏小，应该怎么选", i), Similar: []string{fmt.Sprintf("%d号这款要买大一码吗", i)},
			Answer: fmt.Sprintf("编号 %d 的商品按平时的尺码选购即可，详细尺寸请看详情页的尺码表。如果介于两个码之间，建议选大一码。", i), Category: "商品/尺码",
		}
	}
	if err := importer.Write(&file, importer.XLSX, articles); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		measure(b, file.Bytes(), n)
	}
}

func measure(b *testing.B, file []byte, n int) {
	st := storetest.Open(b, clock.System{})
	p := &instant{}
	index, err := hybrid.New(kbtest.Model(map[hybrid.Feature]float64{hybrid.Cosine: 12}), hybrid.Options{
		Vectors: vector.New(realDimension, vector.Options{}), Encoder: p.EncoderID(),
	})
	if err != nil {
		b.Fatal(err)
	}
	ids := ident.NewULID(clock.System{})
	kbase, err := base.New(base.Options{Store: st, Index: index, Phraser: p, Clock: clock.System{}, IDs: ids})
	if err != nil {
		b.Fatal(err)
	}
	s, err := intake.New(intake.Options{Store: st, Articles: st, Base: kbase, Clock: clock.System{}, IDs: ids})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	wait := func(id string, want jobs.State) {
		for {
			j, err := s.Job(b.Context(), "shop", id)
			if err != nil || j.State.Over() && j.State != want {
				b.Fatalf("%+v, %v", j, err)
			}
			if j.State == want {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	idle := settled(b)
	most, start := peak(b), spent(b)
	j, err := s.Submit(b.Context(), intake.Request{Bot: "shop", Source: jobs.Source{File: "a.xlsx"}, Body: file})
	if err != nil {
		b.Fatal(err)
	}
	wait(j.ID, jobs.Ready)
	b.ReportMetric(spent(b)-start, "check-cpu-s")
	b.ReportMetric(most()-idle, "check-MB")
	settled(b)
	most, start = peak(b), spent(b)
	if _, err := s.Apply(b.Context(), "shop", j.ID, jobs.Choice{}); err != nil {
		b.Fatal(err)
	}
	wait(j.ID, jobs.Done)
	b.ReportMetric(spent(b)-start, "apply-cpu-s")
	top, stays := most()-idle, settled(b)-idle
	b.ReportMetric(top, "apply-MB")
	b.ReportMetric(stays, "index-MB")
	b.ReportMetric(top-stays, "own-MB")
	if got, err := kbase.Count(b.Context(), "shop"); err != nil || got != n {
		b.Fatalf("%d articles, %v", got, err)
	}
}
