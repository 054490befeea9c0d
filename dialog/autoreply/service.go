package autoreply

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// Saved are settings as they are stored.
type Saved struct {
	Settings Settings
	Author   string
	Updated  time.Time
	// Version counts from 1; 0 are the defaults.
	Version int
}

// Store keeps settings.
type Store interface {
	// AutoReplies returns a bot's settings; the zero Saved when it has none.
	AutoReplies(ctx context.Context, bot string) (Saved, error)
	// PutAutoReplies stores settings and returns them with Version raised and
	// Updated set; another Version than the stored one is fault.Conflict.
	PutAutoReplies(ctx context.Context, bot string, s Saved) (Saved, error)
	// Idle lists open conversations of a status in which nothing has happened
	// since before, those idle longest first.
	Idle(ctx context.Context, f Idle) ([]dialog.Summary, error)
}

// Idle selects conversations.
type Idle struct {
	Bot    string
	Status dialog.Status
	Before time.Time
	// After and AfterID are the last one of the page before; zero begins.
	After   time.Time
	AfterID string
	Limit   int
}

// Conversations is dialog.Manager, as the automatic replies need it.
type Conversations interface {
	Do(ctx context.Context, bot, conversation string, fn func(dialog.State) ([]dialog.Draft, error)) (dialog.State, []dialog.Event, error)
}

// Place is where a conversation stands in the queue, from 1.
type Place struct {
	Conversation string
	Position     int
	QueuedAt     time.Time
}

// Options are what a Service is made of. Store, Profiles and Clock are
// required; Run and Sweep need Conversations too.
type Options struct {
	Store    Store
	Profiles func(bot string) (dialog.Profile, error)
	Clock    clock.Clock
	Bots     []string // whose conversations are looked through
	// Queue lists who waits, in the order in which they will be served; nil
	// tells nobody where they stand.
	Queue func(ctx context.Context, bot string) ([]Place, error)
	// Popular returns a bot's most asked questions; nil knows none. Sweep asks
	// for them now and then.
	Popular func(ctx context.Context, bot string) ([]string, error)
	Logger  *slog.Logger // nil discards

	Every time.Duration // between two looks; 0 means 5 s
	Batch int           // idle conversations of one status looked at each time; 0 means 200
}

// Service is the automatic replies of all bots. It is safe for concurrent use.
type Service struct {
	o    Options
	log  *slog.Logger
	mu   sync.Mutex
	held map[string]Saved
	page map[page]Idle // where the next look goes on
	pace map[string]*pace
	// popular are the most asked questions by bot, as of popularAt.
	popular   map[string][]string
	popularAt time.Time
}

type page struct {
	bot    string
	status dialog.Status
}

var _ dialog.AutoReplies = (*Service)(nil)

// New checks o and returns a Service; a missing part is fault.Invalid.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Profiles == nil || o.Clock == nil {
		return nil, fault.New(fault.Invalid, "autoreply.Options needs Store, Profiles and Clock")
	}
	if o.Every <= 0 {
		o.Every = 5 * time.Second
	}
	if o.Batch <= 0 {
		o.Batch = 200
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, log: o.Logger, held: map[string]Saved{}, page: map[page]Idle{}, pace: map[string]*pace{}, popular: map[string][]string{}}, nil
}

// Load reads the settings of the bots that the Service was made for. Until
// then, and where it fails, the settings before hold, at first the defaults.
func (s *Service) Load(ctx context.Context) error {
	var errs []error
	for _, bot := range s.o.Bots {
		_, err := s.Settings(ctx, bot)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Settings reads a bot's settings from the store; one without has the defaults.
//
// Codes: NotFound (no such bot), and those of the store.
func (s *Service) Settings(ctx context.Context, bot string) (Saved, error) {
	if _, err := s.o.Profiles(bot); err != nil {
		return Saved{}, err
	}
	saved, err := s.o.Store.AutoReplies(ctx, bot)
	if err != nil {
		return Saved{}, err
	}
	if saved.Version == 0 {
		if saved.Settings, err = Defaults(); err != nil {
			return Saved{}, err
		}
	}
	s.hold(bot, saved)
	return saved, nil
}

// hold keeps settings for the messages to come, unless newer ones are held.
func (s *Service) hold(bot string, saved Saved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if saved.Version >= s.held[bot].Version {
		s.held[bot] = saved
	}
}

// Save replaces a bot's settings; version is that of the settings they were
// made from.
//
// Codes: Invalid and TooLarge with the place as Field, Conflict (they were
// changed meanwhile), NotFound.
func (s *Service) Save(ctx context.Context, bot string, settings Settings, version int, author string) (Saved, error) {
	if _, err := s.o.Profiles(bot); err != nil {
		return Saved{}, err
	}
	if err := settings.Check(); err != nil {
		return Saved{}, err
	}
	saved, err := s.o.Store.PutAutoReplies(ctx, bot, Saved{Settings: settings, Author: author, Version: version})
	if err != nil {
		return Saved{}, err
	}
	s.hold(bot, saved)
	return saved, nil
}

// settings are those held of a bot, else the defaults.
func (s *Service) settings(bot string) Settings {
	s.mu.Lock()
	saved, ok := s.held[bot]
	s.mu.Unlock()
	if !ok {
		saved.Settings, _ = Defaults() // built in; a test reads them
	}
	return saved.Settings
}

// scene gathers what is known beside the state; false for an unknown bot.
func (s *Service) scene(bot string, now time.Time) (Scene, bool) {
	profile, err := s.o.Profiles(bot)
	if err != nil {
		return Scene{}, false
	}
	if profile.Location != nil {
		now = now.In(profile.Location)
	}
	sc := Scene{Profile: profile, Settings: s.settings(bot), Now: now}
	s.mu.Lock()
	sc.Popular = s.popular[bot]
	s.mu.Unlock()
	return sc, true
}

// Amend implements dialog.AutoReplies.
func (s *Service) Amend(st dialog.State, drafts []dialog.Draft, now time.Time) []dialog.Draft {
	sc, ok := s.scene(st.Bot, now)
	if !ok {
		return drafts
	}
	sc.State = st
	return Amend(sc, drafts)
}

// Greeting is what a conversation that just started opens with: the wording
// and the questions of the rule first_message, or those of the profile as far
// as the rule has none, is off, or does not hold on the channel.
func (s *Service) Greeting(st dialog.State) (text string, menu []string) {
	sc, ok := s.scene(st.Bot, s.o.Clock.Now())
	if !ok {
		return "", nil
	}
	sc.State = st
	text, menu = sc.Profile.Greeting, sc.Profile.Menu
	r, on := sc.Settings.rule(FirstMessage, st.Channel)
	if !on {
		return text, menu
	}
	if said := sc.words(r); said != "" {
		text = said
	}
	if buttons := sc.menu(r); len(buttons) > 0 {
		menu = make([]string, len(buttons))
		for i, b := range buttons {
			menu[i] = b.Text
		}
	}
	return text, menu
}
