package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
)

func (s *Server) ratingRoutes() {
	handle(s, huma.Operation{
		OperationID: "rate-message", Method: http.MethodPost, Path: "/v1/conversations/{id}/messages/{message}/rating", Tags: []string{"Visitor"},
		Summary: "访客评价一条回复：有用 / 没用", DefaultStatus: http.StatusNoContent,
		Description: "Of several ratings of one message the last counts. A conversation that is closed can still be rated.",
	}, toType, s.rateMessage)
}

type ratingInput struct {
	ID      string `path:"id" maxLength:"128"`
	Message string `path:"message" maxLength:"128"`
	Body    struct {
		Useful bool `json:"useful"`
	}
}

func (s *Server) rateMessage(ctx context.Context, in *ratingInput) (*struct{}, error) {
	return nil, s.o.Conversations.Rate(ctx, auth.From(ctx).Bot, in.ID, in.Message, in.Body.Useful)
}
