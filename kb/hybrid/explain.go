package hybrid

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/yingda/yingda/kb"
)

// leastPart is the least effect of a feature that an explanation names, in log odds.
const leastPart = 0.005

// explain tells why the candidate at place i got its probability: each
// feature's effect against the mean of the candidates, since what all have in
// common decides nothing between them.
func (m *Model) explain(pool Pool, i int, logOdds float64, hit kb.Hit, t Thresholds) *kb.Why {
	c := pool.Candidates[i]
	why := &kb.Why{LogOdds: logOdds, Prior: m.Bounded(c.Prior), AnswerAt: t.Answer, SuggestAt: t.Suggest, Followed: pool.Followed}
	for f, w := range m.Weights {
		mean := 0.0
		for _, other := range pool.Candidates {
			mean += other.Row[f]
		}
		mean /= float64(len(pool.Candidates))
		if part := w.Weight * (c.Row[f] - mean) / w.Scale; math.Abs(part) >= leastPart {
			why.Parts = append(why.Parts, kb.Part{Feature: w.Feature, Value: c.Row[f], LogOdds: part})
		}
	}
	for f, w := range m.None.Weights {
		if part := -w.Weight * (pool.None[f] - w.Mean) / w.Scale; math.Abs(part) >= leastPart {
			why.Parts = append(why.Parts, kb.Part{Feature: "none_" + w.Feature, Value: pool.None[f], LogOdds: part})
		}
	}
	if c.Prior != 0 {
		why.Parts = append(why.Parts, kb.Part{Feature: "prior", Value: c.Prior, LogOdds: why.Prior})
	}
	slices.SortStableFunc(why.Parts, func(a, b kb.Part) int { return cmp.Compare(math.Abs(b.LogOdds), math.Abs(a.LogOdds)) })
	why.Terms = pool.words.matches(i)
	why.Text = words(c, hit, why, t)
	return why
}

// matches are the query's words that the wordings or the answer hold, rarest first.
func (w wordScores) matches(i int) []kb.Match {
	var out []kb.Match
	for t, term := range w.wordings.Terms {
		if w.wordings.Held(i, t) || w.answers.Held(i, t) {
			out = append(out, kb.Match{Term: term, IDF: w.wordings.IDF(t)})
		}
	}
	slices.SortStableFunc(out, func(a, b kb.Match) int { return cmp.Compare(b.IDF, a.IDF) })
	return out
}

// words says in Chinese why a hit stands where it stands.
func words(c Candidate, hit kb.Hit, why *kb.Why, t Thresholds) string {
	var say []string
	add := func(format string, args ...any) { say = append(say, fmt.Sprintf(format, args...)) }
	if c.Exact {
		add("与“%s”的说法相同", hit.Phrase)
	} else {
		which := "相似问"
		if c.Wording == 0 {
			which = "标准问题"
		}
		add("与%s“%s”语义相近 %.2f", which, hit.Phrase, c.Row[Cosine])
	}
	if len(why.Terms) > 0 {
		var terms []string
		for _, m := range why.Terms[:min(5, len(why.Terms))] {
			terms = append(terms, "“"+m.Term+"”")
		}
		add("词%s匹配", strings.Join(terms, ""))
	}
	if why.Followed != "" {
		add("承接上文“%s”理解", why.Followed)
	}
	for _, named := range []struct {
		features []Feature
		text     string
	}{
		{[]Feature{CategoryShare, TopicCategory, OnTopic}, "同类目或同话题 %+.1f"},
		{[]Feature{EntityAgree, EntityClash}, "所提地点、尺码等 %+.1f"},
	} {
		sum := 0.0
		for _, p := range why.Parts {
			for _, f := range named.features {
				if p.Feature == f.String() {
					sum += p.LogOdds
				}
			}
		}
		if math.Abs(sum) >= 0.05 {
			add(named.text, sum)
		}
	}
	if math.Abs(why.Prior) >= 0.05 {
		add("使用情况 %+.1f", why.Prior)
	}
	switch hit.Band {
	case kb.Answer:
		add("答对概率 %s，达到回答线 %s，直接回答", percent(hit.Score), percent(t.Answer))
	case kb.Suggest:
		add("答对概率 %s，低于回答线 %s，只作推荐", percent(hit.Score), percent(t.Answer))
	default:
		add("答对概率 %s，低于推荐线 %s，不展示", percent(hit.Score), percent(t.Suggest))
	}
	return strings.Join(say, "；")
}

// percent writes a probability so that it stays on its side of a line, and
// never as certainty.
func percent(p float64) string {
	return fmt.Sprintf("%.1f%%", math.Floor(1000*min(p, 0.999)+1e-6)/10)
}
