package eval

import (
	"cmp"
	"math"
	"slices"
)

// Guess is one article in an answer, with its score.
type Guess struct {
	ID    string
	Score float64
}

// Figures are what is measured of one way to search.
type Figures struct {
	Questions  int `json:"questions"`
	Answerable int `json:"answerable"`
	// Top1 and Top3 are shares of the answerable questions with a right
	// article first, or among the first three.
	Top1 float64 `json:"top1"`
	Top3 float64 `json:"top3"`
	// MRR is the mean of 1/rank of the first right article; 0 where none came.
	MRR float64 `json:"mrr"`
	// AUC is the probability that an answerable question's best score is
	// above that of one the knowledge base does not answer; 0 without both.
	AUC float64 `json:"auc"`
	// Coverage90 and Coverage95 are the shares of the answerable questions
	// that get a right first answer when the threshold is the lowest at which
	// 90 % or 95 % of all first answers above it are right.
	Coverage90 float64 `json:"coverage90"`
	Coverage95 float64 `json:"coverage95"`
	// ECE is the expected calibration error of the best score as the
	// probability that the first article is right, over ten bins of equal
	// size; meaningless for scores that are no probabilities.
	ECE float64 `json:"ece"`
}

// Measure computes the figures. guesses[i] answer questions[i], best first.
func Measure(questions []Question, guesses [][]Guess) Figures {
	f := Figures{Questions: len(questions)}
	firsts := make([]First, len(questions))
	var with, without []float64
	for i, q := range questions {
		if len(guesses[i]) > 0 {
			firsts[i] = First{guesses[i][0].Score, slices.Contains(q.Right, guesses[i][0].ID)}
		} else {
			firsts[i].Score = math.Inf(-1)
		}
		if len(q.Right) == 0 {
			without = append(without, firsts[i].Score)
			continue
		}
		with = append(with, firsts[i].Score)
		f.Answerable++
		for rank, g := range guesses[i] {
			if slices.Contains(q.Right, g.ID) {
				f.MRR += 1 / float64(rank+1)
				if rank == 0 {
					f.Top1++
				}
				if rank < 3 {
					f.Top3++
				}
				break
			}
		}
	}
	n := max(1, float64(f.Answerable))
	f.Top1, f.Top3, f.MRR = f.Top1/n, f.Top3/n, f.MRR/n
	f.AUC = AUC(with, without)
	f.Coverage90, _ = Coverage(firsts, f.Answerable, 0.90)
	f.Coverage95, _ = Coverage(firsts, f.Answerable, 0.95)
	f.ECE = calibrationError(firsts, 10)
	return f
}

// First is the score of a first answer and whether it was right.
type First struct {
	Score float64
	Right bool
}

// Coverage returns the share of answerable questions with a right first answer
// at or above the lowest threshold where the precision of first answers is at
// least precision, and that threshold; 0 and +Inf when there is none.
func Coverage(firsts []First, answerable int, precision float64) (share, threshold float64) {
	sorted := slices.Clone(firsts)
	slices.SortFunc(sorted, func(a, b First) int { return cmp.Compare(b.Score, a.Score) })
	threshold = math.Inf(1)
	right := 0
	for i, f := range sorted {
		if f.Right {
			right++
		}
		if i+1 < len(sorted) && sorted[i+1].Score == f.Score {
			continue // a threshold cannot part equal scores
		}
		if float64(right) >= precision*float64(i+1) && right > 0 && !math.IsInf(f.Score, -1) {
			share, threshold = float64(right)/max(1, float64(answerable)), f.Score
		}
	}
	return share, threshold
}

// AUC is the area under the ROC curve, the probability that a positive score
// lies above a negative one; ties count half. Without scores of both kinds it is 0.
func AUC(positive, negative []float64) float64 {
	if len(positive) == 0 || len(negative) == 0 {
		return 0
	}
	negative = slices.Sorted(slices.Values(negative))
	sum := 0.0
	for _, p := range positive {
		below, _ := slices.BinarySearch(negative, p)
		same := below
		for same < len(negative) && negative[same] == p {
			same++
		}
		sum += float64(below) + float64(same-below)/2
	}
	return sum / float64(len(positive)) / float64(len(negative))
}

func calibrationError(firsts []First, bins int) float64 {
	sorted := slices.Clone(firsts)
	slices.SortFunc(sorted, func(a, b First) int { return cmp.Compare(a.Score, b.Score) })
	sum := 0.0
	for b := range bins {
		part := sorted[b*len(sorted)/bins : (b+1)*len(sorted)/bins]
		score, right := 0.0, 0.0
		for _, f := range part {
			score += max(0, f.Score)
			if f.Right {
				right++
			}
		}
		sum += math.Abs(score - right)
	}
	return sum / max(1, float64(len(sorted)))
}
