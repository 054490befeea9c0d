package growth

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/usage"
)

// Base is the knowledge base's service, as growth needs it.
type Base interface {
	Get(ctx context.Context, bot, id string) (kb.Article, error)
	Change(ctx context.Context, bot string, c kb.Change) ([]kb.Article, kb.Revision, error)
	SaveDraft(ctx context.Context, bot string, d kb.Draft) (kb.Draft, error)
}

// Options are what a Service works with; all but Logger are required.
type Options struct {
	Store Store
	Base  Base
	// Mining gives the options of mining for a bot as of now.
	Mining func(ctx context.Context, bot string, now time.Time) (mining.Options, error)
	// Transcripts tells each the bot's closed conversations since a time.
	Transcripts func(ctx context.Context, bot string, since time.Time, each func(mining.Transcript) error) error
	// Questions are those that found no answer since a time, the newest first.
	Questions func(ctx context.Context, bot string, since time.Time, limit int) ([]usage.Question, error)
	// Bots have their unanswered questions clustered every day at Hour of
	// Clock's zone.
	Bots   []string
	Hour   int
	Clock  clock.Clock
	IDs    ident.Source
	Logger *slog.Logger // nil discards
}

// Service keeps proposals and runs mining. It is safe for concurrent use.
type Service struct {
	o    Options
	runs *queue
}

// New starts a Service; Close ends it. A missing option is fault.Internal.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Base == nil || o.Mining == nil || o.Transcripts == nil || o.Questions == nil || o.Clock == nil || o.IDs == nil {
		return nil, fault.New(fault.Internal, "growth needs all of its options")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, runs: newQueue()}, nil
}

// Close cancels the runs and returns when none runs any more.
func (s *Service) Close() error {
	s.runs.close()
	return nil
}

// List returns proposals, the highest rank first.
func (s *Service) List(ctx context.Context, bot string, f Filter) ([]Proposal, error) {
	return s.o.Store.Proposals(ctx, bot, f)
}

// Get returns a proposal; fault.NotFound.
func (s *Service) Get(ctx context.Context, bot, id string) (Proposal, error) {
	return s.o.Store.Proposal(ctx, bot, id)
}

// unansweredReport is the name under which topics are stored.
const unansweredReport = "unanswered"

const (
	// askedFor is how far back unanswered questions are looked at.
	askedFor = 28 * 24 * time.Hour
	// mostAsked bounds the questions of one clustering, the newest.
	mostAsked = 20_000
)

// Unanswered are the questions that found no answer, by topic.
type Unanswered struct {
	At     time.Time      `json:"at"`
	Since  time.Time      `json:"since"`
	Count  int            `json:"count" doc:"questions looked at"`
	Topics []mining.Topic `json:"topics" nullable:"false"`
}

// Unanswered returns the last clustering; one of nothing when there was none.
func (s *Service) Unanswered(ctx context.Context, bot string) (Unanswered, error) {
	body, _, err := s.o.Store.GrowthReport(ctx, bot, unansweredReport)
	if fault.Is(err, fault.NotFound) {
		return Unanswered{Topics: []mining.Topic{}}, nil
	}
	if err != nil {
		return Unanswered{}, err
	}
	var u Unanswered
	if err := json.Unmarshal(body, &u); err != nil {
		return u, fault.Wrap(err, fault.Internal, "the report of unanswered questions is damaged")
	}
	return u, nil
}

// Cluster groups the unanswered questions of the last four weeks now and keeps
// the result.
func (s *Service) Cluster(ctx context.Context, bot string) (Unanswered, error) {
	now := s.o.Clock.Now()
	u := Unanswered{At: now.UTC(), Since: now.Add(-askedFor).UTC(), Topics: []mining.Topic{}}
	questions, err := s.o.Questions(ctx, bot, u.Since, mostAsked)
	if err != nil {
		return u, err
	}
	o, err := s.o.Mining(ctx, bot, now)
	if err != nil {
		return u, err
	}
	asked := make([]mining.Asked, len(questions))
	for i, q := range questions {
		asked[i] = mining.Asked{Text: q.Text, At: q.At, Reason: q.Reason}
	}
	u.Count = len(asked)
	if u.Topics, err = mining.Topics(ctx, asked, o); err != nil {
		return u, err
	}
	body, err := json.Marshal(u)
	if err != nil {
		return u, fault.Wrap(err, fault.Internal, "the report cannot be written")
	}
	return u, s.o.Store.PutGrowthReport(ctx, bot, unansweredReport, body)
}

// Run clusters every bot's unanswered questions once a day, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	for {
		now := s.o.Clock.Now()
		next := time.Date(now.Year(), now.Month(), now.Day(), s.o.Hour, 0, 0, 0, now.Location())
		if !next.After(now) {
			next = next.AddDate(0, 0, 1)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.o.Clock.After(next.Sub(now)):
		}
		for _, bot := range s.o.Bots {
			if _, err := s.Cluster(ctx, bot); err != nil && ctx.Err() == nil {
				s.o.Logger.Warn("the unanswered questions could not be grouped; it is tried again tomorrow", "bot", bot, "reason", err)
			}
		}
	}
}
