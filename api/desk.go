package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/internal/bus"
)

const deskPath = "/v1/desk/conversations"

func (s *Server) deskRoutes() {
	op := func(id, method, path, summary string, status int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: deskPath + path, Summary: summary, DefaultStatus: status, Tags: []string{"Desk"},
		}
	}
	const get, post, ok, done = http.MethodGet, http.MethodPost, http.StatusOK, http.StatusNoContent
	handle(s, op("list-desk-conversations", get, "", "会话列表：排队最久的在前", ok), toAgents, s.listDesk)
	handle(s, op("view-conversation", get, "/{id}", "打开会话：上下文、全部事件、推荐回复", ok), toAgents, s.viewConversation)
	handle(s, op("claim-conversation", post, "/{id}/claim", "领取会话", ok), toAgents, s.claim)
	handle(s, op("release-conversation", post, "/{id}/release", "交还机器人", ok), toAgents, s.release)
	handle(s, op("close-desk-conversation", post, "/{id}/close", "结束会话", ok), toAgents, s.closeByAgent)
	handle(s, op("reply", post, "/{id}/replies", "坐席回复", ok), toAgents, s.reply)
	handle(s, op("add-note", post, "/{id}/notes", "内部备注", ok), toAgents, s.addNote)
	handle(s, op("agent-typing", post, "/{id}/typing", "坐席正在输入", done), toAgents, s.agentTyping)
	handle(s, op("list-suggestions", get, "/{id}/suggestions", "推荐回复", ok), toAgents, s.listSuggestions)
	handle(s, op("ignore-suggestion", post, "/{id}/suggestions/{sid}/ignored", "不采用推荐", done), toAgents, s.ignoreSuggestion)
}

// actor is the caller as events name it.
func actor(c auth.Caller) dialog.Actor {
	return dialog.Actor{Kind: dialog.Agent, ID: c.ID, Name: c.Name}
}

type listDeskInput struct {
	Status []dialog.Status `query:"status" enum:"new,bot,queued,human,closed" doc:"comma-separated; all when missing"`
	Owner  string          `query:"owner" enum:"me,any" default:"any"`
	Limit  int             `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type listDeskOutput struct {
	Body struct {
		Conversations []dialog.Summary `json:"conversations" nullable:"false"`
	}
}

func (s *Server) listDesk(ctx context.Context, in *listDeskInput) (*listDeskOutput, error) {
	caller := auth.From(ctx)
	f := dialog.Filter{Bot: caller.Bot, Statuses: in.Status, Limit: in.Limit}
	if in.Owner == "me" {
		f.Owner = caller.ID
	}
	rows, err := s.o.Conversations.Summaries(ctx, f)
	if err != nil {
		return nil, err
	}
	out := new(listDeskOutput)
	out.Body.Conversations = list(rows)
	return out, nil
}

type viewOutput struct {
	Body desk.View
}

func (s *Server) viewConversation(ctx context.Context, in *conversationInput) (*viewOutput, error) {
	view, err := s.o.Desk.View(ctx, auth.From(ctx).Bot, in.ID)
	if err != nil {
		return nil, err
	}
	view.Events, view.Suggestions = list(view.Events), list(view.Suggestions)
	return &viewOutput{Body: view}, nil
}

type summaryOutput struct {
	Body struct {
		Summary dialog.Summary `json:"summary"`
	}
}

func summarized(row dialog.Summary, err error) (*summaryOutput, error) {
	if err != nil {
		return nil, err
	}
	out := new(summaryOutput)
	out.Body.Summary = row
	return out, nil
}

func (s *Server) claim(ctx context.Context, in *conversationInput) (*summaryOutput, error) {
	c := auth.From(ctx)
	return summarized(s.o.Desk.Claim(ctx, actor(c), c.Bot, in.ID))
}

type reasonInput struct {
	ID   string `path:"id" maxLength:"128"`
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"200"`
	} `required:"false"`
}

func (in *reasonInput) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

func (s *Server) release(ctx context.Context, in *reasonInput) (*summaryOutput, error) {
	c := auth.From(ctx)
	return summarized(s.o.Desk.Release(ctx, actor(c), c.Bot, in.ID, in.reason()))
}

func (s *Server) closeByAgent(ctx context.Context, in *reasonInput) (*summaryOutput, error) {
	c := auth.From(ctx)
	return summarized(s.o.Desk.Close(ctx, actor(c), c.Bot, in.ID, in.reason()))
}

// UsedSuggestion is the suggestion that a reply came from.
type UsedSuggestion struct {
	ID  string `json:"id" maxLength:"256"`
	Use string `json:"use,omitempty" enum:"taken,edited" doc:"found by comparing the texts when missing"`
}

type replyInput struct {
	ID             string `path:"id" maxLength:"128"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		Text       string          `json:"text"`
		ClientID   string          `json:"client_id,omitempty" maxLength:"128"`
		Suggestion *UsedSuggestion `json:"suggestion,omitempty"`
	}
}

type replyOutput struct {
	Body struct {
		Message dialog.Message `json:"message"`
	}
}

func (s *Server) reply(ctx context.Context, in *replyInput) (*replyOutput, error) {
	c := auth.From(ctx)
	r := desk.Reply{Bot: c.Bot, Conversation: in.ID, Agent: actor(c), Text: in.Body.Text, ClientID: in.Body.ClientID}
	orElse(&r.ClientID, in.IdempotencyKey)
	if in.Body.Suggestion != nil {
		r.Suggestion, r.Use = in.Body.Suggestion.ID, in.Body.Suggestion.Use
	}
	message, err := s.o.Desk.Reply(ctx, r)
	if err != nil {
		return nil, err
	}
	out := new(replyOutput)
	out.Body.Message = message
	return out, nil
}

type noteInput struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		Text string `json:"text"`
	}
}

type noteOutput struct {
	Body struct {
		Event dialog.Event `json:"event"`
	}
}

func (s *Server) addNote(ctx context.Context, in *noteInput) (*noteOutput, error) {
	c := auth.From(ctx)
	event, err := s.o.Desk.Note(ctx, actor(c), c.Bot, in.ID, in.Body.Text)
	if err != nil {
		return nil, err
	}
	out := new(noteOutput)
	out.Body.Event = event
	return out, nil
}

func (s *Server) agentTyping(ctx context.Context, in *conversationInput) (*struct{}, error) {
	c := auth.From(ctx)
	s.o.Bus.Type(bus.Typing{Bot: c.Bot, Conversation: in.ID, From: dialog.Agent, Name: c.Name})
	return nil, nil
}

type suggestionsInput struct {
	ID    string `path:"id" maxLength:"128"`
	Draft string `query:"draft" maxLength:"500" doc:"what the visitor is typing"`
}

type suggestionsOutput struct {
	Body struct {
		Suggestions []dialog.Suggestion `json:"suggestions" nullable:"false"`
	}
}

func (s *Server) listSuggestions(ctx context.Context, in *suggestionsInput) (*suggestionsOutput, error) {
	found, err := s.o.Desk.Suggest(ctx, auth.From(ctx).Bot, in.ID, in.Draft)
	if err != nil {
		return nil, err
	}
	out := new(suggestionsOutput)
	out.Body.Suggestions = list(found)
	return out, nil
}

type ignoreInput struct {
	ID         string `path:"id" maxLength:"128"`
	Suggestion string `path:"sid" maxLength:"256"`
}

func (s *Server) ignoreSuggestion(ctx context.Context, in *ignoreInput) (*struct{}, error) {
	c := auth.From(ctx)
	return nil, s.o.Desk.Ignore(ctx, actor(c), c.Bot, in.ID, in.Suggestion)
}
