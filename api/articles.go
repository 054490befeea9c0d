package api

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

const importPath = "/v1/articles/import"

func (s *Server) articleRoutes() {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/v1/articles" + path, Summary: summary, DefaultStatus: status, Tags: []string{"Knowledge"}}
	}
	const get, post, put, remove = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	handle(s, op("list-articles", get, "", "知识条目列表", http.StatusOK), toTrainers, s.listArticles)
	handle(s, op("create-article", post, "", "新建条目", http.StatusCreated), toTrainers, s.createArticle)
	handle(s, op("get-article", get, "/{id}", "读取条目", http.StatusOK), toTrainers, s.getArticle)
	handle(s, op("put-article", put, "/{id}", "修改条目（If-Match 防止覆盖他人的修改）", http.StatusOK), toTrainers, s.putArticle)
	handle(s, op("delete-article", remove, "/{id}", "删除条目", http.StatusNoContent), toTrainers, s.deleteArticle)
	bulk := op("import-articles", post, "/import", "导入一个小文件；dry_run=true 只检查。大文件请用导入任务", http.StatusOK)
	bulk.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself", Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}}, "application/x-ndjson": {Schema: &huma.Schema{Type: "string"}},
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
	bulk.BodyReadTimeout = 50 * time.Second
	handle(s, bulk, toTrainers, s.importArticles)
	s.versionRoutes()
}

// author names the caller as the history of articles does.
func author(ctx context.Context) string {
	c := auth.From(ctx)
	return cmp.Or(c.Name, c.ID)
}

type listArticlesInput struct {
	Category string `query:"category" maxLength:"128"`
	Text     string `query:"q" maxLength:"200" doc:"found in question, similar questions or answer"`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor   string `query:"cursor" maxLength:"256"`
}

type listArticlesOutput struct {
	Body struct {
		Articles   []kb.Article `json:"articles" nullable:"false"`
		NextCursor string       `json:"next_cursor" doc:"empty at the end"`
	}
}

func (s *Server) listArticles(ctx context.Context, in *listArticlesInput) (*listArticlesOutput, error) {
	articles, next, err := s.o.Articles.List(ctx, auth.From(ctx).Bot, ArticleFilter{
		Category: in.Category, Text: strings.TrimSpace(in.Text), Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	out := new(listArticlesOutput)
	out.Body.Articles, out.Body.NextCursor = list(articles), next
	return out, nil
}

// ArticleBody is what a client writes of an article.
type ArticleBody struct {
	Question   string     `json:"question"`
	Similar    []string   `json:"similar,omitempty" maxItems:"200"`
	Answer     string     `json:"answer" doc:"Markdown"`
	Category   string     `json:"category,omitempty"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty" doc:"exclusive"`

	Blocks      []kb.Block      `json:"blocks,omitempty" maxItems:"10" doc:"rich content that follows the answer"`
	Variants    []kb.Variant    `json:"variants,omitempty" maxItems:"20" doc:"other answers by channel, customer tag and time; the first that fits is said"`
	Attachments []kb.Attachment `json:"attachments,omitempty" maxItems:"10"`
	AnswerAt    float64         `json:"answer_at,omitempty" minimum:"0" exclusiveMaximum:"1" doc:"the probability from which this article answers, instead of the bot's"`
	Owner       string          `json:"owner,omitempty"`
	Review      kb.Review       `json:"review,omitempty" enum:",review,approved,outdated"`
	// A client may send back the article as it read it.
	ID        string     `json:"id,omitempty" doc:"ignored: the path says it"`
	Bot       string     `json:"bot,omitempty" doc:"ignored: the key says it"`
	UpdatedAt *time.Time `json:"updated_at,omitempty" doc:"ignored"`
	Version   int        `json:"version,omitempty" doc:"ignored: If-Match says it"`
}

func (b ArticleBody) article(id string, version int) (kb.Article, error) {
	if b.ValidFrom != nil && b.ValidUntil != nil && !b.ValidFrom.Before(*b.ValidUntil) {
		return kb.Article{}, fault.In("body.valid_until", fault.New(fault.Invalid, "失效时间必须晚于生效时间。"))
	}
	return kb.Article{
		ID: id, Question: b.Question, Similar: b.Similar, Answer: b.Answer, Category: b.Category,
		ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil, Version: version,
		Blocks: b.Blocks, Variants: b.Variants, Attachments: b.Attachments,
		AnswerAt: b.AnswerAt, Owner: b.Owner, Review: b.Review,
	}, nil
}

type articleOutput struct {
	ETag string `header:"ETag"`
	Body kb.Article
}

func articleAnswer(a kb.Article) *articleOutput {
	return &articleOutput{ETag: etag(a.Version), Body: a}
}

func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

type createArticleInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           ArticleBody
}

func (s *Server) createArticle(ctx context.Context, in *createArticleInput) (*articleOutput, error) {
	created, err := once(ctx, s, "create-article", in.IdempotencyKey, in.Body, func() (kb.Article, error) {
		return s.storeArticle(ctx, in.Body, "", 0)
	})
	if err != nil {
		return nil, err
	}
	return articleAnswer(created), nil
}

func (s *Server) storeArticle(ctx context.Context, body ArticleBody, id string, version int) (kb.Article, error) {
	article, err := body.article(id, version)
	if err != nil {
		return kb.Article{}, err
	}
	stored, _, err := s.o.Articles.Change(ctx, auth.From(ctx).Bot, kb.Change{Author: author(ctx), Put: []kb.Article{article}})
	if err != nil {
		return kb.Article{}, err
	}
	if len(stored) != 1 {
		return kb.Article{}, fault.New(fault.Internal, "one article was stored as %d", len(stored))
	}
	return stored[0], nil
}

type articleInput struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Server) getArticle(ctx context.Context, in *articleInput) (*articleOutput, error) {
	a, err := s.o.Articles.Get(ctx, auth.From(ctx).Bot, in.ID)
	if err != nil {
		return nil, err
	}
	return articleAnswer(a), nil
}

type putArticleInput struct {
	ID      string `path:"id" maxLength:"128"`
	IfMatch string `header:"If-Match" doc:"the ETag that the article was read with; without it the last writer wins"`
	Body    ArticleBody
}

func (s *Server) putArticle(ctx context.Context, in *putArticleInput) (*articleOutput, error) {
	version, err := s.matching(ctx, in.ID, in.IfMatch)
	if err != nil {
		return nil, err
	}
	a, err := s.storeArticle(ctx, in.Body, in.ID, version)
	if version > 0 && fault.Is(err, fault.Conflict) {
		return nil, as{http.StatusPreconditionFailed, err}
	}
	if err != nil {
		return nil, err
	}
	return articleAnswer(a), nil
}

// matching returns the version that If-Match demands of an article that must
// exist; 0 demands nothing. Another stored version is a 412.
func (s *Server) matching(ctx context.Context, id, ifMatch string) (int, error) {
	stored, err := s.o.Articles.Get(ctx, auth.From(ctx).Bot, id)
	if err != nil {
		return 0, err
	}
	if ifMatch == "" || ifMatch == "*" {
		return 0, nil
	}
	if !strings.Contains(ifMatch, etag(stored.Version)) || strings.HasPrefix(ifMatch, "W/") {
		return 0, as{http.StatusPreconditionFailed, fault.New(fault.Conflict, "条目已被他人修改（当前版本 %d），请重新读取后再保存。", stored.Version)}
	}
	return stored.Version, nil
}

type deleteArticleInput struct {
	ID      string `path:"id" maxLength:"128"`
	IfMatch string `header:"If-Match"`
}

func (s *Server) deleteArticle(ctx context.Context, in *deleteArticleInput) (*struct{}, error) {
	if _, err := s.matching(ctx, in.ID, in.IfMatch); err != nil {
		return nil, err
	}
	_, r, err := s.o.Articles.Change(ctx, auth.From(ctx).Bot, kb.Change{Author: author(ctx), Delete: []string{in.ID}})
	if err == nil && r.Deleted == 0 {
		err = fault.New(fault.NotFound, "没有这个条目。")
	}
	return nil, err
}

type importInput struct {
	Format  importer.Format `query:"format" enum:"auto,xlsx,csv,tsv,jsonl,json,md,rasa,html" required:"true"`
	DryRun  bool            `query:"dry_run" doc:"report only, change nothing"`
	RawBody []byte
}

type importOutput struct{ Body ImportReport }

func (s *Server) importArticles(ctx context.Context, in *importInput) (*importOutput, error) {
	report, err := s.o.Articles.Import(ctx, auth.From(ctx).Bot, in.Format, bytes.NewReader(in.RawBody), in.DryRun)
	if err != nil {
		return nil, err
	}
	report.Problems = list(report.Problems)
	return &importOutput{Body: report}, nil
}
