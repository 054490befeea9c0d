package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

// access says who may use a route, and how often.
type access struct {
	// public lets everybody in; a caller is not even looked for.
	public bool
	// roles of keys and sessions that may.
	roles []auth.Role
	// conversation lets in the token of the conversation in the path, and nobody else.
	conversation bool
	// query accepts ?token= beside the header, for streams and other products' clients.
	query bool
	// limit bounds calls by address, in place of the limit by key.
	limit func(s *Server) *limiter
}

func byVisitors(s *Server) *limiter { return s.visitors }
func byTypists(s *Server) *limiter  { return s.typists }
func byLogins(s *Server) *limiter   { return s.logins }

var (
	toAll          = access{public: true}
	toLogIn        = access{public: true, limit: byLogins}
	toBegin        = access{roles: []auth.Role{auth.Visitor}, limit: byVisitors}
	toConversation = access{conversation: true}
	toWrite        = access{conversation: true, limit: byVisitors}
	toType         = access{conversation: true, limit: byTypists}
	toStream       = access{conversation: true, query: true}
	toUsers        = access{roles: []auth.Role{auth.Agent, auth.Trainer}}
	toAgents       = access{roles: []auth.Role{auth.Agent}}
	toAgentSocket  = access{roles: []auth.Role{auth.Agent}, query: true}
	toNLU          = access{roles: []auth.Role{auth.Service, auth.Trainer, auth.Agent}}
	toTrainers     = access{roles: []auth.Role{auth.Trainer}}
	toPeers        = access{roles: []auth.Role{auth.Service, auth.Trainer, auth.Agent}, query: true}
	toService      = access{roles: []auth.Role{auth.Service}, query: true}
)

// admit finds out who calls and whether a may be used. The context carries the
// caller from then on.
func (s *Server) admit(r *http.Request, ip string, a access, conversation string) (context.Context, error) {
	ctx := r.Context()
	if a.public {
		if a.limit == nil {
			return ctx, nil
		}
		return ctx, a.limit(s).allow(ip)
	}
	credential, cookie := auth.Credential(r, a.query)
	caller, err := s.auth.Caller(ctx, credential)
	if err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			if limited := s.callers.allow("ip:" + ip); limited != nil {
				return ctx, limited
			}
		}
		return ctx, err
	}
	ctx = auth.With(ctx, caller)
	if cookie && !safe(r.Method) {
		if err := auth.CheckOrigin(r, nil, true); err != nil {
			return ctx, err
		}
	}
	if err := a.permits(caller, conversation); err != nil {
		return ctx, err
	}
	if a.limit != nil {
		return ctx, a.limit(s).allow(ip)
	}
	return ctx, s.callers.allow(string(caller.Means) + ":" + caller.ID)
}

func (a access) permits(c auth.Caller, conversation string) error {
	if a.conversation {
		if c.Means != auth.ByToken {
			return fault.New(fault.Forbidden, "此接口只接受会话令牌（发起会话时返回的 token）。")
		}
		if c.Conversation != conversation {
			return fault.New(fault.NotFound, "没有这个会话。")
		}
		return nil
	}
	if !c.May(a.roles...) {
		return fault.New(fault.Forbidden, "当前凭证没有使用此接口的权限。")
	}
	return nil
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// guard is admit as huma's middleware.
func (s *Server) guard(a access) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(hc)
		ctx, err := s.admit(c.Request, c.ClientIP(), a, c.Param("id"))
		c.Request = c.Request.WithContext(ctx)
		if err != nil {
			problem(ctx, s.log, err).write(c.Writer)
			return
		}
		next(hc)
	}
}

// guarded is admit for plain handlers; an error they return becomes a problem.
func (s *Server) guarded(a access, fn func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, err := s.admit(c.Request, c.ClientIP(), a, c.Param("id"))
		c.Request = c.Request.WithContext(ctx)
		if err == nil {
			err = fn(c)
		}
		if err != nil {
			problem(ctx, s.log, err).write(c.Writer)
		}
	}
}

// security documents an access.
func (a access) security() []map[string][]string {
	switch {
	case a.public:
		return []map[string][]string{}
	case a.conversation:
		return []map[string][]string{{"conversation": {}}}
	default:
		return []map[string][]string{{"key": {}}, {"session": {}}}
	}
}

// handle registers an operation: who may use it, and its errors as problems.
func handle[I, O any](s *Server, op huma.Operation, a access, fn func(ctx context.Context, in *I) (*O, error)) {
	op.Middlewares = append(op.Middlewares, s.guard(a))
	op.Security = a.security()
	op.MaxBodyBytes = -1 // the layer bounded stops reading
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, problem(ctx, s.log, err)
		}
		return out, nil
	})
}
