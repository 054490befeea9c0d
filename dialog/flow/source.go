package flow

import (
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/nlu"
)

// file is a flow as it is written.
type file struct {
	Flow     string          `yaml:"flow"`
	Title    string          `yaml:"title"`
	Triggers triggers        `yaml:"triggers"`
	Slots    map[string]slot `yaml:"slots"`
	Steps    []step          `yaml:"steps"`
}

type triggers struct {
	Intents  []string         `yaml:"intents"`
	Entities []nlu.EntityType `yaml:"entities"`
	Phrases  []string         `yaml:"phrases"`
}

type slot struct {
	Title     string           `yaml:"title"`
	Entities  []nlu.EntityType `yaml:"entities"`
	Pattern   string           `yaml:"pattern"`
	Validate  string           `yaml:"validate"`
	Attribute string           `yaml:"attribute"`
	Remember  bool             `yaml:"remember"`
	// Intents and Phrases are the value that an intent, or a wording (RE2 over
	// the folded message), tells.
	Intents map[string]string `yaml:"intents"`
	Phrases map[string]string `yaml:"phrases"`
}

// step has exactly one of its kinds set.
type step struct {
	ID      string            `yaml:"id"`
	When    []branch          `yaml:"when"`
	Collect *collect          `yaml:"collect"`
	Choose  *choose           `yaml:"choose"`
	Say     []string          `yaml:"say"`
	Action  *call             `yaml:"action"`
	Handoff *handoff          `yaml:"handoff"`
	End     string            `yaml:"end"`
	Next    string            `yaml:"next"`
	On      map[string]string `yaml:"on"`
	Buttons []button          `yaml:"buttons"`
	Clear   []string          `yaml:"clear"`
}

type branch struct {
	If   string `yaml:"if"`
	Goto string `yaml:"goto"`
}

type collect struct {
	Slot string `yaml:"slot"`
	// Prompt are wordings in the order they are used when asking again.
	Prompt []string `yaml:"prompt"`
	// Invalid are said when a value was given that validate refuses.
	Invalid   []string `yaml:"invalid"`
	Limit     int      `yaml:"limit"`
	Otherwise string   `yaml:"otherwise"`
	Buttons   []button `yaml:"buttons"`
}

type choose struct {
	Slot   string   `yaml:"slot"`
	Prompt []string `yaml:"prompt"`
	// From is an expression that yields a list; each element is .item in the
	// templates below.
	From  string   `yaml:"from"`
	Value string   `yaml:"value"`
	Title string   `yaml:"title"`
	Match []string `yaml:"match"` // further words by which a customer may name it
	Limit int      `yaml:"limit"` // buttons at most
	Empty string   `yaml:"empty"` // where to go without any choice
	// Single takes the only choice without asking.
	Single    bool     `yaml:"single"`
	Options   []option `yaml:"options"` // instead of From
	Asks      int      `yaml:"asks"`    // how often to ask before Otherwise
	Otherwise string   `yaml:"otherwise"`
}

type option struct {
	Title  string   `yaml:"title"`
	Value  string   `yaml:"value"`
	Match  []string `yaml:"match"`  // RE2 over the folded message
	Affirm bool     `yaml:"affirm"` // a plain yes means this one
	Deny   bool     `yaml:"deny"`   // a plain no means this one
	Goto   string   `yaml:"goto"`   // instead of the step's next
}

type button struct {
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

type call struct {
	Name    string            `yaml:"name"`
	Args    map[string]string `yaml:"args"`
	As      string            `yaml:"as"`
	Timeout string            `yaml:"timeout"`
}

type handoff struct {
	Reason dialog.HandoffReason `yaml:"reason"`
	Group  string               `yaml:"group"`
	Say    []string             `yaml:"say"`
}

// Limits of a file; over them it is refused with fault.TooLarge.
const (
	MaxBytes = 256 << 10
	MaxSteps = 200
)

const (
	defaultAsks     = 3
	defaultChoices  = 5
	maxChoices      = 6
	maxTimeout      = 10 * time.Second
	maxRendered     = 2000 // code points of a message
	maxRun          = 64   // steps run without waiting
	maxOutputChunks = 8    // messages of one run
)
