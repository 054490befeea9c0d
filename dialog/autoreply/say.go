package autoreply

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
)

// Scene is what a conversation's automatic replies are decided from.
type Scene struct {
	State    dialog.State
	Profile  dialog.Profile
	Settings Settings
	// Now is in the shop's time zone.
	Now time.Time
	// Position in the queue counts from 1; 0 is not known.
	Position int
	// Pace is how long the queue takes to move by one.
	Pace time.Duration
	// Popular are the most asked questions, as far as they are known.
	Popular []string
}

// defaultPace is the queue's while nothing is known of it.
const defaultPace = 2 * time.Minute

func (sc Scene) minutes() int {
	pace := sc.Pace
	if pace <= 0 {
		pace = time.Duration(sc.Settings.PaceSeconds) * time.Second
	}
	if pace <= 0 {
		pace = defaultPace
	}
	return max(1, int(math.Ceil((time.Duration(max(1, sc.Position)) * pace).Minutes())))
}

// value is what a slot of a rule's wording is filled with.
func (sc Scene) value(r Rule, name string) (string, bool) {
	switch name {
	case "queue.position":
		return strconv.Itoa(max(1, sc.Position)), true
	case "queue.minutes":
		return strconv.Itoa(sc.minutes()), true
	case "hours.today":
		return sc.Settings.Hours.today(sc.Now), true
	case "hours.next":
		return sc.Settings.Hours.next(sc.Now), true
	case "close.minutes":
		return strconv.Itoa(max(1, int(math.Round(r.closeAfter().Minutes())))), true
	case "time.greeting":
		return dialog.Salutation(sc.Now.Hour()), true
	case "agent.name":
		if sc.State.Owner.Kind == dialog.Agent && sc.State.Owner.Name != "" {
			return sc.State.Owner.Name, true
		}
		return "客服", true
	case "shop.name":
		return orElse(sc.Profile.Name, "本店"), true
	case "bot.name":
		return orElse(sc.Profile.BotName, "小助手"), true
	}
	return sc.State.Value(sc.Profile, name)
}

func orElse(v, d string) string {
	if v == "" {
		return d
	}
	return v
}

// words picks the wording whose turn it is and fills it; one whose slots have
// no value is passed over. It is empty only for a rule without wordings.
func (sc Scene) words(r Rule) string {
	n := uint64(len(r.Texts))
	if n == 0 {
		return ""
	}
	h := fnv.New64a()
	h.Write([]byte(sc.State.ID + string(r.Kind)))
	first := h.Sum64()%n + uint64(max(0, sc.State.Automatic.Said[string(r.Kind)].Count)) //nolint:gosec // not negative
	for i := range n {
		text, ok := kb.FillPlain(r.Texts[(first+i)%n], func(name string) (string, bool) { return sc.value(r, name) }, nil)
		if ok {
			return text
		}
	}
	return ""
}

// menu are the questions offered with a greeting: the most asked ones, else
// the rule's, else the profile's.
func (sc Scene) menu(r Rule) []dialog.Button {
	questions := r.Menu
	if len(questions) == 0 {
		questions = sc.Profile.Menu
	}
	if r.Popular && len(sc.Popular) > 0 {
		questions = sc.Popular
	}
	var out []dialog.Button
	for _, q := range questions {
		if len(out) < MaxMenu {
			out = append(out, dialog.Button{Title: q, Text: q})
		}
	}
	return out
}

// Preview returns the rule's wordings as they would be said with sample values.
func Preview(s Settings, r Rule, p dialog.Profile, now time.Time) []string {
	sc := Scene{Settings: s, Profile: p, Now: now, Position: 3, State: dialog.State{
		Owner: dialog.Actor{Kind: dialog.Agent, Name: "小林"}, Customer: "c1001", Attributes: map[string]string{"name": "张三"},
	}}
	out := make([]string, len(r.Texts))
	for i, text := range r.Texts {
		out[i], _ = kb.FillPlain(text, func(name string) (string, bool) {
			if v, ok := sc.value(r, name); ok {
				return v, true
			}
			return "【" + name + "】", true
		}, nil)
	}
	return out
}
