package hybrid

// Feature is a place in a candidate's row of features.
type Feature int

// The features, all of one article against one query. "Answer" features read
// the article's answer; an article without one gets the wording feature in
// their place, so that it is neither favoured nor punished. Those from Joined
// on are 0 unless the query follows something (see Options.Context).
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
	CosineSquare                 // Cosine²
	CosineProduct                // Cosine · CosineAnswer
	Cover                        // share of the query's grams, by idf, that the wordings and the answer hold together
	Repeat                       // how far Grams is above 0.6, else 0: the query nearly repeats a wording
	EntityAgree                  // share of the query's entities that the article names
	EntityClash                  // share of the query's entities of whose type the article names only other ones
	CategoryShare                // share of the nearest other articles, by Cosine, that are of its category
	Joined                       // Cosine for the query joined with what it follows, less the candidates' best
	Alone                        // Cosine less the candidates' best, where the query follows something
	OnTopic                      // 1 for the article that the conversation is about
	TopicCategory                // 1 for the other articles of its category

	// NumFeatures is the length of a row.
	NumFeatures int = iota
)

// featureNames are the names in model files, by Feature.
var featureNames = [NumFeatures]string{
	"cosine", "cosine_mean", "cosine_answer",
	"adapted", "adapted_mean", "adapted_answer",
	"words", "words_answer", "grams", "grams_answer", "near",
	"cosine_square", "cosine_product", "cover", "repeat",
	"entity_agree", "entity_clash", "category_share",
	"joined", "alone", "on_topic", "topic_category",
}

// Where the features that begin somewhere begin.
const (
	nearFrom   = 0.7
	repeatFrom = 0.6
)

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

// The features of the outside choice. "Best" is the highest value of a
// candidate feature in the pool.
const (
	Bare       NoneFeature = iota // 1 when the query is nothing but stop words, else 0
	Short                         // 1/√(1+n), where n is the number of letters and digits
	Nearest                       // best Cosine
	Lead                          // best Cosine less the second
	LeadTen                       // best Cosine less the mean of the next nine
	Background                    // mean of the eleventh to twentieth Cosine
	Spread                        // standard deviation of the first twenty
	BestWords                     // best Words
	BestGrams                     // best Grams
	BestAnswer                    // best GramsAnswer
	BestCover                     // best Cover
	Idle                          // Query.Idle
	Specific                      // Query.Specific
	Follows                       // 1 when the query was joined with what it follows
	BestJoined                    // best cosine of the joined query less 0.6, else 0 as Follows
	AsksHow                       // from here: 1 when the query has a word of the kind
	AsksWhen
	AsksMuch
	AsksWhether
	AsksWhy
	AsksWhat
	AsksWho
	Negates

	// NumNoneFeatures is the length of a NoneRow.
	NumNoneFeatures int = iota
)

// noneNames are the names in model files, by NoneFeature.
var noneNames = [NumNoneFeatures]string{
	"bare", "short", "nearest", "lead", "lead_ten", "background", "spread",
	"best_words", "best_grams", "best_answer", "best_cover", "idle", "specific", "follows", "best_joined",
	"asks_how", "asks_when", "asks_much", "asks_whether", "asks_why", "asks_what", "asks_who", "negates",
}

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
	// Followed is what the query was joined with, or empty.
	Followed string
	// words are the lexical scores of the candidates, for explanation.
	words wordScores
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
	// Prior is the log odds of the article by its use, unbounded.
	Prior float64
	Row   Row

	entry *entry
}
