package script

import (
	"context"
	_ "embed" // the keyword table
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

//go:embed keywords.yaml
var keywordsSource []byte

// The bands of scripted scores.
const (
	answerFrom  = 0.8
	suggestFrom = 0.4
)

// keyword is one line of keywords.yaml.
type keyword struct {
	Intent    string   `yaml:"intent"`
	Patterns  []string `yaml:"patterns"`
	Sentiment string   `yaml:"sentiment"`
	compiled  []*regexp.Regexp
}

var keywords = sync.OnceValues(func() ([]keyword, error) {
	var list []keyword
	if err := yaml.UnmarshalWithOptions(keywordsSource, &list, yaml.Strict()); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "keywords.yaml cannot be read")
	}
	for i := range list {
		for _, p := range list[i].Patterns {
			re, err := regexp.Compile(p)
			if err != nil {
				return nil, fault.Wrap(err, fault.Internal, "keywords.yaml: %q is not a regular expression", p)
			}
			list[i].compiled = append(list[i].compiled, re)
		}
	}
	return list, nil
})

// understanding stands in for the models: it reads messages as the script
// says, and others by a short table of keywords. It is deterministic.
type understanding struct {
	mu        sync.Mutex
	said      map[string]nlu.Result // by the folded message
	risks     map[string]float64    // of a conversation, by its folded last message
	hits      map[string][]scriptedHit
	articles  map[string]kb.Article
	nluDown   bool
	kbDown    bool
	extractor nlu.EntityExtractor
	real      dialog.Analyzer
	search    dialog.Retriever
}

type scriptedHit struct {
	article string
	score   float64
}

var (
	_ dialog.Analyzer  = (*understanding)(nil)
	_ dialog.Retriever = (*understanding)(nil)
)

var errDown = fault.New(fault.Unavailable, "the script has taken this part down")

// Analyze reads a message.
func (u *understanding) Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.nluDown {
		return nlu.Result{}, errDown
	}
	if u.real != nil {
		return u.real.Analyze(ctx, req)
	}
	res, ok := u.said[dialog.FoldText(req.Text)]
	if !ok {
		var err error
		if res, err = byKeyword(req.Text); err != nil {
			return nlu.Result{}, err
		}
	}
	res.Text = req.Text
	res.Intents = []nlu.Intent{res.Intent}
	res.Entities = []nlu.Entity{}
	if u.extractor != nil {
		res.Entities = u.extractor.Extract(req.Text, req.Now)
	}
	return res, nil
}

// byKeyword is the first keyword that a message holds, else unclear at a
// confidence that starts nothing.
func byKeyword(text string) (nlu.Result, error) {
	list, err := keywords()
	if err != nil {
		return nlu.Result{}, err
	}
	folded := dialog.FoldText(text)
	for _, k := range list {
		if slices.ContainsFunc(k.compiled, func(re *regexp.Regexp) bool { return re.MatchString(folded) }) {
			return nlu.Result{Intent: nlu.Intent{Name: k.Intent, Confidence: 0.9}, Sentiment: feeling(k.Sentiment, 0.9)}, nil
		}
	}
	return nlu.Result{Intent: nlu.Intent{Name: "unclear", Confidence: 0.3}, Sentiment: feeling("", 0.8)}, nil
}

// feeling is a sentiment with the rest of the probability on neutral.
func feeling(label string, score float64) nlu.Sentiment {
	s := nlu.Sentiment{Label: label, Score: score}
	switch label {
	case nlu.Negative:
		s.Scores = nlu.SentimentScores{Negative: score, Neutral: 1 - score}
	case nlu.Positive:
		s.Scores = nlu.SentimentScores{Positive: score, Neutral: 1 - score}
	default:
		s.Label = nlu.Neutral
		s.Scores = nlu.SentimentScores{Neutral: score, Negative: 1 - score}
	}
	return s
}

// Search finds what the script says, and articles whose question is asked
// word for word.
func (u *understanding) Search(ctx context.Context, q kb.Query) ([]kb.Hit, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.kbDown {
		return nil, errDown
	}
	if u.search != nil {
		return u.search.Search(ctx, q)
	}
	folded := dialog.FoldText(q.Text)
	var hits []kb.Hit
	for _, h := range u.hits[folded] {
		hits = append(hits, hit(u.articles[h.article], h.score))
	}
	for id, a := range u.articles {
		exact := slices.ContainsFunc(a.Phrasings(), func(p string) bool { return dialog.FoldText(p) == folded })
		if exact && !slices.ContainsFunc(hits, func(h kb.Hit) bool { return h.Article.ID == id }) {
			hits = append(hits, hit(a, 0.98))
		}
	}
	slices.SortFunc(hits, func(a, b kb.Hit) int {
		if a.Score != b.Score {
			if a.Score > b.Score {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Article.ID, b.Article.ID)
	})
	return hits, nil
}

func hit(a kb.Article, score float64) kb.Hit {
	h := kb.Hit{Article: a, Phrase: a.Question, Score: score, Band: kb.Abstain}
	switch {
	case score >= answerFrom:
		h.Band = kb.Answer
	case score >= suggestFrom:
		h.Band = kb.Suggest
	}
	return h
}

// parseNLU reads "nlu down", "nlu up" and
// "nlu TEXT => INTENT CONF [LABEL [SCORE]] [| SIGNAL …]".
func parseNLU(rest string) (func(*session) error, error) {
	if rest == "down" || rest == "up" {
		return func(s *session) error {
			s.mind.set(&s.mind.nluDown, rest == "down")
			s.note("nlu %s", rest)
			return nil
		}, nil
	}
	text, means, ok := strings.Cut(rest, "=>")
	means, signals, _ := strings.Cut(means, "|")
	fields := strings.Fields(means)
	if !ok || strings.TrimSpace(text) == "" || len(fields) < 2 || len(fields) > 4 {
		return nil, invalid("write nlu TEXT => INTENT CONFIDENCE [negative|neutral|positive [SCORE]] [| SIGNAL …]")
	}
	confidence, err := probability(fields[1])
	if err != nil {
		return nil, err
	}
	res := nlu.Result{Intent: nlu.Intent{Name: fields[0], Confidence: confidence}, Sentiment: feeling("", 0.8)}
	if len(fields) > 2 {
		score := 0.95
		if len(fields) == 4 {
			if score, err = probability(fields[3]); err != nil {
				return nil, err
			}
		}
		if !slices.Contains([]string{nlu.Negative, nlu.Neutral, nlu.Positive}, fields[2]) {
			return nil, invalid("the sentiment is negative, neutral or positive, not %q", fields[2])
		}
		res.Sentiment = feeling(fields[2], score)
	}
	risk, err := readSignals(signals, unescape(strings.TrimSpace(text)), &res)
	if err != nil {
		return nil, err
	}
	key := dialog.FoldText(unescape(text))
	return func(s *session) error {
		s.mind.mu.Lock()
		defer s.mind.mu.Unlock()
		s.mind.said[key] = res
		if risk != nil {
			s.mind.risks[key] = *risk
		}
		return nil
	}, nil
}

// parseKB reads "kb down", "kb up" and "kb TEXT => ID SCORE[, ID SCORE…]".
func parseKB(rest string) (func(*session) error, error) {
	if rest == "down" || rest == "up" {
		return func(s *session) error { s.mind.set(&s.mind.kbDown, rest == "down"); s.note("kb %s", rest); return nil }, nil
	}
	text, means, ok := strings.Cut(rest, "=>")
	if !ok || strings.TrimSpace(text) == "" {
		return nil, invalid("write kb TEXT => ARTICLE SCORE, ARTICLE SCORE …")
	}
	var hits []scriptedHit
	for part := range strings.SplitSeq(means, ",") {
		fields := strings.Fields(part)
		if len(fields) != 2 {
			return nil, invalid("write kb TEXT => ARTICLE SCORE, ARTICLE SCORE …")
		}
		score, err := probability(fields[1])
		if err != nil {
			return nil, err
		}
		hits = append(hits, scriptedHit{article: fields[0], score: score})
	}
	key := dialog.FoldText(unescape(text))
	return func(s *session) error {
		s.mind.mu.Lock()
		defer s.mind.mu.Unlock()
		for _, h := range hits {
			if _, ok := s.mind.articles[h.article]; !ok && s.mind.search == nil {
				return invalid("unknown article %q; write an article line for it first", h.article)
			}
		}
		s.mind.hits[key] = hits
		return nil
	}, nil
}

// parseArticle reads "article ID QUESTION => ANSWER".
func parseArticle(rest string) (func(*session) error, error) {
	id, text, _ := strings.Cut(rest, " ")
	question, answer, ok := strings.Cut(text, "=>")
	question, answer = strings.TrimSpace(question), strings.TrimSpace(answer)
	if !ok || id == "" || question == "" || answer == "" {
		return nil, invalid("write article ID QUESTION => ANSWER")
	}
	a := kb.Article{ID: id, Question: question, Answer: answer}
	return func(s *session) error {
		s.mind.mu.Lock()
		defer s.mind.mu.Unlock()
		s.mind.articles[id] = a
		return nil
	}, nil
}

func (u *understanding) set(flag *bool, v bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	*flag = v
}

func probability(text string) (float64, error) {
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return 0, invalid("%q is not a probability between 0 and 1", text)
	}
	return p, nil
}
