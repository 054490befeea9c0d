package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

func (s *Server) agentRoutes() {
	tags := []string{"Agent"}
	handle(s, huma.Operation{
		OperationID: "log-in", Method: http.MethodPost, Path: "/v1/agent/login", Tags: tags,
		Summary:     "坐席或训练师登录",
		Description: "Sets the cookie yingda_session; the token in the answer is the same session for programs.",
	}, toLogIn, s.logIn)
	handle(s, huma.Operation{
		OperationID: "log-out", Method: http.MethodPost, Path: "/v1/agent/logout", Tags: tags,
		Summary: "退出登录", DefaultStatus: http.StatusNoContent,
	}, toUsers, s.logOut)
	handle(s, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/v1/agent/me", Tags: tags,
		Summary: "当前登录的人",
	}, toUsers, s.getMe)
}

// AgentInfo is who is logged in.
type AgentInfo struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Bot  string    `json:"bot"`
	Role auth.Role `json:"role"`
}

func infoOf(c auth.Caller) AgentInfo {
	return AgentInfo{ID: c.ID, Name: c.Name, Bot: c.Bot, Role: c.Role}
}

type loginInput struct {
	Body struct {
		Name     string `json:"name" maxLength:"128"`
		Password string `json:"password" maxLength:"512"`
		Bot      string `json:"bot,omitempty" maxLength:"128" doc:"needed where several shops have an agent of this name"`
	}
}

type loginOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Agent     AgentInfo `json:"agent"`
		Token     string    `json:"token"`
		ExpiresAt time.Time `json:"expires_at"`
	}
}

func (s *Server) logIn(ctx context.Context, in *loginInput) (*loginOutput, error) {
	name := strings.TrimSpace(in.Body.Name)
	if name == "" || in.Body.Password == "" {
		return nil, fault.New(fault.Invalid, "请填写用户名和密码。")
	}
	token, caller, until, err := s.auth.LogIn(ctx, in.Body.Bot, name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	out := new(loginOutput)
	out.SetCookie = s.cookie(token, int(until.Sub(s.o.Clock.Now()).Seconds()))
	out.Body.Agent, out.Body.Token, out.Body.ExpiresAt = infoOf(caller), token, until.UTC()
	return out, nil
}

// cookie is the session's; seconds < 0 removes it.
func (s *Server) cookie(token string, seconds int) http.Cookie {
	return http.Cookie{
		Name: auth.Cookie, Value: token, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.o.SecureCookies,
	}
}

type logoutInput struct {
	Authorization string `header:"Authorization" hidden:"true"`
	Session       string `cookie:"yingda_session" hidden:"true"`
}

type logoutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Server) logOut(ctx context.Context, in *logoutInput) (*logoutOutput, error) {
	token := in.Session
	if _, bearer, ok := strings.Cut(in.Authorization, " "); ok {
		token = strings.TrimSpace(bearer)
	}
	if err := s.auth.LogOut(ctx, token); err != nil {
		return nil, err
	}
	return &logoutOutput{SetCookie: s.cookie("", -1)}, nil
}

type meOutput struct {
	Body struct {
		Agent AgentInfo `json:"agent"`
	}
}

func (s *Server) getMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	out := new(meOutput)
	out.Body.Agent = infoOf(auth.From(ctx))
	return out, nil
}
