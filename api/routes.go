package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// routes builds the router.
func (s *Server) routes() error {
	gin.SetMode(gin.ReleaseMode)
	s.router = gin.New()
	s.router.HandleMethodNotAllowed = true
	s.router.RedirectTrailingSlash = false
	if err := s.router.SetTrustedProxies(s.o.TrustedProxies); err != nil {
		return fault.In("trusted_proxies", fault.Wrap(err, fault.Invalid, "the trusted proxies must be addresses or networks"))
	}
	s.router.Use(s.around, s.shared, s.bounded)
	s.router.NoRoute(func(c *gin.Context) { s.answerProblem(c, http.StatusNotFound, fault.NotFound, "没有这个地址。") })
	s.router.NoMethod(func(c *gin.Context) {
		s.answerProblem(c, http.StatusMethodNotAllowed, fault.Unsupported, "此地址不支持这种请求方法。")
	})

	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Yingda 应答", Version: s.o.Version,
				Description: "客服台：机器人会话、坐席工作台、自然语言理解与知识库。Errors are RFC 9457 problems; detail is Chinese or English by Accept-Language.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":          {Type: "http", Scheme: "bearer", Description: "API key yd_<role>_…"},
					"conversation": {Type: "http", Scheme: "bearer", Description: "token of one conversation, from POST /v1/conversations"},
					"session":      {Type: "apiKey", In: "cookie", Name: "yingda_session", Description: "from POST /v1/agent/login; writes need our own Origin"},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat: "application/json",
	}
	s.api = humagin.New(s.router, config)
	for _, add := range []func(){
		s.visitorRoutes, s.ratingRoutes, s.agentRoutes, s.deskRoutes, s.nluRoutes, s.embeddingRoutes,
		s.articleRoutes, s.searchRoutes, s.importRoutes, s.growthRoutes, s.intentRoutes, s.quickReplyRoutes, s.autoReplyRoutes, s.helpRoutes, s.operationRoutes, s.compatRoutes, s.streamRoutes,
	} {
		add()
	}
	if err := s.docsRoutes(); err != nil {
		return err
	}
	return s.pageRoutes()
}

func (s *Server) answerProblem(c *gin.Context, status int, code fault.Code, message string) {
	newProblem(langOf(c.Request.Context()), status, code, message).write(c.Writer)
}

// schemaName is huma's name, with the package before it where two packages
// have a type of one name: nlu.Candidate is NluCandidate.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if pkg := path.Base(t.PkgPath()); pkg == "nlu" || pkg == "quickreply" || pkg == "autoreply" || pkg == "desk" || pkg == "importer" || pkg == "report" || pkg == "head" || pkg == "training" {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	} else if pkg == "intake" || pkg == "jobs" {
		return "Import" + name
	}
	if pkg := path.Base(t.PkgPath()); pkg == "mining" || pkg == "growth" || pkg == "usage" { // a Run, an Example, a Line of what
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	if path.Base(t.PkgPath()) == "help" { // a Day or a Rate of what
		return "Help" + name
	}
	if t == reflect.TypeFor[kb.Button]() { // messages have buttons too
		return "Article" + name
	}
	return name
}

// jsonFormat is JSON in valid UTF-8 both ways, with <, > and & as they are.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			return err
		}
		_, err := w.Write(b.Bytes())
		return err
	},
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return errUTF8
		}
		return json.Unmarshal(data, v)
	},
}
