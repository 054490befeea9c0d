package check

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The roles of a conversation's turns.
const (
	roleCustomer = "customer"
	roleAgent    = "agent"
)

// Conversation is an authored conversation with the risk of leaving it to the bot.
type Conversation struct {
	Line  int // of the file, from 1
	ID    string
	Turns []Said
	// Risk is 0 where the bot can go on to 1 where a person must take over.
	Risk   float64
	Reason string // why, in Chinese
}

// Said is one turn of a conversation.
type Said struct {
	Role string `json:"role"` // customer or agent
	Text string `json:"text"`
}

// ReadConversations reads lines of {"id","turns":[{"role","text"}],"risk","reason"}.
// Its faults are those of [Utterances].
func ReadConversations(r io.Reader) ([]Conversation, error) {
	type line struct {
		ID     *string  `json:"id"`
		Turns  []Said   `json:"turns"`
		Risk   *float64 `json:"risk"`
		Reason *string  `json:"reason"`
	}
	return readLines(r, func(v line) (Conversation, error) {
		if err := present("id", v.ID != nil, "turns", v.Turns != nil, "risk", v.Risk != nil, "reason", v.Reason != nil); err != nil {
			return Conversation{}, err
		}
		return Conversation{ID: *v.ID, Turns: v.Turns, Risk: *v.Risk, Reason: *v.Reason}, nil
	}, func(c *Conversation, n int) { c.Line = n })
}

// Conversations checks that every conversation has an identifier of its own,
// a reason, a risk from 0 to 1 and turns of both roles that are not empty, and
// that no two have the same turns. Findings show the identifier in place of a
// text.
func Conversations(conversations []Conversation) []Finding {
	var out []Finding
	ids, first := make(map[string]Row), make(map[string]Row)
	for _, c := range conversations {
		row := Row{Line: c.Line, Text: c.ID}
		bad := func(kind Kind, format string, args ...any) {
			out = append(out, Finding{Kind: kind, Row: row, Detail: fmt.Sprintf(format, args...)})
		}
		if c.Risk < 0 || c.Risk > 1 {
			bad(Form, "risk %g, want 0 to 1", c.Risk)
		}
		if c.ID == "" || strings.TrimSpace(c.Reason) == "" {
			bad(Form, "give both id and reason")
		}
		roles := make(map[string]int)
		var said strings.Builder
		for i, t := range c.Turns {
			roles[t.Role]++
			fmt.Fprintf(&said, "%s\t%s\n", t.Role, Fold(t.Text))
			if t.Role != roleCustomer && t.Role != roleAgent {
				bad(UnknownLabel, "turn %d: role %q, want customer or agent", i+1, t.Role)
			}
			if n := utf8.RuneCountInString(t.Text); n > MaxLength || strings.TrimSpace(t.Text) == "" {
				bad(Length, "turn %d: %d code points, want 1 to %d that are not all blank", i+1, n, MaxLength)
			} else if t.Text != strings.TrimSpace(t.Text) {
				bad(Blanks, "turn %d", i+1)
			}
		}
		if roles[roleCustomer] == 0 || roles[roleAgent] == 0 {
			bad(Form, "%d turns of the customer and %d of the agent, want some of each", roles[roleCustomer], roles[roleAgent])
		}
		again := func(seen map[string]Row, key, what string) {
			if old, ok := seen[key]; ok {
				out = append(out, Finding{Kind: Duplicate, Row: row, Other: old, Score: 1, Detail: what})
				return
			}
			seen[key] = row
		}
		again(ids, c.ID, "the same identifier")
		again(first, said.String(), "the same turns")
	}
	return out
}
