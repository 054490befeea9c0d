package base

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/hybrid"
)

// The versions of a base that have no number.
const (
	Published = "published" // as it answers now
	WithDraft = "drafts"    // as it would answer were all drafts published
)

// MaxQuestions bounds a comparison.
const MaxQuestions = 5000

// Question is a customer's message with the articles that answer it, none
// where the base has no answer.
type Question struct {
	Text  string   `json:"query"`
	Right []string `json:"kb_ids"`
}

// Outcome is what becomes of a question.
type Outcome string

// The outcomes.
const (
	Right   Outcome = "right"   // answered by a right article
	Wrong   Outcome = "wrong"   // answered by another one
	Offered Outcome = "offered" // not answered, a right article among the choices
	Missed  Outcome = "missed"  // not answered, and no right article offered
	Silent  Outcome = "silent"  // not answered, and rightly: nothing answers it
)

// Trial is one version's answer to one question.
type Trial struct {
	Outcome Outcome `json:"outcome"`
	// Article, Question and Score are of the first hit; empty for none.
	Article  string  `json:"article_id,omitempty"`
	Question string  `json:"question,omitempty"`
	Score    float64 `json:"score"`
	Band     kb.Band `json:"band,omitempty"`
}

// Figures are how one version does.
type Figures struct {
	Version  string `json:"version"`
	Articles int    `json:"articles"`
	// Answerable counts the questions with a right article; Top1 and Top3 are
	// the shares of them whose first, or one of the first three, hits is right.
	Answerable int     `json:"answerable"`
	Top1       float64 `json:"top1"`
	Top3       float64 `json:"top3"`
	// Answered counts the questions that were answered, Wrong those of them
	// whose answer was not right.
	Answered int `json:"answered"`
	Wrong    int `json:"wrong"`
}

// Turn is a question whose outcome differs between two versions.
type Turn struct {
	Query string   `json:"query"`
	Right []string `json:"kb_ids" nullable:"false"`
	From  Trial    `json:"from"`
	To    Trial    `json:"to"`
}

// Comparison is how two versions of a base do on the same questions.
type Comparison struct {
	Questions int     `json:"questions"`
	From      Figures `json:"from"`
	To        Figures `json:"to"`
	// Changed are the questions whose outcome or answer differs, in their order.
	Changed []Turn `json:"changed" nullable:"false"`
	// Unknown are ids named as right that neither version has.
	Unknown []string `json:"unknown,omitempty"`
}

// Compare asks two versions of a bot's base the same questions, at the bot's
// bands, each in an index of its own in memory. A version is a revision's
// number, Published or WithDraft. One comparison runs at a time: another is
// fault.Busy. No questions, too many, or an unknown version's name are
// fault.Invalid, a revision that there is not fault.NotFound; a Service
// without Options.Scratch is fault.Unsupported.
func (s *Service) Compare(ctx context.Context, bot, from, to string, questions []Question) (Comparison, error) {
	switch {
	case s.opts.Scratch == nil:
		return Comparison{}, fault.New(fault.Unsupported, "此安装不支持版本对比")
	case len(questions) == 0:
		return Comparison{}, fault.In("questions", fault.New(fault.Invalid, "请上传测试问题"))
	case len(questions) > MaxQuestions:
		return Comparison{}, fault.In("questions", fault.New(fault.Invalid, "有 %d 个测试问题，最多 %d 个", len(questions), MaxQuestions))
	}
	if !s.comparing.TryLock() {
		return Comparison{}, fault.New(fault.Busy, "另一个版本对比正在进行，请稍后再试")
	}
	defer s.comparing.Unlock()
	asked, err := s.asked(ctx, bot, questions)
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Questions: len(questions), Changed: []Turn{}}
	known := map[string]bool{}
	var trials [2][]Trial
	for i, version := range []string{from, to} {
		articles, err := s.version(ctx, bot, version)
		if err != nil {
			return Comparison{}, fault.In([]string{"from", "to"}[i], err)
		}
		for _, a := range articles {
			known[a.ID] = true
		}
		figures, t, err := s.try(ctx, bot, articles, questions, asked)
		if err != nil {
			return Comparison{}, err
		}
		figures.Version = version
		*[]*Figures{&out.From, &out.To}[i], trials[i] = figures, t
	}
	for i, q := range questions {
		a, b := trials[0][i], trials[1][i]
		if a.Outcome != b.Outcome || a.Band == kb.Answer && a.Article != b.Article {
			out.Changed = append(out.Changed, Turn{Query: q.Text, Right: append([]string{}, q.Right...), From: a, To: b})
		}
		for _, id := range q.Right {
			if !known[id] && !slices.Contains(out.Unknown, id) {
				out.Unknown = append(out.Unknown, id)
			}
		}
	}
	return out, nil
}

// asked prepares questions.
func (s *Service) asked(ctx context.Context, bot string, questions []Question) ([]kb.Query, error) {
	texts := make([]string, len(questions))
	for i, q := range questions {
		texts[i] = strings.TrimSpace(q.Text)
		if texts[i] == "" {
			return nil, fault.In("questions["+strconv.Itoa(i)+"]", fault.New(fault.Invalid, "测试问题不能为空"))
		}
	}
	out := make([]kb.Query, len(questions))
	at := s.opts.Clock.Now()
	err := s.Embed(ctx, texts, func(i int, embedding []float32) error {
		out[i] = kb.Query{
			Bot: bot, Text: texts[i], Embedding: embedding, EncoderID: s.opts.Phraser.EncoderID(),
			Terms: s.opts.Phraser.Terms(texts[i]), At: at,
		}
		return nil
	})
	return out, err
}

// version returns the articles of a version.
func (s *Service) version(ctx context.Context, bot, version string) ([]kb.Article, error) {
	switch version {
	case Published:
		return s.opts.Store.Articles(ctx, bot)
	case WithDraft:
		return s.withDrafts(ctx, bot)
	}
	number, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		return nil, fault.New(fault.Invalid, "版本 %q 无效：请给出版本号，或 published、drafts", clip(version))
	}
	return s.opts.Store.ArticlesAt(ctx, bot, number)
}

// withDrafts returns the published articles with all drafts in their places.
func (s *Service) withDrafts(ctx context.Context, bot string) ([]kb.Article, error) {
	published, err := s.opts.Store.Articles(ctx, bot)
	if err != nil {
		return nil, err
	}
	drafts, err := s.opts.Store.Drafts(ctx, bot)
	if err != nil {
		return nil, err
	}
	drafted := make(map[string]bool, len(drafts))
	var out []kb.Article
	for _, d := range drafts {
		drafted[d.Article.ID] = true
		if !d.Remove {
			out = append(out, d.Article)
		}
	}
	for _, a := range published {
		if !drafted[a.ID] {
			out = append(out, a)
		}
	}
	return out, nil
}

// try asks one version the questions.
func (s *Service) try(ctx context.Context, bot string, articles []kb.Article, questions []Question, asked []kb.Query) (Figures, []Trial, error) {
	f := Figures{Articles: len(articles)}
	index, err := s.opts.Scratch()
	if err != nil {
		return f, nil, err
	}
	texts, err := s.prepare(ctx, articles)
	if err != nil {
		return f, nil, err
	}
	if err := index.Put(ctx, bot, hybrid.Entries(articles, texts)); err != nil {
		return f, nil, err
	}
	trials := make([]Trial, len(questions))
	top1, top3 := 0, 0
	for i, q := range questions {
		hits, err := index.Search(ctx, asked[i])
		if err != nil {
			return f, nil, err
		}
		own(hits)
		trials[i] = trial(hits, q.Right)
		if place := slices.IndexFunc(hits, func(h kb.Hit) bool { return slices.Contains(q.Right, h.Article.ID) }); place >= 0 && place < 3 {
			top3++
			if place == 0 {
				top1++
			}
		}
		if len(q.Right) > 0 {
			f.Answerable++
		}
		switch trials[i].Outcome {
		case Wrong:
			f.Wrong++
			f.Answered++
		case Right:
			f.Answered++
		}
	}
	if f.Answerable > 0 {
		f.Top1, f.Top3 = float64(top1)/float64(f.Answerable), float64(top3)/float64(f.Answerable)
	}
	return f, trials, nil
}

// offers is how many choices a customer is shown.
const offers = 4

// trial judges the hits of a question.
func trial(hits []kb.Hit, right []string) Trial {
	t := Trial{Outcome: Missed}
	if len(right) == 0 {
		t.Outcome = Silent
	}
	if len(hits) == 0 {
		return t
	}
	first := hits[0]
	t.Article, t.Question, t.Score, t.Band = first.Article.ID, first.Article.Question, first.Score, first.Band
	if first.Band == kb.Answer {
		t.Outcome = Wrong
		if slices.Contains(right, first.Article.ID) {
			t.Outcome = Right
		}
		return t
	}
	for _, h := range hits[:min(offers, len(hits))] {
		if h.Band == kb.Suggest && slices.Contains(right, h.Article.ID) {
			t.Outcome = Offered
		}
	}
	return t
}

// own puts hits whose articles have a probability of their own to answer at
// into the bands that it makes.
func own(hits []kb.Hit) {
	for i := range hits {
		h := &hits[i]
		switch at := h.Article.AnswerAt; {
		case at == 0:
		case h.Score >= at:
			h.Band = kb.Answer
		case h.Band == kb.Answer:
			h.Band = kb.Suggest
		}
	}
}
