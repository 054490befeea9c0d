package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/kb/growth"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

// Growth is growth.Service with the use of articles, as the API needs them.
type Growth interface {
	List(ctx context.Context, bot string, f growth.Filter) ([]growth.Proposal, error)
	Get(ctx context.Context, bot, id string) (growth.Proposal, error)
	Accept(ctx context.Context, bot, id string, d growth.Decision) (growth.Proposal, error)
	Edit(ctx context.Context, bot, id string, e growth.Edit) (growth.Proposal, error)
	Reject(ctx context.Context, bot, id string, d growth.Decision) (growth.Proposal, error)

	// StartSince mines the bot's own conversations, StartFile a file of others.
	StartSince(bot string, since time.Time) (growth.Run, error)
	StartFile(bot string, format mining.Format, data []byte) (growth.Run, error)
	Find(bot, id string) (growth.Run, error)
	Runs(bot string) []growth.Run
	Cancel(bot, id string) (growth.Run, error)

	Unanswered(ctx context.Context, bot string) (growth.Unanswered, error)
	Cluster(ctx context.Context, bot string) (growth.Unanswered, error)
	// Use returns a list of articles with their use of so many days.
	Use(ctx context.Context, bot string, list usage.List, days int) ([]usage.Line, error)
}

const (
	growthPath      = "/v1/growth"
	transcriptsPath = growthPath + "/transcripts"
)

func (s *Server) growthRoutes() {
	if s.o.Growth == nil {
		return
	}
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: growthPath + path, Summary: summary, DefaultStatus: status, Tags: []string{"Growth"}}
	}
	const get, post = http.MethodGet, http.MethodPost
	handle(s, op("list-proposals", get, "/proposals", "从对话里挖掘出的建议，重要的在前", http.StatusOK), toTrainers, s.proposals)
	handle(s, op("get-proposal", get, "/proposals/{id}", "读取一条建议和它的依据", http.StatusOK), toTrainers, s.proposal)
	handle(s, op("edit-proposal", http.MethodPatch, "/proposals/{id}", "修改一条待处理的建议", http.StatusOK), toTrainers, s.editProposal)
	accept := op("accept-proposal", post, "/proposals/{id}/accept", "采纳：存为草稿，publish=true 时直接发布", http.StatusOK)
	accept.Description = "A new article, more wordings of one, or another answer of one. Fields given replace what was proposed. One that was decided before is 409."
	handle(s, accept, toTrainers, s.acceptProposal)
	handle(s, op("reject-proposal", post, "/proposals/{id}/reject", "拒绝：问的次数翻倍之前不再提出", http.StatusOK), toTrainers, s.rejectProposal)
	handle(s, op("start-mining", post, "/runs", "挖掘自己的已结束会话；立即返回任务", http.StatusAccepted), toTrainers, s.startMining)
	upload := op("mine-transcripts", post, "/transcripts", "上传旧的对话记录来挖掘；立即返回任务", http.StatusAccepted)
	upload.Description = "CSV with the columns 会话, 角色, 内容 and, if wanted, 时间 (or conversation, role, text, time), or JSON Lines of {id, turns:[{role, text}]} or {conversation, role, time, text}; gzip or not. The texts are masked and the file is not kept."
	upload.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
	upload.BodyReadTimeout = 50 * time.Second
	handle(s, upload, toTrainers, s.mineTranscripts)
	handle(s, op("list-mining-runs", get, "/runs", "挖掘任务列表，新的在前", http.StatusOK), toTrainers, s.miningRuns)
	handle(s, op("get-mining-run", get, "/runs/{id}", "挖掘任务的进度与结果", http.StatusOK), toTrainers, s.miningRun)
	handle(s, op("cancel-mining-run", http.MethodDelete, "/runs/{id}", "取消挖掘任务", http.StatusOK), toTrainers, s.cancelMining)
	handle(s, op("get-unanswered", get, "/unanswered", "没有答好的问题，按主题归类，每天更新", http.StatusOK), toTrainers, s.unanswered)
	handle(s, op("cluster-unanswered", post, "/unanswered", "现在就重新归类没有答好的问题", http.StatusOK), toTrainers, s.clusterUnanswered)
	handle(s, op("get-article-use", get, "/usage", "条目的使用情况：热门、冷门、从未命中、过期、被嫌弃、答后转人工", http.StatusOK), toTrainers, s.articleUse)
}

type listProposalsInput struct {
	Kind   mining.ProposalKind `query:"kind" enum:"article,phrasing,contradicts"`
	State  growth.State        `query:"state" enum:"open,accepted,edited,rejected"`
	Limit  int                 `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Offset int                 `query:"offset" minimum:"0"`
}

type listProposalsOutput struct {
	Body struct {
		Proposals []growth.Proposal `json:"proposals" nullable:"false"`
	}
}

func (s *Server) proposals(ctx context.Context, in *listProposalsInput) (*listProposalsOutput, error) {
	found, err := s.o.Growth.List(ctx, auth.From(ctx).Bot, growth.Filter{Kind: in.Kind, State: in.State, Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	out := new(listProposalsOutput)
	out.Body.Proposals = list(found)
	return out, nil
}

// GrowthID is the path's id of a proposal or a run.
type GrowthID struct {
	ID string `path:"id" maxLength:"64"`
}

type proposalOutput struct{ Body growth.Proposal }

func proposalAnswer(p growth.Proposal, err error) (*proposalOutput, error) {
	if err != nil {
		return nil, err
	}
	return &proposalOutput{Body: p}, nil
}

func (s *Server) proposal(ctx context.Context, in *GrowthID) (*proposalOutput, error) {
	return proposalAnswer(s.o.Growth.Get(ctx, auth.From(ctx).Bot, in.ID))
}

// ProposalEdit is what a trainer writes in place of what was proposed; what is
// missing stays.
type ProposalEdit struct {
	Question string    `json:"question,omitempty"`
	Similar  *[]string `json:"similar,omitempty" maxItems:"200"`
	Answer   string    `json:"answer,omitempty" doc:"Markdown"`
	Category string    `json:"category,omitempty" doc:"of the article, when it is accepted"`
}

func (e ProposalEdit) edit() growth.Edit {
	out := growth.Edit{Question: e.Question, Answer: e.Answer, Category: e.Category}
	if e.Similar != nil {
		out.Similar = append([]string{}, *e.Similar...)
	}
	return out
}

func (e ProposalEdit) empty() bool {
	return e.Question == "" && e.Similar == nil && e.Answer == "" && e.Category == ""
}

type editProposalInput struct {
	GrowthID
	Body ProposalEdit
}

func (s *Server) editProposal(ctx context.Context, in *editProposalInput) (*proposalOutput, error) {
	return proposalAnswer(s.o.Growth.Edit(ctx, auth.From(ctx).Bot, in.ID, in.Body.edit()))
}

type acceptProposalInput struct {
	GrowthID
	Body struct {
		ProposalEdit
		Note    string `json:"note,omitempty" maxLength:"500"`
		Publish bool   `json:"publish,omitempty" doc:"an article at once, instead of a draft"`
	}
}

func (s *Server) acceptProposal(ctx context.Context, in *acceptProposalInput) (*proposalOutput, error) {
	caller := auth.From(ctx)
	d := growth.Decision{By: authorOf(caller), Note: in.Body.Note, Publish: in.Body.Publish}
	if !in.Body.empty() {
		e := in.Body.edit()
		d.Edit = &e
	}
	return proposalAnswer(s.o.Growth.Accept(ctx, caller.Bot, in.ID, d))
}

type rejectProposalInput struct {
	GrowthID
	Body struct {
		Note string `json:"note,omitempty" maxLength:"500"`
	}
}

func (s *Server) rejectProposal(ctx context.Context, in *rejectProposalInput) (*proposalOutput, error) {
	caller := auth.From(ctx)
	return proposalAnswer(s.o.Growth.Reject(ctx, caller.Bot, in.ID, growth.Decision{By: authorOf(caller), Note: in.Body.Note}))
}

type miningRunOutput struct{ Body growth.Run }

func runAnswer(r growth.Run, err error) (*miningRunOutput, error) {
	if err != nil {
		return nil, err
	}
	return &miningRunOutput{Body: r}, nil
}

type startMiningInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		Since time.Time `json:"since" doc:"conversations that changed at this time or later"`
	}
}

func (s *Server) startMining(ctx context.Context, in *startMiningInput) (*miningRunOutput, error) {
	return runAnswer(once(ctx, s, "start-mining", in.IdempotencyKey, in.Body, func() (growth.Run, error) {
		return s.o.Growth.StartSince(auth.From(ctx).Bot, in.Body.Since)
	}))
}

type mineTranscriptsInput struct {
	IdempotencyKey string        `header:"Idempotency-Key" maxLength:"128"`
	Format         mining.Format `query:"format" enum:"jsonl,csv" required:"true"`
	RawBody        []byte
}

func (s *Server) mineTranscripts(ctx context.Context, in *mineTranscriptsInput) (*miningRunOutput, error) {
	sum := sha256.Sum256(in.RawBody)
	same := []any{in.Format, hex.EncodeToString(sum[:])}
	return runAnswer(once(ctx, s, "mine-transcripts", in.IdempotencyKey, same, func() (growth.Run, error) {
		return s.o.Growth.StartFile(auth.From(ctx).Bot, in.Format, in.RawBody)
	}))
}

type miningRunsOutput struct {
	Body struct {
		Runs []growth.Run `json:"runs" nullable:"false"`
	}
}

func (s *Server) miningRuns(ctx context.Context, _ *struct{}) (*miningRunsOutput, error) {
	out := new(miningRunsOutput)
	out.Body.Runs = list(s.o.Growth.Runs(auth.From(ctx).Bot))
	return out, nil
}

func (s *Server) miningRun(ctx context.Context, in *GrowthID) (*miningRunOutput, error) {
	return runAnswer(s.o.Growth.Find(auth.From(ctx).Bot, in.ID))
}

func (s *Server) cancelMining(ctx context.Context, in *GrowthID) (*miningRunOutput, error) {
	return runAnswer(s.o.Growth.Cancel(auth.From(ctx).Bot, in.ID))
}

type unansweredOutput struct{ Body growth.Unanswered }

func (s *Server) unanswered(ctx context.Context, _ *struct{}) (*unansweredOutput, error) {
	u, err := s.o.Growth.Unanswered(ctx, auth.From(ctx).Bot)
	if err != nil {
		return nil, err
	}
	return &unansweredOutput{Body: u}, nil
}

func (s *Server) clusterUnanswered(ctx context.Context, _ *struct{}) (*unansweredOutput, error) {
	u, err := s.o.Growth.Cluster(ctx, auth.From(ctx).Bot)
	if err != nil {
		return nil, err
	}
	return &unansweredOutput{Body: u}, nil
}

type articleUseInput struct {
	List  usage.List `query:"list" enum:"hot,cold,never,expired,disliked,handed" doc:"all articles when missing"`
	Days  int        `query:"days" minimum:"1" maximum:"84" default:"28"`
	Limit int        `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type articleUseOutput struct {
	Body struct {
		Articles []usage.Line `json:"articles" nullable:"false"`
		Total    int          `json:"total" doc:"articles on the list, shown or not"`
	}
}

func (s *Server) articleUse(ctx context.Context, in *articleUseInput) (*articleUseOutput, error) {
	lines, err := s.o.Growth.Use(ctx, auth.From(ctx).Bot, in.List, in.Days)
	if err != nil {
		return nil, err
	}
	out := new(articleUseOutput)
	out.Body.Total = len(lines)
	out.Body.Articles = list(lines[:min(len(lines), in.Limit)])
	return out, nil
}
