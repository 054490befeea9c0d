package encoder

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

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
		if !slices.Equal(one.Embedding, batch[i].Embedding) || one.Tokens != batch[i].Tokens ||
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
	e := open(t, shipped(t), Options{Concurrency: 1, Queue: 1})
	for range cap(e.waiting) {
		e.waiting <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), retryAfter/5)
	defer cancel()
	if _, err := e.EncodeBatch(ctx, []string{"在吗"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the queue stays full: %v", err)
	}
	time.AfterFunc(retryAfter/5, func() {
		for range cap(e.waiting) {
			<-e.waiting
		}
	})
	if out, err := e.EncodeBatch(t.Context(), []string{"在吗"}); err != nil || len(out) != 1 || out[0].Tokens != 4 {
		t.Errorf("after the crowd has gone: %v, %v", out, err)
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
