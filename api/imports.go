package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/api/stream"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// Imports is intake.Service, with the export of the base it imports into.
type Imports interface {
	Submit(ctx context.Context, r intake.Request) (jobs.Job, error)
	Job(ctx context.Context, bot, id string) (jobs.Job, error)
	Jobs(ctx context.Context, bot string) ([]jobs.Job, error)
	Problems(ctx context.Context, bot, id string, f intake.ProblemFilter) ([]intake.Problem, int, error)
	Rows(ctx context.Context, bot, id string, f intake.RowFilter) ([]intake.Row, int, error)
	WriteProblems(ctx context.Context, bot, id string, w io.Writer) error
	Apply(ctx context.Context, bot, id string, c jobs.Choice) (jobs.Job, error)
	Check(ctx context.Context, bot, id string) (jobs.Job, error)
	Cancel(ctx context.Context, bot, id string) (jobs.Job, error)
	// Export writes all articles of a bot.
	Export(ctx context.Context, bot string, format importer.Format, w io.Writer) error
}

const (
	importsPath  = "/v1/imports"
	headingsPath = "/v1/imports/headings"
)

func (s *Server) importRoutes() {
	if s.o.Imports == nil {
		return
	}
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"Knowledge"}}
	}
	upload := func(o huma.Operation) huma.Operation {
		o.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself", Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}
		o.BodyReadTimeout = 50 * time.Second
		return o
	}
	download := func(o huma.Operation) huma.Operation {
		o.Responses = map[string]*huma.Response{"200": {Description: "the file", Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}}
		return o
	}
	const get, post = http.MethodGet, http.MethodPost
	submit := upload(op("import-file", post, importsPath, "上传文件并检查，不改动知识库；立即返回任务", http.StatusAccepted))
	submit.Description = "XLSX, CSV, TSV, JSON Lines, JSON, Markdown, Rasa YAML or an FAQ page, up to 50 MB and 50 000 rows. Ask the job for its progress; when it is ready, read its problems and apply it. One job of a bot runs at a time and four may wait."
	handle(s, submit, toTrainers, s.submitImport)
	headings := upload(op("preview-import", post, headingsPath, "看文件的表头，供指定列的含义", http.StatusOK))
	handle(s, headings, toTrainers, s.previewImport)
	handle(s, op("list-imports", get, importsPath, "导入任务列表，新的在前", http.StatusOK), toTrainers, s.listImports)
	handle(s, op("get-import", get, importsPath+"/{job}", "导入任务的进度与结果", http.StatusOK), toTrainers, s.getImport)
	handle(s, op("list-import-rows", get, importsPath+"/{job}/rows", "检查过的行：新增、替换或不变", http.StatusOK), toTrainers, s.importRows)
	handle(s, op("list-import-problems", get, importsPath+"/{job}/problems", "检查发现的问题，按文件里的顺序", http.StatusOK), toTrainers, s.importProblems)
	handle(s, download(op("download-import-problems", get, importsPath+"/{job}/problems.csv", "有问题的行和原因，改好后可以直接再导入", http.StatusOK)), toTrainers, s.importProblemsFile)
	apply := op("apply-import", post, importsPath+"/{job}/apply", "写入检查过的行：全部写入，或全不写入", http.StatusAccepted)
	apply.Description = "Where the base has changed since the check in what the file touches, nothing is written and the job becomes ready again with code conflict: check it again."
	handle(s, apply, toTrainers, s.applyImport)
	handle(s, op("check-import", post, importsPath+"/{job}/check", "知识库变了，重新检查", http.StatusAccepted), toTrainers, s.checkImport)
	handle(s, op("cancel-import", http.MethodDelete, importsPath+"/{job}", "取消导入，知识库保持原样", http.StatusOK), toTrainers, s.cancelImport)
	handle(s, download(op("export-articles", get, "/v1/articles/export", "导出全部条目，可以再导入", http.StatusOK)), toTrainers, s.exportArticles)
	handle(s, download(op("import-template", get, "/v1/articles/template", "下载导入模板", http.StatusOK)), toTrainers, s.importTemplate)
	s.router.GET(importsPath+"/:job/events", s.guarded(toTrainers, s.importStream))
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "stream-import", Method: get, Path: importsPath + "/{job}/events", Tags: []string{"Knowledge"},
		Summary:     "导入进度（SSE）",
		Description: "Server-sent events named `job`: data is the job whenever it has changed. The stream ends with the state ready, done, failed or cancelled.",
		Security:    toTrainers.security(),
		Parameters:  []*huma.Param{{Name: "job", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}}},
		Responses:   map[string]*huma.Response{"200": {Description: "events", Content: map[string]*huma.MediaType{"text/event-stream": {}}}},
	})
}

// FileQuery is how a file is to be read.
type FileQuery struct {
	Name    string          `query:"name" maxLength:"255" doc:"of the file"`
	Format  importer.Format `query:"format" enum:"auto,xlsx,csv,tsv,jsonl,json,md,rasa,html" default:"auto"`
	Sheet   string          `query:"sheet" maxLength:"255" doc:"the only sheet of a workbook to read"`
	Mapping string          `query:"mapping" maxLength:"8192" doc:"JSON object: heading to field, for headings that are not recognised"`
}

func (q FileQuery) mapping() (map[string]string, error) {
	if q.Mapping == "" {
		return nil, nil
	}
	var out map[string]string
	if err := json.Unmarshal([]byte(q.Mapping), &out); err != nil {
		return nil, fault.In("query.mapping", fault.New(fault.Invalid, "列的对应关系必须是 JSON 对象，如 {\"客户问\":\"question\"}。"))
	}
	return out, nil
}

type submitImportInput struct {
	FileQuery
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	CheckLinks     bool   `query:"check_links" doc:"ask every address in the answers whether it answers"`
	RawBody        []byte
}

type importJobOutput struct{ Body jobs.Job }

func importAnswer(j jobs.Job, err error) (*importJobOutput, error) {
	if err != nil {
		return nil, err
	}
	return &importJobOutput{Body: j}, nil
}

func (s *Server) submitImport(ctx context.Context, in *submitImportInput) (*importJobOutput, error) {
	mapping, err := in.mapping()
	if err != nil {
		return nil, err
	}
	caller := auth.From(ctx)
	r := intake.Request{Bot: caller.Bot, Author: authorOf(caller), Body: in.RawBody, Source: jobs.Source{
		File: in.Name, Format: string(in.Format), Mapping: mapping, Sheet: in.Sheet, CheckLinks: in.CheckLinks,
	}}
	sum := sha256.Sum256(in.RawBody)
	same := []any{r.Source, hex.EncodeToString(sum[:])}
	return importAnswer(once(ctx, s, "import-file", in.IdempotencyKey, same, func() (jobs.Job, error) { return s.o.Imports.Submit(ctx, r) }))
}

// authorOf is what the base's history calls a caller.
func authorOf(c auth.Caller) string {
	if c.Name != "" {
		return c.Name
	}
	return c.ID
}

type previewImportInput struct {
	FileQuery
	RawBody []byte
}

type previewImportOutput struct {
	Body struct {
		Tables []importer.Preview `json:"tables" nullable:"false"`
		Fields []string           `json:"fields" nullable:"false" doc:"what a heading may be mapped to"`
	}
}

func (s *Server) previewImport(ctx context.Context, in *previewImportInput) (*previewImportOutput, error) {
	mapping, err := in.mapping()
	if err != nil {
		return nil, err
	}
	tables, err := importer.Headings(ctx, bytes.NewReader(in.RawBody), importer.Options{Format: in.Format, Name: in.Name, Sheet: in.Sheet, Mapping: mapping})
	if err != nil {
		return nil, err
	}
	out := new(previewImportOutput)
	out.Body.Tables, out.Body.Fields = list(tables), importer.Fields()
	return out, nil
}

type importsOutput struct {
	Body struct {
		Jobs []jobs.Job `json:"jobs" nullable:"false" doc:"at most 50, the newest first"`
	}
}

func (s *Server) listImports(ctx context.Context, _ *struct{}) (*importsOutput, error) {
	all, err := s.o.Imports.Jobs(ctx, auth.From(ctx).Bot)
	if err != nil {
		return nil, err
	}
	out := new(importsOutput)
	out.Body.Jobs = list(all)
	return out, nil
}

// ImportPath is the path's id of an import.
type ImportPath struct {
	Job string `path:"job" maxLength:"64"`
}

func (s *Server) getImport(ctx context.Context, in *ImportPath) (*importJobOutput, error) {
	return importAnswer(s.o.Imports.Job(ctx, auth.From(ctx).Bot, in.Job))
}

func (s *Server) checkImport(ctx context.Context, in *ImportPath) (*importJobOutput, error) {
	return importAnswer(s.o.Imports.Check(ctx, auth.From(ctx).Bot, in.Job))
}

func (s *Server) cancelImport(ctx context.Context, in *ImportPath) (*importJobOutput, error) {
	return importAnswer(s.o.Imports.Cancel(ctx, auth.From(ctx).Bot, in.Job))
}

// ImportPage is a page of what belongs to an import.
type ImportPage struct {
	ImportPath
	Offset int `query:"offset" minimum:"0"`
	Limit  int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type importRowsInput struct {
	ImportPage
	Outcome intake.Outcome `query:"outcome" enum:"add,replace,unchanged"`
}

type importRowsOutput struct {
	Body struct {
		Rows  []intake.Row `json:"rows" nullable:"false"`
		Total int          `json:"total"`
	}
}

func (s *Server) importRows(ctx context.Context, in *importRowsInput) (*importRowsOutput, error) {
	rows, n, err := s.o.Imports.Rows(ctx, auth.From(ctx).Bot, in.Job, intake.RowFilter{Outcome: in.Outcome, Offset: in.Offset, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := new(importRowsOutput)
	out.Body.Rows, out.Body.Total = list(rows), n
	return out, nil
}

type importProblemsInput struct {
	ImportPage
	Severity importer.Severity `query:"severity" enum:"error,warning"`
	Code     string            `query:"code" maxLength:"64"`
}

type importProblemsOutput struct {
	Body struct {
		Problems []intake.Problem `json:"problems" nullable:"false"`
		Total    int              `json:"total"`
	}
}

func (s *Server) importProblems(ctx context.Context, in *importProblemsInput) (*importProblemsOutput, error) {
	problems, n, err := s.o.Imports.Problems(ctx, auth.From(ctx).Bot, in.Job, intake.ProblemFilter{
		Severity: in.Severity, Code: in.Code, Offset: in.Offset, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	out := new(importProblemsOutput)
	out.Body.Problems, out.Body.Total = list(problems), n
	return out, nil
}

// fileOutput is a file to save.
type fileOutput struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// fileTypes are the media types of formats, and their endings where those are
// not their names.
var fileTypes = map[importer.Format]struct{ media, ending string }{
	importer.XLSX:     {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ""},
	importer.CSV:      {"text/csv; charset=utf-8", ""},
	importer.TSV:      {"text/tab-separated-values; charset=utf-8", ""},
	importer.JSONL:    {"application/x-ndjson", ""},
	importer.JSON:     {"application/json", ""},
	importer.Markdown: {"text/markdown; charset=utf-8", ""},
	importer.Rasa:     {"application/yaml", "yml"},
	importer.HTML:     {"text/html; charset=utf-8", ""},
}

// fileAnswer is a file under a Chinese name; clients that do not know RFC 6266
// take the plain one.
func fileAnswer(format importer.Format, plain, name string, content []byte) *fileOutput {
	t := fileTypes[format]
	ending := t.ending
	if ending == "" {
		ending = string(format)
	}
	return &fileOutput{
		Type: t.media, Body: content,
		Disposition: fmt.Sprintf(`attachment; filename="%s.%s"; filename*=UTF-8''%s.%s`, plain, ending, url.PathEscape(name), ending),
	}
}

func (s *Server) importProblemsFile(ctx context.Context, in *ImportPath) (*fileOutput, error) {
	var b bytes.Buffer
	if err := s.o.Imports.WriteProblems(ctx, auth.From(ctx).Bot, in.Job, &b); err != nil {
		return nil, err
	}
	return fileAnswer(importer.CSV, "problems", "导入问题", b.Bytes()), nil
}

type applyImportInput struct {
	ImportPath
	Body jobs.Choice
}

func (s *Server) applyImport(ctx context.Context, in *applyImportInput) (*importJobOutput, error) {
	return importAnswer(s.o.Imports.Apply(ctx, auth.From(ctx).Bot, in.Job, in.Body))
}

type fileFormatInput struct {
	Format importer.Format `query:"format" enum:"xlsx,csv,tsv,jsonl,json,md,rasa,html" default:"xlsx"`
}

func (s *Server) exportArticles(ctx context.Context, in *fileFormatInput) (*fileOutput, error) {
	bot := auth.From(ctx).Bot
	var b bytes.Buffer
	if err := s.o.Imports.Export(ctx, bot, in.Format, &b); err != nil {
		return nil, err
	}
	day := s.o.Clock.Now().Format("20060102")
	return fileAnswer(in.Format, "articles-"+day, "知识库-"+bot+"-"+day, b.Bytes()), nil
}

func (s *Server) importTemplate(_ context.Context, in *fileFormatInput) (*fileOutput, error) {
	var b bytes.Buffer
	if err := importer.Template(&b, in.Format); err != nil {
		return nil, err
	}
	return fileAnswer(in.Format, "template", "知识导入模板", b.Bytes()), nil
}

func (s *Server) importStream(c *gin.Context) error {
	release, err := s.admitStream("imports")
	if err != nil {
		return err
	}
	defer release()
	c.Set(streamedKey, true)
	bot, id := auth.From(c.Request.Context()).Bot, c.Param("job")
	p := stream.Progress{Event: "job", Stop: s.draining, Next: func(ctx context.Context) (any, bool, error) {
		j, err := s.o.Imports.Job(ctx, bot, id)
		return j, !j.State.Busy(), err
	}}
	return p.Serve(c.Writer, c.Request)
}
