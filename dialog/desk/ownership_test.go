package desk

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// stages bring a conversation to where an action is tried.
var stages = map[string]func(d *testDesk) string{
	"bot":    func(d *testDesk) string { return d.start("c1", "什么时候发货") },
	"queued": func(d *testDesk) string { return d.start("c1", "转人工") },
	"mine": func(d *testDesk) string {
		id := d.start("c1", "转人工")
		d.claim(id, lin)
		return id
	},
	"theirs": func(d *testDesk) string {
		id := d.start("c1", "转人工")
		d.claim(id, chen)
		return id
	},
	"closed": func(d *testDesk) string {
		id := d.start("c1", "转人工")
		if _, err := d.manager.CloseByVisitor(context.Background(), "demo", id); err != nil {
			d.Fatal(err)
		}
		return id
	},
	"unknown": func(*testDesk) string { return "conv_nowhere" },
}

func TestWhoMayDoWhat(t *testing.T) {
	ctx := context.Background()
	actions := map[string]func(d *testDesk, id string) error{
		"claim":   func(d *testDesk, id string) error { _, err := d.Claim(ctx, lin, "demo", id); return err },
		"release": func(d *testDesk, id string) error { _, err := d.Release(ctx, lin, "demo", id, ""); return err },
		"close":   func(d *testDesk, id string) error { _, err := d.Close(ctx, lin, "demo", id, "已解决"); return err },
		"reply": func(d *testDesk, id string) error {
			_, err := d.Reply(ctx, Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "您好"})
			return err
		},
		"note": func(d *testDesk, id string) error { _, err := d.Note(ctx, lin, "demo", id, "老客户"); return err },
		"ignore": func(d *testDesk, id string) error {
			return d.Ignore(ctx, lin, "demo", id, newID(id, 1, "", SourcePhrase, "x", "y").String())
		},
	}
	const ok = ""
	for _, tc := range []struct {
		action string
		want   map[string]string // stage → part of the error, ok when there is none
		code   fault.Code
		status map[string]dialog.Status // after success
	}{
		{action: "claim", want: map[string]string{"bot": ok, "queued": ok, "mine": ok, "theirs": "会话已由 小陈 接待", "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"bot": dialog.StatusHuman, "queued": dialog.StatusHuman, "mine": dialog.StatusHuman}},
		{action: "release", want: map[string]string{"bot": "由机器人接待", "queued": "还在排队", "mine": ok, "theirs": "会话已由 小陈 接待", "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"mine": dialog.StatusBot}},
		{action: "close", want: map[string]string{"bot": "由机器人接待", "queued": ok, "mine": ok, "theirs": "会话已由 小陈 接待", "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"queued": dialog.StatusClosed, "mine": dialog.StatusClosed}},
		{action: "reply", want: map[string]string{"bot": "由机器人接待", "queued": "还在排队", "mine": ok, "theirs": "会话已由 小陈 接待", "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"mine": dialog.StatusHuman}},
		{action: "note", want: map[string]string{"bot": ok, "queued": ok, "mine": ok, "theirs": ok, "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"bot": dialog.StatusBot, "queued": dialog.StatusQueued, "mine": dialog.StatusHuman, "theirs": dialog.StatusHuman}},
		{action: "ignore", want: map[string]string{"bot": ok, "queued": ok, "mine": ok, "theirs": "会话已由 小陈 接待", "closed": "已结束", "unknown": "没有这个会话"},
			status: map[string]dialog.Status{"bot": dialog.StatusBot, "queued": dialog.StatusQueued, "mine": dialog.StatusHuman}},
	} {
		for stage, want := range tc.want {
			t.Run(tc.action+"/"+stage, func(t *testing.T) {
				d := newDesk(t)
				id := stages[stage](d)
				err := actions[tc.action](d, id)
				switch {
				case stage == "unknown":
					wantFault(t, err, fault.NotFound, want)
				case want != ok:
					wantFault(t, err, fault.Conflict, want)
				case err != nil:
					t.Fatal(err)
				default:
					if got := d.state(id).Status; got != tc.status[stage] {
						t.Errorf("status is %s, want %s", got, tc.status[stage])
					}
				}
			})
		}
	}
}

func TestOnlyAgentsAct(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	for _, who := range []dialog.Actor{{}, {Kind: dialog.Agent}, {Kind: dialog.Visitor, ID: "v1"}, {Kind: dialog.Bot, ID: "demo"}} {
		_, err := d.Claim(context.Background(), who, "demo", id)
		wantFault(t, err, fault.Invalid, "只有坐席")
	}
	if st := d.state(id); st.Status != dialog.StatusQueued {
		t.Errorf("status is %s", st.Status)
	}
}

func TestClaimTakesOverFromTheBot(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "快递到哪了")
	if _, running := d.state(id).Active(); !running {
		t.Fatal("the flow does not run")
	}
	sum, err := d.Claim(context.Background(), lin, "demo", id)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Owner != "a1" || sum.Status != dialog.StatusHuman {
		t.Errorf("summary is %+v", sum)
	}
	ends := events[dialog.FlowMark](d, id, dialog.FlowEnded)
	if len(ends) != 1 || ends[0].Outcome != dialog.FlowHandedOver {
		t.Errorf("the flow ended as %+v", ends)
	}
	changes := events[dialog.StatusChange](d, id, dialog.StatusChanged)
	if last := changes[len(changes)-1]; last.Reason != reasonTakeover || last.Owner != lin {
		t.Errorf("the change is %+v", last)
	}
	if out := d.say(id, "你好"); len(out.Replies) != 0 {
		t.Errorf("the bot said %+v to an agent's conversation", out.Replies)
	}
}

func TestClaimOfOnesOwnChangesNothing(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	before := d.state(id).Seq
	d.claim(id, lin)
	if after := d.state(id).Seq; after != before {
		t.Errorf("a second claim wrote %d events", after-before)
	}
}

// TestClaimRace lets agents claim at once, half of them on another replica.
func TestClaimRace(t *testing.T) {
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
	for range 20 {
		id := d.start("c1", "转人工")
		var (
			wg   sync.WaitGroup
			errs [8]error
		)
		for i := range errs {
			agent := dialog.Actor{Kind: dialog.Agent, ID: string(rune('a' + i)), Name: "坐席" + string(rune('A'+i))}
			wg.Go(func() { _, errs[i] = desks[i%2].Claim(context.Background(), agent, "demo", id) })
		}
		wg.Wait()
		owner := d.state(id).Owner
		won := 0
		for i, err := range errs {
			if err == nil {
				won++
				if want := string(rune('a' + i)); owner.ID != want {
					t.Errorf("%s was told to have it, the owner is %s", want, owner.ID)
				}
				continue
			}
			wantFault(t, err, fault.Conflict, "会话已由 "+owner.Name+" 接待")
		}
		if won != 1 {
			t.Fatalf("%d agents own the conversation", won)
		}
	}
}

func TestReleaseReturnsToTheBot(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	sum, err := d.Release(context.Background(), lin, "demo", id, " 已答完，剩下的机器人能答 ")
	if err != nil {
		t.Fatal(err)
	}
	if sum.Status != dialog.StatusBot || sum.Owner != "" || sum.Unread != 0 {
		t.Errorf("summary is %+v", sum)
	}
	if owner := d.state(id).Owner; owner.Kind != dialog.Bot || owner.ID != "demo" || owner.Name != "小云" {
		t.Errorf("owner is %+v", owner)
	}
	notes := events[dialog.Note](d, id, dialog.NoteAdded)
	if len(notes) != 1 || notes[0].Text != "小林 将会话交还机器人：已答完，剩下的机器人能答" {
		t.Errorf("notes are %+v", notes)
	}
	said := events[dialog.Message](d, id, dialog.MessageSent)
	if last := said[len(said)-1]; !strings.Contains(last.Text, "由机器人继续为您服务") {
		t.Errorf("the visitor was told %q", last.Text)
	}
	if out := d.say(id, "怎么开发票"); len(out.Replies) == 0 {
		t.Error("the bot stays silent after the return")
	}
	if _, err := d.Claim(context.Background(), chen, "demo", id); err != nil {
		t.Errorf("it cannot be taken over again: %v", err)
	}
}

func TestReasonsStayAmongAgents(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "转人工")
	d.claim(id, lin)
	if _, err := d.Close(context.Background(), lin, "demo", id, "客户态度恶劣"); err != nil {
		t.Fatal(err)
	}
	all, err := d.manager.Events(context.Background(), "demo", id, 0)
	if err != nil {
		t.Fatal(err)
	}
	kept := false
	for _, e := range all {
		has := strings.Contains(string(e.Data), "态度恶劣")
		kept = kept || has
		if has && e.Public() {
			t.Errorf("the visitor can read the reason in %s", e.Type)
		}
	}
	if !kept {
		t.Error("the reason is lost")
	}
}

func TestReasonsAreBounded(t *testing.T) {
	d := newDesk(t)
	id := stages["mine"](d)
	_, err := d.Close(context.Background(), lin, "demo", id, strings.Repeat("长", maxReason+1))
	wantFault(t, err, fault.TooLarge, "原因有 201 个字，最多 200 个")
	_, err = d.Release(context.Background(), lin, "demo", id, "\xff")
	wantFault(t, err, fault.Invalid, "UTF-8")
	_, err = d.Release(context.Background(), lin, "nobody", id, "")
	wantFault(t, err, fault.NotFound, "没有这个机器人")
	if st := d.state(id); st.Status != dialog.StatusHuman {
		t.Errorf("status is %s", st.Status)
	}
}
