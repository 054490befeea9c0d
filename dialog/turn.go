package dialog

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const (
	// maxRounds is the circuit breaker: how many actions one turn may run.
	maxRounds = 8
	// maxCandidates is how many articles MessageAnalyzed records.
	maxCandidates = 5
)

// readText trims a message and refuses what nobody can answer.
func (m *Manager) readText(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", fault.New(fault.Invalid, "消息不是有效的 UTF-8 文本，请检查编码。")
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fault.New(fault.Invalid, "消息不能为空。")
	}
	if n := utf8.RuneCountInString(text); n > m.MaxText {
		return "", fault.New(fault.TooLarge, "消息有 %d 个字，最多 %d 个，请分几条发送。", n, m.MaxText)
	}
	return text, nil
}

// receive is one turn, alone in its conversation.
func (m *Manager) receive(ctx context.Context, in Incoming) (Outcome, error) {
	p, err := m.policyOf(in.Bot)
	if err != nil {
		return Outcome{}, err
	}
	s, err := m.load(ctx, in.Bot, in.Conversation)
	if err != nil {
		return Outcome{}, err
	}
	turn := Turn{Message: Message{ID: m.ids.New("msg"), Text: in.Text, ClientID: in.ClientID}}
	understood := ""
	var before []Event // of an earlier turn that was cut short
	for range maxAttempts {
		if seen, ok := s.seen(in.ClientID); ok {
			return m.again(ctx, p, s, seen)
		}
		if s.Status == StatusClosed {
			return Outcome{}, fault.New(fault.Conflict, "会话已结束，请发起新的会话。")
		}
		if s.Pending != nil {
			var settled []Event
			if s, settled, err = m.settle(ctx, p, s); err != nil {
				return Outcome{}, err
			}
			before = append(before, settled...)
		}
		if text := s.refer(in.Text, p.phrases); text != understood {
			turn.Text, understood = text, text
			m.understand(ctx, s, &turn)
		}
		p.now = m.clock.Now()
		next, events, err := m.commit(ctx, s, p.decide(s, turn))
		if errors.Is(err, errMoved) {
			if s, err = m.refresh(ctx, in.Bot, in.Conversation); err != nil {
				return Outcome{}, err
			}
			continue
		}
		if err != nil {
			return Outcome{}, err
		}
		events = append(before, events...)
		next, more, err := m.settle(ctx, p, next)
		if err != nil {
			return Outcome{}, err
		}
		return outcome(next, append(events, more...), turn.Message.ID), nil
	}
	return Outcome{}, fault.New(fault.Conflict, "会话正在被频繁更新，请重试。")
}

// again returns the outcome of a message that came before, finishing its turn
// when it was cut short.
func (m *Manager) again(ctx context.Context, p policy, s State, seen SeenMessage) (Outcome, error) {
	if s.Pending != nil && s.LastVisitor.ID == seen.Message {
		var err error
		if s, _, err = m.settle(ctx, p, s); err != nil {
			return Outcome{}, err
		}
	}
	events, err := m.Store.Events(ctx, s.Bot, s.ID, seen.Seq-1)
	if err != nil {
		return Outcome{}, err
	}
	end := slices.IndexFunc(events[min(1, len(events)):], func(e Event) bool { return e.Type == MessageReceived })
	if end >= 0 {
		events = events[:end+1]
	}
	out := outcome(s, events, seen.Message)
	out.Duplicate = true
	return out, nil
}

// settle runs the actions that a state waits for, and what follows from each,
// until nothing is pending.
func (m *Manager) settle(ctx context.Context, p policy, s State) (State, []Event, error) {
	var all []Event
	for round := 0; s.Pending != nil; round++ {
		call := *s.Pending
		result := ActionResult{Call: call.Call, Action: call.Action, Flow: call.Flow, As: call.As}
		if round < maxRounds {
			result = m.act(ctx, s, call)
		} else {
			result.Fault, result.Message = string(fault.Internal), "the turn ran too many actions"
		}
		next, events, err := m.conclude(ctx, p, s, result, round >= maxRounds)
		if err != nil {
			return s, all, err
		}
		s, all = next, append(all, events...)
	}
	return s, all, nil
}

// act runs one action.
func (m *Manager) act(ctx context.Context, s State, call ActionCall) ActionResult {
	start := m.clock.Now()
	r := m.Actions.Do(ctx, ActionRequest{
		ActionCall: call, Bot: s.Bot, Conversation: s.ID, Customer: s.Customer, Now: start, Timeout: call.Timeout,
	})
	r.Call, r.Action, r.Flow, r.As = call.Call, call.Action, call.Flow, call.As
	r.Took = m.clock.Now().Sub(start)
	return r
}

// conclude commits an action's result and what the flow makes of it. When
// people took over meanwhile, only the result is kept: the bot stays silent.
func (m *Manager) conclude(ctx context.Context, p policy, s State, r ActionResult, broken bool) (State, []Event, error) {
	for range maxAttempts {
		taken := !s.BotOwns() // people took over; the result is still worth keeping
		if !taken && (s.Pending == nil || s.Pending.Call != r.Call) {
			return s, nil, nil // another replica concluded it and went on
		}
		p.now = m.clock.Now()
		next, events, err := m.commit(ctx, s, p.proceed(s, r, broken))
		if !errors.Is(err, errMoved) {
			return next, events, err
		}
		if s, err = m.refresh(ctx, s.Bot, s.ID); err != nil {
			return s, nil, err
		}
		if s.Status == StatusClosed {
			return s, nil, nil
		}
	}
	return s, nil, fault.New(fault.Conflict, "会话正在被频繁更新，请重试。")
}

// understand fills a turn with the analysis and the hits. A part that fails is
// named in Degraded and left out: the turn goes on.
func (m *Manager) understand(ctx context.Context, s State, t *Turn) {
	t.Degraded, t.Hits = "", nil
	now := m.clock.Now()
	actx, cancel := context.WithTimeout(ctx, m.AnalyzeTimeout)
	res, err := m.Analyzer.Analyze(actx, nlu.Request{Text: t.Text, Prev: s.Prev(), Expect: s.Expects(), Bot: s.Bot, Now: now})
	cancel()
	if err != nil {
		m.log.WarnContext(ctx, "a message is handled without understanding", "bot", s.Bot, "conversation", s.ID, "error", err)
		t.Degraded = "nlu"
		t.Result = nlu.Result{Text: t.Text, Entities: []nlu.Entity{}}
		if m.Extractor != nil {
			t.Result.Entities = m.Extractor.Extract(t.Text, now)
		}
		return
	}
	t.Result = res
	m.foresee(ctx, s, t)
	sctx, cancel := context.WithTimeout(ctx, m.SearchTimeout)
	defer cancel()
	q := s.About(Query(s.Bot, res, now))
	q.Text, q.Limit = t.Text, maxCandidates
	hits, err := m.Retriever.Search(sctx, q)
	if err != nil {
		m.log.WarnContext(ctx, "a message is handled without the knowledge base", "bot", s.Bot, "conversation", s.ID, "error", err)
		t.Degraded = "kb"
		return
	}
	t.Hits = hits
}

// seen finds a message by its sender's key.
func (s State) seen(clientID string) (SeenMessage, bool) {
	if clientID == "" {
		return SeenMessage{}, false
	}
	for _, m := range slices.Backward(s.Seen) {
		if m.ClientID == clientID {
			return m, true
		}
	}
	return SeenMessage{}, false
}

// outcome reads a turn's events for the caller.
func outcome(s State, events []Event, message string) Outcome {
	out := Outcome{State: s, Events: events}
	for _, e := range events {
		if e.Type != MessageReceived && e.Type != MessageSent {
			continue
		}
		var msg Message
		if err := json.Unmarshal(e.Data, &msg); err != nil {
			continue // Fold has read it already
		}
		switch {
		case e.Type == MessageReceived && msg.ID == message:
			out.Message = msg
		case e.Type == MessageSent && msg.ReplyTo == message && e.Actor.Kind == Bot:
			out.Replies = append(out.Replies, msg)
		}
	}
	return out
}
