package mining

import (
	"cmp"
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/kb/vector"
)

// sameAnswer is the cosine from which two answers say the same.
const sameAnswer = 0.75

// mostAnswers bounds the different answers of one group that are looked at.
const mostAnswers = 40

// saying is an answer as agents wrote it, with how often and how well.
type saying struct {
	text   string
	count  int
	weight float64 // Σ resolution × recency
	vector []float32
}

// view is what a group's answers come to.
type view struct {
	best saying // its text is the one to propose
	// share is the best view's part of all weight, 0 to 1.
	share      float64
	others     []saying // of other views, the weightiest first
	resolution float64
	count      int
}

// answers groups what a group's questions were answered with.
func (m *Miner) answers(ctx context.Context, g group, canned map[string]bool) (view, bool, error) {
	byText := map[string]*saying{}
	total, n := 0.0, 0
	for _, i := range g.items {
		for _, p := range m.items[i].pairs {
			key := core(p.answer)
			if canned[key] {
				continue
			}
			s := byText[key]
			if s == nil {
				s = &saying{text: p.answer}
				byText[key] = s
			}
			s.count++
			s.weight += p.resolution * recency(m.o.Now, p.at)
			total += p.resolution
			n++
		}
	}
	if n == 0 {
		return view{}, false, nil
	}
	list := make([]saying, 0, len(byText))
	for _, s := range byText {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b saying) int {
		return cmp.Or(cmp.Compare(b.weight*informative(b.text), a.weight*informative(a.text)), cmp.Compare(a.text, b.text))
	})
	list = list[:min(len(list), mostAnswers)]
	for i := range list {
		var err error
		if list[i].vector, err = m.o.Embed(ctx, list[i].text); err != nil {
			return view{}, false, err
		}
	}
	return choose(m.items[g.items[0]].text, list, total/float64(n), n), true, nil
}

// choose puts answers that say the same together and takes the weightiest,
// most telling view.
func choose(question string, list []saying, resolution float64, count int) view {
	type opinion struct {
		sayings []saying
		weight  float64
		value   float64
	}
	var views []opinion
	for _, s := range list {
		at := -1
		for i, v := range views {
			head := v.sayings[0]
			if float64(vector.Dot(head.vector, s.vector)) >= sameAnswer && clash(question, head.text, s.text) == "" {
				at = i
				break
			}
		}
		if at < 0 {
			at = len(views)
			views = append(views, opinion{})
		}
		v := &views[at]
		v.sayings = append(v.sayings, s)
		v.weight += s.weight
		worth := math.Sqrt(informative(s.text))
		if isPlain(s.text) && !yesNo.MatchString(question) {
			worth = 0.1 // a yes to what or how much
		}
		v.value = max(v.value, worth)
	}
	all := 0.0
	for _, v := range views {
		all += v.weight
	}
	slices.SortStableFunc(views, func(a, b opinion) int { return cmp.Compare(b.weight*b.value, a.weight*a.value) })
	out := view{best: views[0].sayings[0], share: views[0].weight / all, resolution: resolution, count: count}
	for _, s := range views[0].sayings[1:] {
		out.best.count += s.count
	}
	// A yes or no that agrees with the best answer speaks for it.
	for _, v := range views[1:] {
		head := v.sayings[0]
		if isPlain(head.text) && clash(question, out.best.text, head.text) == "" {
			out.share += v.weight / all
			continue
		}
		for _, s := range v.sayings[1:] {
			head.count += s.count
		}
		out.others = append(out.others, head)
	}
	return out
}

// recency halves an answer's weight every 180 days; undated ones keep theirs.
func recency(now, at time.Time) float64 {
	if at.IsZero() || !now.After(at) {
		return 1
	}
	return math.Exp2(-now.Sub(at).Hours() / (180 * 24))
}

var (
	personal = regexp.MustCompile(`您的(?:订单|快递|包裹|货|件)|已经?(?:给|帮|为)|刚刚?|昨[天晚]|今[天晚早]|明[天早晚]|后天|前天|上午|下午|晚上|这[个款种件]|那[个款种件]|您看|看下|拍下吧|我(?:建议|觉得)|(?:记得|不)?清楚|不确定|可能|应该|估计|(?:恩|嗯)`)
	polite   = regexp.MustCompile(`^(?:亲爱[哒的]|亲亲|亲|客官|您好|你好|嗯+|恩+|哦+|啊|[,，~!！。 ])+|(?:[~～]|亲爱[哒的]|亲亲|客官|亲)+$`)
	dated    = regexp.MustCompile(`\d{1,2}[月号](?:\d{1,2}[日号])?|\d{4}年`)
	inner    = regexp.MustCompile(`(?:亲爱[哒的]|亲亲|客官)`)
)

// informative judges from 0 to 1 how much an answer tells without its conversation.
func informative(answer string) float64 {
	if isPlain(answer) {
		return 0.06
	}
	n := runes(core(answer))
	v := math.Min(1, float64(n)/14)
	if n > 120 {
		v *= 0.8
	}
	if masked(answer) > 0 {
		v *= 0.5
	}
	if personal.MatchString(answer) {
		v *= 0.5
	}
	if pointsBack(answer) {
		v *= 0.7
	}
	if dated.MatchString(answer) {
		v *= 0.5
	}
	if strings.ContainsAny(answer, "?？") || strings.HasSuffix(core(answer), "吗") {
		v *= 0.5
	}
	return v
}

// tidy takes forms of address off an answer.
func tidy(answer string) string {
	lines := strings.Split(answer, "\n")
	out := lines[:0]
	for _, l := range lines {
		l = strings.TrimSpace(polite.ReplaceAllString(inner.ReplaceAllString(strings.TrimSpace(l), ""), ""))
		if l != "" {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return strings.TrimSpace(answer)
	}
	return strings.Join(out, "\n")
}

// canned finds the answers that follow all kinds of questions, by their core:
// given at least three times, to questions that are further from each other
// than 0.55 of the threshold. It also returns how many pairs they are.
func (m *Miner) canned() (map[string]bool, int) {
	type spread struct {
		sum []float32
		n   int
	}
	by := map[string]*spread{}
	for _, it := range m.items {
		for _, p := range it.pairs {
			key := core(p.answer)
			s := by[key]
			if s == nil {
				s = &spread{sum: make([]float32, 0)}
				by[key] = s
			}
			s.n++
		}
	}
	for _, it := range m.items { // sums only for what occurs often: most answers do not
		for _, p := range it.pairs {
			if s := by[core(p.answer)]; s.n >= 3 {
				if len(s.sum) == 0 {
					s.sum = make([]float32, len(it.vector.values))
				}
				it.vector.addTo(s.sum, 1)
			}
		}
	}
	out, pairs := map[string]bool{}, 0
	for key, s := range by {
		if s.n < 3 || plain.MatchString(key) {
			continue
		}
		square := 0.0
		for _, x := range s.sum {
			square += float64(x) * float64(x)
		}
		n := float64(s.n)
		if mean := (square - n) / (n * (n - 1)); mean < 0.55*m.o.Threshold {
			out[key] = true
			pairs += s.n
		}
	}
	return out, pairs
}
