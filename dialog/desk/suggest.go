package desk

import (
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

const (
	// minSuggestions is how many there are always.
	minSuggestions = 3
	// maxTries bounds how often suggestions are made anew because the
	// conversation moved on meanwhile.
	maxTries = 3
	// recordTimeout bounds the wait for a conversation's turn to record what
	// was shown: an agent is not kept waiting for that.
	recordTimeout = 500 * time.Millisecond
)

// Suggest drafts replies for an agent, best first: at least three, at most
// MaxSuggestions, none of them said before. With a draft, the text the visitor
// is typing, they answer that; else the latest message, and then they are
// recorded once per message while people own or await the conversation. When
// the conversation moves on meanwhile, they are made anew.
//
// A part that does not answer (understanding, search, orders) is left out.
// Codes: Busy (MaxConcurrent are being made), Conflict (closed), NotFound,
// Invalid and TooLarge (the draft).
func (s *Service) Suggest(ctx context.Context, bot, conversation, draft string) ([]dialog.Suggestion, error) {
	draft, err := readText("draft", "正在输入的内容", draft, s.opt.MaxText, true)
	if err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		return nil, &fault.Error{Code: fault.Busy, Message: "推荐回复正忙，请稍后重试。", RetryAfter: time.Second}
	}
	start := s.opt.Clock.Now()
	list, err := s.suggest(ctx, bot, conversation, draft)
	if err == nil {
		s.metrics.seconds.Observe(s.opt.Clock.Now().Sub(start).Seconds())
	}
	return list, err
}

// Typing refreshes the suggestions while the visitor types; the caller
// debounces. Nobody looks at a conversation that the bot owns: for it, and for
// a closed one, the result is empty.
//
// Codes: those of Suggest.
func (s *Service) Typing(ctx context.Context, bot, conversation, text string) ([]dialog.Suggestion, error) {
	st, err := s.conv.State(ctx, bot, conversation)
	if err != nil {
		return nil, err
	}
	if !attended(st) {
		return nil, nil
	}
	return s.Suggest(ctx, bot, conversation, text)
}

// attended reports whether people own a conversation or are to take it.
func attended(st dialog.State) bool {
	return st.Status == dialog.StatusHuman || st.Status == dialog.StatusQueued
}

// suggest makes suggestions that answer the conversation as it stands when
// they are ready.
func (s *Service) suggest(ctx context.Context, bot, conversation, draft string) ([]dialog.Suggestion, error) {
	for try := 1; ; try++ {
		sc, err := s.scene(ctx, bot, conversation, draft)
		if err != nil {
			return nil, err
		}
		if sc.st.Status == dialog.StatusClosed {
			return nil, errClosed()
		}
		if try < maxTries {
			s.lookUp(ctx, sc)
		}
		list := s.compose(sc)
		now, err := s.ledger(ctx, bot, conversation)
		if err != nil {
			return nil, err
		}
		if now.lastMessage != sc.l.lastMessage && try < maxTries {
			s.metrics.stale.Inc()
			continue
		}
		if draft == "" {
			s.record(ctx, sc, list)
		}
		for _, sug := range list {
			s.metrics.sources.WithLabelValues(sug.Source).Inc()
		}
		return list, nil
	}
}

// scene is what suggestions are made from.
type scene struct {
	st      dialog.State
	l       *ledger
	profile dialog.Profile
	draft   string
	now     time.Time

	says   string // intent of the latest message, or of the draft
	matter string // what the visitor is about, or empty
	mood   string // of the latest message, or of the draft
	hits   []hit
	orders []Order

	// What the bot and agents said lately, folded, and agents alone.
	said, saidByAgents []string
}

// scene reads a conversation.
func (s *Service) scene(ctx context.Context, bot, conversation, draft string) (*scene, error) {
	l, err := s.ledger(ctx, bot, conversation)
	if err != nil {
		return nil, err
	}
	st, err := s.conv.State(ctx, bot, conversation)
	if err != nil {
		return nil, err
	}
	profile, err := s.opt.Profiles(bot)
	if err != nil {
		return nil, err
	}
	if profile.IntentFloor == 0 {
		profile.IntentFloor = 0.5
	}
	sc := &scene{st: st, l: l, profile: profile, draft: draft, now: s.opt.Clock.Now()}
	if profile.Location != nil {
		sc.now = sc.now.In(profile.Location)
	}
	if n := len(l.turns); n > 0 {
		last := l.turns[n-1]
		sc.says, sc.mood = last.intent(), last.analysis.Sentiment.Label
	}
	_, sc.matter, _ = s.subject(l, profile.IntentFloor)
	sc.hear()
	return sc, nil
}

// subject is the visitor's latest message that names a matter surely enough,
// and that matter; else the latest message and no matter.
func (s *Service) subject(l *ledger, floor float64) (t turn, matter string, ok bool) {
	for _, t := range slices.Backward(l.turns) {
		if intents := t.analysis.Intents; len(intents) > 0 && intents[0].Confidence >= floor && !s.phrases.talk[intents[0].Name] {
			return t, intents[0].Name, true
		}
	}
	if n := len(l.turns); n > 0 {
		return l.turns[n-1], "", true
	}
	return turn{}, "", false
}

// record keeps what was shown for the visitor's latest message, once. It is
// the statistics' loss, not the agent's, when that fails.
func (s *Service) record(ctx context.Context, sc *scene, list []dialog.Suggestion) {
	message := sc.st.LastVisitor.ID
	if message == "" || !attended(sc.st) || sc.l.shown[message] {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	_, _, err := s.conv.Do(ctx, sc.st.Bot, sc.st.ID, func(st dialog.State) ([]dialog.Draft, error) {
		if st.LastVisitor.ID != message || !attended(st) {
			return nil, nil
		}
		l, err := s.ledger(ctx, sc.st.Bot, sc.st.ID)
		if err != nil || l.shown[message] {
			return nil, err
		}
		return []dialog.Draft{{Type: dialog.SuggestionsShown, Actor: dialog.Actor{Kind: dialog.System}, Data: dialog.Suggestions{
			Message: message, Suggestions: list,
		}}}, nil
	})
	if err != nil {
		s.log.WarnContext(ctx, "suggestions were shown and not recorded", "bot", sc.st.Bot, "conversation", sc.st.ID, "error", err)
	}
}
