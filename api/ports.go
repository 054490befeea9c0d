package api

import (
	"context"
	"io"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/desk"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/store"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/nlu"
)

// Conversations is dialog.Manager, as the API needs it.
type Conversations interface {
	Start(ctx context.Context, r dialog.StartRequest) (dialog.Outcome, error)
	Receive(ctx context.Context, in dialog.Incoming) (dialog.Outcome, error)
	State(ctx context.Context, bot, conversation string) (dialog.State, error)
	Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error)
	Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error)
	CloseByVisitor(ctx context.Context, bot, conversation string) (dialog.State, error)
	Rate(ctx context.Context, bot, conversation, message string, useful bool) error
}

var _ Conversations = (*dialog.Manager)(nil)

// Desk is desk.Service, as the API needs it.
type Desk interface {
	View(ctx context.Context, bot, conversation string) (desk.View, error)
	Claim(ctx context.Context, agent dialog.Actor, bot, conversation string) (dialog.Summary, error)
	Release(ctx context.Context, agent dialog.Actor, bot, conversation, reason string) (dialog.Summary, error)
	Close(ctx context.Context, agent dialog.Actor, bot, conversation, reason string) (dialog.Summary, error)
	Reply(ctx context.Context, r desk.Reply) (dialog.Message, error)
	Note(ctx context.Context, agent dialog.Actor, bot, conversation, text string) (dialog.Event, error)
	Suggest(ctx context.Context, bot, conversation, draft string) ([]dialog.Suggestion, error)
	Typing(ctx context.Context, bot, conversation, text string) ([]dialog.Suggestion, error)
	Ignore(ctx context.Context, agent dialog.Actor, bot, conversation, suggestion string) error
}

var _ Desk = (*desk.Service)(nil)

// Articles is the knowledge base's service, as the API needs it. A change is
// searchable when its call returns. Its two structs have the fields of kb/base's,
// so that a conversion is all an adapter needs.
type Articles interface {
	// List returns a page and the cursor of the next one, empty at the end.
	List(ctx context.Context, bot string, f ArticleFilter) (articles []kb.Article, next string, err error)
	// Get returns an article; fault.NotFound.
	Get(ctx context.Context, bot, id string) (kb.Article, error)
	// Change makes one change. An article without an ID is given one; one whose
	// Version is positive and not the stored one is fault.Conflict.
	Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error)
	// Import reads a file of articles; dryRun only reports. A file that is no
	// table at all is fault.Invalid; bad rows are in the report.
	Import(ctx context.Context, bot string, format importer.Format, file io.Reader, dryRun bool) (ImportReport, error)
	Versions
}

// ArticleFilter selects articles; zero fields do not restrict.
type ArticleFilter struct {
	Category string
	Text     string // found in question, similar questions or answer
	Limit    int    // 0 means 50; at most 200
	Cursor   string
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	Rows      int                `json:"rows" doc:"rows read, the heading not counted"`
	Added     int                `json:"added"`
	Replaced  int                `json:"replaced"`
	Unchanged int                `json:"unchanged"`
	Rejected  int                `json:"rejected"`
	Problems  []importer.Problem `json:"problems" nullable:"false"`
}

// Directory keeps keys, users, sessions, secrets and idempotency keys, and
// reads the rows of conversations; store.Store is one.
type Directory interface {
	auth.Directory
	Secret(ctx context.Context, bot, name string) ([]byte, error)
	BeginAttempt(ctx context.Context, a store.Attempt) (store.Recorded, bool, error)
	FinishAttempt(ctx context.Context, a store.Attempt, r store.Recorded) error
	AbandonAttempt(ctx context.Context, a store.Attempt) error
	Summary(ctx context.Context, bot, conversation string) (dialog.Summary, error)
	Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error)
}

var _ Directory = (*store.Store)(nil)

// Bus is bus.Bus, as the API needs it.
type Bus interface {
	Type(t bus.Typing)
	Subscribe(f bus.Filter) *bus.Subscription
}

// Language is what understands text.
type Language struct {
	Analyzer  nlu.Analyzer
	Segmenter nlu.Segmenter
	Encoder   nlu.Encoder
	Retriever kb.Retriever
}
