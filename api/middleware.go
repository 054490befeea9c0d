package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
)

type requestKey struct{}

// requestID is what the log and X-Request-Id call the request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

const streamedKey = "yingda.streamed" // set by handlers of streams

// around is the outermost layer: id, language, panics, log, metrics.
func (s *Server) around(c *gin.Context) {
	start := time.Now()
	id := s.o.IDs.New("req")
	ctx := withLang(context.WithValue(c.Request.Context(), requestKey{}, id), preferred(c.Request))
	c.Request = c.Request.WithContext(ctx)
	h := c.Writer.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler { //nolint:errorlint // the value itself is the signal
				panic(v)
			}
			s.log.ErrorContext(ctx, "panic", "id", id, "value", fmt.Sprint(v), "stack", string(debug.Stack()))
			if !c.Writer.Written() {
				p := newProblem(langOf(ctx), http.StatusInternalServerError, fault.Internal, "")
				p.ID = id
				p.write(c.Writer)
			}
			c.Abort()
		}
		s.record(c, id, time.Since(start))
	}()
	c.Next()
}

// record writes the access log and counts.
func (s *Server) record(c *gin.Context, id string, took time.Duration) {
	route := c.FullPath()
	if route == "" {
		route = "unmatched"
	}
	s.metrics.answered(methodLabel(c.Request.Method), route, c.Writer.Status(), took, c.GetBool(streamedKey))
	level := slog.LevelInfo
	if route == "/healthz" || route == "/readyz" || route == "/metrics" {
		level = slog.LevelDebug
	}
	if !s.log.Enabled(c.Request.Context(), level) {
		return
	}
	s.log.LogAttrs(c.Request.Context(), level, "request",
		slog.String("id", id), slog.String("method", c.Request.Method), slog.String("path", maskedPath(c.Request)),
		slog.Int("status", c.Writer.Status()), slog.Duration("took", took), slog.Int("bytes", max(0, c.Writer.Size())),
		slog.String("ip", c.ClientIP()), slog.String("caller", callerName(c.Request.Context())),
	)
}

// methodLabel keeps made-up methods out of the labels.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions:
		return method
	default:
		return "other"
	}
}

func statusText(status int) string { return strconv.Itoa(status) }

// maskedPath is the request's path and query without what a token would open.
func maskedPath(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return r.URL.Path
	}
	q := r.URL.Query()
	if tokens, ok := q["token"]; ok {
		for i, t := range tokens {
			tokens[i] = auth.Mask(t)
		}
	}
	return r.URL.Path + "?" + q.Encode()
}

func callerName(ctx context.Context) string {
	c := auth.From(ctx)
	if c.Means == "" {
		return ""
	}
	return string(c.Means) + ":" + c.ID
}

// bounded limits what a request's body may hold.
func (s *Server) bounded(c *gin.Context) {
	limit := s.o.MaxBody
	if uploads[c.FullPath()] {
		limit = s.o.MaxImport
	}
	if c.Request.ContentLength > limit {
		l := langOf(c.Request.Context())
		newProblem(l, http.StatusRequestEntityTooLarge, fault.TooLarge, tooLarge(limit).in(l)).write(c.Writer)
		c.Header("Connection", "close")
		c.Abort()
		return
	}
	if c.Request.Body != nil && c.Request.Body != http.NoBody {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, limit)
	}
	c.Next()
}

// shared lets pages of allowed origins use the visitors' routes (CORS). No
// credentials are shared: visitors' tokens travel in headers.
func (s *Server) shared(c *gin.Context) {
	origin := c.GetHeader("Origin")
	visitors := strings.HasPrefix(c.Request.URL.Path, "/v1/conversations") || strings.HasPrefix(c.Request.URL.Path, "/v1/help/")
	if origin == "" || !visitors || auth.SameOrigin(c.Request) || !s.allows(origin) {
		c.Next()
		return
	}
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
	if c.Request.Method != http.MethodOptions {
		c.Next()
		return
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Accept-Language")
	h.Set("Access-Control-Max-Age", "600")
	c.AbortWithStatus(http.StatusNoContent)
}

func (s *Server) allows(origin string) bool {
	return slices.Contains(s.o.AllowedOrigins, "*") || slices.Contains(s.o.AllowedOrigins, origin)
}
