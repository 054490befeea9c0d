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
	Near                         // how far Cosine is above 0.7, else 0: from there on wordings mean the same

	// NumFeatures is the length of a row.
	NumFeatures int = iota
)

// featureNames are the names in model files, by Feature.
var featureNames = [NumFeatures]string{
	"cosine", "cosine_mean", "cosine_answer",
	"adapted", "adapted_mean", "adapted_answer",
	"words", "words_answer", "grams", "grams_answer", "near",
}

// nearFrom is the cosine from which Near counts.
const nearFrom = 0.7

// String returns the feature's name in model files.
func (f Feature) String() string {
	if f < 0 || int(f) >= NumFeatures {
		return "unknown"
	}
	return featureNames[f]
}

// Row is the features of one candidate.
type Row [NumFeatures]float64

// NoneFeature is a place in what the outside choice "none of the candidates"
// reads of a query.
type NoneFeature int

// The features of the outside choice.
const (
	Bare    NoneFeature = iota // 1 when the query is nothing but stop words, else 0
	Short                      // 1/√(1+n), where n is the number of letters and digits
	Nearest                    // the highest Cosine of all candidates

	// NumNoneFeatures is the length of a NoneRow.
	NumNoneFeatures int = iota
)

// noneNames are the names in model files, by NoneFeature.
var noneNames = [NumNoneFeatures]string{"bare", "short", "nearest"}

// String returns the feature's name in model files.
func (f NoneFeature) String() string {
	if f < 0 || int(f) >= NumNoneFeatures {
		return "unknown"
	}
	return noneNames[f]
}

// NoneRow is what the outside choice reads of a query.
type NoneRow [NumNoneFeatures]float64

// Pool is what there is to judge of one query.
type Pool struct {
	Candidates []Candidate // by ID
	None       NoneRow
}

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
