package main

import (
	"testing"
	"time"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/nlu"
)

// BenchmarkAnalyze stands beside the raw loop over the same message.
func BenchmarkAnalyze(b *testing.B) {
	u, err := openUnderstanding(config.Default(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer u.Close()
	const text = "我昨天买的那件衣服怎么还没有发货呀"
	ids, _, err := u.encoder.Tokenize(text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if _, err := u.encoder.Run(b.Context(), ids); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("analyzer", func(b *testing.B) {
		now := time.Now()
		for b.Loop() {
			if _, err := u.pipeline.Analyze(b.Context(), nlu.Request{Text: text, Now: now}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("segment", func(b *testing.B) {
		for b.Loop() {
			u.segmenter.Segment(text)
		}
	})
	b.Run("entities", func(b *testing.B) {
		now, err := shopClock()
		if err != nil {
			b.Fatal(err)
		}
		ex := u.entities
		for b.Loop() {
			ex.Extract(text, now.Now())
		}
	})
}
