package desk

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func TestReplyReachesTheVisitor(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	question := d.say(id, "什么时候发货").Message
	sent := d.reply(id, "  今天就发。\n")
	if sent.Text != "今天就发。" || sent.ReplyTo != question.ID || sent.Kind != "" {
		t.Errorf("sent %+v", sent)
	}
	all := events[dialog.Message](d, id, dialog.MessageSent)
	if diff := cmp.Diff(sent, all[len(all)-1]); diff != "" {
		t.Errorf("stored another message (-returned +stored):\n%s", diff)
	}
	if st := d.state(id); st.Unread != 0 || st.LastFrom != dialog.Agent {
		t.Errorf("unread %d, last from %s", st.Unread, st.LastFrom)
	}
}

func TestReplyRefusesWhatNobodyCanRead(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	for name, tc := range map[string]struct {
		reply Reply
		code  fault.Code
		part  string
	}{
		"empty":      {Reply{Text: " \n\t"}, fault.Invalid, "回复不能为空"},
		"not UTF-8":  {Reply{Text: "好\xc3\x28"}, fault.Invalid, "UTF-8"},
		"too long":   {Reply{Text: strings.Repeat("好", 2001)}, fault.TooLarge, "2001 个字，最多 2000"},
		"client id":  {Reply{Text: "好", ClientID: strings.Repeat("x", 129)}, fault.TooLarge, "client_id"},
		"use":        {Reply{Text: "好", Suggestion: "sug", Use: "liked"}, fault.Invalid, "use"},
		"use of nil": {Reply{Text: "好", Use: UseTaken}, fault.Invalid, "没有推荐回复"},
		"garbage id": {Reply{Text: "好", Suggestion: "../../etc"}, fault.Invalid, "不属于这个会话"},
		"foreign id": {Reply{Text: "好", Suggestion: newID("conv_other", 3, "", SourcePhrase, "k", "好").String()}, fault.Invalid, "不属于这个会话"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.reply.Bot, tc.reply.Conversation, tc.reply.Agent = "demo", id, lin
			_, err := d.Reply(context.Background(), tc.reply)
			wantFault(t, err, tc.code, tc.part)
		})
	}
	if n := len(events[dialog.SuggestionUse](d, id, dialog.SuggestionUsed)); n != 0 {
		t.Errorf("%d uses were recorded", n)
	}
	if d.state(id).LastFrom == dialog.Agent {
		t.Error("a refused reply was sent")
	}
	emoji := strings.Repeat("👨‍👩‍👧", 400) // 2000 code points
	if got := d.reply(id, emoji); got.Text != emoji {
		t.Error("2000 code points of emoji did not arrive whole")
	}
}

func TestReplyIsIdempotent(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	ctx := context.Background()
	r := Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "马上处理", ClientID: "k1"}
	first, err := d.Reply(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Text = "换了内容"
	again, err := d.Reply(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the second is another (-first +second):\n%s", diff)
	}
	if _, err := d.Close(ctx, lin, "demo", id, ""); err != nil {
		t.Fatal(err)
	}
	if after, err := d.Reply(ctx, r); err != nil || after.ID != first.ID {
		t.Errorf("after the close: %+v, %v", after, err)
	}
	r.ClientID = "k2"
	_, err = d.Reply(ctx, r)
	wantFault(t, err, fault.Conflict, "已结束")
}

func TestReplyKeysBelongToTheirAgent(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	ctx := context.Background()
	mine, err := d.Reply(ctx, Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "我来处理", ClientID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Release(ctx, lin, "demo", id, ""); err != nil {
		t.Fatal(err)
	}
	d.claim(id, chen)
	theirs, err := d.Reply(ctx, Reply{Bot: "demo", Conversation: id, Agent: chen, Text: "我接着处理", ClientID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if mine.ID == theirs.ID || theirs.Text != "我接着处理" {
		t.Errorf("another agent's key gave %+v", theirs)
	}
}

// TestRepliesAtOnce sends one key from many tabs, on two replicas.
func TestRepliesAtOnce(t *testing.T) {
	d := newDesk(t)
	manager := d.newManager()
	t.Cleanup(func() {
		if err := manager.Close(); err != nil {
			t.Error(err)
		}
	})
	o := d.options
	o.Conversations = manager
	desks := []*Service{d.Service, d.another(o)}
	id := stages["mine"](d)
	var (
		wg  sync.WaitGroup
		ids [8]string
	)
	for i := range ids {
		wg.Go(func() {
			m, err := desks[i%2].Reply(context.Background(), Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "同一条", ClientID: "tab"})
			if err != nil {
				t.Error(err)
			}
			ids[i] = m.ID
		})
	}
	wg.Wait()
	sent := 0
	for _, m := range events[dialog.Message](d, id, dialog.MessageSent) {
		if m.ClientID == "tab" {
			sent++
		}
	}
	if sent != 1 {
		t.Fatalf("%d messages were sent", sent)
	}
	for _, got := range ids {
		if got != ids[0] {
			t.Errorf("tabs were told of different messages: %v", ids)
		}
	}
}

func TestWhatBecameOfASuggestion(t *testing.T) {
	for name, tc := range map[string]struct {
		draft, edit, use, want string
	}{
		"sent as it is":                    {want: UseTaken},
		"changed":                          {edit: "，谢谢", want: UseEdited},
		"the client knows better":          {use: UseEdited, want: UseEdited},
		"of a text being typed, as it is":  {draft: "怎么退货", want: UseTaken},
		"of a text being typed, changed":   {draft: "怎么退货", edit: "！", want: UseEdited},
		"the client says taken, unchanged": {use: UseTaken, want: UseTaken},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := stages["mine"](d)
			d.say(id, "什么时候发货")
			sug := d.suggestions(id, tc.draft)[0]
			sent, err := d.Reply(context.Background(), Reply{
				Bot: "demo", Conversation: id, Agent: lin, Text: sug.Text + tc.edit, Suggestion: sug.ID, Use: tc.use,
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []dialog.SuggestionUse{{Suggestion: sug.ID, Use: tc.want, Message: sent.ID}}
			if diff := cmp.Diff(want, events[dialog.SuggestionUse](d, id, dialog.SuggestionUsed)); diff != "" {
				t.Errorf("recorded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSuggestionsOfThePacketMayBeUsed(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "怎么退货", "退货太麻烦了，转人工")
	d.claim(id, lin)
	packet := events[dialog.Handoff](d, id, dialog.HandoffRequested)[0].Packet
	if len(packet.Suggestions) == 0 {
		t.Fatal("the hand-off brought no suggestions")
	}
	sug := packet.Suggestions[0]
	if _, err := d.Reply(context.Background(), Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "改写过", Suggestion: sug.ID}); err != nil {
		t.Fatal(err)
	}
	if got := events[dialog.SuggestionUse](d, id, dialog.SuggestionUsed); len(got) != 1 || got[0].Use != UseEdited {
		t.Errorf("recorded %+v", got)
	}
}

func TestNotes(t *testing.T) {
	d := newDesk(t)
	id := stages["theirs"](d)
	e, err := d.Note(context.Background(), lin, "demo", id, " 老客户，注意语气 ")
	if err != nil {
		t.Fatal(err)
	}
	if e.Type != dialog.NoteAdded || e.Actor != lin || e.Public() || e.Seq != d.state(id).Seq {
		t.Errorf("the event is %+v", e)
	}
	if notes := events[dialog.Note](d, id, dialog.NoteAdded); len(notes) != 1 || notes[0].Text != "老客户，注意语气" {
		t.Errorf("notes are %+v", notes)
	}
	_, err = d.Note(context.Background(), lin, "demo", id, "")
	wantFault(t, err, fault.Invalid, "备注不能为空")
}

func TestIgnoredSuggestionsStayAway(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	d.say(id, "什么时候发货")
	first := d.suggestions(id, "")[0]
	for range 2 { // the second time changes nothing
		if err := d.Ignore(context.Background(), lin, "demo", id, first.ID); err != nil {
			t.Fatal(err)
		}
	}
	want := []dialog.SuggestionUse{{Suggestion: first.ID, Use: UseIgnored}}
	if diff := cmp.Diff(want, events[dialog.SuggestionUse](d, id, dialog.SuggestionUsed)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	for _, sug := range d.suggestions(id, "") {
		if sug.ID == first.ID {
			t.Error("the ignored suggestion is shown again")
		}
	}
	err := d.Ignore(context.Background(), lin, "demo", id, "nonsense")
	wantFault(t, err, fault.Invalid, "不属于这个会话")
}

func TestWhenAllIsIgnoredThreeAreLeft(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	for range 30 {
		for _, sug := range d.suggestions(id, "") {
			if err := d.Ignore(context.Background(), lin, "demo", id, sug.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.suggestions(id, "")
}
