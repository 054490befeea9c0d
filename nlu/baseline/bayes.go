package baseline

import (
	"math"
	"math/rand/v2"

	"github.com/yingda/yingda/nlu"
)

// smoothing is added to every count of a gram in a class (Lidstone).
const smoothing = 0.1

// heldOut is the share of examples, one in so many, that the temperature is
// fitted on; the model is then trained on all.
const heldOut = 5

// Bayes is multinomial naive Bayes over the distinct character grams of a
// text (McCallum and Nigam, "A Comparison of Event Models for Naive Bayes Text
// Classification", 1998), with the temperature of its probabilities fitted on
// held-out examples: grams of one text are anything but independent. Grams
// that no example had say nothing.
type Bayes struct {
	labels      []string
	prior       []float64 // log P(class)
	absent      []float64 // log P(gram | class) of a gram that the class never had
	postings    map[string][]posting
	temperature float64
}

// posting is by how much a gram is likelier in a class that had it.
type posting struct {
	class int
	more  float64
}

var _ nlu.Classifier = (*Bayes)(nil)

// TrainBayes counts grams and fits the temperature. Fewer than two labels is
// fault.Invalid. The same examples in the same order give the same model.
func TrainBayes(examples []Example) (*Bayes, error) {
	labels, _, err := count(examples)
	if err != nil {
		return nil, err
	}
	var train, held []Example
	for i, at := range rand.New(rand.NewPCG(1, 0)).Perm(len(examples)) {
		if i%heldOut == heldOut-1 {
			held = append(held, examples[at])
		} else {
			train = append(train, examples[at])
		}
	}
	temperature := fit(labels, train).calibrate(held)
	b := fit(labels, examples)
	b.temperature = temperature
	return b, nil
}

// fit counts the grams of examples, whose labels are among labels.
func fit(labels []string, examples []Example) *Bayes {
	index := make(map[string]int, len(labels))
	for i, l := range labels {
		index[l] = i
	}
	b := &Bayes{labels: labels, postings: map[string][]posting{}, temperature: 1}
	texts, total := make([]float64, len(labels)), make([]float64, len(labels))
	for _, e := range examples {
		class := index[e.Label]
		texts[class]++
		grams(e.Text, func(g string) {
			total[class]++
			list := b.postings[g]
			for i := range list {
				if list[i].class == class {
					list[i].more++
					return
				}
			}
			b.postings[g] = append(list, posting{class, 1})
		})
	}
	for class := range labels {
		b.prior = append(b.prior, math.Log((texts[class]+smoothing)/(float64(len(examples))+smoothing*float64(len(labels)))))
		b.absent = append(b.absent, math.Log(smoothing)-math.Log(total[class]+smoothing*float64(len(b.postings)+1)))
	}
	for _, list := range b.postings {
		for i := range list {
			list[i].more = math.Log(list[i].more+smoothing) - math.Log(smoothing)
		}
	}
	return b
}

// Labels implements nlu.Classifier.
func (b *Bayes) Labels() []string { return b.labels }

// Probabilities implements nlu.Classifier; it never fails.
func (b *Bayes) Probabilities(dst []float64, in nlu.Input) ([]float64, error) {
	return softmax(dst, b.scores(in.Text), b.temperature), nil
}

// scores are the log likelihoods of the classes, up to a constant.
func (b *Bayes) scores(text string) []float64 {
	out := append([]float64(nil), b.prior...)
	known := 0.0
	grams(text, func(g string) {
		list, ok := b.postings[g]
		if !ok {
			return
		}
		known++
		for _, p := range list {
			out[p.class] += p.more
		}
	})
	for class := range out {
		out[class] += known * b.absent[class]
	}
	return out
}

// temperatures are those that calibrate tries: 1 to about 100, each a tenth
// above the one before.
var temperatures = func() (out []float64) {
	for t := 1.0; t < 100; t *= 1.1 {
		out = append(out, t)
	}
	return out
}()

// calibrate returns the temperature with the least log loss on held; 1 without
// any example.
func (b *Bayes) calibrate(held []Example) float64 {
	index := make(map[string]int, len(b.labels))
	for i, l := range b.labels {
		index[l] = i
	}
	scores := make([][]float64, len(held))
	for i, e := range held {
		scores[i] = b.scores(e.Text)
	}
	best, least := 1.0, math.Inf(1)
	var buf []float64
	for _, t := range temperatures {
		loss := 0.0
		for i, e := range held {
			buf = softmax(buf[:0], scores[i], t)
			loss -= math.Log(max(buf[index[e.Label]], 1e-12))
		}
		if loss < least {
			best, least = t, loss
		}
	}
	return best
}

// softmax appends softmax(scores/t) to dst.
func softmax(dst, scores []float64, t float64) []float64 {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	from, sum := len(dst), 0.0
	for _, s := range scores {
		e := math.Exp((s - top) / t)
		dst = append(dst, e)
		sum += e
	}
	for i := from; i < len(dst); i++ {
		dst[i] /= sum
	}
	return dst
}
