package hybrid

// Feature is a place in a candidate's row of features.
type Feature int

// The features, all of one article against one query. "Answer" features read
// the article's answer; an article without one gets the wording feature in
// their place, so that it is neither favoured nor punished.
const (
	Cosine        Feature = iota // cosine of the nearest wording
	CosineMean                   // mean cosine of the wordings
	CosineAnswer                 // cosine of the answer
	Adapted                      // as Cosine, for the adapted embedding
	AdaptedMean                  // as CosineMean, for the adapted embedding
	AdaptedAnswer                // as CosineAnswer, for the adapted embedding
	Words                        // BM25 of the best wording by words, as a share of the query's own score
	WordsAnswer                  // as Words, for the answer
	Grams                        // as Words, by characters and pairs of them
	GramsAnswer                  // as Grams, for the answer

	// NumFeatures is the length of a row.
	NumFeatures int = iota
)

// featureNames are the names in model files, by Feature.
var featureNames = [NumFeatures]string{
	"cosine", "cosine_mean", "cosine_answer",
	"adapted", "adapted_mean", "adapted_answer",
	"words", "words_answer", "grams", "grams_answer",
}

// String returns the feature's name in model files.
func (f Feature) String() string {
	if f < 0 || int(f) >= NumFeatures {
		return "unknown"
	}
	return featureNames[f]
}

// Row is the features of one candidate.
type Row [NumFeatures]float64

// Candidate is an article that may answer, before it is judged.
type Candidate struct {
	// ID is the article's.
	ID string
	// Wording is the number of the nearest wording.
	Wording int
	// Lexical is the raw BM25 score of the best wording by words.
	Lexical float64
	// Exact is true when a wording folds to the query.
	Exact bool
	Row   Row
}
