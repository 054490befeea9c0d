package script

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// expectation checks the state after the last line.
type expectation func(s *session, arg string) error

var expectations = map[string]expectation{
	"intent": func(s *session, want string) error {
		got := ""
		if list := s.out.State.Analysis.Intents; len(list) > 0 {
			got = list[0].Name
		}
		return equal("intent", got, want)
	},
	"status":  func(s *session, want string) error { return equal("status", string(s.out.State.Status), want) },
	"slot":    expectSlot,
	"event":   func(s *session, want string) error { return expectEvent(s, want, true) },
	"no":      expectNo,
	"reason":  expectReason,
	"flow":    expectFlow,
	"replies": func(s *session, want string) error { return equal("replies", strconv.Itoa(len(s.out.Replies)), want) },
	"silent":  func(s *session, _ string) error { return equal("replies", strconv.Itoa(len(s.out.Replies)), "0") },
	"misses":  func(s *session, want string) error { return equal("misses", strconv.Itoa(s.out.State.Misses), want) },
	"owner":   func(s *session, want string) error { return equal("owner", s.out.State.Owner.Name, want) },
	"priority": func(s *session, want string) error {
		return equal("priority", strconv.Itoa(s.out.State.Priority), want)
	},
	"group": func(s *session, want string) error { return equal("skill group", s.out.State.SkillGroup, want) },
	"tag": func(s *session, want string) error {
		if !slices.Contains(s.out.State.Tags, want) {
			return invalid("the tags are %s", strings.Join(s.out.State.Tags, ", "))
		}
		return nil
	},
	"fact":    expectFact,
	"summary": expectSummary,
	"degraded": func(s *session, want string) error {
		return equal("degraded", cmp.Or(s.out.State.Analysis.Degraded, "none"), want)
	},
	"duplicate": func(s *session, _ string) error {
		if !s.out.Duplicate {
			return invalid("the message was handled as a new one")
		}
		return nil
	},
	"error":  expectError,
	"answer": expectAnswer,
}

// parseExpect reads "expect WHAT ARGUMENT".
func parseExpect(rest string) (func(*session) error, error) {
	what, arg, _ := strings.Cut(rest, " ")
	arg = strings.TrimSpace(arg)
	check, ok := expectations[what]
	if !ok {
		return nil, invalid("unknown expectation %q; see the documentation of package script", what)
	}
	if arg == "" && what != "silent" && what != "duplicate" {
		return nil, invalid("what to expect of %s is missing", what)
	}
	return func(s *session) error {
		if what != "error" {
			if err := s.unexpected(); err != nil {
				return err
			}
		}
		return check(s, arg)
	}, nil
}

func equal(what, got, want string) error {
	if got != want {
		return invalid("%s is %q, want %q", what, got, want)
	}
	return nil
}

// expectSlot checks what the visitor told: "name=value", of the running flow
// or of the talk so far.
func expectSlot(s *session, arg string) error {
	name, want, _ := strings.Cut(arg, "=")
	got := s.out.State.Slots[name]
	if f, ok := s.out.State.Active(); ok {
		if v, told := f.Slots[name]; told {
			got = v
		}
	}
	return equal("slot "+name, got, want)
}

func expectEvent(s *session, want string, there bool) error {
	var types []string
	for _, e := range s.out.Events {
		types = append(types, string(e.Type))
	}
	if slices.Contains(types, want) != there {
		return invalid("the events are %s", strings.Join(types, ", "))
	}
	return nil
}

func expectNo(s *session, arg string) error {
	what, name, _ := strings.Cut(arg, " ")
	if what != "event" {
		return invalid("write expect no event TYPE")
	}
	return expectEvent(s, name, false)
}

func expectReason(s *session, want string) error {
	if s.out.State.Handoff == nil {
		return invalid("the conversation was not handed off")
	}
	return equal("reason", string(s.out.State.Handoff.Reason), want)
}

// expectFlow checks the running flow: "name", "name@step" or "none".
func expectFlow(s *session, want string) error {
	got := "none"
	if f, ok := s.out.State.Active(); ok {
		got = f.Flow
		if strings.Contains(want, "@") {
			got += "@" + f.Step
		}
	}
	return equal("flow", got, want)
}

func expectFact(s *session, arg string) error {
	name, part, _ := strings.Cut(arg, "=")
	i := slices.IndexFunc(s.out.State.Facts, func(f dialog.Fact) bool { return f.Name == name })
	if i < 0 {
		return invalid("there is no fact %s among %v", name, s.out.State.Facts)
	}
	if value := s.out.State.Facts[i].Value; !strings.Contains(value, part) {
		return invalid("the fact %s is %q", name, value)
	}
	return nil
}

func expectSummary(s *session, arg string) error {
	if s.out.State.Handoff == nil {
		return invalid("the conversation was not handed off")
	}
	fits, err := pattern(strings.TrimSpace(strings.TrimPrefix(arg, "~")))
	if err != nil {
		return err
	}
	if text := s.out.State.Handoff.Packet.Summary; !fits(text) {
		return invalid("the summary is %q", text)
	}
	return nil
}

func expectError(s *session, want string) error {
	err := s.err
	s.err = nil
	if err == nil {
		return invalid("there was no error")
	}
	return equal("error", string(fault.CodeOf(err)), want)
}

func expectAnswer(s *session, want string) error {
	for _, m := range s.out.Replies {
		if slices.Contains(m.Articles, want) {
			return nil
		}
	}
	return invalid("no reply gives the article %s", want)
}
