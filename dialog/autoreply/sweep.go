package autoreply

import (
	"context"
	"errors"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Run looks through the open conversations every Options.Every, until ctx
// ends. What fails is logged and tried again the next time.
func (s *Service) Run(ctx context.Context, conv Conversations) {
	for {
		if err := s.Sweep(ctx, conv); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "automatic replies are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-s.o.Clock.After(s.o.Every):
		}
	}
}

// Sweep does once what is due now, in the conversations of all bots. Of idle
// conversations it looks at a bounded number and goes on behind them the next
// time; who waits in the queue is looked at each time.
func (s *Service) Sweep(ctx context.Context, conv Conversations) error {
	if err := s.Load(ctx); err != nil {
		return err
	}
	errs := []error{s.ask(ctx)}
	for _, bot := range s.o.Bots {
		sc, ok := s.scene(bot, s.o.Clock.Now())
		if !ok {
			continue
		}
		errs = append(errs, s.sweepQueue(ctx, conv, sc), s.sweepIdle(ctx, conv, sc, dialog.StatusHuman), s.sweepIdle(ctx, conv, sc, dialog.StatusBot))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

// popularFor is how long the most asked questions are taken for such.
const popularFor = 10 * time.Minute

// ask reads the most asked questions when those held are old. Where that
// fails, the ones before stay until the next time.
func (s *Service) ask(ctx context.Context) error {
	now := s.o.Clock.Now()
	s.mu.Lock()
	fresh := !s.popularAt.IsZero() && now.Sub(s.popularAt) < popularFor
	if !fresh {
		s.popularAt = now
	}
	s.mu.Unlock()
	if s.o.Popular == nil || fresh {
		return nil
	}
	var errs []error
	for _, bot := range s.o.Bots {
		questions, err := s.o.Popular(ctx, bot)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.mu.Lock()
		s.popular[bot] = questions
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// on reports whether any channel has a rule of the kind, and the least time
// that it waits.
func (s Settings) on(kind Kind, wait func(Rule) time.Duration) (time.Duration, bool) {
	least, found := time.Duration(0), false
	for _, r := range s.Rules {
		if r.Kind == kind && r.On {
			if w := wait(r); !found || w < least {
				least = w
			}
			found = true
		}
	}
	return least, found
}

// sweepQueue tells those who wait where they stand.
func (s *Service) sweepQueue(ctx context.Context, conv Conversations, sc Scene) error {
	least, on := sc.Settings.on(Waiting, Rule.after)
	if s.o.Queue == nil || !on {
		return nil
	}
	bot := sc.Profile.Bot
	places, err := s.o.Queue(ctx, bot)
	if err != nil {
		return err
	}
	sc.Pace = s.watch(bot, places, sc.Now)
	if !sc.Settings.Hours.Open(sc.Now) {
		return nil
	}
	var errs []error
	for _, p := range places {
		if sc.Now.Sub(p.QueuedAt) < least {
			continue
		}
		sc.Position = p.Position
		errs = append(errs, s.do(ctx, conv, sc, p.Conversation))
	}
	return errors.Join(errs...)
}

// sweepIdle looks at the next conversations of a status in which nothing has
// happened for as long as a rule waits at least.
func (s *Service) sweepIdle(ctx context.Context, conv Conversations, sc Scene, status dialog.Status) error {
	least, on := sc.Settings.on(SilentVisitor, func(r Rule) time.Duration { return min(r.after(), r.closeAfter()) })
	if status == dialog.StatusHuman {
		if slow, also := sc.Settings.on(SlowAgent, Rule.after); also && (!on || slow < least) {
			least, on = slow, true
		}
	}
	if !on {
		return nil
	}
	at := page{sc.Profile.Bot, status}
	f := s.pageOf(at)
	f.Bot, f.Status, f.Before, f.Limit = sc.Profile.Bot, status, sc.Now.Add(-least), s.o.Batch
	rows, err := s.o.Store.Idle(ctx, f)
	if err != nil {
		return err
	}
	next := Idle{} // from the beginning
	if len(rows) == s.o.Batch {
		last := rows[len(rows)-1]
		next.After, next.AfterID = last.UpdatedAt, last.Conversation
	}
	s.turnPage(at, next)
	var errs []error
	for _, row := range rows {
		errs = append(errs, s.do(ctx, conv, sc, row.Conversation))
	}
	return errors.Join(errs...)
}

func (s *Service) pageOf(at page) Idle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.page[at]
}

func (s *Service) turnPage(at page, next Idle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page[at] = next
}

// do does in one conversation what is due. That somebody else was faster, or
// that the conversation is gone, is no error: the next look decides anew.
func (s *Service) do(ctx context.Context, conv Conversations, sc Scene, conversation string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, _, err := conv.Do(ctx, sc.Profile.Bot, conversation, func(st dialog.State) ([]dialog.Draft, error) {
		sc.State = st
		return Due(sc), nil
	})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Busy) {
		return nil
	}
	return err
}

// How the queue's pace is learned: from who left it between two looks, over
// about so long a time and no fewer departures.
const (
	paceWindow = 30 * time.Minute
	paceLeast  = 3
)

// pace is how fast a queue has moved.
type pace struct {
	waiting map[string]bool
	looked  time.Time
	busy    time.Duration // with somebody in the queue
	left    float64
}

// watch notes who left the queue and returns how long it took to move by one;
// 0 when too little was seen. Old times count less and less.
func (s *Service) watch(bot string, places []Place, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pace[bot]
	if p == nil {
		p = &pace{}
		s.pace[bot] = p
	}
	waiting := make(map[string]bool, len(places))
	for _, place := range places {
		waiting[place.Conversation] = true
	}
	if passed := now.Sub(p.looked); len(p.waiting) > 0 && passed > 0 && passed < paceWindow {
		p.busy += passed
		for c := range p.waiting {
			if !waiting[c] {
				p.left++
			}
		}
		if p.busy > paceWindow {
			p.left *= float64(paceWindow) / float64(p.busy)
			p.busy = paceWindow
		}
	}
	p.waiting, p.looked = waiting, now
	if p.left < paceLeast {
		return 0
	}
	return time.Duration(float64(p.busy) / p.left)
}
