package script

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/demo"
	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/dialog/memory"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// Options say what scripts run against. Profile and Shop are required.
type Options struct {
	// Profile is the profile of every bot in the scripts; their profile lines
	// change it.
	Profile dialog.Profile
	// Shop is the demo shop's file, read anew for every script.
	Shop []byte
	// Flows are the flows of the bot; nil means the built-in ones.
	Flows []*flow.Flow
	// Rules react to events; nil reacts to nothing.
	Rules dialog.Rules
	// Extractor finds entities for scripted understanding.
	Extractor nlu.EntityExtractor
	// Analyzer and Retriever are the real ones: with them the scripts' nlu and
	// kb lines are left out of account. Set both or none.
	Analyzer  dialog.Analyzer
	Retriever dialog.Retriever
	// Begin is when scripts begin; the zero time means 2026-11-22 10:00 in Shanghai.
	Begin time.Time
}

// Result is how a script went.
type Result struct {
	Name string
	// Skipped says why the script was not run, or is empty.
	Skipped string
	// Failures are the lines that did not hold, in order.
	Failures []Failure
	// Transcript is the talk with the decisions behind it.
	Transcript string
	// Turns counts the visitor's messages.
	Turns int
}

// Failure is one line that did not hold.
type Failure struct {
	Line    int
	Text    string
	Problem string
}

// Passed reports whether the script ran and every line held.
func (r Result) Passed() bool { return r.Skipped == "" && len(r.Failures) == 0 }

// String is a report for people: the failures, then the transcript.
func (r Result) String() string {
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "%s:%d: %s\n    %s\n", r.Name, f.Line, f.Text, f.Problem)
	}
	b.WriteString(r.Transcript)
	return b.String()
}

// session is one run of a script.
type session struct {
	ctx          context.Context
	options      Options
	profile      dialog.Profile
	clock        *clock.Fake
	manager      *dialog.Manager
	auto         *automatic
	mind         *understanding
	board        *switchboard
	start        dialog.StartRequest
	conversation string
	agentName    string

	out        dialog.Outcome // of the last message
	err        error          // of the last message or desk action
	seen       int            // replies checked so far
	turns      int
	transcript strings.Builder
}

// Run plays a script. Only what keeps it from running at all is an error; what
// does not hold is in the Result.
func Run(ctx context.Context, s *Script, o Options) (Result, error) {
	res := Result{Name: s.Name}
	if s.Real && o.Analyzer == nil {
		res.Skipped = "it needs the real models"
		return res, nil
	}
	if s.Scripted && o.Analyzer != nil {
		res.Skipped = "it brings articles of its own, which the real knowledge base does not have"
		return res, nil
	}
	run, err := newSession(ctx, o)
	if err != nil {
		return res, err
	}
	for _, l := range s.lines {
		if err := l.run(run); err != nil {
			res.Failures = append(res.Failures, Failure{Line: l.n, Text: l.text, Problem: problem(err)})
			run.note("✗ 第 %d 行：%s", l.n, problem(err))
		}
	}
	if err := run.unexpected(); err != nil {
		res.Failures = append(res.Failures, Failure{Line: len(s.lines), Problem: problem(err)})
	}
	res.Transcript, res.Turns = run.transcript.String(), run.turns
	return res, run.manager.Close()
}

func problem(err error) string { return err.Error() }

func newSession(ctx context.Context, o Options) (*session, error) {
	if o.Begin.IsZero() {
		o.Begin = time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))
	}
	if o.Profile.Location == nil {
		o.Profile.Location = time.FixedZone("CST", 8*3600)
	}
	s := &session{
		ctx: ctx, options: o, profile: o.Profile, clock: clock.NewFake(o.Begin), board: &switchboard{modes: map[string]string{}},
		start: dialog.StartRequest{Bot: "demo", Visitor: "visitor", Channel: "script", Attributes: map[string]string{}},
		mind: &understanding{
			said: map[string]nlu.Result{}, risks: map[string]float64{}, hits: map[string][]scriptedHit{}, articles: map[string]kb.Article{},
			extractor: o.Extractor, real: o.Analyzer, search: o.Retriever,
		},
	}
	s.auto = &automatic{profile: &s.profile, position: 1}
	actions, err := s.actions()
	if err != nil {
		return nil, err
	}
	flows, err := s.flows(actions)
	if err != nil {
		return nil, err
	}
	s.manager, err = dialog.NewManager(dialog.Options{
		Store: &memory.Store{}, Analyzer: s.mind, Risk: s.mind, Retriever: s.mind, Extractor: o.Extractor, Flows: flows,
		Actions: actions, Rules: o.Rules, AutoReplies: s.auto, Clock: s.clock, IDs: &ident.Sequence{},
		Profiles: func(bot string) (dialog.Profile, error) {
			p := s.profile
			p.Bot = bot
			return p, nil
		},
	})
	return s, err
}

// actions are those of the demo shop, behind the switchboard.
func (s *session) actions() (*action.Registry, error) {
	shop, err := demo.Read("shop.yaml", s.options.Shop, s.clock)
	if err != nil {
		return nil, err
	}
	r := action.NewRegistry()
	if err := parcel.Register(r, func(string) (parcel.Backend, error) {
		return switchedParcels{board: s.board, next: shop.Parcels()}, nil
	}); err != nil {
		return nil, err
	}
	return r, order.Register(r, func(string) (order.Backend, error) {
		return switchedOrders{board: s.board, next: shop.Orders()}, nil
	})
}

func (s *session) flows(r *action.Registry) (dialog.Flows, error) {
	library, err := flow.NewLibrary(r.Check)
	if err != nil {
		return nil, err
	}
	if len(s.options.Flows) > 0 {
		err = library.Put("demo", s.options.Flows)
	}
	return library, err
}

// begin opens the conversation with the first message.
func (s *session) begin() error {
	if s.conversation != "" {
		return nil
	}
	out, err := s.manager.Start(s.ctx, s.start)
	s.conversation = out.State.ID
	return err
}

// receive sends a message of the visitor.
func (s *session) receive(key, text string) error {
	if err := s.unexpected(); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	s.turns++
	s.seen = 0
	out, err := s.manager.Receive(s.ctx, dialog.Incoming{Bot: s.start.Bot, Conversation: s.conversation, ClientID: key, Text: text})
	if err != nil {
		out.State = s.out.State // what it was before the message
	}
	s.out, s.err = out, err
	s.record(text)
	return nil
}

// unexpected reports an error that no expect line has looked at.
func (s *session) unexpected() error {
	err := s.err
	s.err = nil
	if err != nil {
		return fmt.Errorf("the line before failed: %w", err)
	}
	return nil
}

// agent acts as the desk does: through Manager.Do.
func (s *session) agent(verb, arg string) error {
	if err := s.unexpected(); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	if verb == "claim" {
		s.agentName = arg
		if arg == "" {
			s.agentName = "小林"
		}
	}
	me := dialog.Actor{Kind: dialog.Agent, ID: "agent_" + s.agentName, Name: s.agentName}
	state, events, err := s.manager.Do(s.ctx, s.start.Bot, s.conversation, func(st dialog.State) ([]dialog.Draft, error) {
		change := dialog.StatusChange{From: st.Status}
		switch verb {
		case "reply":
			return []dialog.Draft{{Type: dialog.MessageSent, Actor: me, Data: dialog.Message{Text: arg}}}, nil
		case "claim":
			if st.Status == dialog.StatusHuman {
				return nil, fault.New(fault.Conflict, "%s 正在接待这个会话。", st.Owner.Name)
			}
			change.To, change.Owner = dialog.StatusHuman, me
		case "release":
			change.To, change.Owner = dialog.StatusBot, dialog.Actor{Kind: dialog.Bot, ID: st.Bot}
		case "close":
			change.To = dialog.StatusClosed
		}
		return []dialog.Draft{{Type: dialog.StatusChanged, Actor: me, Data: change}}, nil
	})
	s.err = err
	s.note("坐席 %s：%s %s", s.agentName, verb, arg)
	if err == nil {
		s.heard(state, events)
	}
	return nil
}

func (s *session) closeByVisitor() error {
	if err := s.begin(); err != nil {
		return err
	}
	state, err := s.manager.CloseByVisitor(s.ctx, s.start.Bot, s.conversation)
	s.out.State, s.err = state, err
	s.note("访客离开")
	return nil
}

// nextReply checks the next reply of the turn.
func (s *session) nextReply(want string, fits func(string) bool) error {
	if s.seen >= len(s.out.Replies) {
		return invalid("the bot said %d messages; there is no further one to match %s", len(s.out.Replies), want)
	}
	msg := s.out.Replies[s.seen]
	s.seen++
	if !fits(msg.Text) {
		return invalid("the bot said %q", msg.Text)
	}
	return nil
}

// current is the reply checked last, or the first.
func (s *session) current() (dialog.Message, error) {
	i := max(0, s.seen-1)
	if i >= len(s.out.Replies) {
		return dialog.Message{}, invalid("the bot said nothing")
	}
	return s.out.Replies[i], nil
}

func (s *session) replyKind(want string) error {
	msg, err := s.current()
	if err == nil && msg.Kind != want {
		err = invalid("the reply is of kind %s: %q", msg.Kind, msg.Text)
	}
	return err
}

func (s *session) replyButton(want string) error {
	msg, err := s.current()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(msg.Buttons, func(b dialog.Button) bool { return strings.Contains(b.Title, want) }) {
		titles := make([]string, len(msg.Buttons))
		for i, b := range msg.Buttons {
			titles[i] = b.Title
		}
		return invalid("the reply has the buttons %s", strings.Join(titles, " | "))
	}
	return nil
}
