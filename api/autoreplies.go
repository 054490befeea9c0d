package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/internal/fault"
)

// AutoReplies is autoreply.Service, as the API needs it.
type AutoReplies interface {
	Settings(ctx context.Context, bot string) (autoreply.Saved, error)
	Save(ctx context.Context, bot string, s autoreply.Settings, version int, author string) (autoreply.Saved, error)
	Greeting(st dialog.State) (text string, menu []string)
}

var _ AutoReplies = (*autoreply.Service)(nil)

func (s *Server) autoReplyRoutes() {
	if s.o.AutoReplies == nil {
		return
	}
	tags := []string{"Automatic replies"}
	handle(s, huma.Operation{
		OperationID: "get-autoreplies", Method: http.MethodGet, Path: "/v1/autoreplies", Tags: tags,
		Summary: "自动回复与营业时间，附预览",
	}, toUsers, s.getAutoReplies)
	handle(s, huma.Operation{
		OperationID: "put-autoreplies", Method: http.MethodPut, Path: "/v1/autoreplies", Tags: tags,
		Summary:     "保存自动回复与营业时间；dry_run 只检查和预览",
		Description: "version is the one read; another stored one is a 409.",
	}, toTrainers, s.putAutoReplies)
}

// AutoRepliesBody are a bot's automatic replies with what they look like.
type AutoRepliesBody struct {
	Version  int                `json:"version" doc:"0 are the defaults"`
	Author   string             `json:"author,omitempty"`
	Updated  time.Time          `json:"updated,omitzero"`
	Settings autoreply.Settings `json:"settings"`
	// Previews are the wordings of each rule with sample values, in its order.
	Previews [][]string `json:"previews" nullable:"false"`
	// Slots are what the wordings of each kind can rely on.
	Slots map[string][]string `json:"slots"`
	// Open says whether people serve now; NextOpen when they do next.
	Open     bool      `json:"open"`
	NextOpen time.Time `json:"next_open,omitzero"`
}

type autoRepliesOutput struct {
	Body AutoRepliesBody
}

// shown words settings for the caller's bot.
func (s *Server) shown(saved autoreply.Saved, p dialog.Profile) *autoRepliesOutput {
	now := s.o.Clock.Now()
	if p.Location != nil {
		now = now.In(p.Location)
	}
	out := new(autoRepliesOutput)
	out.Body = AutoRepliesBody{
		Version: saved.Version, Author: saved.Author, Updated: saved.Updated, Settings: saved.Settings,
		Previews: make([][]string, len(saved.Settings.Rules)), Slots: map[string][]string{}, Open: saved.Settings.Hours.Open(now),
	}
	out.Body.Settings.Rules = list(slices.Clone(saved.Settings.Rules))
	for i, r := range saved.Settings.Rules {
		out.Body.Previews[i] = list(autoreply.Preview(saved.Settings, r, p, now))
	}
	for _, kind := range autoreply.Kinds() {
		out.Body.Slots[string(kind)] = autoreply.Sure(kind)
	}
	if next, ok := saved.Settings.Hours.Next(now); ok && !out.Body.Open {
		out.Body.NextOpen = next
	}
	return out
}

func (s *Server) getAutoReplies(ctx context.Context, _ *struct{}) (*autoRepliesOutput, error) {
	bot := auth.From(ctx).Bot
	saved, err := s.o.AutoReplies.Settings(ctx, bot)
	if err != nil {
		return nil, err
	}
	p, err := s.o.Profiles(bot)
	if err != nil {
		return nil, err
	}
	return s.shown(saved, p), nil
}

type putAutoRepliesInput struct {
	DryRun bool `query:"dry_run" doc:"check and preview only, change nothing"`
	Body   struct {
		Version  int                `json:"version" minimum:"0"`
		Settings autoreply.Settings `json:"settings"`
	}
}

func (s *Server) putAutoReplies(ctx context.Context, in *putAutoRepliesInput) (*autoRepliesOutput, error) {
	c := auth.From(ctx)
	p, err := s.o.Profiles(c.Bot)
	if err != nil {
		return nil, err
	}
	saved := autoreply.Saved{Settings: in.Body.Settings, Version: in.Body.Version, Author: c.Name}
	if in.DryRun {
		err = in.Body.Settings.Check()
	} else {
		saved, err = s.o.AutoReplies.Save(ctx, c.Bot, in.Body.Settings, in.Body.Version, c.Name)
	}
	if err != nil {
		return nil, fault.In("settings", err)
	}
	return s.shown(saved, p), nil
}
