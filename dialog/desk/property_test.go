package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// verify checks a conversation's whole log: one owner at any time, the bot
// silent while people own it, nobody speaks out of turn, nothing after the end.
func verify(events []dialog.Event) error {
	var (
		status = dialog.StatusNew
		owner  dialog.Actor
		keys   = map[sender]bool{}
		shown  = map[string]bool{}
	)
	for _, e := range events {
		if status == dialog.StatusClosed && e.Type != dialog.ActionReturned {
			return fmt.Errorf("%d: %s after the end", e.Seq, e.Type)
		}
		switch e.Type {
		case dialog.StatusChanged:
			var c dialog.StatusChange
			if err := json.Unmarshal(e.Data, &c); err != nil {
				return err
			}
			if c.From != status || !dialog.CanMove(c.From, c.To) {
				return fmt.Errorf("%d: from %s to %s while %s", e.Seq, c.From, c.To, status)
			}
			if c.To == dialog.StatusHuman && (c.Owner.Kind != dialog.Agent || c.Owner.ID == "") {
				return fmt.Errorf("%d: owned by %+v", e.Seq, c.Owner)
			}
			if status == dialog.StatusHuman && c.To != dialog.StatusClosed && e.Actor.ID != owner.ID {
				return fmt.Errorf("%d: %s gave away what %s owns", e.Seq, e.Actor.ID, owner.ID)
			}
			status, owner = c.To, c.Owner
		case dialog.MessageSent:
			var m dialog.Message
			if err := json.Unmarshal(e.Data, &m); err != nil {
				return err
			}
			if e.Actor.Kind == dialog.Bot && status == dialog.StatusHuman {
				return fmt.Errorf("%d: the bot said %q in an agent's conversation", e.Seq, m.Text)
			}
			if e.Actor.Kind == dialog.Agent {
				key := sender{e.Actor.ID, m.ClientID}
				if status != dialog.StatusHuman || owner.ID != e.Actor.ID || m.ClientID != "" && keys[key] {
					return fmt.Errorf("%d: %s said %q, the owner is %s (%s)", e.Seq, e.Actor.ID, m.Text, owner.ID, status)
				}
				keys[key] = true
			}
		case dialog.SuggestionsShown:
			var s dialog.Suggestions
			if err := json.Unmarshal(e.Data, &s); err != nil {
				return err
			}
			if shown[s.Message] || len(s.Suggestions) < minSuggestions {
				return fmt.Errorf("%d: %d suggestions, recorded before: %v", e.Seq, len(s.Suggestions), shown[s.Message])
			}
			shown[s.Message] = true
		}
	}
	return nil
}

// expected are the refusals that a desk may meet.
func expected(err error) bool {
	return err == nil || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid)
}

var visitorTexts = []string{
	"你好", "快递到哪了", "SF1234567890123", "转人工", "不要人工了", "什么时候发货", "怎么开发票", "气死我了", "垃圾", "好的", "谢谢", "YX202611200001", "？",
}

// perform does one random thing to a conversation.
func perform(s *Service, m *dialog.Manager, id string, what int, agent dialog.Actor, text string) error {
	ctx := context.Background()
	var err error
	switch what {
	case 0, 1, 2:
		_, err = m.Receive(ctx, dialog.Incoming{Bot: "demo", Conversation: id, Text: text, ClientID: text})
	case 3, 4:
		_, err = s.Claim(ctx, agent, "demo", id)
	case 5:
		_, err = s.Release(ctx, agent, "demo", id, text)
	case 6, 7:
		_, err = s.Reply(ctx, Reply{Bot: "demo", Conversation: id, Agent: agent, Text: text, ClientID: text})
	case 8:
		_, err = s.Note(ctx, agent, "demo", id, text)
	case 9, 10:
		var list []dialog.Suggestion
		if list, err = s.Suggest(ctx, "demo", id, ""); err != nil {
			return err
		}
		if len(list) < minSuggestions {
			return fmt.Errorf("%d suggestions", len(list))
		}
		if what == 10 {
			return s.Ignore(ctx, agent, "demo", id, list[0].ID)
		}
		_, err = s.Reply(ctx, Reply{Bot: "demo", Conversation: id, Agent: agent, Text: list[0].Text, Suggestion: list[0].ID})
	case 11:
		_, err = s.View(ctx, "demo", id)
	case 12:
		_, err = s.Close(ctx, agent, "demo", id, "")
	case 13:
		_, err = s.Typing(ctx, "demo", id, text)
	}
	return err
}

const performances = 14

func TestRandomSequencesKeepTheRules(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := newDesk(t)
		id := d.start("c1")
		agents := []dialog.Actor{lin, chen, {Kind: dialog.Agent, ID: "a3"}}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			what := rapid.IntRange(0, performances-1).Draw(r, "what")
			if what == 12 && rapid.IntRange(0, 3).Draw(r, "really") > 0 {
				continue // most conversations go on
			}
			agent := rapid.SampledFrom(agents).Draw(r, "agent")
			text := rapid.SampledFrom(visitorTexts).Draw(r, "text")
			if err := perform(d.Service, d.manager, id, what, agent, text); !expected(err) {
				r.Fatalf("performance %d: %v", what, err)
			}
			d.clock.Advance(time.Second)
		}
		all, err := d.manager.Events(context.Background(), "demo", id, 0)
		if err != nil {
			r.Fatal(err)
		}
		if err := verify(all); err != nil {
			r.Fatal(err)
		}
		if _, err := dialog.Replay(dialog.State{}, all); err != nil {
			r.Fatal(err)
		}
	})
}

// TestEverybodyAtOnce lets visitors and agents act at once, on two replicas.
func TestEverybodyAtOnce(t *testing.T) {
	d := newDesk(t, func(o *Options) { o.MaxConcurrent = 64 })
	other := d.newManager()
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	o := d.options
	o.Conversations = other
	desks, managers := []*Service{d.Service, d.another(o)}, []*dialog.Manager{d.manager, other}
	ids := []string{d.start("c1"), d.start("c2", "转人工"), d.start("c3", "快递到哪了")}
	var wg sync.WaitGroup
	for worker := range 12 {
		wg.Go(func() {
			agent := dialog.Actor{Kind: dialog.Agent, ID: fmt.Sprintf("a%d", worker%4), Name: fmt.Sprintf("坐席%d", worker%4)}
			for i := range 30 {
				n := worker*31 + i*17
				what := n % (performances - 2) // nobody closes here
				err := perform(desks[n%2], managers[(n/2)%2], ids[n%len(ids)], what, agent, visitorTexts[(n/3)%len(visitorTexts)])
				if !expected(err) {
					t.Errorf("performance %d: %v", what, err)
				}
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		all, err := d.manager.Events(context.Background(), "demo", id, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(all); err != nil {
			t.Error(err)
		}
	}
}

// TestTakeOverWhileTheBotLooksUp claims a conversation in the middle of an
// action: the result is kept, the bot says nothing more.
func TestTakeOverWhileTheBotLooksUp(t *testing.T) {
	d := newDesk(t)
	other := d.newManager() // the agent sits at another replica: no lock keeps them apart
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	o := d.options
	o.Conversations = other
	second := d.another(o)
	id := d.start("", "快递到哪了")
	d.backend.hook = func() {
		if _, err := second.Claim(context.Background(), lin, "demo", id); err != nil {
			t.Error(err)
		}
	}
	if out := d.say(id, "SF1234567890123"); len(out.Replies) != 0 {
		t.Errorf("the bot said %+v", out.Replies)
	}
	all, err := d.manager.Events(context.Background(), "demo", id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(all); err != nil {
		t.Error(err)
	}
	find(t, d.suggestions(id, ""), SourceState, "SF1234567890123")
}
