package intake

import (
	"context"
	"math"
	"slices"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/vector"
)

// Wordings of two articles whose embeddings have a cosine of nearCosine or
// more mean nearly the same. Comparing all pairs of 100 000 wordings would take
// an hour, so they are compared by signatures first: the signs of signatureBits
// random projections, of which two vectors at an angle θ differ in a share of
// θ/π (Charikar, Similarity estimation techniques from rounding algorithms,
// 2002). Wordings that agree in one of the bands of bandBits and differ in at
// most maxDiffering bits in all are then compared exactly. At a cosine of 0.95
// that finds 98 pairs of 100, at 0.97 all but one of a thousand.
const (
	nearCosine    = 0.95
	signatureBits = 384
	bandBits      = 16
	maxDiffering  = 60
	// A crowd of wordings in one bucket is compared with the next ones of it only.
	bucketNext = 64
	// A wording is reported with at most copiesOfOne others, a file with at
	// most maxCopies pairs, of at most maxCandidates that are compared exactly.
	copiesOfOne   = 2
	maxCopies     = 1000
	maxCandidates = 20_000
)

// wording is one wording of a row, or of an article of the base (row < 0).
type wording struct {
	owner int // rows by their index, articles after them
	row   int
	field int // of Phrasings
	text  string
}

// pair is two wordings that may be near, by their places in a list.
type pair struct{ a, b int }

// candidates returns the pairs whose signatures are near: of different owners,
// at least one of them a row's. cut is true when there were more than
// maxCandidates.
func candidates(words []wording, signs []signature) (out []pair, cut bool) {
	order := make([]int, len(words))
	seen := map[pair]bool{}
	count := make([]uint8, len(words))
	for band := range signatureBits / bandBits {
		sortByBand(order, signs, band)
		for i, a := range order {
			key := signs[a].band(band)
			for _, b := range order[i+1 : min(len(order), i+1+bucketNext)] {
				if signs[b].band(band) != key {
					break
				}
				p := pair{min(a, b), max(a, b)}
				if words[a].owner == words[b].owner || words[p.a].row < 0 || count[p.a] >= 4*copiesOfOne ||
					signs[a].differing(&signs[b]) > maxDiffering || seen[p] {
					continue
				}
				if len(out) == maxCandidates {
					return out, true
				}
				seen[p] = true
				count[p.a]++
				out = append(out, p)
			}
		}
	}
	return out, false
}

// sortByBand fills order with the places of signs, by their band and then by
// place: a counting sort.
func sortByBand(order []int, signs []signature, band int) {
	var starts [1<<bandBits + 1]int
	for i := range signs {
		starts[int(signs[i].band(band))+1]++
	}
	for i := range 1 << bandBits {
		starts[i+1] += starts[i]
	}
	for i := range signs {
		key := signs[i].band(band)
		order[starts[key]] = i
		starts[key]++
	}
}

// near finds the near copies among rows that would be written, and between
// them and the articles that stay. All texts of the rows are encoded, so that
// applying them need not.
func (s *Service) near(ctx context.Context, rows []Row, articles []kb.Article, how inspection) ([]Problem, error) {
	words, rest := wordings(rows, articles)
	signs, err := s.signatures(ctx, words, rest, how.tell)
	if err != nil {
		return nil, err
	}
	found, cut := candidates(words, signs)
	copies, err := s.exact(ctx, words, found)
	if err != nil {
		return nil, err
	}
	return nearProblems(words, rows, articles, copies, cut), nil
}

// signatures returns the wordings' signatures. It encodes the wordings of the
// rows, the rest, and what of the base was not signed before.
func (s *Service) signatures(ctx context.Context, words []wording, rest []string, tell func(done, total int)) ([]signature, error) {
	signs := make([]signature, len(words))
	texts := make([]string, 0, len(words)+len(rest))
	places := make([]int, 0, len(words))
	for i, w := range words {
		if known, ok := s.signed.get(w.text); ok && w.row < 0 {
			signs[i] = known
			continue
		}
		texts = append(texts, w.text)
		places = append(places, i)
	}
	texts = append(texts, rest...)
	var sign *signer
	tell(0, len(texts))
	err := s.o.Base.Embed(ctx, texts, func(i int, embedding []float32) error {
		if sign == nil {
			sign = newSigner(len(embedding))
		}
		if i < len(places) {
			signs[places[i]] = sign.sign(embedding)
			s.signed.put(texts[i], signs[places[i]])
		}
		if (i+1)%256 == 0 || i+1 == len(texts) {
			tell(i+1, len(texts))
		}
		return nil
	})
	return signs, err
}

// wordings lists the wordings of the rows that would be written, then of the
// articles that no row replaces; rest are the rows' other texts to encode.
func wordings(rows []Row, articles []kb.Article) (words []wording, rest []string) {
	written := make(map[string]bool, len(rows))
	for i, r := range rows {
		written[r.Article.ID] = true
		if r.Outcome == Unchanged {
			delete(written, r.Article.ID)
			continue
		}
		phrasings := r.Article.Phrasings()
		for f, p := range phrasings {
			words = append(words, wording{i, i, f, p})
		}
		rest = append(rest, hybrid.Texts(r.Article)[len(phrasings):]...)
	}
	if len(words) == 0 {
		return nil, rest
	}
	for i, a := range articles {
		if written[a.ID] {
			continue
		}
		for f, p := range a.Phrasings() {
			words = append(words, wording{len(rows) + i, -1, f, p})
		}
	}
	return words, rest
}

// closeness is a pair with its cosine.
type closeness struct {
	pair
	cosine float64
}

// exact keeps the pairs that are near by their embeddings, the nearest first.
func (s *Service) exact(ctx context.Context, words []wording, pairs []pair) ([]closeness, error) {
	var texts []string
	place := map[string]int{}
	for _, p := range pairs {
		for _, i := range []int{p.a, p.b} {
			if _, ok := place[words[i].text]; !ok {
				place[words[i].text] = len(texts)
				texts = append(texts, words[i].text)
			}
		}
	}
	embeddings := make([][]float32, len(texts))
	err := s.o.Base.Embed(ctx, texts, func(i int, e []float32) error {
		embeddings[i] = e
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []closeness
	for _, p := range pairs {
		c := float64(vector.Dot(embeddings[place[words[p.a].text]], embeddings[place[words[p.b].text]]))
		if c >= nearCosine {
			out = append(out, closeness{p, math.Min(c, 1)})
		}
	}
	slices.SortStableFunc(out, func(x, y closeness) int {
		switch {
		case x.cosine > y.cosine:
			return -1
		case x.cosine < y.cosine:
			return 1
		}
		return 0
	})
	return out, nil
}

// nearProblems words the copies. Wordings that are the same but for their
// punctuation were reported as such, and two articles are named once.
func nearProblems(words []wording, rows []Row, articles []kb.Article, copies []closeness, cut bool) []Problem {
	var out []Problem
	told := map[pair]bool{}
	count := map[int]int{}
	for _, c := range copies {
		a, b := words[c.a], words[c.b]
		owners := pair{a.owner, b.owner}
		if told[owners] || count[a.owner] >= copiesOfOne || hybrid.Fold(a.text) == hybrid.Fold(b.text) {
			continue
		}
		if len(out) == maxCopies {
			cut = true
			break
		}
		told[owners] = true
		count[a.owner]++
		out = append(out, nearProblem(rows, articles, a, b, c.cosine))
	}
	if cut {
		out = append(out, Problem{Problem: importer.Problem{
			Severity: importer.Warning, Code: TooManyCopies, Message: "意思几乎相同的问法太多，只列出了一部分", Mend: "先处理列出的，再检查一次",
		}})
	}
	return out
}

func nearProblem(rows []Row, articles []kb.Article, a, b wording, cosine float64) Problem {
	r := rows[a.row]
	var p Problem
	if b.row >= 0 {
		o := rows[b.row]
		p = r.problem(importer.Warning, wordingField(a.field), NearCopy, "“%s”和%s的“%s”意思几乎相同（相似度 %.2f）", clip(a.text), place(o.Sheet, o.Line, r.Sheet), clip(b.text), cosine)
		p.Other, p.OtherSheet, p.OtherLine = o.Article.ID, o.Sheet, o.Line
	} else {
		id := articles[b.owner-len(rows)].ID
		p = r.problem(importer.Warning, wordingField(a.field), NearCopy, "“%s”和知识库里的“%s”意思几乎相同（编号 %s，相似度 %.2f）", clip(a.text), clip(b.text), id, cosine)
		p.Other = id
	}
	p.Mend = "答案相同就合并成一条；答案不同就把两个问题写得更具体"
	return p
}
