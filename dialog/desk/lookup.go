package desk

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

const (
	maxHits   = 5
	maxOrders = 5
	// minDraft is the length in code points, letters and digits only, from
	// which a text being typed can be understood.
	minDraft = 2
)

// hit is an article that may answer, with its calibrated probability.
type hit struct {
	article kb.Article
	score   float64
}

type knownOrders struct {
	at   time.Time
	list []Order
}

// lookUp fills a scene with what must be asked elsewhere. What does not answer
// is logged, counted and left out.
func (s *Service) lookUp(ctx context.Context, sc *scene) {
	sc.orders = s.ordersOf(ctx, sc.st)
	if utf8.RuneCountInString(dialog.FoldText(sc.draft)) >= minDraft {
		if res, ok := s.understand(ctx, sc, sc.draft); ok {
			sc.says, sc.mood = res.Intent.Name, res.Sentiment.Label
			if res.Intent.Confidence >= sc.profile.IntentFloor && !s.phrases.talk[res.Intent.Name] {
				sc.matter = res.Intent.Name
			}
			sc.hits = s.search(ctx, sc, sc.draft, res)
		}
	}
	if len(sc.hits) == 0 {
		sc.hits = s.answers(ctx, sc)
	}
}

// answers finds articles for the committed message that names the matter.
func (s *Service) answers(ctx context.Context, sc *scene) []hit {
	about, _, ok := s.subject(sc.l, sc.profile.IntentFloor)
	if !ok {
		return nil
	}
	if s.opt.Articles != nil && about.analysis.Degraded == "" && about.analysis.Message != "" {
		return s.recorded(ctx, sc, about.analysis.Candidates)
	}
	res, ok := s.understand(ctx, sc, about.message.Text)
	if !ok {
		return nil
	}
	return s.search(ctx, sc, about.message.Text, res)
}

// recorded reads the articles that the Manager found for a message.
func (s *Service) recorded(ctx context.Context, sc *scene, candidates []dialog.Candidate) []hit {
	ctx, cancel := context.WithTimeout(ctx, s.opt.LookupTimeout)
	defer cancel()
	var hits []hit
	for _, c := range candidates {
		if c.Band == kb.Abstain {
			continue
		}
		a, err := s.opt.Articles.Article(ctx, sc.st.Bot, c.Article)
		if fault.Is(err, fault.NotFound) {
			continue // removed since
		}
		if err != nil {
			s.degraded(ctx, sc, "kb", err)
			return hits
		}
		if a.ValidAt(sc.now) {
			hits = append(hits, hit{article: a, score: c.Score})
		}
	}
	return hits
}

func (s *Service) understand(ctx context.Context, sc *scene, text string) (nlu.Result, bool) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.LookupTimeout)
	defer cancel()
	res, err := s.opt.Analyzer.Analyze(ctx, nlu.Request{Text: text, Prev: sc.st.Prev(), Expect: sc.st.Expects(), Bot: sc.st.Bot, Now: sc.now})
	if err != nil {
		s.degraded(ctx, sc, "nlu", err)
		return nlu.Result{}, false
	}
	return res, true
}

func (s *Service) search(ctx context.Context, sc *scene, text string, res nlu.Result) []hit {
	ctx, cancel := context.WithTimeout(ctx, s.opt.LookupTimeout)
	defer cancel()
	q := sc.st.About(dialog.Query(sc.st.Bot, res, sc.now))
	q.Text, q.Limit = text, maxHits
	found, err := s.opt.Retriever.Search(ctx, q)
	if err != nil {
		s.degraded(ctx, sc, "kb", err)
		return nil
	}
	var hits []hit
	for _, h := range found {
		if h.Band != kb.Abstain {
			hits = append(hits, hit{article: h.Article, score: h.Score})
		}
	}
	return hits
}

// ordersOf returns the customer's latest orders, newest first; nothing for a
// visitor who is not signed in. They are remembered for OrdersFor.
func (s *Service) ordersOf(ctx context.Context, st dialog.State) []Order {
	if s.opt.Orders == nil || st.Customer == "" {
		return nil
	}
	key, now := st.Bot+"/"+st.Customer, s.opt.Clock.Now()
	if k, ok := s.orders.Get(key); ok && now.Sub(k.at) < s.opt.OrdersFor {
		return k.list
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.LookupTimeout)
	defer cancel()
	list, err := s.opt.Orders.Orders(ctx, st.Bot, st.Customer)
	if err != nil {
		s.degraded(ctx, &scene{st: st}, "orders", err)
		return nil
	}
	list = slices.Clone(list[:min(len(list), maxOrders)])
	s.orders.Add(key, knownOrders{at: now, list: list})
	return list
}

func (s *Service) degraded(ctx context.Context, sc *scene, part string, err error) {
	s.metrics.degraded.WithLabelValues(part).Inc()
	s.log.WarnContext(ctx, "suggestions are made without a part", "part", part, "bot", sc.st.Bot, "conversation", sc.st.ID, "error", err)
}
