package api

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/help"
	"github.com/yingda/yingda/kb/typeahead"
)

// Help is what stands before a ticket: questions proposed while a customer
// types, articles for a long text, and the count of what became of it.
type Help interface {
	// Propose returns the questions that fit what was typed, best first.
	Propose(bot, text string, at time.Time, limit int) []typeahead.Proposal
	// Search returns the articles good enough to be shown for a text.
	Search(ctx context.Context, bot, text string, at time.Time, limit int) ([]help.Found, error)
	// To returns the articles whose questions are near the article's;
	// fault.NotFound when there is no such article.
	To(ctx context.Context, bot, article string, at time.Time, limit int) ([]kb.Article, error)
	HelpCounts
}

// HelpCounts counts help sessions; store.Store is one.
type HelpCounts interface {
	HelpSearched(ctx context.Context, bot, session string, at time.Time, shown []string) error
	// HelpOpened is fault.NotFound for an unknown session.
	HelpOpened(ctx context.Context, bot, session, article string) error
	// HelpEnded is fault.NotFound for an unknown session.
	HelpEnded(ctx context.Context, bot, session string, outcome help.Outcome, article string) error
	// HelpDays and HelpUses take dates as in 2026-03-01.
	HelpDays(ctx context.Context, bot, from, to string) ([]help.Day, error)
	HelpUses(ctx context.Context, bot, from string, limit int) ([]help.Use, error)
}

var (
	toHelp   = access{roles: []auth.Role{auth.Visitor}, limit: byVisitors}
	toBrowse = access{roles: []auth.Role{auth.Visitor}, limit: byTypists}
)

const (
	maxHelpText = 5000
	helpDay     = time.DateOnly
	// popularDays is how far back the most asked questions are counted.
	popularDays = 30
)

func (s *Server) helpRoutes() {
	if s.o.Help == nil {
		return
	}
	op := func(id, method, path, summary, description string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/help" + path, Summary: summary, Description: description, DefaultStatus: status, Tags: []string{"Help"}}
	}
	const get, post = http.MethodGet, http.MethodPost
	const ok, done = http.StatusOK, http.StatusNoContent
	handle(s, op("help-typeahead", get, "/typeahead", "边输入边联想问题", "Prefixes and parts of questions, pinyin, initials, one slip. Ask after each pause in typing; nothing is counted.", ok), toBrowse, s.proposeQuestions)
	handle(s, op("help-popular", get, "/popular", "常见问题", "The questions opened most often in the last 30 days, then those of the bot's menu.", ok), toBrowse, s.popularQuestions)
	handle(s, op("help-article", get, "/articles/{article}", "公开的知识条目", "Valid articles only. The answer is Markdown; sentences about the customer's own orders are left out.", ok), toBrowse, s.publicArticle)
	handle(s, op("help-related", get, "/articles/{article}/related", "相关问题", "", ok), toBrowse, s.relatedQuestions)
	handle(s, op("help-search", post, "/search", "提交工单前先找答案", "Searches every sentence of a ticket's text. Give session back when the same ticket is searched again, and tell below what became of it.", ok), toHelp, s.searchHelp)
	handle(s, op("help-opened", post, "/{session}/opened", "客户打开了条目", "", done), toBrowse, s.helpOpened)
	handle(s, op("help-solved", post, "/{session}/solved", "问题已解决，不再提交工单", "", done), toHelp, s.helpSolved)
	handle(s, op("help-sent", post, "/{session}/sent", "工单仍然提交了", "Also when the customer said before that it was solved: the ticket counts as sent.", done), toHelp, s.helpSent)
	handle(s, op("help-stats", get, "/stats", "帮助中心统计与工单减少率", "", ok), toTrainers, s.helpStats)
}

// HelpQuestion is a question to choose.
type HelpQuestion struct {
	Article  string `json:"article"`
	Question string `json:"question"`
}

type helpQuestionsOutput struct {
	Body struct {
		Questions []HelpQuestion `json:"questions" nullable:"false"`
	}
}

type typeaheadInput struct {
	Text  string `query:"q" maxLength:"200"`
	Limit int    `query:"limit" minimum:"1" maximum:"10" default:"5"`
}

type typeaheadOutput struct {
	Body struct {
		Proposals []typeahead.Proposal `json:"proposals" nullable:"false"`
	}
}

func (s *Server) proposeQuestions(ctx context.Context, in *typeaheadInput) (*typeaheadOutput, error) {
	out := new(typeaheadOutput)
	out.Body.Proposals = list(s.o.Help.Propose(auth.From(ctx).Bot, in.Text, s.o.Clock.Now(), in.Limit))
	return out, nil
}

type popularInput struct {
	Limit int `query:"limit" minimum:"1" maximum:"20" default:"6"`
}

func (s *Server) popularQuestions(ctx context.Context, in *popularInput) (*helpQuestionsOutput, error) {
	bot, now := auth.From(ctx).Bot, s.o.Clock.Now()
	uses, err := s.o.Help.HelpUses(ctx, bot, now.AddDate(0, 0, -popularDays).Format(helpDay), 3*in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(helpQuestionsOutput)
	out.Body.Questions = []HelpQuestion{}
	add := func(q HelpQuestion) {
		if len(out.Body.Questions) < in.Limit && !slices.ContainsFunc(out.Body.Questions, func(other HelpQuestion) bool { return other.Question == q.Question }) {
			out.Body.Questions = append(out.Body.Questions, q)
		}
	}
	for _, u := range uses {
		if u.Opened+u.Solved == 0 {
			continue
		}
		a, err := s.validArticle(ctx, bot, u.Article, now)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		add(HelpQuestion{a.ID, a.Question})
	}
	profile, err := s.o.Profiles(bot)
	if err != nil {
		return nil, err
	}
	for _, question := range profile.Menu {
		if found := s.o.Help.Propose(bot, question, now, 1); len(found) > 0 {
			add(HelpQuestion{found[0].Article, found[0].Question})
		}
	}
	return out, nil
}

// validArticle returns an article that customers may see; fault.NotFound for
// any other.
func (s *Server) validArticle(ctx context.Context, bot, id string, now time.Time) (kb.Article, error) {
	a, err := s.o.Articles.Get(ctx, bot, id)
	if err == nil && !a.ValidAt(now) {
		err = fault.New(fault.NotFound, "没有这个条目。")
	}
	return a, err
}

type helpArticleInput struct {
	Article string `path:"article" maxLength:"128"`
}

// PublicArticle is what a customer sees of an article.
type PublicArticle struct {
	ID          string          `json:"id"`
	Question    string          `json:"question"`
	Answer      string          `json:"answer" doc:"Markdown"`
	Blocks      []kb.Block      `json:"blocks,omitempty"`
	Attachments []kb.Attachment `json:"attachments,omitempty"`
	Category    string          `json:"category,omitempty"`
	UpdatedAt   time.Time       `json:"updated_at"`
}

type publicArticleOutput struct{ Body PublicArticle }

func (s *Server) publicArticle(ctx context.Context, in *helpArticleInput) (*publicArticleOutput, error) {
	now := s.o.Clock.Now()
	a, err := s.validArticle(ctx, auth.From(ctx).Bot, in.Article, now)
	if err != nil {
		return nil, err
	}
	content := a.For(kb.Audience{Channel: "web", At: now})
	answer, ok := kb.Fill(content.Answer, nothingKnown)
	if !ok { // it says nothing to someone who is not in a conversation
		return nil, fault.New(fault.NotFound, "没有这个条目。")
	}
	blocks := slices.DeleteFunc(slices.Clone(content.Blocks), blockOfCustomer)
	return &publicArticleOutput{PublicArticle{a.ID, a.Question, answer, blocks, a.Attachments, a.Category, a.UpdatedAt}}, nil
}

func nothingKnown(string) (string, bool) { return "", false }

// blockOfCustomer reports whether a block needs what only a conversation knows.
func blockOfCustomer(b kb.Block) bool {
	texts := []string{b.Title, b.Text, b.URL, b.Image}
	for _, button := range b.Buttons {
		texts = append(texts, button.Label, button.Value)
	}
	return len(kb.Slots(strings.Join(texts, "\n"))) > 0
}

type relatedInput struct {
	Article string `path:"article" maxLength:"128"`
	Limit   int    `query:"limit" minimum:"1" maximum:"10" default:"3"`
}

func (s *Server) relatedQuestions(ctx context.Context, in *relatedInput) (*helpQuestionsOutput, error) {
	near, err := s.o.Help.To(ctx, auth.From(ctx).Bot, in.Article, s.o.Clock.Now(), in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(helpQuestionsOutput)
	out.Body.Questions = make([]HelpQuestion, len(near))
	for i, a := range near {
		out.Body.Questions[i] = HelpQuestion{a.ID, a.Question}
	}
	return out, nil
}

type helpSearchInput struct {
	Body struct {
		Text    string `json:"text" doc:"the ticket's text, at most 5000 characters"`
		Limit   int    `json:"limit,omitempty" minimum:"1" maximum:"10" doc:"3 when missing"`
		Session string `json:"session,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"from an earlier search of the same ticket"`
	}
}

// HelpHit is an article that may spare the ticket.
type HelpHit struct {
	Article     string  `json:"article"`
	Question    string  `json:"question"`
	Category    string  `json:"category,omitempty"`
	Snippet     string  `json:"snippet" doc:"the sentences of the answer that matter, plain text"`
	Segment     string  `json:"segment" doc:"the part of the text that the article answers"`
	Probability float64 `json:"probability" doc:"calibrated probability that the article answers that part"`
	Band        kb.Band `json:"band" enum:"answer,suggest"`
	URL         string  `json:"url" doc:"the article's public view"`
}

type helpSearchOutput struct {
	Body struct {
		Session  string    `json:"session"`
		Articles []HelpHit `json:"articles" nullable:"false"`
	}
}

func (s *Server) searchHelp(ctx context.Context, in *helpSearchInput) (*helpSearchOutput, error) {
	if err := checkText("body.text", in.Body.Text, maxHelpText); err != nil {
		return nil, err
	}
	orElse(&in.Body.Limit, 3)
	bot, now := auth.From(ctx).Bot, s.o.Clock.Now()
	found, err := s.o.Help.Search(ctx, bot, in.Body.Text, now, in.Body.Limit)
	if err != nil {
		return nil, err
	}
	out := new(helpSearchOutput)
	out.Body.Session = in.Body.Session
	if out.Body.Session == "" {
		out.Body.Session = s.o.IDs.New("hlp")
	}
	out.Body.Articles = make([]HelpHit, len(found))
	shown := make([]string, len(found))
	for i, f := range found {
		shown[i] = f.Article.ID
		out.Body.Articles[i] = HelpHit{
			Article: f.Article.ID, Question: f.Article.Question, Category: f.Article.Category, Snippet: f.Snippet, Segment: f.Segment,
			Probability: f.Probability, Band: f.Band, URL: "/v1/help/articles/" + url.PathEscape(f.Article.ID),
		}
	}
	return out, s.o.Help.HelpSearched(ctx, bot, out.Body.Session, now, shown)
}

type helpSessionInput struct {
	Session string `path:"session" maxLength:"64"`
	Body    struct {
		Article string `json:"article,omitempty" maxLength:"128" doc:"the article opened, or the one that helped"`
	}
}

func (s *Server) helpOpened(ctx context.Context, in *helpSessionInput) (*struct{}, error) {
	bot := auth.From(ctx).Bot
	if _, err := s.validArticle(ctx, bot, in.Body.Article, s.o.Clock.Now()); err != nil {
		return nil, fault.In("body.article", err)
	}
	return nil, s.o.Help.HelpOpened(ctx, bot, in.Session, in.Body.Article)
}

func (s *Server) helpSolved(ctx context.Context, in *helpSessionInput) (*struct{}, error) {
	bot := auth.From(ctx).Bot
	if in.Body.Article != "" {
		if _, err := s.o.Articles.Get(ctx, bot, in.Body.Article); err != nil {
			return nil, fault.In("body.article", err)
		}
	}
	return nil, s.o.Help.HelpEnded(ctx, bot, in.Session, help.Solved, in.Body.Article)
}

type helpSentInput struct {
	Session string `path:"session" maxLength:"64"`
}

func (s *Server) helpSent(ctx context.Context, in *helpSentInput) (*struct{}, error) {
	return nil, s.o.Help.HelpEnded(ctx, auth.From(ctx).Bot, in.Session, help.Sent, "")
}

type helpStatsInput struct {
	From string `query:"from" format:"date" doc:"first day, as in 2026-03-01; 30 days ago when missing"`
	To   string `query:"to" format:"date" doc:"last day; today when missing"`
}

// HelpStats says what the help centre is worth.
type HelpStats struct {
	From  string     `json:"from"`
	To    string     `json:"to"`
	Days  []help.Day `json:"days" nullable:"false" doc:"days with sessions"`
	Total help.Day   `json:"total"`
	// Deflection and Floor differ in what they make of those who just left.
	Deflection help.Rate  `json:"deflection" doc:"solved ÷ (solved + sent): of the sessions whose end is known, those that spared a ticket"`
	Floor      help.Rate  `json:"floor" doc:"solved ÷ sessions: as if everybody who left without a word had sent a ticket elsewhere"`
	Articles   []help.Use `json:"articles" nullable:"false" doc:"since from, the most helpful first"`
}

type helpStatsOutput struct{ Body HelpStats }

// maxHelpDays bounds a table of days.
const maxHelpDays = 731

func (s *Server) helpStats(ctx context.Context, in *helpStatsInput) (*helpStatsOutput, error) {
	bot, now := auth.From(ctx).Bot, s.o.Clock.Now()
	orElse(&in.To, now.Format(helpDay))
	orElse(&in.From, now.AddDate(0, 0, -popularDays).Format(helpDay))
	from, err := time.Parse(helpDay, in.From)
	if err != nil {
		return nil, fault.In("query.from", fault.New(fault.Invalid, "日期格式应为 2026-03-01。"))
	}
	to, err := time.Parse(helpDay, in.To)
	if err != nil {
		return nil, fault.In("query.to", fault.New(fault.Invalid, "日期格式应为 2026-03-01。"))
	}
	if days := math.Round(to.Sub(from).Hours() / 24); days < 0 || days >= maxHelpDays {
		return nil, fault.In("query.to", fault.New(fault.Invalid, "结束日期不能早于开始日期，最多统计 %d 天。", maxHelpDays))
	}
	days, err := s.o.Help.HelpDays(ctx, bot, in.From, in.To)
	if err != nil {
		return nil, err
	}
	uses, err := s.o.Help.HelpUses(ctx, bot, in.From, 20)
	if err != nil {
		return nil, err
	}
	total := help.Total(days)
	return &helpStatsOutput{HelpStats{
		From: in.From, To: in.To, Days: list(days), Total: total, Articles: list(uses),
		Deflection: help.RateOf(total.Solved, total.Solved+total.Sent), Floor: help.RateOf(total.Solved, total.Sessions),
	}}, nil
}
