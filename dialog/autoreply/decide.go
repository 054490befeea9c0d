package autoreply

import (
	"slices"
	"time"

	"github.com/yingda/yingda/dialog"
)

// forgotten is how long after its time a silent visitor is no longer asked:
// the conversation just ends.
const forgotten = 24 * time.Hour

// reasonSilent is the reason with which a silent visitor's conversation ends.
const reasonSilent = "silent"

// may returns the rule of a kind when it is on for the conversation, was not
// said as often as it may be, and is not the second in a row.
func (sc Scene) may(kind Kind) (Rule, bool) {
	r, on := sc.Settings.rule(kind, sc.State.Channel)
	if !on || sc.State.Status == dialog.StatusClosed || sc.State.Automatic.Last {
		return r, false
	}
	return r, !sc.spent(r)
}

func (sc Scene) spent(r Rule) bool {
	return r.Most > 0 && sc.State.Automatic.Said[string(r.Kind)].Count >= r.Most
}

// since is how long ago the kind was said last; false when never.
func (sc Scene) since(kind Kind) (time.Duration, bool) {
	told, ok := sc.State.Automatic.Said[string(kind)]
	return sc.Now.Sub(told.At), ok
}

func (sc Scene) bot() dialog.Actor {
	return dialog.Actor{Kind: dialog.Bot, ID: sc.State.Bot, Name: sc.Profile.BotName}
}

func (sc Scene) sent(r Rule, kind string, buttons ...dialog.Button) (dialog.Draft, bool) {
	text := sc.words(r)
	return dialog.Draft{Type: dialog.MessageSent, Actor: sc.bot(), Data: dialog.Message{
		Text: text, Kind: kind, Buttons: buttons, Auto: string(r.Kind),
	}}, text != ""
}

// Due returns what time has made due: at most one message, or the end of a
// silent visitor's conversation.
func Due(sc Scene) []dialog.Draft {
	switch sc.State.Status {
	case dialog.StatusQueued:
		return sc.waiting()
	case dialog.StatusHuman:
		if drafts := sc.slow(); drafts != nil {
			return drafts
		}
		return sc.silent()
	case dialog.StatusBot:
		return sc.silent()
	default:
		return nil
	}
}

// waiting tells who waits where they stand.
func (sc Scene) waiting() []dialog.Draft {
	r, ok := sc.may(Waiting)
	if !ok || sc.Now.Sub(sc.State.QueuedAt) < r.after() || !sc.Settings.Hours.Open(sc.Now) {
		return nil
	}
	if ago, said := sc.since(Waiting); said && ago < r.every() {
		return nil
	}
	return sc.one(r)
}

// one is a message of a rule, as drafts.
func (sc Scene) one(r Rule) []dialog.Draft {
	if d, ok := sc.sent(r, dialog.KindAuto); ok {
		return []dialog.Draft{d}
	}
	return nil
}

// slow soothes a visitor whose agent has not answered.
func (sc Scene) slow() []dialog.Draft {
	r, ok := sc.may(SlowAgent)
	if !ok || sc.State.Unread == 0 {
		return nil
	}
	begun := sc.State.UnreadAt
	if sc.State.StatusAt.After(begun) {
		begun = sc.State.StatusAt
	}
	ago, said := sc.since(SlowAgent)
	if said && !sc.State.Automatic.Said[string(SlowAgent)].At.Before(begun) {
		begun = sc.State.VisitorAt // what was written since waits anew
	}
	if sc.Now.Sub(begun) < r.after() || said && ago < r.every() {
		return nil
	}
	return sc.one(r)
}

// silent asks a visitor who does not answer whether there is anything else,
// and ends the conversation when no answer comes.
func (sc Scene) silent() []dialog.Draft {
	r, on := sc.Settings.rule(SilentVisitor, sc.State.Channel)
	if !on || sc.State.Pending != nil {
		return nil
	}
	begun := sc.State.SpokeAt
	switch {
	case sc.State.Turns == 0 && sc.State.Status == dialog.StatusBot:
		if sc.Now.Sub(sc.State.StartedAt) < r.after()+r.closeAfter() {
			return nil
		}
		return sc.end() // never spoke at all: nobody to ask
	case begun.IsZero() || begun.Before(sc.State.VisitorAt) || sc.Now.Sub(begun) < r.after():
		return nil
	}
	ago, said := sc.since(SilentVisitor)
	at := sc.State.Automatic.Said[string(SilentVisitor)].At
	asked := said && (at.After(begun) || at.Equal(begun) && sc.State.Automatic.Last)
	switch {
	case asked && ago >= r.closeAfter(), !asked && sc.Now.Sub(begun) >= r.after()+r.closeAfter()+forgotten:
		return sc.end()
	case asked:
		return nil
	case sc.spent(r), sc.State.Automatic.Last:
		if sc.Now.Sub(begun) >= r.after()+r.closeAfter() {
			return sc.end()
		}
		return nil
	}
	return sc.one(r)
}

func (sc Scene) end() []dialog.Draft {
	return []dialog.Draft{{Type: dialog.StatusChanged, Actor: dialog.Actor{Kind: dialog.System}, Data: dialog.StatusChange{
		From: sc.State.Status, To: dialog.StatusClosed, Reason: reasonSilent,
	}}}
}

// Amend returns the drafts of a commit with the automatic reply that belongs
// to them, at most one: the word at the end before an agent closes, the
// greeting of the day, the notice outside of business hours in place of the
// word at a hand-off.
func Amend(sc Scene, drafts []dialog.Draft) []dialog.Draft {
	for _, d := range drafts {
		if m, ok := d.Data.(dialog.Message); ok && m.Auto != "" {
			return drafts
		}
	}
	for _, amend := range []func([]dialog.Draft) []dialog.Draft{sc.closing, sc.offHours, sc.first} {
		if amended := amend(drafts); amended != nil {
			return amended
		}
	}
	return drafts
}

func (sc Scene) closing(drafts []dialog.Draft) []dialog.Draft {
	i := slices.IndexFunc(drafts, func(d dialog.Draft) bool {
		c, ok := d.Data.(dialog.StatusChange)
		return ok && c.To == dialog.StatusClosed && d.Actor.Kind == dialog.Agent
	})
	r, ok := sc.may(Closing)
	if i < 0 || !ok || sc.State.Turns == 0 {
		return nil
	}
	d, ok := sc.sent(r, dialog.KindAuto)
	if !ok {
		return nil
	}
	return slices.Insert(slices.Clone(drafts), i, d)
}

// offHours rewords what the bot says at a hand-off, and to who waits then.
func (sc Scene) offHours(drafts []dialog.Draft) []dialog.Draft {
	r, on := sc.Settings.rule(OffHours, sc.State.Channel)
	if !on || sc.spent(r) || sc.Settings.Hours.Open(sc.Now) {
		return nil
	}
	if ago, said := sc.since(OffHours); said && ago < r.every() {
		return nil
	}
	queued := sc.State.Status == dialog.StatusQueued || slices.ContainsFunc(drafts, func(d dialog.Draft) bool {
		c, ok := d.Data.(dialog.StatusChange)
		return ok && c.To == dialog.StatusQueued
	})
	return sc.reword(drafts, dialog.KindHandoff, queued, func(m *dialog.Message) {
		m.Text, m.Auto = sc.words(r), string(OffHours)
	})
}

// reword changes a copy of the bot's first message of a kind; nil when there
// is none, or nothing to say.
func (sc Scene) reword(drafts []dialog.Draft, kind string, wanted bool, change func(*dialog.Message)) []dialog.Draft {
	if !wanted {
		return nil
	}
	for i, d := range drafts {
		m, ok := d.Data.(dialog.Message)
		if !ok || d.Type != dialog.MessageSent || d.Actor.Kind != dialog.Bot || m.Kind != kind {
			continue
		}
		change(&m)
		if m.Text == "" {
			return nil
		}
		out := slices.Clone(drafts)
		out[i].Data = m
		return out
	}
	return nil
}

// first greets with the visitor's first message of a day.
func (sc Scene) first(drafts []dialog.Draft) []dialog.Draft {
	i := slices.IndexFunc(drafts, func(d dialog.Draft) bool { return d.Type == dialog.MessageReceived })
	r, on := sc.Settings.rule(FirstMessage, sc.State.Channel)
	if i < 0 || !on || sc.spent(r) || !sc.State.BotOwns() || sc.sameDay(sc.State.VisitorAt) || sc.sameDay(sc.State.Automatic.Said[string(FirstMessage)].At) {
		return nil
	}
	greets := sc.reword(drafts, dialog.KindGreeting, true, func(m *dialog.Message) {
		m.Auto = string(FirstMessage)
		if text := sc.words(r); text != "" {
			m.Text = text
		}
		if menu := sc.menu(r); len(menu) > 0 {
			m.Buttons = menu
		}
	})
	if greets != nil || !r.BeforeAnswer || len(r.Texts) == 0 {
		return greets
	}
	received, ok := drafts[i].Data.(dialog.Message)
	d, worded := sc.sent(r, dialog.KindGreeting, sc.menu(r)...)
	if !ok || !worded {
		return nil
	}
	if m, ok := d.Data.(dialog.Message); ok {
		m.ReplyTo = received.ID
		d.Data = m
	}
	i++
	if i < len(drafts) && drafts[i].Type == dialog.MessageAnalyzed {
		i++
	}
	if i < len(drafts) && drafts[i].Type == dialog.StatusChanged && sc.State.Status == dialog.StatusNew {
		i++
	}
	return slices.Insert(slices.Clone(drafts), i, d)
}

func (sc Scene) sameDay(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	t = t.In(sc.Now.Location())
	return t.YearDay() == sc.Now.YearDay() && t.Year() == sc.Now.Year()
}
