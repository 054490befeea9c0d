package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
)

// Versions is the past and the drafts of a knowledge base, as base.Service has them.
type Versions interface {
	SaveDraft(ctx context.Context, bot string, d kb.Draft) (kb.Draft, error)
	Drafts(ctx context.Context, bot string) ([]base.Pending, error)
	DiscardDrafts(ctx context.Context, bot string, ids []string) (int, error)
	Publish(ctx context.Context, bot string, ids []string, author, note string) ([]kb.Article, kb.Revision, error)
	History(ctx context.Context, bot string, before int64, limit int) ([]kb.Revision, error)
	RevisionAt(ctx context.Context, bot string, t time.Time) (kb.Revision, error)
	Editions(ctx context.Context, bot, id string) ([]kb.Edition, error)
	Diff(ctx context.Context, bot, id string, from, to int64) (base.Difference, error)
	RollBack(ctx context.Context, bot string, revision int64, author, note string) (kb.Revision, error)
	Compare(ctx context.Context, bot, from, to string, questions []base.Question) (base.Comparison, error)
}

var _ Versions = (*base.Service)(nil)

func (s *Server) versionRoutes() {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/articles" + path, Summary: summary, DefaultStatus: status, Tags: []string{"Knowledge"}}
	}
	const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	handle(s, op("list-drafts", get, "/drafts", "未发布的草稿", http.StatusOK), toTrainers, s.listDrafts)
	handle(s, op("create-draft", post, "/drafts", "新条目的草稿", http.StatusCreated), toTrainers, s.createDraft)
	handle(s, op("put-draft", put, "/drafts/{id}", "保存条目的修改或删除为草稿", http.StatusOK), toTrainers, s.putDraft)
	handle(s, op("discard-draft", remove, "/drafts/{id}", "放弃草稿", http.StatusNoContent), toTrainers, s.discardDraft)
	handle(s, op("publish-drafts", post, "/publish", "发布草稿：全部成功或全部不发布", http.StatusOK), toTrainers, s.publishDrafts)
	handle(s, op("list-revisions", get, "/history", "知识库的历次修改，新的在前", http.StatusOK), toTrainers, s.listRevisions)
	handle(s, op("list-editions", get, "/{id}/history", "条目的历次版本，新的在前", http.StatusOK), toTrainers, s.listEditions)
	handle(s, op("diff-article", get, "/{id}/diff", "对比条目的两个版本", http.StatusOK), toTrainers, s.diffArticle)
	handle(s, op("roll-back-articles", post, "/rollback", "整个知识库回到某个版本或时刻，本身可再回退", http.StatusOK), toTrainers, s.rollBack)
	compare := op("compare-articles", post, "/compare", "用测试问题对比知识库的两个版本", http.StatusOK)
	compare.RequestBody = &huma.RequestBody{Required: true, Description: `test questions: JSON Lines of {"query", "kb_ids"}, or CSV of question and article id`, Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}}, "application/x-ndjson": {Schema: &huma.Schema{Type: "string"}},
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
	handle(s, compare, toTrainers, s.compareArticles)
}

type draftsOutput struct {
	Body struct {
		Drafts []base.Pending `json:"drafts" nullable:"false"`
	}
}

func (s *Server) listDrafts(ctx context.Context, _ *struct{}) (*draftsOutput, error) {
	drafts, err := s.o.Articles.Drafts(ctx, auth.From(ctx).Bot)
	if err != nil {
		return nil, err
	}
	out := new(draftsOutput)
	out.Body.Drafts = list(drafts)
	return out, nil
}

// DraftBody is what a client writes of a draft.
type DraftBody struct {
	Article *ArticleBody `json:"article,omitempty" doc:"the article as it should become; not needed for a removal"`
	Remove  bool         `json:"remove,omitempty" doc:"publishing the draft deletes the article"`
	Version int          `json:"version,omitempty" minimum:"0" doc:"the article's version that the draft is made from; the present one when missing"`
}

type draftOutput struct{ Body kb.Draft }

type createDraftInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           DraftBody
}

func (s *Server) createDraft(ctx context.Context, in *createDraftInput) (*draftOutput, error) {
	saved, err := once(ctx, s, "create-draft", in.IdempotencyKey, in.Body, func() (kb.Draft, error) {
		return s.saveDraft(ctx, in.Body, "")
	})
	if err != nil {
		return nil, err
	}
	return &draftOutput{saved}, nil
}

type putDraftInput struct {
	ID   string `path:"id" maxLength:"128"`
	Body DraftBody
}

func (s *Server) putDraft(ctx context.Context, in *putDraftInput) (*draftOutput, error) {
	saved, err := s.saveDraft(ctx, in.Body, in.ID)
	if err != nil {
		return nil, err
	}
	return &draftOutput{saved}, nil
}

func (s *Server) saveDraft(ctx context.Context, b DraftBody, id string) (kb.Draft, error) {
	d := kb.Draft{Article: kb.Article{ID: id, Version: b.Version}, Remove: b.Remove, Author: author(ctx)}
	if !b.Remove {
		if b.Article == nil {
			return kb.Draft{}, fault.In("body.article", fault.New(fault.Invalid, "草稿需要条目内容，或 remove=true 表示删除。"))
		}
		var err error
		if d.Article, err = b.Article.article(id, b.Version); err != nil {
			return kb.Draft{}, err
		}
	}
	return s.o.Articles.SaveDraft(ctx, auth.From(ctx).Bot, d)
}

func (s *Server) discardDraft(ctx context.Context, in *articleInput) (*struct{}, error) {
	n, err := s.o.Articles.DiscardDrafts(ctx, auth.From(ctx).Bot, []string{in.ID})
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "这个条目没有草稿。")
	}
	return nil, err
}

type publishInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		IDs  []string `json:"ids,omitempty" maxItems:"50000" doc:"articles whose drafts are published; all when missing"`
		Note string   `json:"note,omitempty" maxLength:"500" doc:"why, for the history"`
	}
}

// Published is what a publication did.
type Published struct {
	Revision kb.Revision `json:"revision"`
	IDs      []string    `json:"ids" nullable:"false" doc:"articles added or changed"`
}

type publishOutput struct{ Body Published }

func (s *Server) publishDrafts(ctx context.Context, in *publishInput) (*publishOutput, error) {
	done, err := once(ctx, s, "publish-drafts", in.IdempotencyKey, in.Body, func() (Published, error) {
		articles, revision, err := s.o.Articles.Publish(ctx, auth.From(ctx).Bot, in.Body.IDs, author(ctx), in.Body.Note)
		p := Published{Revision: revision, IDs: make([]string, len(articles))}
		for i, a := range articles {
			p.IDs[i] = a.ID
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	return &publishOutput{done}, nil
}

type revisionsInput struct {
	Before int64 `query:"before" minimum:"0" doc:"only revisions with a smaller number"`
	Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type revisionsOutput struct {
	Body struct {
		Revisions []kb.Revision `json:"revisions" nullable:"false" doc:"the newest first; a page that is full may have a next one, before its last number"`
	}
}

func (s *Server) listRevisions(ctx context.Context, in *revisionsInput) (*revisionsOutput, error) {
	revisions, err := s.o.Articles.History(ctx, auth.From(ctx).Bot, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(revisionsOutput)
	out.Body.Revisions = list(revisions)
	return out, nil
}

type editionsOutput struct {
	Body struct {
		Editions []kb.Edition `json:"editions" nullable:"false"`
	}
}

func (s *Server) listEditions(ctx context.Context, in *articleInput) (*editionsOutput, error) {
	editions, err := s.o.Articles.Editions(ctx, auth.From(ctx).Bot, in.ID)
	if err != nil {
		return nil, err
	}
	out := new(editionsOutput)
	out.Body.Editions = list(editions)
	return out, nil
}

type diffInput struct {
	ID   string `path:"id" maxLength:"128"`
	From int64  `query:"from" default:"-1" doc:"number of a revision; the one before to when missing"`
	To   int64  `query:"to" default:"-1" doc:"number of a revision; the article's last when missing"`
}

type diffOutput struct{ Body base.Difference }

func (s *Server) diffArticle(ctx context.Context, in *diffInput) (*diffOutput, error) {
	d, err := s.o.Articles.Diff(ctx, auth.From(ctx).Bot, in.ID, in.From, in.To)
	if err != nil {
		return nil, err
	}
	return &diffOutput{d}, nil
}

type rollBackInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		Revision *int64     `json:"revision,omitempty" minimum:"0" doc:"number of a revision; 0 is what was there before changes were counted"`
		At       *time.Time `json:"at,omitempty" doc:"or a moment: the last revision until then"`
		Note     string     `json:"note,omitempty" maxLength:"500"`
	}
}

// RolledBack is what a roll back did.
type RolledBack struct {
	To       int64       `json:"to" doc:"the revision whose articles are back"`
	Changed  bool        `json:"changed" doc:"false when the articles were so already"`
	Revision kb.Revision `json:"revision" doc:"the revision that the roll back made"`
}

type rollBackOutput struct{ Body RolledBack }

func (s *Server) rollBack(ctx context.Context, in *rollBackInput) (*rollBackOutput, error) {
	bot := auth.From(ctx).Bot
	done, err := once(ctx, s, "roll-back-articles", in.IdempotencyKey, in.Body, func() (out RolledBack, err error) {
		switch {
		case (in.Body.Revision == nil) == (in.Body.At == nil):
			return out, fault.In("body.revision", fault.New(fault.Invalid, "请给出要回到的版本号 revision，或时刻 at，二者选一。"))
		case in.Body.Revision != nil:
			out.To = *in.Body.Revision
		default:
			then, err := s.o.Articles.RevisionAt(ctx, bot, *in.Body.At)
			if err != nil {
				return out, err
			}
			out.To = then.Number
		}
		out.Revision, err = s.o.Articles.RollBack(ctx, bot, out.To, author(ctx), in.Body.Note)
		out.Changed = out.Revision.Number > 0
		return out, err
	})
	if err != nil {
		return nil, err
	}
	return &rollBackOutput{done}, nil
}

type compareArticlesInput struct {
	From    string `query:"from" default:"published" maxLength:"20" doc:"number of a revision, published or drafts"`
	To      string `query:"to" default:"drafts" maxLength:"20"`
	RawBody []byte
}

type compareArticlesOutput struct{ Body base.Comparison }

func (s *Server) compareArticles(ctx context.Context, in *compareArticlesInput) (*compareArticlesOutput, error) {
	questions, err := base.ReadQuestions(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	c, err := s.o.Articles.Compare(ctx, auth.From(ctx).Bot, in.From, in.To, questions)
	if err != nil {
		return nil, err
	}
	return &compareArticlesOutput{c}, nil
}
