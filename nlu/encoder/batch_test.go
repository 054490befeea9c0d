package encoder

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/yingda/yingda/internal/fault"
)

func TestBatchEqualsSingleRuns(t *testing.T) {
	e := open(t, shipped(t), Options{Concurrency: 2})
	texts := []string{"我的快递到哪了", "退款什么时候到账", "iPhone 15有货吗", "在吗", "在吗", strings.Repeat("退", 300)}
	batch, err := e.EncodeBatch(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		one, err := e.Encode(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if !same(e, one.Embedding, batch[i].Embedding) || !same(e, one.State, batch[i].State) || one.Tokens != batch[i].Tokens ||
			one.Truncated != batch[i].Truncated || one.EncoderID != batch[i].EncoderID {
			t.Errorf("%q differs from its single run", text)
		}
	}
	if none, err := e.EncodeBatch(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("the empty batch: %v, %v", none, err)
	}
}

func TestBatchFaults(t *testing.T) {
	e := open(t, shipped(t), Options{Concurrency: 2})
	_, err := e.EncodeBatch(t.Context(), []string{"在吗", "\u200b"})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "texts[1]") {
		t.Errorf("a text with nothing to read: %v", err)
	}
	if _, err := e.EncodeBatch(t.Context(), make([]string, MaxBatch+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too many: %v", err)
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := e.EncodeBatch(ctx, []string{"在吗"}); !errors.Is(err, gone) {
		t.Errorf("an ended context: %v", err)
	}
}

func TestBatchWaitsWhileTheQueueIsFull(t *testing.T) {
	e := open(t, newTiny().load(t), Options{Concurrency: 1, Queue: 1})
	release := stall(e)
	var crowd sync.WaitGroup
	for range 2 { // one in a run, one that waits
		crowd.Go(func() {
			if _, err := e.EncodeBatch(t.Context(), []string{"丂"}); err != nil {
				t.Error(err)
			}
		})
	}
	until(func() bool { return e.runs.inside() == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), retryAfter/5)
	defer cancel()
	if _, err := e.EncodeBatch(ctx, []string{"一丁"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the queue stays full: %v", err)
	}
	time.AfterFunc(retryAfter/5, release)
	if out, err := e.EncodeBatch(t.Context(), []string{"一丁"}); err != nil || len(out) != 1 || out[0].Tokens != 4 {
		t.Errorf("after the crowd has gone: %v, %v", out, err)
	}
	crowd.Wait()
}

func TestBatchOfManyLengths(t *testing.T) {
	y := newTiny()
	reg := prometheus.NewRegistry()
	e := open(t, y.load(t), Options{Concurrency: 2, Queue: 4, Registerer: reg})
	texts := make([]string, 500)
	for i := range texts {
		texts[i] = text(i, 1+i*i%50)
	}
	batch, err := e.EncodeBatch(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		in, _, err := e.read(text, "")
		if err != nil {
			t.Fatal(err)
		}
		if embedding, state := y.compute(in); !near(batch[i].Embedding, embedding) || !near(batch[i].State, state) {
			t.Errorf("text %d has another's vectors", i)
		}
	}
	if n := testutil.ToFloat64(e.metrics.refused); n != 0 {
		t.Errorf("%v texts of a batch count as refused", n)
	}
}

func BenchmarkEncodeBatch(b *testing.B) {
	e := open(b, shipped(b), Options{Concurrency: 2})
	texts := slices.Repeat([]string{"我上周买的外套怎么还没发货呀"}, 32)
	for b.Loop() {
		if _, err := e.EncodeBatch(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(texts))/b.Elapsed().Seconds(), "texts/s")
}
