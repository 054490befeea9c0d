package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog"
)

// turn is what one message of a visitor usually appends.
func turn(conversation string, version int64) dialog.Commit {
	c := dialog.Commit{Bot: "demo", Conversation: conversation, Version: version}
	for i, kind := range []dialog.EventType{dialog.MessageReceived, dialog.MessageAnalyzed, dialog.MessageSent} {
		c.Events = append(c.Events, dialog.Event{
			ID: "evt_01jxxxxxxxxxxxxxxxxxxxxxxx", Bot: "demo", Conversation: conversation, Seq: version + int64(i) + 1,
			Type: kind, At: time.Unix(1, 0), Actor: dialog.Actor{Kind: dialog.Visitor, ID: "v"},
			Data: []byte(`{"id":"msg_01jxxxxxxxxxxxxxxxxxxxxxxx","text":"我的快递三天没动了，帮我看看到哪里了，谢谢","client_id":"c-123456"}`),
		})
	}
	c.Summary = dialog.Summary{Visitor: "v", Channel: "web", Status: dialog.StatusBot, LastText: "我的快递三天没动了", LastFrom: dialog.Bot}
	return c
}

// BenchmarkAppend appends turns to many conversations at once, as a busy shop does.
func BenchmarkAppend(b *testing.B) {
	for _, relaxed := range []bool{false, true} {
		for _, writers := range []int{1, 8, 64} {
			name := fmt.Sprintf("synchronous=FULL/writers=%d", writers)
			if relaxed {
				name = fmt.Sprintf("synchronous=NORMAL/writers=%d", writers)
			}
			b.Run(name, func(b *testing.B) {
				s, err := Open(b.Context(), Options{DSN: filepath.Join(b.TempDir(), "a.db"), Relaxed: relaxed, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				var conversation atomic.Int64
				b.SetParallelism((writers + 1) / 2) // times GOMAXPROCS
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					id := fmt.Sprint("conv_", conversation.Add(1))
					for version := int64(0); pb.Next(); version += 3 {
						if _, err := s.Append(context.Background(), turn(id, version)); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

func BenchmarkEvents(b *testing.B) {
	s, err := Open(b.Context(), Options{DSN: filepath.Join(b.TempDir(), "a.db"), Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for version := int64(0); version < 60; version += 3 {
		if _, err := s.Append(b.Context(), turn("conv", version)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if events, err := s.Events(b.Context(), "demo", "conv", 0); err != nil || len(events) != 60 {
			b.Fatal(len(events), err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
