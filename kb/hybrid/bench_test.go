package hybrid_test

import (
	"fmt"
	"testing"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/indextest"
	"github.com/yingda/yingda/kb/vector"

	"math/rand/v2"
)

// BenchmarkSearch measures a whole search over articles of five wordings and
// an answer, with vectors of 512 values and an adapter.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{200, 2000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			const dim = 512
			r := rand.New(rand.NewPCG(1, 1))
			rows := make([]float32, dim*dim)
			for i := range dim {
				rows[i*(dim+1)] = 1
			}
			a, err := hybrid.NewAdapter(dim, rows)
			if err != nil {
				b.Fatal(err)
			}
			m := model(plain)
			m.Adapter = a
			x, err := hybrid.New(m, hybrid.Options{Vectors: vector.New(dim, vector.Options{}), Encoder: "test-encoder"})
			if err != nil {
				b.Fatal(err)
			}
			text := func(i int) string {
				return fmt.Sprintf("第%d个商品的%d号问题怎么办理退货", i, i*7919%1000)
			}
			phrase := func(i int) kb.Phrase {
				return kb.Phrase{Embedding: indextest.Random(r, dim), Terms: phraser.Terms(text(i))}
			}
			var entries []hybrid.Entry
			for i := range n {
				e := hybrid.Entry{Article: kb.Article{ID: fmt.Sprint(i), Question: text(6 * i), Answer: text(6*i + 5)}}
				for j := range 5 {
					if j > 0 {
						e.Article.Similar = append(e.Article.Similar, text(6*i+j))
					}
					e.Wordings = append(e.Wordings, phrase(6*i+j))
				}
				p := phrase(6*i + 5)
				e.Answer = &p
				entries = append(entries, e)
			}
			if err := x.Put(b.Context(), "s", entries); err != nil {
				b.Fatal(err)
			}
			q := kb.Query{Bot: "s", Text: "我想问问商品怎么办退货", EncoderID: "test-encoder", Terms: phraser.Terms("我想问问商品怎么办退货"), Embedding: indextest.Random(r, dim)}
			for b.Loop() {
				if _, err := x.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAdapter(b *testing.B) {
	const dim = 512
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]float32, 0, dim*dim)
	for range dim {
		rows = append(rows, indextest.Random(r, dim)...)
	}
	a, err := hybrid.NewAdapter(dim, rows)
	if err != nil {
		b.Fatal(err)
	}
	v := indextest.Random(r, dim)
	for b.Loop() {
		if _, err := a.Apply(v); err != nil {
			b.Fatal(err)
		}
	}
}
