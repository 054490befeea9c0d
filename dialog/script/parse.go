package script

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Limits of a script.
const (
	MaxBytes = 256 << 10
	MaxLines = 2000
)

// Script is a parsed script.
type Script struct {
	Name  string
	lines []line
	// Real is true when the script asks for real models, Scripted when it
	// brings articles of its own, which they do not know.
	Real, Scripted bool
}

// line is one instruction.
type line struct {
	n    int // from 1
	text string
	run  func(*session) error
}

// Parse reads a script; name is the file's name in errors, whose Field is
// "name:line". All faults are reported, joined into one message a line. Codes:
// Invalid, TooLarge.
func Parse(name string, source []byte) (*Script, error) {
	if len(source) > MaxBytes {
		return nil, fault.In(name, fault.New(fault.TooLarge, "the script has %d bytes, at most %d are read", len(source), MaxBytes))
	}
	if !utf8.Valid(source) {
		return nil, fault.In(name, fault.New(fault.Invalid, "the script is not UTF-8"))
	}
	s := &Script{Name: name}
	for i, raw := range bytes.Split(source, []byte("\n")) {
		text := strings.TrimSpace(string(raw))
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if len(s.lines) == MaxLines {
			return nil, fault.In(name, fault.New(fault.TooLarge, "the script has more than %d lines", MaxLines))
		}
		at := fmt.Sprintf("%s:%d", name, i+1)
		if text == "with real nlu" {
			s.Real = true
			continue
		}
		verb, rest, _ := strings.Cut(text, " ")
		parse, ok := verbs[verb]
		if !ok {
			return nil, fault.In(at, fault.New(fault.Invalid, "unknown instruction %q; see the documentation of package script", verb))
		}
		run, err := parse(strings.TrimSpace(rest))
		if err != nil {
			return nil, fault.In(at, err)
		}
		s.Scripted = s.Scripted || verb == "article"
		s.lines = append(s.lines, line{n: i + 1, text: text, run: run})
	}
	return s, nil
}

// ReadFS parses every *.conv of a folder, in order of their names.
func ReadFS(fsys fs.FS, dir string) ([]*Script, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.conv"))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the folder %s cannot be listed", dir)
	}
	var list []*Script
	for _, f := range files {
		source, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, fault.Wrap(err, fault.Unavailable, "%s cannot be read", f)
		}
		s, err := Parse(f, source)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// parser reads what follows a verb.
type parser func(rest string) (func(*session) error, error)

var verbs map[string]parser

func init() { // verbs and the expectations refer to each other's errors
	verbs = map[string]parser{
		"bot": parseBot, "customer": setting(func(s *session, v string) { s.start.Customer = v }),
		"channel": setting(func(s *session, v string) { s.start.Channel = v }),
		"page":    parsePage, "user": parseUser, "send": parseSend, "expect": parseExpect, "at": parseAt,
		"agent": parseAgent, "visitor": parseVisitor, "backend": parseBackend, "nlu": parseNLU, "kb": parseKB,
		"article": parseArticle, "profile": parseProfile, "auto": parseAuto, "hours": parseHours, "queue": parseQueue,
	}
}

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

// setting is a line that must come before the first message.
func setting(set func(*session, string)) parser {
	return func(rest string) (func(*session) error, error) {
		if rest == "" {
			return nil, invalid("a value is missing")
		}
		return func(s *session) error {
			if s.conversation != "" {
				return invalid("this line must come before the first message")
			}
			set(s, rest)
			return nil
		}, nil
	}
}

// parseBot reads "bot NAME" and the checks of replies.
func parseBot(rest string) (func(*session) error, error) {
	verb, arg, _ := strings.Cut(rest, " ")
	arg = strings.TrimSpace(arg)
	switch {
	case verb == "~":
		fits, err := pattern(arg)
		if err != nil {
			return nil, err
		}
		return func(s *session) error { return s.nextReply(arg, fits) }, nil
	case verb == "kind" && arg != "":
		return func(s *session) error { return s.replyKind(arg) }, nil
	case verb == "button" && arg != "":
		return func(s *session) error { return s.replyButton(arg) }, nil
	case verb != "" && arg == "" && verb != "kind" && verb != "button":
		return setting(func(s *session, v string) { s.start.Bot = v })(verb)
	default:
		return nil, invalid("write bot NAME, bot ~ TEXT, bot kind KIND or bot button TITLE")
	}
}

// pattern reads TEXT, /regex/ or ! before either.
func pattern(arg string) (func(string) bool, error) {
	not := strings.HasPrefix(arg, "!")
	arg = strings.TrimSpace(strings.TrimPrefix(arg, "!"))
	if arg == "" {
		return nil, invalid("a text or /regex/ is missing")
	}
	fits := func(text string) bool { return strings.Contains(text, arg) }
	if len(arg) > 2 && arg[0] == '/' && arg[len(arg)-1] == '/' {
		re, err := regexp.Compile(arg[1 : len(arg)-1])
		if err != nil {
			return nil, invalid("%s is not a regular expression: %s", arg, err)
		}
		fits = re.MatchString
	}
	return func(text string) bool { return fits(text) != not }, nil
}

func parsePage(rest string) (func(*session) error, error) {
	key, value, ok := strings.Cut(rest, "=")
	if !ok || key == "" {
		return nil, invalid("write page NAME=VALUE")
	}
	return setting(func(s *session, _ string) { s.start.Attributes[strings.TrimSpace(key)] = strings.TrimSpace(value) })(rest)
}

// parseProfile reads "profile KEY=VALUE".
func parseProfile(rest string) (func(*session) error, error) {
	key, value, ok := strings.Cut(rest, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	set, known := profileKeys[key]
	if !ok || !known || value == "" {
		return nil, invalid("write profile KEY=VALUE; the keys are name, bot_name, menu, handoff_phrases (lists with |) and miss_limit")
	}
	if key == "miss_limit" {
		if n, err := strconv.Atoi(value); err != nil || n < 1 {
			return nil, invalid("miss_limit is a number from 1, not %q", value)
		}
	}
	return setting(func(s *session, _ string) { set(&s.profile, value) })(rest)
}

var profileKeys = map[string]func(p *dialog.Profile, value string){
	"name":            func(p *dialog.Profile, v string) { p.Name = v },
	"bot_name":        func(p *dialog.Profile, v string) { p.BotName = v },
	"menu":            func(p *dialog.Profile, v string) { p.Menu = strings.Split(v, "|") },
	"handoff_phrases": func(p *dialog.Profile, v string) { p.HandoffPhrases = strings.Split(v, "|") },
	"miss_limit": func(p *dialog.Profile, v string) {
		if n, err := strconv.Atoi(v); err == nil { // parseProfile has checked it
			p.MissLimit = n
		}
	},
}

func parseUser(rest string) (func(*session) error, error) {
	if rest == "" {
		return nil, invalid("the message is missing")
	}
	return func(s *session) error { return s.receive("", unescape(rest)) }, nil
}

func parseSend(rest string) (func(*session) error, error) {
	key, text, ok := strings.Cut(rest, " ")
	if !ok {
		return nil, invalid("write send KEY TEXT")
	}
	return func(s *session) error { return s.receive(key, unescape(strings.TrimSpace(text))) }, nil
}

// unescape lets a message hold what a line cannot: \n, and \xNN for bytes.
func unescape(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\xff`, "\xff", `\s`, " ").Replace(text)
}

func parseAt(rest string) (func(*session) error, error) {
	d, err := time.ParseDuration(strings.TrimPrefix(rest, "+"))
	if err != nil || !strings.HasPrefix(rest, "+") || d <= 0 {
		return nil, invalid("write at +31m: how much later it is; time never goes back")
	}
	return func(s *session) error { s.clock.Advance(d); s.note("⏱ +%s", d); return s.tick() }, nil
}

func parseAgent(rest string) (func(*session) error, error) {
	verb, arg, _ := strings.Cut(rest, " ")
	arg = strings.TrimSpace(arg)
	switch {
	case verb == "claim", verb == "release" && arg == "", verb == "close" && arg == "", verb == "reply" && arg != "":
		return func(s *session) error { return s.agent(verb, arg) }, nil
	default:
		return nil, invalid("write agent claim [NAME], agent reply TEXT, agent release or agent close")
	}
}

func parseVisitor(rest string) (func(*session) error, error) {
	if rest != "close" {
		return nil, invalid("write visitor close")
	}
	return func(s *session) error { return s.closeByVisitor() }, nil
}
