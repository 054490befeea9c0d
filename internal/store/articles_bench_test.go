package store

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/yingda/yingda/kb"
)

// catalogue makes n articles of the length that shops write.
func catalogue(n, edition int) []kb.Article {
	articles := make([]kb.Article, n)
	for i := range articles {
		articles[i] = kb.Article{
			ID: fmt.Sprintf("art_%05d", i), Question: fmt.Sprintf("第%d款商品支持七天无理由退货吗", i), Category: "售后",
			Similar: []string{"能退吗", "不喜欢可以退不", "退货要什么条件"},
			Answer:  fmt.Sprintf("支持。签收后七天内、商品完好、吊牌齐全可以申请无理由退货，运费由买家承担；质量问题由我们承担来回运费。第 %d 次修订。", edition),
		}
	}
	return articles
}

// BenchmarkChangeArticles changes all of 10 000 and 50 000 articles at once:
// the time, and what one more edition of an article takes in the file.
func BenchmarkChangeArticles(b *testing.B) {
	for _, n := range []int{10_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "a.db")
			s, err := Open(b.Context(), Options{DSN: path, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			size := func() int64 {
				if _, err := s.writer.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
					b.Fatal(err)
				}
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				return info.Size()
			}
			put := func(edition int) {
				if _, _, err := s.ChangeArticles(b.Context(), "demo", kb.Change{Put: catalogue(n, edition)}); err != nil {
					b.Fatal(err)
				}
			}
			put(0)
			before, edition := size(), 0
			for b.Loop() {
				edition++
				put(edition)
			}
			b.ReportMetric(float64(size()-before)/float64(n*edition), "B/edition")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkArticlesAt reads 10 000 articles as the second of four revisions left them.
func BenchmarkArticlesAt(b *testing.B) {
	s, err := Open(b.Context(), Options{DSN: filepath.Join(b.TempDir(), "a.db"), Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	for edition := range 4 {
		if _, _, err := s.ChangeArticles(b.Context(), "demo", kb.Change{Put: catalogue(10_000, edition)}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if then, err := s.ArticlesAt(b.Context(), "demo", 2); err != nil || len(then) != 10_000 {
			b.Fatal(len(then), err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkLastRevision(b *testing.B) {
	s, err := Open(b.Context(), Options{DSN: filepath.Join(b.TempDir(), "a.db"), Relaxed: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := s.ChangeArticles(b.Context(), "demo", kb.Change{Put: catalogue(10, 0)}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if n, err := s.LastRevision(b.Context(), "demo"); err != nil || n != 1 {
			b.Fatal(n, err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
