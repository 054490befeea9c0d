package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// Risks sets how many wrong answers a bot may give, and shows what that costs.
type Risks interface {
	// Risk returns a bot's setting and curves; fault.NotFound for an unknown bot.
	Risk(ctx context.Context, bot string) (AnswerRisk, error)
	// SetRisk changes the share of wrong answers that a bot accepts; 0 returns
	// to the bot's profile. It holds for searches that start afterwards.
	SetRisk(ctx context.Context, bot string, share float64) error
	// Judge measures the share on questions whose right articles are known and
	// keeps the curve as the bot's own. Questions that name unknown articles are
	// fault.Invalid.
	Judge(ctx context.Context, bot string, questions []JudgedQuestion) (AnswerRisk, error)
}

// AnswerRisk is what a bot answers at.
type AnswerRisk struct {
	Share     float64     `json:"answer_risk" doc:"share of wrong answers that the bot accepts; 0: the model's own threshold"`
	Source    string      `json:"source" enum:"model,profile,setting" doc:"where the share comes from"`
	AnswerAt  float64     `json:"answer_at" doc:"probability from which the bot answers"`
	SuggestAt float64     `json:"suggest_at" doc:"probability from which it offers a choice"`
	Chosen    *RiskPoint  `json:"chosen,omitempty" doc:"the point of the curve that the share chose; missing when none keeps to it"`
	Points    []RiskPoint `json:"points" nullable:"false" doc:"from the messages on which the model was measured, highest threshold first"`
	Own       []RiskPoint `json:"own_points,omitempty" doc:"from the bot's own judged questions"`
}

// RiskPoint is what one threshold does.
type RiskPoint struct {
	Threshold  float64 `json:"threshold"`
	Coverage   float64 `json:"coverage" doc:"share of the answerable questions that get a right answer"`
	WrongShare float64 `json:"wrong_share" doc:"share of the answers given that are wrong"`
	Answered   int     `json:"answered"`
	Bound      float64 `json:"bound" doc:"wrong share that may be promised, for so many answers"`
}

// JudgedQuestion is a customer's question with the articles that answer it.
type JudgedQuestion struct {
	Query    string   `json:"query" minLength:"1" maxLength:"2000"`
	Articles []string `json:"article_ids" nullable:"false" maxItems:"20" doc:"all that answer it; none when the knowledge base does not"`
}

func (s *Server) searchRoutes() {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/articles" + path, Summary: summary, DefaultStatus: http.StatusOK, Tags: []string{"Knowledge"}}
	}
	handle(s, op("search-articles", http.MethodPost, "/search", "检索条目，附答对的概率；explain=true 说明原因"), toNLU, s.searchArticles)
	if s.o.Risks == nil {
		return
	}
	handle(s, op("get-answer-risk", http.MethodGet, "/risk", "答错风险与回答线，附覆盖率—错误率曲线"), toTrainers, s.getRisk)
	handle(s, op("put-answer-risk", http.MethodPut, "/risk", "设定可接受的答错比例"), toTrainers, s.putRisk)
	handle(s, op("judge-answer-risk", http.MethodPost, "/risk/judge", "用本店标注的问题测出自己的曲线"), toTrainers, s.judgeRisk)
}

type searchInput struct {
	Body struct {
		Query    string `json:"query"`
		Limit    int    `json:"limit,omitempty" minimum:"1" maximum:"50" doc:"5 when missing"`
		Topic    string `json:"topic,omitempty" maxLength:"128" doc:"id of the article that the conversation is about"`
		Previous string `json:"previous,omitempty" maxLength:"2000" doc:"the customer's message before"`
		Explain  bool   `json:"explain,omitempty" doc:"say why each hit has its probability"`
	}
}

// SearchHit is an article found.
type SearchHit struct {
	Article  string  `json:"article_id"`
	Question string  `json:"question"`
	Answer   string  `json:"answer"`
	Score    float64 `json:"score" doc:"calibrated probability that the article answers the query"`
	Band     kb.Band `json:"band" enum:"answer,suggest,abstain"`
	Phrase   string  `json:"phrase" doc:"the wording that matched best"`
	Why      *kb.Why `json:"why,omitempty"`
}

type searchOutput struct {
	Body struct {
		Hits []SearchHit `json:"hits" nullable:"false"`
	}
}

func (s *Server) searchArticles(ctx context.Context, in *searchInput) (*searchOutput, error) {
	b := in.Body
	q, err := s.query(ctx, auth.From(ctx).Bot, b.Query)
	if err != nil {
		return nil, err
	}
	q.Limit, q.Topic.Article, q.Previous, q.Explain = b.Limit, b.Topic, b.Previous, b.Explain
	hits, err := s.o.Language.Retriever.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	out := new(searchOutput)
	out.Body.Hits = make([]SearchHit, len(hits))
	for i, h := range hits {
		out.Body.Hits[i] = SearchHit{
			Article: h.Article.ID, Question: h.Article.Question, Answer: h.Article.Answer,
			Score: h.Score, Band: h.Band, Phrase: h.Phrase, Why: h.Why,
		}
	}
	return out, nil
}

// query reads a text as a conversation's messages are read.
func (s *Server) query(ctx context.Context, bot, text string) (kb.Query, error) {
	if err := checkText("query", text, maxNLUText); err != nil {
		return kb.Query{}, err
	}
	now := s.o.Clock.Now()
	res, err := s.o.Language.Analyzer.Analyze(ctx, nlu.Request{Text: text, Bot: bot, Now: now})
	if err != nil {
		return kb.Query{}, err
	}
	q := dialog.Query(bot, res, now)
	q.Text = text
	return q, nil
}

// search finds articles for a text alone.
func (s *Server) search(ctx context.Context, bot, text string, limit int) ([]kb.Hit, error) {
	q, err := s.query(ctx, bot, text)
	if err != nil {
		return nil, err
	}
	q.Limit = limit
	return s.o.Language.Retriever.Search(ctx, q)
}

type riskOutput struct{ Body AnswerRisk }

func (s *Server) getRisk(ctx context.Context, _ *struct{}) (*riskOutput, error) {
	r, err := s.o.Risks.Risk(ctx, auth.From(ctx).Bot)
	r.Points = list(r.Points)
	return &riskOutput{r}, err
}

type putRiskInput struct {
	Body struct {
		Share float64 `json:"answer_risk" minimum:"0" maximum:"0.5" doc:"0 returns to the bot's profile"`
	}
}

func (s *Server) putRisk(ctx context.Context, in *putRiskInput) (*riskOutput, error) {
	if err := s.o.Risks.SetRisk(ctx, auth.From(ctx).Bot, in.Body.Share); err != nil {
		return nil, err
	}
	return s.getRisk(ctx, nil)
}

// leastJudged is how many questions a curve of a bot's own needs: with fewer
// not even the bound of 5 % can be kept.
const leastJudged = 20

type judgeInput struct {
	Body struct {
		Questions []JudgedQuestion `json:"questions" maxItems:"2000"`
	}
}

func (s *Server) judgeRisk(ctx context.Context, in *judgeInput) (*riskOutput, error) {
	if len(in.Body.Questions) < leastJudged {
		return nil, fault.In("body.questions", fault.New(fault.Invalid, "至少需要 %d 个标注过的问题，才能看出答错的比例。", leastJudged))
	}
	r, err := s.o.Risks.Judge(ctx, auth.From(ctx).Bot, in.Body.Questions)
	r.Points = list(r.Points)
	return &riskOutput{r}, err
}
