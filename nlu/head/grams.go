package head

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	longestGram = 4
	// readRunes bounds what is read of a text: intents stand at its beginning.
	readRunes = 256
	// smoothing is added to every count; small, because a gram that one class
	// never used says much in short messages. 0.05 was best of 0.02 to 1 on
	// three open taxonomies.
	smoothing = 0.05
)

// fold is how texts are compared: NFKC, lower case, digits alike, blanks
// joined, with marks at both ends.
func fold(text string) []rune {
	text = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, "\uFFFD")))
	out := append(make([]rune, 0, len(text)/2+2), '\x02')
	for _, r := range text {
		if len(out) > readRunes {
			break
		}
		switch {
		case unicode.IsDigit(r):
			r = '0'
		case unicode.IsSpace(r):
			if r = ' '; out[len(out)-1] == ' ' {
				continue
			}
		}
		out = append(out, r)
	}
	return append(out, '\x03')
}

// gramsOf returns the hashes of the distinct grams of text, in order.
func gramsOf(text string) []uint64 {
	runes := fold(text)
	out := make([]uint64, 0, longestGram*len(runes))
	for i := range runes {
		h := uint64(14695981039346656037)
		for j := i; j < min(i+longestGram, len(runes)); j++ {
			h = (h ^ uint64(runes[j])) * 1099511628211
			out = append(out, mix(h))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mix spreads a hash over all bits (the finaliser of SplitMix64).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// grams is naive Bayes over character grams:
//
//	g(text)_c = Σ log((n_gc + α)/(N_c + αV)) / √k
//
// over the k grams of the text that training saw. The sum over classes that
// never used a gram is shared, so that a text costs its grams' non-zero counts.
type grams struct {
	slope  float64  // multiplies the scores
	hashes []uint64 // sorted
	starts []uint32 // of each hash's counts; one more at the end
	class  []uint16
	count  []float32 // above 0
	totals []float64 // of each class

	// Derived by prepare.
	reach []uint32 // first hash of each prefix of 16 bits; one more at the end
	gain  []float32
	base  []float64
}

// countGrams counts the grams of texts; targets are rows × classes, shares of
// each class. It also returns the grams of each text.
func countGrams(texts []string, targets Matrix, weights []float32) (*grams, [][]uint64) {
	type cell struct {
		hash  uint64
		class uint16
		n     float32
	}
	g := &grams{slope: 1, totals: make([]float64, targets.Cols)}
	own := make([][]uint64, len(texts))
	var cells []cell
	for i, text := range texts {
		own[i] = gramsOf(text)
		for c, share := range targets.Row(i) {
			if share <= 0 {
				continue
			}
			n := share * weights[i]
			g.totals[c] += float64(n) * float64(len(own[i]))
			for _, h := range own[i] {
				cells = append(cells, cell{h, uint16(c), n})
			}
		}
	}
	slices.SortStableFunc(cells, func(a, b cell) int {
		switch {
		case a.hash < b.hash:
			return -1
		case a.hash > b.hash:
			return 1
		}
		return int(a.class) - int(b.class)
	})
	for i, c := range cells {
		switch {
		case i == 0 || c.hash != cells[i-1].hash:
			g.hashes = append(g.hashes, c.hash)
			g.starts = append(g.starts, uint32(len(g.class)))
		case c.class == g.class[len(g.class)-1]:
			g.count[len(g.count)-1] += c.n
			continue
		}
		g.class, g.count = append(g.class, c.class), append(g.count, c.n)
	}
	g.starts = append(g.starts, uint32(len(g.class)))
	g.prepare()
	return g, own
}

// prepare fills the derived tables.
func (g *grams) prepare() {
	g.reach = make([]uint32, 1<<16+1)
	at := 0
	for p := range 1 << 16 {
		for at < len(g.hashes) && g.hashes[at]>>48 < uint64(p) {
			at++
		}
		g.reach[p] = uint32(at)
	}
	g.reach[1<<16] = uint32(len(g.hashes))
	g.gain = make([]float32, len(g.count))
	for i, n := range g.count {
		g.gain[i] = float32(math.Log1p(float64(n) / smoothing))
	}
	g.base = make([]float64, len(g.totals))
	for c, n := range g.totals {
		g.base[c] = math.Log(n + smoothing*float64(len(g.hashes)))
	}
}

// find returns the counts of a gram as a range of class and count.
func (g *grams) find(hash uint64) (from, to uint32) {
	p := hash >> 48
	a, b := g.reach[p], g.reach[p+1]
	if at, ok := slices.BinarySearch(g.hashes[a:b], hash); ok {
		return g.starts[a+uint32(at)], g.starts[a+uint32(at)+1]
	}
	return 0, 0
}

// add adds the scores of text to logits.
func (g *grams) add(logits []float32, text string) {
	sums := make([]float64, len(g.totals))
	known := 0
	for _, h := range gramsOf(text) {
		from, to := g.find(h)
		if from == to {
			continue
		}
		known++
		for i := from; i < to; i++ {
			sums[g.class[i]] += float64(g.gain[i])
		}
	}
	if known == 0 {
		return
	}
	k := float64(known)
	for c := range logits {
		logits[c] += float32(g.slope * (sums[c] - k*g.base[c]) / math.Sqrt(k))
	}
}

// leftOut returns the scores of a counted text with its own counts taken away.
func (g *grams) leftOut(own []uint64, share []float32, weight float32) []float32 {
	sums := make([]float64, len(g.totals))
	known := 0
	for _, h := range own {
		from, to := g.find(h)
		left := false
		for i := from; i < to; i++ {
			n := g.count[i] - share[g.class[i]]*weight
			if n <= 1e-6*weight {
				continue
			}
			left = true
			sums[g.class[i]] += math.Log1p(float64(n) / smoothing)
		}
		if left {
			known++
		}
	}
	out := make([]float32, len(sums))
	if known == 0 {
		return out
	}
	k := float64(known)
	for c := range out {
		total := max(0, g.totals[c]-float64(share[c]*weight)*float64(len(own)))
		out[c] = float32((sums[c] - k*math.Log(total+smoothing*float64(len(g.hashes)))) / math.Sqrt(k))
	}
	return out
}
