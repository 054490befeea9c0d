package api

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/dialog/quickreply/sheet"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

// QuickReplies is quickreply.Service, as the API needs it.
type QuickReplies interface {
	List(ctx context.Context, p quickreply.Person, sh quickreply.Shelf, query string) ([]quickreply.Offer, error)
	For(ctx context.Context, p quickreply.Person, sc quickreply.Scene, asked, query string) ([]quickreply.Offer, error)
	Put(ctx context.Context, p quickreply.Person, r quickreply.Reply) (quickreply.Reply, error)
	Delete(ctx context.Context, p quickreply.Person, id string) error
	Used(ctx context.Context, p quickreply.Person, id string) error
	Arrange(ctx context.Context, p quickreply.Person, sh quickreply.Shelf, ids []string) error
	Import(ctx context.Context, p quickreply.Person, sh quickreply.Shelf, rows []quickreply.Row, dryRun bool) (quickreply.Report, error)
	Export(ctx context.Context, p quickreply.Person, sh quickreply.Shelf) ([]quickreply.Row, error)
	Teams(ctx context.Context, bot string) ([]quickreply.Team, error)
	MyTeams(ctx context.Context, p quickreply.Person) ([]quickreply.Membership, error)
	PutTeam(ctx context.Context, p quickreply.Person, t quickreply.Team) error
}

var _ QuickReplies = (*quickreply.Service)(nil)

const (
	quickPath       = "/v1/quick-replies"
	quickImportPath = quickPath + "/import"
)

func (s *Server) quickReplyRoutes() {
	if s.o.QuickReplies == nil {
		return
	}
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, DefaultStatus: status, Tags: []string{"Quick replies"}}
	}
	const get, post, put, ok, done = http.MethodGet, http.MethodPost, http.MethodPut, http.StatusOK, http.StatusNoContent
	handle(s, op("list-quick-replies", get, quickPath, "快捷短语：自己的、团队的和全店的", ok), toUsers, s.listQuickReplies)
	handle(s, op("create-quick-reply", post, quickPath, "新建快捷短语", http.StatusCreated), toUsers, s.createQuickReply)
	handle(s, op("put-quick-reply", put, quickPath+"/{id}", "修改快捷短语", ok), toUsers, s.putQuickReply)
	handle(s, op("delete-quick-reply", http.MethodDelete, quickPath+"/{id}", "删除快捷短语", done), toUsers, s.deleteQuickReply)
	handle(s, op("use-quick-reply", post, quickPath+"/{id}/used", "记录一次使用", done), toUsers, s.useQuickReply)
	handle(s, op("arrange-quick-replies", put, quickPath+"/order", "调整顺序", done), toUsers, s.arrangeQuickReplies)
	upload := op("import-quick-replies", post, quickImportPath, "导入 CSV 或 XLSX；dry_run 只报告", ok)
	upload.Description = "Rows whose folder and title are those of a stored reply replace it; rows that cannot be taken are in the report."
	upload.RequestBody = &huma.RequestBody{Required: true, Description: "the file itself", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
	}}
	upload.BodyReadTimeout = 50 * time.Second
	handle(s, upload, toUsers, s.importQuickReplies)
	handle(s, op("export-quick-replies", get, quickPath+"/export", "导出 CSV 或 XLSX", ok), toUsers, s.exportQuickReplies)
	handle(s, op("conversation-quick-replies", get, deskPath+"/{id}/quick-replies", "会话中可用的快捷短语：空位已填，最相关的在前", ok), toAgents, s.conversationQuickReplies)
	handle(s, op("list-teams", get, "/v1/teams", "团队及成员", ok), toUsers, s.listTeams)
	handle(s, op("put-team", put, "/v1/teams/{name}", "设置团队成员；没有成员即删除", done), toTrainers, s.putTeam)
}

// person is the caller as quick replies know it.
func person(c auth.Caller) quickreply.Person {
	return quickreply.Person{Bot: c.Bot, ID: c.ID, Name: c.Name, Manages: c.Role == auth.Trainer || c.Role == auth.Admin}
}

// ShelfQuery says whose quick replies.
type ShelfQuery struct {
	Scope quickreply.Scope `query:"scope" enum:"bot,team,agent" doc:"all that the caller works with when missing"`
	Owner string           `query:"owner" maxLength:"128" doc:"team or agent; the caller when missing with scope=agent"`
}

// shelf is the one asked for; the zero Shelf when none is.
func (in ShelfQuery) shelf(c auth.Caller) quickreply.Shelf {
	sh := quickreply.Shelf{Scope: in.Scope, Owner: in.Owner}
	if sh.Scope == quickreply.OfAgent {
		orElse(&sh.Owner, c.ID)
	}
	return sh
}

type listQuickInput struct {
	ShelfQuery
	Query string `query:"q" maxLength:"100" doc:"shortcut, title, pinyin, folder or text"`
}

type quickRepliesOutput struct {
	Body struct {
		QuickReplies []quickreply.Offer      `json:"quick_replies" nullable:"false"`
		Teams        []quickreply.Membership `json:"teams" nullable:"false" doc:"the caller's"`
		Slots        []string                `json:"slots" nullable:"false" doc:"names that texts may have in {{…}}"`
	}
}

func (s *Server) offered(ctx context.Context, p quickreply.Person, found []quickreply.Offer, err error) (*quickRepliesOutput, error) {
	if err != nil {
		return nil, err
	}
	teams, err := s.o.QuickReplies.MyTeams(ctx, p)
	if err != nil {
		return nil, err
	}
	out := new(quickRepliesOutput)
	out.Body.QuickReplies, out.Body.Teams, out.Body.Slots = list(found), list(teams), quickreply.SlotNames()
	return out, nil
}

func (s *Server) listQuickReplies(ctx context.Context, in *listQuickInput) (*quickRepliesOutput, error) {
	c := auth.From(ctx)
	found, err := s.o.QuickReplies.List(ctx, person(c), in.shelf(c), in.Query)
	return s.offered(ctx, person(c), found, err)
}

type conversationQuickInput struct {
	ID    string `path:"id" maxLength:"128"`
	Draft string `query:"draft" maxLength:"500" doc:"what the agent has written; the customer's last message when missing"`
	Query string `query:"q" maxLength:"100" doc:"what is typed after the slash"`
}

func (s *Server) conversationQuickReplies(ctx context.Context, in *conversationQuickInput) (*quickRepliesOutput, error) {
	c := auth.From(ctx)
	state, err := s.o.Conversations.State(ctx, c.Bot, in.ID)
	if err != nil {
		return nil, err
	}
	profile, err := s.o.Profiles(c.Bot)
	if err != nil {
		return nil, err
	}
	sc := quickreply.Scene{State: state, Profile: profile, Now: s.o.Clock.Now()}
	if profile.Location != nil {
		sc.Now = sc.Now.In(profile.Location)
	}
	found, err := s.o.QuickReplies.For(ctx, person(c), sc, in.Draft, in.Query)
	return s.offered(ctx, person(c), found, err)
}

// QuickReplyBody is a quick reply as it is written.
type QuickReplyBody struct {
	Scope       quickreply.Scope `json:"scope" enum:"bot,team,agent"`
	Owner       string           `json:"owner,omitempty" maxLength:"128" doc:"team or agent; the caller when missing with scope agent"`
	Title       string           `json:"title"`
	Text        string           `json:"text" doc:"plain text with slots, {{customer.name}}"`
	Folder      string           `json:"folder,omitempty"`
	Shortcut    string           `json:"shortcut,omitempty" doc:"typed after a slash"`
	Attachments []kb.Attachment  `json:"attachments,omitempty"`
	Place       int              `json:"place,omitempty" minimum:"0" maximum:"1000000"`
	Version     int              `json:"version,omitempty" doc:"the one read; the stored one when missing"`
}

func (b QuickReplyBody) reply(c auth.Caller, id string) quickreply.Reply {
	return quickreply.Reply{
		ID: id, Shelf: ShelfQuery{b.Scope, b.Owner}.shelf(c), Title: b.Title, Text: b.Text, Folder: b.Folder,
		Shortcut: b.Shortcut, Attachments: b.Attachments, Place: b.Place, Version: b.Version,
	}
}

type createQuickInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           QuickReplyBody
}

type putQuickInput struct {
	ID   string `path:"id" maxLength:"128"`
	Body QuickReplyBody
}

type quickReplyOutput struct {
	Body quickreply.Reply
}

func (s *Server) createQuickReply(ctx context.Context, in *createQuickInput) (*quickReplyOutput, error) {
	c := auth.From(ctx)
	stored, err := once(ctx, s, "create-quick-reply", in.IdempotencyKey, in.Body, func() (quickreply.Reply, error) {
		return s.o.QuickReplies.Put(ctx, person(c), in.Body.reply(c, ""))
	})
	if err != nil {
		return nil, err
	}
	return &quickReplyOutput{stored}, nil
}

func (s *Server) putQuickReply(ctx context.Context, in *putQuickInput) (*quickReplyOutput, error) {
	c := auth.From(ctx)
	stored, err := s.o.QuickReplies.Put(ctx, person(c), in.Body.reply(c, in.ID))
	if err != nil {
		return nil, err
	}
	return &quickReplyOutput{stored}, nil
}

type quickIDInput struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Server) deleteQuickReply(ctx context.Context, in *quickIDInput) (*struct{}, error) {
	return nil, s.o.QuickReplies.Delete(ctx, person(auth.From(ctx)), in.ID)
}

func (s *Server) useQuickReply(ctx context.Context, in *quickIDInput) (*struct{}, error) {
	return nil, s.o.QuickReplies.Used(ctx, person(auth.From(ctx)), in.ID)
}

type arrangeInput struct {
	Body struct {
		Scope quickreply.Scope `json:"scope" enum:"bot,team,agent"`
		Owner string           `json:"owner,omitempty" maxLength:"128"`
		IDs   []string         `json:"ids" maxItems:"2000" doc:"in the order wanted; others follow"`
	}
}

func (s *Server) arrangeQuickReplies(ctx context.Context, in *arrangeInput) (*struct{}, error) {
	c := auth.From(ctx)
	return nil, s.o.QuickReplies.Arrange(ctx, person(c), ShelfQuery{in.Body.Scope, in.Body.Owner}.shelf(c), in.Body.IDs)
}

type importQuickInput struct {
	ShelfQuery
	DryRun  bool `query:"dry_run" doc:"report only, change nothing"`
	RawBody []byte
}

type importQuickOutput struct {
	Body quickreply.Report
}

func (s *Server) importQuickReplies(ctx context.Context, in *importQuickInput) (*importQuickOutput, error) {
	rows, err := sheet.Read(in.RawBody)
	if err != nil {
		return nil, err
	}
	c := auth.From(ctx)
	report, err := s.o.QuickReplies.Import(ctx, person(c), in.shelf(c), rows, in.DryRun)
	if err != nil {
		return nil, err
	}
	report.Problems = list(report.Problems)
	return &importQuickOutput{report}, nil
}

type exportQuickInput struct {
	ShelfQuery
	Format sheet.Format `query:"format" enum:"csv,xlsx" default:"xlsx"`
}

func (s *Server) exportQuickReplies(ctx context.Context, in *exportQuickInput) (*fileOutput, error) {
	c := auth.From(ctx)
	rows, err := s.o.QuickReplies.Export(ctx, person(c), in.shelf(c))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := sheet.Write(&b, in.Format, rows); err != nil {
		return nil, err
	}
	return fileAnswer(importer.Format(in.Format), "quick-replies", "快捷短语", b.Bytes()), nil
}

type teamsOutput struct {
	Body struct {
		Teams []quickreply.Team `json:"teams" nullable:"false"`
	}
}

func (s *Server) listTeams(ctx context.Context, _ *struct{}) (*teamsOutput, error) {
	teams, err := s.o.QuickReplies.Teams(ctx, auth.From(ctx).Bot)
	if err != nil {
		return nil, err
	}
	out := new(teamsOutput)
	out.Body.Teams = list(teams)
	return out, nil
}

type putTeamInput struct {
	Name string `path:"name" maxLength:"240"`
	Body struct {
		Members []quickreply.Member `json:"members" nullable:"false"`
	}
}

func (s *Server) putTeam(ctx context.Context, in *putTeamInput) (*struct{}, error) {
	c := auth.From(ctx)
	return nil, s.o.QuickReplies.PutTeam(ctx, person(c), quickreply.Team{Name: in.Name, Members: in.Body.Members})
}
