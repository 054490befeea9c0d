package desk

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// log makes events out of data, the types beside them.
func log(t testing.TB, from int64, pairs ...any) []dialog.Event {
	t.Helper()
	var list []dialog.Event
	for i := 0; i < len(pairs); i += 2 {
		data, err := json.Marshal(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, dialog.Event{Seq: from + int64(i/2), Type: pairs[i].(dialog.EventType), Data: data, Actor: lin})
	}
	return list
}

func TestLedgersAreSharedAndNeverChanged(t *testing.T) {
	first, err := (&ledger{}).after(log(t, 1,
		dialog.MessageReceived, dialog.Message{ID: "m1"},
		dialog.MessageSent, dialog.Message{ID: "m2", ClientID: "k"},
		dialog.SuggestionsShown, dialog.Suggestions{Message: "m1", Suggestions: []dialog.Suggestion{{ID: "s1"}}},
	))
	if err != nil {
		t.Fatal(err)
	}
	more := log(t, 4,
		dialog.MessageReceived, dialog.Message{ID: "m3"},
		dialog.MessageSent, dialog.Message{ID: "m4", ClientID: "k2"},
		dialog.SuggestionUsed, dialog.SuggestionUse{Suggestion: "s1", Use: UseIgnored},
		dialog.SuggestionsShown, dialog.Suggestions{Message: "m3"},
	)
	second, err := first.after(more)
	if err != nil {
		t.Fatal(err)
	}
	if first.seq != 3 || first.lastMessage != 2 || len(first.turns) != 1 || len(first.sent) != 1 || first.ignored["s1"] || first.shown["m3"] {
		t.Errorf("the first changed: %+v", first)
	}
	if second.seq != 7 || second.lastMessage != 5 || len(second.turns) != 2 || len(second.sent) != 2 || !second.ignored["s1"] || !second.shown["m3"] {
		t.Errorf("the second is %+v", second)
	}
	if same, err := second.after(nil); err != nil || same != second {
		t.Errorf("no events give %p, %v", same, err)
	}
}

// TestLedgerInPieces: read at once or in pieces, the ledger is the same.
func TestLedgerInPieces(t *testing.T) {
	d := newDesk(t)
	id := d.start("c1", "快递到哪了", "SF1234567890123", "订单YX202611200001呢", "快递到哪了", "转人工")
	d.claim(id, lin)
	d.reply(id, d.suggestions(id, "")[0].Text)
	all, err := d.manager.Events(context.Background(), "demo", id, 0)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := (&ledger{}).after(all)
	if err != nil {
		t.Fatal(err)
	}
	if whole.known["order_number"] != "YX202611200001" || len(whole.lookups) != 1 || whole.asked.Expects != "number" {
		t.Errorf("known %v, looked up %v, asked %+v", whole.known, whole.lookups, whole.asked)
	}
	for size := range 5 {
		pieces := &ledger{}
		for rest := all; len(rest) > 0; {
			n := min(size+1, len(rest))
			if pieces, err = pieces.after(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if diff := cmp.Diff(whole, pieces, cmp.AllowUnexported(ledger{}, sender{}, turn{}, lookup{})); diff != "" {
			t.Fatalf("in pieces of %d (-whole +pieces):\n%s", size+1, diff)
		}
	}
}

func TestLedgerKeepsTheLatestTurns(t *testing.T) {
	l := &ledger{}
	for i := range 3 * maxTurns {
		var err error
		if l, err = l.after(log(t, int64(i+1), dialog.MessageReceived, dialog.Message{ID: string(rune('a' + i))})); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.turns) != maxTurns || l.turns[maxTurns-1].message.ID != string(rune('a'+3*maxTurns-1)) {
		t.Errorf("turns are %+v", l.turns)
	}
}

func TestBrokenLogs(t *testing.T) {
	for name, events := range map[string][]dialog.Event{
		"a gap":           log(t, 2, dialog.MessageReceived, dialog.Message{}),
		"unreadable data": {{Seq: 1, Type: dialog.MessageReceived, Data: json.RawMessage(`{"id":1}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := (&ledger{}).after(events)
			wantFault(t, err, fault.Internal, "event")
		})
	}
	if _, err := (&ledger{}).after([]dialog.Event{{Seq: 1, Type: "later.invented"}}); err != nil {
		t.Errorf("an event the desk does not need: %v", err)
	}
}

func TestWhereAFlowWaits(t *testing.T) {
	const flowA, flowB = "parcel_track", "handoff"
	at := func(flow, expects string) dialog.FlowMark {
		return dialog.FlowMark{Flow: flow, Step: "s", Expects: expects}
	}
	for name, tc := range map[string]struct {
		pairs []any
		want  string
	}{
		"waits":                     {[]any{dialog.FlowStarted, at(flowA, ""), dialog.FlowMoved, at(flowA, "number")}, "number"},
		"went on":                   {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.FlowMoved, at(flowA, "")}, ""},
		"ended":                     {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.FlowEnded, dialog.FlowMark{Flow: flowA, Outcome: dialog.FlowDone}}, ""},
		"another ended":             {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.FlowEnded, dialog.FlowMark{Flow: flowB, Outcome: dialog.FlowDone}}, "number"},
		"handed over":               {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.FlowEnded, dialog.FlowMark{Flow: flowA, Outcome: dialog.FlowHandedOver}}, "number"},
		"by a flow that hands over": {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.FlowStarted, at(flowB, "")}, "number"},
		"back to the bot":           {[]any{dialog.FlowMoved, at(flowA, "number"), dialog.StatusChanged, dialog.StatusChange{To: dialog.StatusBot}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := (&ledger{}).after(log(t, 1, tc.pairs...))
			if err != nil {
				t.Fatal(err)
			}
			if l.asked.Expects != tc.want {
				t.Errorf("waits for %q, want %q", l.asked.Expects, tc.want)
			}
		})
	}
	l, err := (&ledger{}).after(log(t, 1,
		dialog.FlowMoved, at(flowA, "number"), dialog.SlotFilled, dialog.Slot{Flow: flowA, Name: "number", Value: "SF1"},
		dialog.SlotFilled, dialog.Slot{Flow: flowA, Name: "tail", Value: "8821"}, dialog.SlotCleared, dialog.Slot{Flow: flowA, Name: "number"},
	))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"tail": "8821"}, l.asked.Slots); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
}
