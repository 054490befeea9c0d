package dialog

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/kb"
)

// How many backend values a State keeps.
const (
	maxKnown  = 8  // subjects
	maxFields = 48 // values of one
)

// Audience is whom the bot speaks to at t. The customer's tags are the
// conversation's and those of the attribute "tags", divided by commas; channels
// answer for the attributes they pass on.
func (s State) Audience(t time.Time) kb.Audience {
	tags := slices.Clone(s.Tags)
	for tag := range strings.SplitSeq(s.Attributes["tags"], ",") {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return kb.Audience{Channel: s.Channel, Tags: tags, At: t}
}

// Say words an article for the conversation at t: the variant for its
// audience, slots filled (see Value), rich content and attachments with it.
// Sentences, blocks and buttons whose values are not known are left out; ok is
// false when nothing of the answer's text remains.
func (s State) Say(a kb.Article, p Profile, t time.Time) (m Message, ok bool) {
	c := a.For(s.Audience(t))
	value := func(name string) (string, bool) { return s.Value(p, name) }
	m = Message{Kind: KindAnswer, Markdown: true, Articles: []string{a.ID}, Attachments: a.Attachments}
	if m.Text, ok = kb.Fill(c.Answer, value); !ok {
		return Message{}, false
	}
	for _, b := range c.Blocks {
		b, ok := fill(b, value)
		switch {
		case !ok:
		case b.Kind == kb.Buttons:
			for _, button := range b.Buttons {
				m.Buttons = append(m.Buttons, buttonOf(button))
			}
		default:
			m.Blocks = append(m.Blocks, b)
		}
	}
	return m, true
}

// fill fills a block's slots; false when one that it needs has no value, or
// none of its buttons is left.
func fill(b kb.Block, value func(string) (string, bool)) (kb.Block, bool) {
	whole := true
	for _, part := range []struct {
		text   *string
		escape func(string) string
	}{{&b.Title, nil}, {&b.Text, nil}, {&b.URL, url.QueryEscape}, {&b.Image, url.QueryEscape}} {
		var ok bool
		*part.text, ok = kb.FillPlain(*part.text, value, part.escape)
		whole = whole && ok
	}
	var buttons []kb.Button
	for _, button := range b.Buttons {
		escape := url.QueryEscape
		if button.Press != kb.OpenURL {
			escape = nil
		}
		var label, target bool
		button.Label, label = kb.FillPlain(button.Label, value, nil)
		button.Value, target = kb.FillPlain(button.Value, value, escape)
		if label && target {
			buttons = append(buttons, button)
		}
	}
	b.Buttons = buttons
	return b, whole && (b.Kind != kb.Buttons || len(buttons) > 0)
}

// buttonOf is an article's button as messages have it.
func buttonOf(b kb.Button) Button {
	switch b.Press {
	case kb.Say:
		return Button{Title: b.Label, Text: b.Value}
	case kb.OpenURL:
		return Button{Title: b.Label, Text: b.Label, URL: b.Value}
	case kb.StartFlow:
		return Button{Title: b.Label, Text: b.Label, Flow: b.Value}
	default:
		return Button{Title: b.Label, Text: personButton.Text}
	}
}

// Value returns what the conversation knows for a slot of an answer:
//
//   - shop.name and bot.name, from the profile
//   - customer.id, and customer.x from the attribute x the chat was opened with
//   - x.y: the value y that an action called x.… found last (order.number,
//     parcel.eta); status means state_name
//   - x, or x_y for x.y: the value that the customer told for the slot of a flow
func (s State) Value(p Profile, name string) (string, bool) {
	subject, field, dotted := strings.Cut(name, ".")
	var v string
	switch {
	case name == "shop.name":
		v = p.Name
	case name == "bot.name":
		v = p.BotName
	case name == "customer.id":
		v = s.Customer
	case subject == "customer":
		v = s.Attributes[field]
	case dotted:
		v = s.Known[subject][field]
		if v == "" && field == "status" {
			v = s.Known[subject]["state_name"]
		}
	}
	if v == "" {
		v = s.Slots[strings.ReplaceAll(name, ".", "_")]
	}
	return v, v != ""
}

// learn keeps the texts and numbers of an action's result under the action's
// subject, "order" of order.get. What is known of another thing with the same
// subject is forgotten: a result with another number.
func (s *State) learn(r ActionResult) {
	subject, _, _ := strings.Cut(r.Action, ".")
	if r.Fault != "" || subject == "" {
		return
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.Result, &fields) != nil {
		return // a result that is no object has no values by name
	}
	known := s.Known[subject]
	if known == nil && len(s.Known) >= maxKnown {
		return
	}
	number := scalar(fields["number"])
	if number != "" && number != known["number"] {
		known = nil
	}
	for name, raw := range fields {
		v := scalar(raw)
		if _, had := known[name]; had && v == "" {
			known = without(known, name)
		}
		if v != "" && len(known) < maxFields {
			known = with(known, name, v)
		}
	}
	if len(known) > 0 || s.Known[subject] != nil {
		s.Known = with(s.Known, subject, known)
	}
}

// scalar is a JSON text or number as text; empty for anything else.
func scalar(raw json.RawMessage) string {
	var v string
	if json.Unmarshal(raw, &v) == nil {
		return v
	}
	var n json.Number
	if len(raw) > 0 && json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}
