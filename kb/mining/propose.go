package mining

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/vector"
)

// ProposalKind says what a proposal would change.
type ProposalKind string

// The kinds.
const (
	NewArticle  ProposalKind = "article"     // the base has none
	NewPhrasing ProposalKind = "phrasing"    // the base answers it, but is not worded like it
	Contradicts ProposalKind = "contradicts" // agents say something else than the article
)

// Proposal is what a trainer may make of what agents answered. All texts are masked.
type Proposal struct {
	Kind     ProposalKind `json:"kind" enum:"article,phrasing,contradicts"`
	Question string       `json:"question"`
	Similar  []string     `json:"similar,omitempty"`
	Answer   string       `json:"answer"`
	// Article is the nearest article, empty when there is none; a phrasing is
	// of it, a contradiction with it.
	Article         string   `json:"article,omitempty"`
	ArticleQuestion string   `json:"article_question,omitempty"`
	ArticleAnswer   string   `json:"article_answer,omitempty"`
	Rank            float64  `json:"rank" doc:"frequency × resolution × novelty × quality"`
	Evidence        Evidence `json:"evidence"`
	// Embedding is the question's.
	Embedding []float32 `json:"-"`
}

// Evidence is why a proposal is made.
type Evidence struct {
	Count     int `json:"count" doc:"how often it was asked and answered"`
	Questions int `json:"questions" doc:"different wordings"`
	// Resolution is the mean of how well the answers served, 0 to 1.
	Resolution float64 `json:"resolution"`
	// Agreement is the share of the proposed answer among all that were given.
	Agreement float64   `json:"agreement"`
	Others    []Other   `json:"others,omitempty" doc:"other answers that were given"`
	Examples  []Example `json:"examples" nullable:"false"`
	Trend
	Intent string `json:"intent,omitempty"`
	// Probability is the base's, that the nearest article answers the question.
	Probability float64 `json:"probability"`
	// Reason says in Chinese why it is of its kind.
	Reason string `json:"reason"`
}

// Other is another answer that was given to the same question.
type Other struct {
	Answer string `json:"answer"`
	Count  int    `json:"count"`
}

// Example is a masked pair.
type Example struct {
	Question string    `json:"question"`
	Answer   string    `json:"answer,omitempty"`
	At       time.Time `json:"at,omitzero"`
}

// Trend counts the last seven days and the seven before; undated ones count in neither.
type Trend struct {
	ThisWeek int `json:"this_week"`
	LastWeek int `json:"last_week"`
}

func (t *Trend) count(now, at time.Time) {
	switch age := now.Sub(at); {
	case at.IsZero() || age < 0:
	case age < 7*24*time.Hour:
		t.ThisWeek++
	case age < 14*24*time.Hour:
		t.LastWeek++
	}
}

// Propose groups what was added and compares it with the base. The proposals
// come best first, at most Limits.Proposals.
func (m *Miner) Propose(ctx context.Context) ([]Proposal, Stats, error) {
	stats := m.Stats()
	groups, err := m.groups(ctx)
	if err != nil {
		return nil, stats, err
	}
	stats.Groups = len(groups)
	canned, pairs := m.canned()
	stats.Canned = pairs
	// What is rare is at the end; a base of a million articles needs no look at
	// more groups than a trainer could ever read.
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.count, a.count) })
	groups = groups[:min(len(groups), 10*m.o.Limits.Proposals)]
	var out []Proposal
	for i, g := range groups {
		m.tell(0.4 + 0.6*float64(i)/float64(len(groups)))
		if g.count < m.o.Limits.Count {
			break
		}
		v, ok, err := m.answers(ctx, g, canned)
		if err != nil {
			return nil, stats, err
		}
		if !ok || v.count < m.o.Limits.Count {
			continue
		}
		p := m.draft(g, v)
		covered, err := m.compare(ctx, &p, v)
		if err != nil {
			return nil, stats, err
		}
		if covered {
			stats.Covered++
			continue
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Proposal) int { return cmp.Compare(b.Rank, a.Rank) })
	m.tell(1)
	return out[:min(len(out), m.o.Limits.Proposals)], stats, nil
}

// mostSimilar bounds the wordings of a proposal, mostExamples its examples.
const (
	mostSimilar  = 8
	mostExamples = 5
)

// draft is a group as a proposal that was not compared with the base.
func (m *Miner) draft(g group, v view) Proposal {
	medoid, wordings := m.wordings(g)
	p := Proposal{
		Kind: NewArticle, Question: Tidy(m.items[medoid].text), Answer: tidy(v.best.text), Embedding: m.items[medoid].vector.unpack(),
		Evidence: Evidence{
			Count: v.count, Questions: len(g.items), Resolution: v.resolution, Agreement: math.Min(1, v.share),
			Intent: m.items[medoid].intent, Examples: []Example{},
		},
	}
	seen := map[string]bool{fold(p.Question): true}
	for _, i := range wordings {
		if t := Tidy(m.items[i].text); !seen[fold(t)] && len(p.Similar) < mostSimilar {
			seen[fold(t)] = true
			p.Similar = append(p.Similar, t)
		}
	}
	for _, o := range v.others[:min(len(v.others), 4)] {
		p.Evidence.Others = append(p.Evidence.Others, Other{tidy(o.text), o.count})
	}
	for _, i := range g.items {
		for n, a := range m.items[i].pairs {
			p.Evidence.Trend.count(m.o.Now, a.at)
			if n == 0 && len(p.Evidence.Examples) < mostExamples {
				p.Evidence.Examples = append(p.Evidence.Examples, Example{m.items[i].text, a.answer, a.at})
			}
		}
	}
	return p
}

// wordings returns the group's medoid and its other questions, the nearest to
// the centre first. Short wordings in the form of a question are preferred.
func (m *Miner) wordings(g group) (medoid int, rest []int) {
	score := func(i int) float64 {
		it := m.items[i]
		s := it.vector.dot(g.centroid)
		if !isAsking(it.text) {
			s -= 0.1
		}
		if n := runes(it.text); n > 20 {
			s -= 0.004 * float64(n-20)
		}
		if masked(it.text) > 0 {
			s -= 0.2
		}
		return s + 0.02*math.Log(float64(len(it.pairs)))
	}
	order := slices.Clone(g.items)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(score(b), score(a)) })
	return order[0], order[1:]
}

var greetings = regexp.MustCompile(`^(?:是啊|是的|对的?|吧|那么?|了|额|唉|亲爱[哒的]|亲亲|亲|您好|你好|在吗|在不|请问(?:一?下)?|问(?:一?下)|老板|客服|掌柜|那个|哦|嗯+|恩+|好的?|谢谢|[,，。.~!！ ])+`)

// Tidy takes greetings off the beginning of a question.
func Tidy(question string) string {
	t := strings.TrimSpace(question)
	if rest := strings.TrimSpace(greetings.ReplaceAllString(t, "")); runes(core(rest)) >= minQuestion {
		return rest
	}
	return t
}

// How an answer of agents is judged to be, or not to be, what the article says.
const (
	// agreeing is the cosine from which an answer says what the article says.
	agreeing = 0.45
	// apart is the cosine under which two answers speak of different things.
	apart = 0.2
	// likely is the probability from which an article is taken to be the one
	// whatever agents answered.
	likely = 0.6
	// known is the cosine with a wording from which a question is worded alike.
	known = 0.88
)

// sums are the numbers of a question; too many of them are bargaining over one cart.
var sums = regexp.MustCompile(`\d+|[一二两三四五六七八九十百]{2,}`)

// comparing are questions whether something unnamed is like another.
var comparing = regexp.MustCompile(`^.{0,6}不?一样[吗么的呀啊]*$|^.{0,3}(?:多少钱|价格多少|多少|原价.{0,3}|什么价格?)[呀啊呢的]*$`)

// aboutNothing lowers the rank of questions without a subject of their own.
func aboutNothing(question string) float64 {
	f := fold(question)
	worth := 1.0
	if comparing.MatchString(f) {
		worth = 0.2
	}
	if n := runes(strings.Join(sums.FindAllString(f, -1), "")); 5*n >= runes(f) {
		worth *= 0.3
	}
	return worth
}

// compare decides a proposal's kind and rank by what the base has; covered is
// true when it has all of it already.
func (m *Miner) compare(ctx context.Context, p *Proposal, v view) (covered bool, err error) {
	e := p.Evidence
	frequency := e.Resolution * math.Pow(float64(e.Count), 0.8) * aboutNothing(p.Question)
	// A new answer is worth what agents agree on; new wordings hardly depend on it.
	wording := frequency * math.Sqrt(e.Agreement)
	p.Rank = frequency * math.Sqrt(informative(v.best.text)) * math.Pow(e.Agreement, 1.5)
	if n := runes(p.Question); n > 24 {
		p.Rank *= 24 * 24 / float64(n*n) // a story, not a question
	}
	if p.Evidence.Questions == 1 {
		p.Rank *= 0.6 // one wording, perhaps one customer
	}
	if own[e.Intent] {
		p.Rank *= 0.5
	}
	wording *= 0.3 // and a wording changes less than an article
	p.Evidence.Reason = "知识库里没有这个问题"
	if m.o.Search == nil {
		return false, nil
	}
	r, err := m.o.Read(ctx, p.Question)
	if err != nil {
		return false, err
	}
	hits, err := m.o.Search(ctx, p.Question, r)
	if err != nil || len(hits) == 0 {
		return false, err
	}
	hit := hits[0]
	p.Article, p.ArticleQuestion, p.ArticleAnswer = hit.Article.ID, hit.Article.Question, hit.Article.Answer
	p.Evidence.Probability = hit.Score
	if hit.Band == kb.Abstain {
		p.Rank *= 1 - hit.Score
		return false, nil
	}
	said, err := m.o.Embed(ctx, hit.Article.Answer)
	if err != nil {
		return false, err
	}
	cosine := float64(vector.Dot(said, v.best.vector))
	how := clash(p.Question, v.best.text, hit.Article.Answer)
	sure := p.Evidence.Agreement >= 0.35 && !isPlain(v.best.text) || p.Evidence.Agreement >= 0.6
	switch {
	case how != "" && hit.Band == kb.Answer && sure:
		p.Kind, p.Evidence.Reason = Contradicts, "人工回复与现有答案不同："+how
	case how == "" && hit.Band == kb.Answer && cosine < apart && sure && !isPlain(v.best.text):
		p.Kind, p.Evidence.Reason = Contradicts, "人工回复与现有答案说的不是一回事"
	case hit.Band == kb.Answer && hit.Cosine >= known:
		return true, nil
	case hit.Band == kb.Answer:
		p.Kind, p.Evidence.Reason = NewPhrasing, "现有条目能回答，但没有接近的问法"
		p.Rank = wording * (1 - 0.5*hit.Cosine)
	case how == "" && hit.Cosine < known && (hit.Score >= likely || cosine >= agreeing):
		p.Kind, p.Evidence.Reason = NewPhrasing, "最接近的条目很可能就是答案，但机器人没有把握"
		p.Rank = wording * hit.Score
	default:
		p.Evidence.Reason = "最接近的条目没有回答这个问题"
		p.Rank *= 1 - 0.5*hit.Score
	}
	return false, nil
}
