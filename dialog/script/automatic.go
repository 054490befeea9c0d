package script

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/autoreply"
)

// automatic are the automatic replies of a script; without auto lines there are none.
type automatic struct {
	settings autoreply.Settings
	profile  *dialog.Profile
	position int
}

var _ dialog.AutoReplies = (*automatic)(nil)

func (a *automatic) scene(st dialog.State, now time.Time) autoreply.Scene {
	p := *a.profile
	p.Bot = st.Bot
	return autoreply.Scene{State: st, Profile: p, Settings: a.settings, Now: now.In(p.Location), Position: a.position}
}

// Amend implements dialog.AutoReplies.
func (a *automatic) Amend(st dialog.State, drafts []dialog.Draft, now time.Time) []dialog.Draft {
	if len(a.settings.Rules) == 0 {
		return drafts
	}
	return autoreply.Amend(a.scene(st, now), drafts)
}

// tick does what time has made due; what was said counts as the replies of the
// line, so that bot and expect lines see it.
func (s *session) tick() error {
	if len(s.auto.settings.Rules) == 0 || s.conversation == "" {
		return nil
	}
	state, events, err := s.manager.Do(s.ctx, s.start.Bot, s.conversation, func(st dialog.State) ([]dialog.Draft, error) {
		return autoreply.Due(s.auto.scene(st, s.clock.Now())), nil
	})
	if err != nil {
		return err
	}
	s.heard(state, events)
	return nil
}

// heard takes what the bot said beside a visitor's message.
func (s *session) heard(state dialog.State, events []dialog.Event) {
	s.out, s.seen = dialog.Outcome{State: state, Events: events}, 0
	for _, e := range events {
		var msg dialog.Message
		if e.Type == dialog.MessageSent && e.Actor.Kind == dialog.Bot && json.Unmarshal(e.Data, &msg) == nil {
			s.out.Replies = append(s.out.Replies, msg)
			s.note("机器人（%s）：%s", msg.Auto, msg.Text)
		}
	}
}

// parseAuto reads "auto KIND NAME=VALUE …" and "auto say TEXT".
func parseAuto(rest string) (func(*session) error, error) {
	verb, arg, _ := strings.Cut(rest, " ")
	if verb == "say" {
		text := strings.TrimSpace(arg)
		if text == "" {
			return nil, invalid("write auto say TEXT")
		}
		return setting(func(s *session, _ string) {
			if rules := s.auto.settings.Rules; len(rules) > 0 {
				rules[len(rules)-1].Texts = append(rules[len(rules)-1].Texts, text)
			}
		})(rest)
	}
	rule, err := builtinRule(autoreply.Kind(verb))
	if err != nil {
		return nil, err
	}
	for _, field := range strings.Fields(arg) {
		name, value, _ := strings.Cut(field, "=")
		set, known := autoFields[name]
		if !known {
			return nil, invalid("write auto KIND with after=60s, every=5m, most=2, close=10m, channel=web, menu=A|B or before=answer, not %q", field)
		}
		if err := set(&rule, value); err != nil {
			return nil, err
		}
	}
	return setting(func(s *session, _ string) { s.auto.settings.Rules = append(s.auto.settings.Rules, rule) })(rest)
}

// builtinRule is the default rule of a kind, switched on; its wordings give
// way to those of the script's say lines only when there are none built in.
func builtinRule(kind autoreply.Kind) (autoreply.Rule, error) {
	defaults, err := autoreply.Defaults()
	if err != nil {
		return autoreply.Rule{}, err
	}
	i := slices.IndexFunc(defaults.Rules, func(r autoreply.Rule) bool { return r.Kind == kind })
	if i < 0 {
		return autoreply.Rule{}, invalid("unknown automatic reply %q; the kinds are %v", kind, autoreply.Kinds())
	}
	rule := defaults.Rules[i]
	rule.On = true
	return rule, nil
}

var autoFields = map[string]func(r *autoreply.Rule, value string) error{
	"after": seconds(func(r *autoreply.Rule, n int) { r.After = n }),
	"every": seconds(func(r *autoreply.Rule, n int) { r.Every = n }),
	"close": seconds(func(r *autoreply.Rule, n int) { r.CloseAfter = n }),
	"most": func(r *autoreply.Rule, value string) (err error) {
		if r.Most, err = strconv.Atoi(value); err != nil {
			return invalid("most is a number, not %q", value)
		}
		return nil
	},
	"channel": func(r *autoreply.Rule, value string) error { r.Channels = append(r.Channels, value); return nil },
	"menu":    func(r *autoreply.Rule, value string) error { r.Menu = strings.Split(value, "|"); return nil },
	"before": func(r *autoreply.Rule, value string) error {
		if value != "answer" {
			return invalid("write before=answer")
		}
		r.BeforeAnswer = true
		return nil
	},
}

func seconds(set func(r *autoreply.Rule, n int)) func(*autoreply.Rule, string) error {
	return func(r *autoreply.Rule, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return invalid("%q is no time; write 60s or 5m", value)
		}
		set(r, int(d.Seconds()))
		return nil
	}
}

// parseHours reads "hours 1-5 09:00-18:00": days of the week, times.
func parseHours(rest string) (func(*session) error, error) {
	days, times, _ := strings.Cut(rest, " ")
	first, last, ranged := strings.Cut(days, "-")
	if !ranged {
		last = first
	}
	a, errA := strconv.Atoi(first)
	b, errB := strconv.Atoi(last)
	from, to, ok := strings.Cut(strings.TrimSpace(times), "-")
	if errA != nil || errB != nil || a > b || !ok {
		return nil, invalid("write hours 1-5 09:00-18:00")
	}
	span := autoreply.Span{From: from, To: to}
	for day := a; day <= b; day++ {
		span.Days = append(span.Days, day)
	}
	if err := (autoreply.Hours{Weekly: []autoreply.Span{span}}).Check(); err != nil {
		return nil, err
	}
	return setting(func(s *session, _ string) {
		s.auto.settings.Hours.Weekly = append(s.auto.settings.Hours.Weekly, span)
	})(rest)
}

// parseQueue reads "queue 3": where the conversation stands from now on.
func parseQueue(rest string) (func(*session) error, error) {
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 {
		return nil, invalid("write queue 3: the place in the queue")
	}
	return func(s *session) error { s.auto.position = n; return nil }, nil
}
