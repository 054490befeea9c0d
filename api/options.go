package api

import (
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
)

// Options are what a Server is made of. Those without a default named here are
// required.
type Options struct {
	Conversations Conversations
	Desk          Desk
	Articles      Articles
	Language      Language
	Directory     Directory
	Bus           Bus
	// Profiles returns a bot's profile; an unknown bot is fault.NotFound.
	Profiles func(bot string) (dialog.Profile, error)
	Clock    clock.Clock
	IDs      ident.Source

	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil registers nowhere
	Metrics    http.Handler          // what /metrics answers; nil has no /metrics
	// Training teaches heads; nil has no routes for it.
	Training Training
	// Imports imports files as jobs; nil has no routes for it.
	Imports Imports
	// Risks sets how many wrong answers a bot may give; nil has no routes for it.
	Risks Risks
	// Help is the help centre and what is proposed while typing; nil has no
	// routes for it.
	Help Help
	// QuickReplies and AutoReplies are the desk's; nil has no routes for them.
	QuickReplies QuickReplies
	AutoReplies  AutoReplies
	// Growth is what conversations teach; nil has no routes for it.
	Growth Growth
	// Ready are the parts that /readyz asks, by name; each returns nil when it works.
	Ready map[string]Check
	// Version is the program's, for /version and the OpenAPI description.
	Version string
	// Model names the understanding in use, for the compat routes.
	Model string
	// MaxTokens is how many tokens the encoder reads of a text; 0 means 128.
	MaxTokens int

	// Pages are the built web pages; nil answers their routes with a problem.
	Pages fs.FS
	Site  Site

	MaxBody         int64         // bytes of a request; 0 means 1 MiB
	MaxImport       int64         // bytes of an import; 0 means 50 MiB
	VisitorPerMin   int           // starts and messages of one address; 0 means 60
	APIPerSec       int           // requests of one key, or one address without key; 0 means 2000
	LoginPerMin     int           // attempts of one address; 0 means 10
	MaxStreams      int           // open event streams and sockets; 0 means 10000
	ShutdownTimeout time.Duration // for requests in flight; 0 means 15 s
	TokenLife       time.Duration // of a conversation token; 0 means 30 days
	// TrustedProxies are addresses or networks whose X-Forwarded-For is believed.
	TrustedProxies []string
	// AllowedOrigins are the origins, beside our own, whose pages may talk to
	// us for visitors ("https://shop.example"; "*" for all).
	AllowedOrigins []string
	// SecureCookies sends cookies over HTTPS only.
	SecureCookies bool
}

// Site is what the pages are told.
type Site struct {
	Bot        string
	VisitorKey string
	// Customer and CustomerSignature sign in the customer of the demo page.
	Customer          string
	CustomerSignature string
}

// withDefaults checks o and fills in what was left out.
func (o Options) withDefaults() (Options, error) {
	for name, missing := range map[string]bool{
		"Conversations": o.Conversations == nil, "Desk": o.Desk == nil, "Articles": o.Articles == nil,
		"Language.Analyzer": o.Language.Analyzer == nil, "Language.Segmenter": o.Language.Segmenter == nil,
		"Language.Encoder": o.Language.Encoder == nil, "Language.Retriever": o.Language.Retriever == nil,
		"Directory": o.Directory == nil, "Bus": o.Bus == nil, "Profiles": o.Profiles == nil,
		"Clock": o.Clock == nil, "IDs": o.IDs == nil,
	} {
		if missing {
			return o, fault.New(fault.Invalid, "api.Options needs %s", name)
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	orElse(&o.MaxBody, 1<<20)
	orElse(&o.MaxImport, 50<<20)
	orElse(&o.VisitorPerMin, 60)
	orElse(&o.APIPerSec, 2000)
	orElse(&o.LoginPerMin, 10)
	orElse(&o.MaxStreams, 10_000)
	orElse(&o.ShutdownTimeout, 15*time.Second)
	orElse(&o.TokenLife, 30*24*time.Hour)
	orElse(&o.Version, "dev")
	orElse(&o.MaxTokens, 128)
	return o, nil
}

func orElse[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
