package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/examples"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/report"
	"github.com/yingda/yingda/nlu/training"
)

// Training is training.Trainer, as the API needs it.
type Training interface {
	Submit(r training.Request) (training.Job, error)
	Job(bot, name, id string) (training.Job, error)
	Jobs(bot, name string) []training.Job
	Cancel(bot, name, id string) (training.Job, error)
	Versions(bot, name string) ([]head.Version, error)
	Activate(bot, name, id string) error
	Rollback(bot, name string) (string, error)
	Report(bot, name, id string) ([]byte, error)
	Compare(ctx context.Context, bot, name, a, b string, list []head.Example, lines []int) (report.Comparison, error)
}

var _ Training = (*training.Trainer)(nil)

const (
	intentsPath = "/v1/intents/{name}"
	// maxCompared bounds the messages of a comparison, which is answered while
	// the client waits.
	maxCompared = 5000
)

// uploads are the routes whose body is a file, as gin writes them.
var uploads = map[string]bool{
	transcriptsPath:             true,
	importPath:                  true,
	importsPath:                 true,
	headingsPath:                true,
	quickImportPath:             true,
	"/v1/intents/:name/jobs":    true,
	"/v1/intents/:name/compare": true,
}

func (s *Server) intentRoutes() {
	if s.o.Training == nil {
		return
	}
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: intentsPath + path, Summary: summary, DefaultStatus: status, Tags: []string{"Training"}}
	}
	upload := func(o huma.Operation) huma.Operation {
		o.RequestBody = &huma.RequestBody{Required: true, Description: "the file of labelled messages itself", Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}}
		o.BodyReadTimeout = 50 * time.Second
		return o
	}
	const get, post = http.MethodGet, http.MethodPost
	train := upload(op("train-intents", post, "/jobs", "用标注的消息训练自己的意图；立即返回任务", http.StatusAccepted))
	train.Description = "JSON Lines, CSV, XLSX or Rasa's YAML or Markdown. Ask the job for its progress; its findings say what to write next."
	handle(s, train, toTrainers, s.trainIntents)
	handle(s, op("list-training-jobs", get, "/jobs", "训练任务列表", http.StatusOK), toTrainers, s.trainingJobs)
	handle(s, op("get-training-job", get, "/jobs/{job}", "训练任务的进度与报告", http.StatusOK), toTrainers, s.trainingJob)
	handle(s, op("cancel-training-job", http.MethodDelete, "/jobs/{job}", "取消训练任务", http.StatusOK), toTrainers, s.cancelTraining)
	handle(s, op("list-intent-versions", get, "/versions", "已训练的版本，新的在前", http.StatusOK), toTrainers, s.intentVersions)
	handle(s, op("get-intent-report", get, "/versions/{version}/report", "某个版本训练时的报告", http.StatusOK), toTrainers, s.intentReport)
	handle(s, op("activate-intents", post, "/activate", "启用某个版本，不影响正在处理的消息", http.StatusOK), toTrainers, s.activateIntents)
	handle(s, op("rollback-intents", post, "/rollback", "退回上一个版本", http.StatusOK), toTrainers, s.rollbackIntents)
	compare := upload(op("compare-intents", post, "/compare", "在一份测试消息上比较两个版本", http.StatusOK))
	compare.Description = "At most 5000 messages. An empty a or b is the active version, '-' the built-in head."
	handle(s, compare, toTrainers, s.compareIntents)
}

// HeadName is the path's name of a head.
type HeadName struct {
	Name string `path:"name" pattern:"^[a-z0-9][a-z0-9_-]{0,63}$" doc:"intent and sentiment replace the built-in heads of the bot"`
}

type trainInput struct {
	HeadName
	IdempotencyKey string          `header:"Idempotency-Key" maxLength:"128"`
	Format         examples.Format `query:"format" enum:"jsonl,csv,xlsx,yaml,md" required:"true"`
	Activate       bool            `query:"activate" doc:"make the version the active one when it is trained"`
	Balance        float64         `query:"balance" minimum:"0" maximum:"1" doc:"how much rare labels are helped: 0 counts all messages alike, 1 all labels"`
	RawBody        []byte
}

type jobOutput struct{ Body training.Job }

func (s *Server) trainIntents(ctx context.Context, in *trainInput) (*jobOutput, error) {
	set, err := readSet(in.RawBody, in.Format)
	if err != nil {
		return nil, err
	}
	request := training.Request{
		Bot: auth.From(ctx).Bot, Name: in.Name, Examples: set.Examples, Lines: set.Lines, Balance: in.Balance, Seed: 1, Activate: in.Activate,
	}
	sum := sha256.Sum256(in.RawBody)
	same := []any{in.Name, in.Format, in.Activate, in.Balance, hex.EncodeToString(sum[:])}
	job, err := once(ctx, s, "train-intents", in.IdempotencyKey, same, func() (training.Job, error) { return s.o.Training.Submit(request) })
	if err != nil {
		return nil, err
	}
	return &jobOutput{Body: job}, nil
}

// readSet reads an uploaded file; a row that cannot be used is an error with
// all of them as fields.
func readSet(data []byte, format examples.Format) (examples.Set, error) {
	set, err := examples.Read(bytes.NewReader(data), format)
	if err != nil || set.Rejected == 0 {
		return set, err
	}
	p := newProblem(chinese, http.StatusUnprocessableEntity, fault.Invalid, fmt.Sprintf("有 %d 行不能用，请改好后再上传。", set.Rejected))
	for _, bad := range set.Problems[:min(len(set.Problems), 100)] {
		p.Errors = append(p.Errors, FieldError{Location: bad.Where(), Message: bad.Message})
	}
	return set, p
}

type jobsOutput struct {
	Body struct {
		Jobs []training.Job `json:"jobs" nullable:"false" doc:"the newest first, without their findings"`
	}
}

func (s *Server) trainingJobs(ctx context.Context, in *HeadName) (*jobsOutput, error) {
	out := new(jobsOutput)
	out.Body.Jobs = list(s.o.Training.Jobs(auth.From(ctx).Bot, in.Name))
	return out, nil
}

type jobInput struct {
	HeadName
	Job string `path:"job" maxLength:"64"`
}

func (s *Server) trainingJob(ctx context.Context, in *jobInput) (*jobOutput, error) {
	job, err := s.o.Training.Job(auth.From(ctx).Bot, in.Name, in.Job)
	if err != nil {
		return nil, err
	}
	return &jobOutput{Body: job}, nil
}

func (s *Server) cancelTraining(ctx context.Context, in *jobInput) (*jobOutput, error) {
	job, err := s.o.Training.Cancel(auth.From(ctx).Bot, in.Name, in.Job)
	if err != nil {
		return nil, err
	}
	return &jobOutput{Body: job}, nil
}

type versionsOutput struct {
	Body struct {
		Versions []head.Version `json:"versions" nullable:"false"`
	}
}

func (s *Server) intentVersions(ctx context.Context, in *HeadName) (*versionsOutput, error) {
	versions, err := s.o.Training.Versions(auth.From(ctx).Bot, in.Name)
	if err != nil {
		return nil, err
	}
	out := new(versionsOutput)
	out.Body.Versions = list(versions)
	return out, nil
}

type reportInput struct {
	HeadName
	Version string `path:"version" maxLength:"128"`
}

type reportOutput struct{ Body report.Findings }

func (s *Server) intentReport(ctx context.Context, in *reportInput) (*reportOutput, error) {
	data, err := s.o.Training.Report(auth.From(ctx).Bot, in.Name, in.Version)
	if err != nil {
		return nil, err
	}
	out := new(reportOutput)
	if err := json.Unmarshal(data, &out.Body); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the report of %s cannot be read", in.Version)
	}
	return out, nil
}

type activateInput struct {
	HeadName
	Body struct {
		Version string `json:"version" minLength:"1" maxLength:"128" doc:"'-' goes back to the built-in head"`
	}
}

type activeOutput struct {
	Body struct {
		Version string `json:"version" doc:"the active one from now on; '-' is the built-in head"`
	}
}

func (s *Server) activateIntents(ctx context.Context, in *activateInput) (*activeOutput, error) {
	out := new(activeOutput)
	out.Body.Version = strings.TrimSpace(in.Body.Version)
	if err := s.o.Training.Activate(auth.From(ctx).Bot, in.Name, out.Body.Version); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Server) rollbackIntents(ctx context.Context, in *HeadName) (*activeOutput, error) {
	out := new(activeOutput)
	var err error
	out.Body.Version, err = s.o.Training.Rollback(auth.From(ctx).Bot, in.Name)
	if err != nil {
		return nil, err
	}
	return out, nil
}

type compareInput struct {
	HeadName
	A       string          `query:"a" maxLength:"128"`
	B       string          `query:"b" maxLength:"128"`
	Format  examples.Format `query:"format" enum:"jsonl,csv,xlsx,yaml,md" required:"true"`
	RawBody []byte
}

type compareOutput struct{ Body report.Comparison }

func (s *Server) compareIntents(ctx context.Context, in *compareInput) (*compareOutput, error) {
	set, err := readSet(in.RawBody, in.Format)
	if err != nil {
		return nil, err
	}
	if n := len(set.Examples); n > maxCompared {
		return nil, fault.New(fault.TooLarge, "一次最多比较 %d 条消息，这份文件有 %d 条。", maxCompared, n)
	}
	c, err := s.o.Training.Compare(ctx, auth.From(ctx).Bot, in.Name, in.A, in.B, set.Examples, set.Lines)
	if err != nil {
		return nil, err
	}
	return &compareOutput{Body: c}, nil
}
