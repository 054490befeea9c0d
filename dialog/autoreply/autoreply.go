// Package autoreply says what a shop's desk says without anybody writing it:
// the greeting with the most asked questions, where one stands in the queue,
// that it is outside of business hours, that an agent is slow, whether there is
// anything else, and a word at the end.
//
// What is said is a rule with several wordings, by channel. Greeting, off hours
// and the word at the end go into the commits of the conversation (Amend); the
// others come with time (Due), for which Service.Run looks through the open
// conversations now and then. Both are pure: what was said, how often and when,
// is folded from the conversation's events, so that after a restart, and with
// several replicas, nothing is said twice.
package autoreply

import (
	_ "embed" // the rules of a bot that has none of its own
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog/internal/yamldoc"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Kind is what an automatic reply is for.
type Kind string

// The kinds. The names are stored in events: never rename one.
const (
	FirstMessage  Kind = "first_message"  // the visitor's first message of a day
	Waiting       Kind = "waiting"        // in the queue, within business hours
	OffHours      Kind = "off_hours"      // handed over outside of business hours
	SlowAgent     Kind = "slow_agent"     // an agent has not answered
	SilentVisitor Kind = "silent_visitor" // the visitor has not answered; then the conversation ends
	Closing       Kind = "closing"        // an agent ends the conversation
)

// Kinds returns all of them.
func Kinds() []Kind {
	return []Kind{FirstMessage, Waiting, OffHours, SlowAgent, SilentVisitor, Closing}
}

// Limits.
const (
	MaxRules    = 30
	MaxTexts    = 10
	MaxText     = 500 // code points
	MaxMenu     = 6
	MaxQuestion = 60 // code points of a question in the menu
	MaxChannels = 20
	MaxSeconds  = 7 * 24 * 3600
)

// Rule is one automatic reply. Of several of a kind, the first that is for the
// conversation's channel counts.
type Rule struct {
	Kind Kind `json:"kind" yaml:"kind" enum:"first_message,waiting,off_hours,slow_agent,silent_visitor,closing"`
	On   bool `json:"on" yaml:"on"`
	// Channels are those the rule is for; none means all.
	Channels []string `json:"channels,omitempty" yaml:"channels"`
	// Texts are wordings with slots that take turns. A rule for the first
	// message may have none: then the bot's own greetings stay.
	Texts []string `json:"texts,omitempty" yaml:"texts"`
	// After is how long to wait, in seconds: in the queue, for the agent, for
	// the visitor.
	After int `json:"after_seconds,omitempty" yaml:"after_seconds"`
	// Every is the least time between two of the same, in seconds.
	Every int `json:"every_seconds,omitempty" yaml:"every_seconds"`
	// Most is how often a conversation hears it; 0 sets no limit.
	Most int `json:"most,omitempty" yaml:"most"`
	// CloseAfter is how long after the question the conversation of a silent
	// visitor ends, in seconds.
	CloseAfter int `json:"close_after_seconds,omitempty" yaml:"close_after_seconds"`
	// BeforeAnswer makes the bot greet before it answers; else the greeting
	// only answers one.
	BeforeAnswer bool `json:"before_answer,omitempty" yaml:"before_answer"`
	// Popular makes the menu of the most asked questions, as far as they are
	// known; Menu stands in for them.
	Popular bool     `json:"popular,omitempty" yaml:"popular"`
	Menu    []string `json:"menu,omitempty" yaml:"menu"`
}

func (r Rule) after() time.Duration      { return time.Duration(r.After) * time.Second }
func (r Rule) every() time.Duration      { return time.Duration(r.Every) * time.Second }
func (r Rule) closeAfter() time.Duration { return time.Duration(r.CloseAfter) * time.Second }

// Settings are the automatic replies of a bot.
type Settings struct {
	Rules []Rule `json:"rules" yaml:"rules"`
	Hours Hours  `json:"hours" yaml:"hours"`
	// PaceSeconds is how long the queue takes to move by one while that is not
	// known from what was seen; 0 means 120.
	PaceSeconds int `json:"pace_seconds,omitempty" yaml:"pace_seconds"`
}

//go:embed defaults.yaml
var defaultsSource []byte

// Defaults are the settings of a bot that has none of its own.
var Defaults = sync.OnceValues(func() (Settings, error) {
	var s Settings
	if _, err := yamldoc.Read("defaults.yaml", defaultsSource, 64<<10, &s); err != nil {
		return s, err
	}
	return s, s.Check()
})

// rule returns the rule of a kind for a channel that is switched on, or false.
func (s Settings) rule(kind Kind, channel string) (Rule, bool) {
	for _, r := range s.Rules {
		if r.Kind == kind && (len(r.Channels) == 0 || slices.Contains(r.Channels, channel)) {
			return r, r.On
		}
	}
	return Rule{}, false
}

// always are the slots that have a value whatever is known of the customer.
var always = []string{"shop.name", "bot.name", "time.greeting"}

// own are the slots of one kind alone, which always have a value there.
var own = map[Kind][]string{
	Waiting:       {"queue.position", "queue.minutes"},
	OffHours:      {"hours.today", "hours.next"},
	SlowAgent:     {"agent.name"},
	SilentVisitor: {"close.minutes"},
	Closing:       {"agent.name"},
}

// Sure returns the slots that a kind's wordings can rely on.
func Sure(kind Kind) []string { return slices.Concat(always, own[kind]) }

// Check returns the first thing that is wrong, with its place as Field:
// fault.Invalid, or fault.TooLarge.
func (s Settings) Check() error {
	if n := len(s.Rules); n > MaxRules {
		return fault.In("rules", fault.New(fault.TooLarge, "有 %d 条自动回复，最多 %d 条。", n, MaxRules))
	}
	for i, r := range s.Rules {
		if err := r.check(); err != nil {
			return fault.In(fmt.Sprintf("rules[%d]", i), err)
		}
	}
	if s.PaceSeconds < 0 || s.PaceSeconds > 3600 {
		return fault.In("pace_seconds", fault.New(fault.Invalid, "每人预计用时应在 0 到 3600 秒之间。"))
	}
	return fault.In("hours", s.Hours.Check())
}

func (r Rule) check() error {
	if !slices.Contains(Kinds(), r.Kind) {
		return fault.In("kind", fault.New(fault.Invalid, "没有 %q 这种自动回复。", r.Kind))
	}
	if len(r.Texts) == 0 && r.Kind != FirstMessage {
		return fault.In("texts", fault.New(fault.Invalid, "请至少写一条话术。"))
	}
	if len(r.Texts) > MaxTexts || len(r.Channels) > MaxChannels || len(r.Menu) > MaxMenu {
		return fault.New(fault.TooLarge, "话术最多 %d 条，渠道最多 %d 个，菜单问题最多 %d 个。", MaxTexts, MaxChannels, MaxMenu)
	}
	if err := r.checkTexts(); err != nil {
		return err
	}
	for i, q := range r.Menu {
		if err := wording(q, MaxQuestion); err != nil {
			return fault.In(fmt.Sprintf("menu[%d]", i), err)
		}
	}
	for i, c := range r.Channels {
		if err := wording(c, 64); err != nil {
			return fault.In(fmt.Sprintf("channels[%d]", i), err)
		}
	}
	return r.checkTimes()
}

// checkTexts refuses wordings that cannot be said, and rules of which none can
// be said for sure.
func (r Rule) checkTexts() error {
	sure := len(r.Texts) == 0
	for i, text := range r.Texts {
		field := fmt.Sprintf("texts[%d]", i)
		if err := wording(text, MaxText); err != nil {
			return fault.In(field, err)
		}
		if err := (kb.Article{Question: "自动回复", Answer: text}).Check(); err != nil {
			return fault.In(field, fault.New(fault.Invalid, "话术里的空位写法不对，应像 {{customer.name}}。"))
		}
		relies := true
		for _, name := range kb.Slots(text) {
			relies = relies && slices.Contains(Sure(r.Kind), name)
			for kind, names := range own {
				if slices.Contains(names, name) && !slices.Contains(own[r.Kind], name) {
					return fault.In(field, fault.New(fault.Invalid, "{{%s}} 只能用在 %s 的话术里。", name, kind))
				}
			}
		}
		sure = sure || relies
	}
	if !sure {
		return fault.In("texts", fault.New(fault.Invalid, "每条话术都用了不一定有值的空位，请再写一条不用它们的（这里一定有值的是：%s）。", strings.Join(Sure(r.Kind), "、")))
	}
	return nil
}

func (r Rule) checkTimes() error {
	for _, v := range []struct {
		field, name string
		value       int
	}{{"after_seconds", "等待时间", r.After}, {"every_seconds", "间隔", r.Every}, {"close_after_seconds", "关闭前的等待时间", r.CloseAfter}} {
		if v.value < 0 || v.value > MaxSeconds {
			return fault.In(v.field, fault.New(fault.Invalid, "%s应在 0 到 %d 秒（7 天）之间。", v.name, MaxSeconds))
		}
	}
	if r.Most < 0 || r.Most > 100 {
		return fault.In("most", fault.New(fault.Invalid, "最多次数应在 0 到 100 之间，0 表示不限。"))
	}
	timed := r.Kind == Waiting || r.Kind == SlowAgent || r.Kind == SilentVisitor
	if timed && r.After < 5 {
		return fault.In("after_seconds", fault.New(fault.Invalid, "等待时间至少 5 秒。"))
	}
	if r.Kind == Waiting && r.Every < 30 {
		return fault.In("every_seconds", fault.New(fault.Invalid, "排队提醒的间隔至少 30 秒。"))
	}
	if r.Kind == SilentVisitor && r.CloseAfter < 30 {
		return fault.In("close_after_seconds", fault.New(fault.Invalid, "询问后至少等 30 秒再结束会话。"))
	}
	return nil
}

func wording(text string, limit int) error {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fault.New(fault.Invalid, "含有无法识别的字符，请用 UTF-8 重新填写。")
	case strings.TrimSpace(text) == "":
		return fault.New(fault.Invalid, "不能为空。")
	case n > limit:
		return fault.New(fault.TooLarge, "有 %d 个字，最多 %d 个。", n, limit)
	}
	return nil
}
