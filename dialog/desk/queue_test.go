package desk

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func (d *testDesk) prioritize(conversation string, level int) {
	d.Helper()
	_, _, err := d.manager.Do(context.Background(), "demo", conversation, func(dialog.State) ([]dialog.Draft, error) {
		return []dialog.Draft{{Type: dialog.ConversationPrioritized, Actor: dialog.Actor{Kind: dialog.System}, Data: dialog.Priority{Level: level}}}, nil
	})
	if err != nil {
		d.Fatal(err)
	}
}

func TestQueueOrder(t *testing.T) {
	d := newDesk(t)
	names := map[string]string{}
	queue := func(name string, priority int) {
		id := d.start("c1", "转人工")
		if priority > 0 {
			d.prioritize(id, priority)
		}
		names[id] = name
		d.clock.Advance(time.Minute)
	}
	queue("first", 0)
	queue("second", 0)
	queue("urgent", 5)
	queue("most urgent", 9)
	queue("urgent too", 5)
	d.start("c1", "你好") // the bot's
	taken := d.start("c1", "转人工")
	d.claim(taken, lin)

	list, err := d.Queue(context.Background(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, w := range list {
		got = append(got, names[w.Summary.Conversation])
		if w.Position != i+1 || w.Summary.Status != dialog.StatusQueued {
			t.Errorf("entry %d is %+v", i, w)
		}
	}
	if diff := cmp.Diff([]string{"most urgent", "urgent", "urgent too", "first", "second"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if list[3].Waited != 5*time.Minute || list[0].Priority != 9 {
		t.Errorf("the first came %s ago; the priority of the foremost is %d", list[3].Waited, list[0].Priority)
	}
}

func TestQueueNeedsABot(t *testing.T) {
	d := newDesk(t)
	_, err := d.Queue(context.Background(), "")
	wantFault(t, err, fault.Invalid, "机器人")
	if list, err := d.Queue(context.Background(), "other"); err != nil || len(list) != 0 {
		t.Errorf("another bot's queue: %v, %v", list, err)
	}
}

// drifting lists conversations that have moved on since.
type drifting struct {
	Conversations
	lost error
}

func (c drifting) State(ctx context.Context, bot, conversation string) (dialog.State, error) {
	if c.lost != nil {
		return dialog.State{}, c.lost
	}
	return c.Conversations.State(ctx, bot, conversation)
}

func (c drifting) Summaries(context.Context, dialog.Filter) ([]dialog.Summary, error) {
	return []dialog.Summary{{Bot: "demo", Conversation: "conv_gone", Status: dialog.StatusQueued}}, nil
}

func TestQueueLeavesOutWhatIsGone(t *testing.T) {
	for name, tc := range map[string]struct {
		lost error
		code fault.Code
	}{
		"pruned":     {nil, ""},
		"store down": {fault.New(fault.Unavailable, "down"), fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			o := d.options
			o.Conversations = drifting{d.manager, tc.lost}
			list, err := d.another(o).Queue(context.Background(), "demo")
			if fault.CodeOf(err) != tc.code || len(list) != 0 {
				t.Errorf("got %v, %v", list, err)
			}
		})
	}
}
