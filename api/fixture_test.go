package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/goleak"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/internal/store/storetest"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/nlu"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

const password = "正确的密码12345"

// passwordHash is password's: made once, it is slow on purpose.
var passwordHash = sync.OnceValues(func() (string, error) { return auth.HashPassword(password) })

var noon = time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC)

// fixture is a server on a real store, bus, Manager and desk; what understands
// text is faked.
type fixture struct {
	*testing.T
	url      string
	server   *api.Server
	store    *store.Store
	bus      bus.Bus
	manager  *dialog.Manager
	clock    *clock.Fake
	language *fakeLanguage
	keys     map[auth.Role]string
	sessions map[auth.Role]string
	logs     *lockedBuffer
	client   *http.Client
}

// lockedBuffer collects the log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// open starts a server; edit changes its options.
func open(t *testing.T, edit func(*api.Options)) *fixture {
	t.Helper()
	f := &fixture{
		T: t, clock: clock.NewFake(noon), language: &fakeLanguage{}, logs: &lockedBuffer{},
		keys: map[auth.Role]string{}, sessions: map[auth.Role]string{},
	}
	f.store = storetest.Open(t, f.clock)
	f.people()
	o := f.options()
	if edit != nil {
		edit(&o)
	}
	var err error
	f.server, err = api.New(o)
	f.must(err)
	web := httptest.NewServer(f.server.Handler())
	f.url, f.client = web.URL, web.Client()
	f.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		f.server.Close()
		f.client.CloseIdleConnections()
		web.Close()
		f.must(f.manager.Close())
		f.must(f.bus.Close())
	})
	return f
}

func (f *fixture) options() api.Options {
	profiles := func(bot string) (dialog.Profile, error) {
		if bot != "demo" && bot != "other" {
			return dialog.Profile{}, fault.New(fault.NotFound, "no bot %q", bot)
		}
		return dialog.Profile{
			Bot: bot, Name: "云栖优品", BotName: "小应", Greeting: "您好", Menu: []string{"我的快递到哪了"}, Location: time.UTC, MissLimit: 3,
		}, nil
	}
	var err error
	f.bus, err = bus.Open(f.Context(), bus.Options{DSN: "memory"})
	f.must(err)
	ids := ident.NewULID(clock.System{})
	f.manager, err = dialog.NewManager(dialog.Options{
		Store: f.store, Publisher: f.bus, Analyzer: f.language, Retriever: f.language, Profiles: profiles, Clock: f.clock, IDs: ids,
	})
	f.must(err)
	service, err := desk.New(desk.Options{
		Conversations: f.manager, Analyzer: f.language, Retriever: f.language, Profiles: profiles, Clock: f.clock, IDs: ids,
	})
	f.must(err)
	registry := prometheus.NewRegistry()
	return api.Options{
		Conversations: f.manager, Desk: service, Articles: &fakeArticles{store: f.store, ids: ids},
		Language:  api.Language{Analyzer: f.language, Segmenter: f.language, Encoder: f.language, Retriever: f.language},
		Directory: f.store, Bus: f.bus, Profiles: profiles, Clock: f.clock, IDs: ids,
		Logger:     slog.New(slog.NewTextHandler(f.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Registerer: registry, Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		Ready:   map[string]api.Check{"store": f.store.Ping},
		Version: "1.2.3", Model: "fake-1",
		Site:          api.Site{Bot: "demo", VisitorKey: f.keys[auth.Visitor]},
		VisitorPerMin: 100_000, APIPerSec: 100_000, LoginPerMin: 1000,
		Pages: fstest.MapFS{
			"index.html":         {Data: []byte("<html><head><!--yingda:config--></head></html>")},
			"widget.js":          {Data: []byte("widget()")},
			"desk/index.html":    {Data: []byte("<html><head><!--yingda:config--></head>desk</html>")},
			"console/index.html": {Data: []byte("<html><head><!--yingda:config--></head>console</html>")},
			"assets/a-1f.js":     {Data: []byte("a()")},
			"assets/big-2e.js":   {Data: bytes.Repeat([]byte("again();"), 1000)},
		},
	}
}

// people makes a key of each role and a session of each user role for bot demo.
func (f *fixture) people() {
	f.Helper()
	for _, role := range auth.KeyRoles {
		key, err := auth.NewKey(role)
		f.must(err)
		_, err = f.store.AddKey(f.Context(), store.Key{ID: "key_" + string(role), Bot: "demo", Role: string(role), Name: "测试", Hash: auth.Hash(key)})
		f.must(err)
		f.keys[role] = key
	}
	hash, err := passwordHash()
	f.must(err)
	for _, role := range auth.UserRoles {
		id := "usr_" + string(role)
		_, err := f.store.AddUser(f.Context(), store.User{ID: id, Bot: "demo", Name: "小" + string(role), Role: string(role), Password: hash})
		f.must(err)
		f.sessions[role] = f.session(id)
	}
	_, err = f.store.AddUser(f.Context(), store.User{ID: "usr_second", Bot: "demo", Name: "小周", Role: "agent", Password: hash})
	f.must(err)
}

func (f *fixture) session(user string) string {
	f.Helper()
	token := auth.NewSession()
	_, err := f.store.AddSession(f.Context(), store.Session{Hash: auth.Hash(token), Bot: "demo", User: user, ExpiresAt: noon.Add(auth.SessionLife)})
	f.must(err)
	return token
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

// call makes a request; body is JSON-encoded unless it is a string. headers
// are names and values in turn.
func (f *fixture) call(method, path, token string, body any, headers ...string) answer {
	f.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		packed, err := json.Marshal(b)
		f.must(err)
		reader = bytes.NewReader(packed)
	}
	r, err := http.NewRequestWithContext(f.Context(), method, f.url+path, reader)
	f.must(err)
	if reader != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return f.send(r)
}

func (f *fixture) send(r *http.Request) answer {
	f.Helper()
	response, err := f.client.Do(r)
	f.must(err)
	text, err := io.ReadAll(response.Body)
	f.must(err)
	f.must(response.Body.Close())
	return answer{response.StatusCode, response.Header, string(text)}
}

// wants ends the test unless a has this status.
func (f *fixture) wants(a answer, status int) answer {
	f.Helper()
	if a.status != status {
		f.Fatalf("got %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// problem ends the test unless a is a problem with this status and code.
func (f *fixture) problem(a answer, status int, code fault.Code) api.Problem {
	f.Helper()
	f.wants(a, status)
	var p api.Problem
	f.must(json.Unmarshal([]byte(a.body), &p))
	if p.Code != code || p.Status != status || p.Detail == "" || p.Title == "" || a.header.Get("Content-Type") != "application/problem+json" {
		f.Fatalf("not the problem expected (%s): %s %s", code, a.header.Get("Content-Type"), a.body)
	}
	return p
}

func read[T any](f *fixture, a answer) T {
	f.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		f.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// started is an answer of POST /v1/conversations.
type started struct {
	Conversation string         `json:"conversation"`
	Token        string         `json:"token"`
	ExpiresAt    time.Time      `json:"expires_at"`
	Status       dialog.Status  `json:"status"`
	Bot          api.BotInfo    `json:"bot"`
	Events       []dialog.Event `json:"events"`
}

func (f *fixture) start() started {
	f.Helper()
	return read[started](f, f.wants(f.call("POST", "/v1/conversations", f.keys[auth.Visitor], map[string]any{}), 201))
}

func (f *fixture) say(c started, text string) answer {
	f.Helper()
	return f.wants(f.call("POST", "/v1/conversations/"+c.Conversation+"/messages", c.Token, map[string]any{"text": text}), 200)
}

// queued starts a conversation that waits for people.
func (f *fixture) queued() started {
	f.Helper()
	c := f.start()
	f.say(c, "转人工")
	got := read[struct{ Status dialog.Status }](f, f.call("GET", "/v1/conversations/"+c.Conversation, c.Token, nil))
	if got.Status != dialog.StatusQueued {
		f.Fatalf("the conversation is %s, want queued", got.Status)
	}
	return c
}

// fakeLanguage understands by keywords.
type fakeLanguage struct {
	mu   sync.Mutex
	fail error // what the next calls fail with
}

func (l *fakeLanguage) breaks(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = err
}

func (l *fakeLanguage) failing() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fail
}

// Analyze knows parcels and people.
func (l *fakeLanguage) Analyze(_ context.Context, r nlu.Request) (nlu.Result, error) {
	if err := l.failing(); err != nil {
		return nlu.Result{}, err
	}
	name := "out_of_scope"
	switch {
	case strings.Contains(r.Text, "人工"):
		name = "human_agent"
	case strings.Contains(r.Text, "退货"):
		name = "return_policy"
	}
	intent := nlu.Intent{Name: name, Confidence: 0.95}
	if r.Prev != "" || len(r.Expect) > 0 {
		// in context: by what is expected, in two parts, worried
		return nlu.Result{
			Text: r.Text, Intent: nlu.Intent{Name: strings.Join(r.Expect, "+"), Confidence: 0.6}, Intents: []nlu.Intent{intent}, Entities: []nlu.Entity{},
			Scope: &nlu.Scope{In: true, Score: 0.1}, Emotion: &nlu.Emotion{Label: nlu.Worry, Score: 1, Scores: map[string]float64{nlu.Worry: 1}},
			Segments: []nlu.Segment{{Text: r.Text, Start: 0, End: 2, Intent: "a", Confidence: 0.9}},
		}, nil
	}
	return nlu.Result{
		Text: r.Text, Intent: intent, Intents: []nlu.Intent{intent},
		Sentiment: nlu.Sentiment{Label: nlu.Neutral, Score: 0.9, Scores: nlu.SentimentScores{Negative: 0.05, Neutral: 0.9, Positive: 0.05}},
		Entities:  []nlu.Entity{}, Features: nlu.Features{Embedding: []float32{1, 0}, EncoderID: "fake-1", Tokens: 3}, Tokens: l.Segment(r.Text),
	}, nil
}

// Segment cuts every code point.
func (l *fakeLanguage) Segment(text string) []nlu.Token {
	var tokens []nlu.Token
	for i, r := range []rune(text) {
		tokens = append(tokens, nlu.Token{Text: string(r), Term: string(r), Start: i, End: i + 1, Pos: "x"})
	}
	return tokens
}

// Encode returns a vector that depends on the length only.
func (l *fakeLanguage) Encode(_ context.Context, text string) (nlu.Features, error) {
	if err := l.failing(); err != nil {
		return nlu.Features{}, err
	}
	if text == "" {
		return nlu.Features{}, fault.New(fault.Invalid, "the text is empty")
	}
	n := float32(len(text))
	v := []float32{n, -0.5}
	return nlu.Features{Embedding: v, State: v, Tokens: len([]rune(text)) + 2, EncoderID: "fake-1", Truncated: len(text) > 400}, nil
}

// EncodePair is Encode of both texts.
func (l *fakeLanguage) EncodePair(ctx context.Context, text, prev string) (nlu.Features, error) {
	return l.Encode(ctx, text+prev)
}

func (l *fakeLanguage) ID() string          { return "fake-1" }
func (l *fakeLanguage) Dimension() int      { return 2 }
func (l *fakeLanguage) StateDimension() int { return 2 }

// Search finds the article about returns.
func (l *fakeLanguage) Search(_ context.Context, q kb.Query) ([]kb.Hit, error) {
	if !strings.Contains(q.Text, "退货") {
		return nil, nil
	}
	return []kb.Hit{{
		Article: kb.Article{ID: "art_return", Bot: q.Bot, Question: "怎么退货", Answer: "七天无理由退货。", Category: "售后"},
		Phrase:  "退货流程", Score: 0.97, Band: kb.Answer,
	}}, nil
}

// fakeArticles keeps articles in the real store.
type fakeArticles struct {
	api.Versions // of tests that need it

	store *store.Store
	ids   ident.Source
}

func (a *fakeArticles) List(ctx context.Context, bot string, f api.ArticleFilter) ([]kb.Article, string, error) {
	all, err := a.store.Articles(ctx, bot)
	if err != nil {
		return nil, "", err
	}
	all = slices.DeleteFunc(all, func(x kb.Article) bool {
		return x.ID <= f.Cursor || (f.Category != "" && x.Category != f.Category) || !strings.Contains(x.Question, f.Text)
	})
	if len(all) <= f.Limit {
		return all, "", nil
	}
	return all[:f.Limit], all[f.Limit-1].ID, nil
}

func (a *fakeArticles) Get(ctx context.Context, bot, id string) (kb.Article, error) {
	return a.store.Article(ctx, bot, id)
}

func (a *fakeArticles) Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error) {
	articles := c.Put
	for i := range articles {
		if articles[i].Question == "" {
			return nil, kb.Revision{}, fault.In("question", fault.New(fault.Invalid, "问题不能为空。"))
		}
		if articles[i].ID == "" {
			articles[i].ID = a.ids.New("art")
		}
	}
	return a.store.ChangeArticles(ctx, bot, c)
}

func (a *fakeArticles) Import(_ context.Context, _ string, format importer.Format, file io.Reader, dryRun bool) (api.ImportReport, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return api.ImportReport{}, err
	}
	rows := strings.Count(string(content), "\n")
	r := api.ImportReport{Rows: rows, Added: rows}
	if dryRun {
		r.Problems = []importer.Problem{{Line: 1, Code: "invalid", Message: fmt.Sprintf("%s, %d bytes", format, len(content))}}
	}
	return r, nil
}

type options = api.Options

// panicker is a handler with a defect.
type panicker struct{}

func (panicker) ServeHTTP(http.ResponseWriter, *http.Request) { panic("boom") }

// chunked posts a body without saying its length.
func (f *fixture) chunked(path, token, body string) answer {
	f.Helper()
	r, err := http.NewRequestWithContext(f.Context(), "POST", f.url+path, io.MultiReader(strings.NewReader(body)))
	f.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return f.send(r)
}

type healthCheck = api.Check

func newServer(o options) (*api.Server, error) { return api.New(o) }

// noDesk stands where a benchmark never calls the desk.
type noDesk struct{ api.Desk }

func noProfile(string) (dialog.Profile, error) { return dialog.Profile{}, nil }
