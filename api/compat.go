package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/api/compat"
)

// compatRoutes are the routes in other products' shapes.
func (s *Server) compatRoutes() {
	rasa := compat.Rasa{Analyzer: s.o.Language.Analyzer, Conversations: s.o.Conversations, Clock: s.o.Clock, Model: s.o.Model}
	tei := compat.TEI{Encoder: s.o.Language.Encoder, Version: s.o.Version, MaxTokens: s.o.MaxTokens}
	dify := compat.Dify{Search: s.search}

	answer(s, compat.RasaProduct, http.MethodPost, "/model/parse", toPeers, func(ctx context.Context, r *http.Request) (any, error) {
		return decoded(ctx, r, func(ctx context.Context, in compat.RasaParseRequest) (compat.RasaParse, error) {
			return rasa.Parse(ctx, auth.From(ctx).Bot, in)
		})
	})
	s.router.POST("/webhooks/rest/webhook", s.peer(compat.RasaProduct, toService, func(c *gin.Context) error { return s.rasaWebhook(c, rasa) }))
	fixed(s, "/webhooks/rest/", func() any { return rasa.Hello() })
	fixed(s, "/version", func() any { return rasa.Version() })
	answer(s, compat.RasaProduct, http.MethodGet, "/status", toPeers, func(context.Context, *http.Request) (any, error) { return rasa.Status(), nil })

	answer(s, compat.TEIProduct, http.MethodPost, "/embed", toPeers, func(ctx context.Context, r *http.Request) (any, error) {
		return decoded(ctx, r, tei.Embed)
	})
	fixed(s, "/info", func() any { return tei.Info() })
	s.router.GET("/health", s.health)

	fixed(s, "/v2/health/live", func() any { return compat.KServeLive() })
	s.router.GET("/v2/health/ready", func(c *gin.Context) {
		_, ready := s.checkAll(c.Request.Context())
		compat.Write(c.Writer, readyStatus(ready), compat.KServeReady(ready))
	})

	answer(s, compat.DifyProduct, http.MethodPost, "/retrieval", toPeers, func(ctx context.Context, r *http.Request) (any, error) {
		return decoded(ctx, r, func(ctx context.Context, in compat.DifyRequest) (compat.DifyResponse, error) {
			return dify.Retrieve(ctx, auth.From(ctx).Bot, in)
		})
	})
}

// embeddingRoutes are OpenAI's, under our own prefix as there.
func (s *Server) embeddingRoutes() {
	openai := compat.OpenAI{Encoder: s.o.Language.Encoder}
	answer(s, compat.OpenAIProduct, http.MethodPost, "/v1/embeddings", toPeers, func(ctx context.Context, r *http.Request) (any, error) {
		return decoded(ctx, r, openai.Embeddings)
	})
	schemas := s.api.OpenAPI().Components.Schemas
	body := func(t reflect.Type) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(t, true, "")}}
	}
	s.api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "create-embeddings", Method: http.MethodPost, Path: "/v1/embeddings", Tags: []string{"NLU"},
		Summary: "文本向量（OpenAI 格式）", Description: "As OpenAI's Embeddings API; at most 256 texts.",
		Security: toPeers.security(),
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
			Type: "object", Required: []string{"input"}, Properties: map[string]*huma.Schema{
				"input":           {OneOf: []*huma.Schema{{Type: "string"}, {Type: "array", Items: &huma.Schema{Type: "string"}}}},
				"model":           {Type: "string"},
				"encoding_format": {Type: "string", Enum: []any{"float", "base64"}},
				"dimensions":      {Type: "integer"},
			},
		}}}},
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: body(reflect.TypeFor[compat.OpenAIResponse]())}},
	})
}

// peer is guarded with errors in another product's shape.
func (s *Server) peer(p compat.Product, a access, fn func(c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, err := s.admit(c.Request, c.ClientIP(), a, "")
		c.Request = c.Request.WithContext(ctx)
		if err == nil {
			err = fn(c)
		}
		if err == nil {
			return
		}
		failed := problem(ctx, s.log, err)
		for name, values := range failed.headers {
			c.Writer.Header()[name] = values
		}
		p.Fail(c.Writer, compat.Failure{Status: failed.Status, Code: failed.Code, Message: failed.Detail})
	}
}

// answer registers a route that answers 200 with JSON.
func answer(s *Server, p compat.Product, method, path string, a access, fn func(ctx context.Context, r *http.Request) (any, error)) {
	s.router.Handle(method, path, s.peer(p, a, func(c *gin.Context) error {
		body, err := fn(c.Request.Context(), c.Request)
		if err == nil {
			compat.Write(c.Writer, http.StatusOK, body)
		}
		return err
	}))
}

// fixed registers a public route.
func fixed(s *Server, path string, body func() any) {
	s.router.GET(path, func(c *gin.Context) { compat.Write(c.Writer, http.StatusOK, body()) })
}

// decoded reads the body and calls fn with it.
func decoded[I, O any](ctx context.Context, r *http.Request, fn func(ctx context.Context, in I) (O, error)) (any, error) {
	var in I
	if err := compat.Read(r, &in); err != nil {
		return nil, err
	}
	return fn(ctx, in)
}

// rasaWebhook answers a list, or with ?stream=true one object per line.
func (s *Server) rasaWebhook(c *gin.Context, rasa compat.Rasa) error {
	var in compat.RasaMessage
	if err := compat.Read(c.Request, &in); err != nil {
		return err
	}
	ctx := c.Request.Context()
	replies, err := rasa.Webhook(ctx, auth.From(ctx).Bot, in)
	if err != nil {
		return err
	}
	if !strings.EqualFold(c.Query("stream"), "true") {
		compat.Write(c.Writer, http.StatusOK, replies)
		return nil
	}
	c.Header("Content-Type", "application/json")
	lines := json.NewEncoder(c.Writer)
	lines.SetEscapeHTML(false)
	for _, said := range replies {
		if err := lines.Encode(said); err != nil {
			return nil //nolint:nilerr // the client is gone: nobody is left to tell
		}
	}
	return nil
}
