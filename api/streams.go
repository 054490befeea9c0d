package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/api/stream"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
)

func (s *Server) streamRoutes() {
	s.router.GET("/v1/conversations/:id/events", s.guarded(toStream, s.visitorStream))
	s.router.GET("/v1/desk/ws", s.guarded(toAgentSocket, s.deskSocket))
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "stream-conversation", Method: http.MethodGet, Path: "/v1/conversations/{id}/events", Tags: []string{"Visitor"},
		Summary:     "会话事件流（SSE）",
		Description: "Server-sent events: id is the event's seq, event its type, data the Event. Resumes after Last-Event-ID or ?after=. Typing of the agent comes as event `typing` without id. The token may be given as ?token=.",
		Security:    toStream.security(),
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}},
			{Name: "after", In: "query", Schema: &huma.Schema{Type: "integer"}},
			{Name: "token", In: "query", Schema: &huma.Schema{Type: "string"}},
			{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: "string"}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "events", Content: map[string]*huma.MediaType{"text/event-stream": {}}}},
	})
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "desk-socket", Method: http.MethodGet, Path: "/v1/desk/ws", Tags: []string{"Desk"},
		Summary:     "坐席工作台 WebSocket",
		Description: "Server frames: hello, summary, event, typing, suggestions, error, pong. Client frames: subscribe {conversation, after}, unsubscribe {conversation}, ping. The session cookie or ?token= says who it is; browsers must come from our own origin.",
		Security:    toAgentSocket.security(),
		Responses:   map[string]*huma.Response{"101": {Description: "switching protocols"}},
	})
}

func (s *Server) visitorStream(c *gin.Context) error {
	after, err := stream.Cursor(c.Request)
	if err != nil {
		return err
	}
	release, err := s.admitStream("events")
	if err != nil {
		return err
	}
	defer release()
	c.Set(streamedKey, true)
	sse := stream.SSE{
		Source: s.source, Stop: s.draining, Log: s.log, Show: dialog.Event.Public,
		Typing: func(t bus.Typing) bool { return t.From == dialog.Agent },
	}
	return sse.Serve(c.Writer, c.Request, auth.From(c.Request.Context()).Bot, c.Param("id"), after)
}

func (s *Server) deskSocket(c *gin.Context) error {
	if err := auth.CheckOrigin(c.Request, nil, false); err != nil {
		return err
	}
	release, err := s.admitStream("desk")
	if err != nil {
		return err
	}
	defer release()
	c.Set(streamedKey, true)
	caller := auth.From(c.Request.Context())
	credential, _ := auth.Credential(c.Request, true)
	s.desk.Serve(c.Writer, c.Request, stream.Agent{ID: caller.ID, Name: caller.Name, Bot: caller.Bot, Role: string(caller.Role)},
		func(ctx context.Context) bool {
			_, err := s.auth.Caller(ctx, credential)
			return !fault.Is(err, fault.Unauthenticated)
		})
	return nil
}

// suggest drafts replies for the desk's socket. Where there is nothing to
// suggest, in a closed conversation, there is no suggestion and no error.
func (s *Server) suggest(ctx context.Context, bot, conversation, draft string) ([]dialog.Suggestion, error) {
	find := s.o.Desk.Suggest
	if draft != "" {
		find = s.o.Desk.Typing
	}
	found, err := find(ctx, bot, conversation, draft)
	if fault.Is(err, fault.Conflict) {
		return nil, nil
	}
	return found, err
}
