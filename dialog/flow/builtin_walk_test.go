package flow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/nlu"
)

func builtin(t testing.TB) *flow.Set {
	t.Helper()
	flows, err := flow.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s, err := flow.NewSet(flows...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// result is what an action returned, as the fold keeps it.
func result(t testing.TB, as, fault string, value map[string]any) dialog.ActionResult {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return dialog.ActionResult{As: as, Fault: fault, Result: raw}
}

// parcelView is a parcel with every field that the flow may show.
func parcelView(state string, more map[string]any) map[string]any {
	v := map[string]any{
		"number": "YT1", "carrier_name": "圆通速递", "state": state, "state_name": "状态", "latest": "最新动态", "latest_at": "今天 10:00",
		"idle_hours": 3, "stalled": false, "late": false, "eta": "", "locker_place": "", "locker_code": "", "signed_by": "", "courier": "",
	}
	for k, x := range more {
		v[k] = x
	}
	return v
}

// TestParcelTrackRoutes: what is said and done for every state of a parcel.
func TestParcelTrackRoutes(t *testing.T) {
	s := builtin(t)
	for _, tt := range []struct {
		name    string
		view    map[string]any
		says    string
		not     string
		step    string // where it waits, or empty
		ended   string
		handoff dialog.HandoffReason
	}{
		{"transit", parcelView("transit", nil), "最新动态", "预计", "", dialog.FlowDone, ""},
		{"transit with a date", parcelView("transit", map[string]any{"eta": "11月23日"}), "11月23日", "", "", dialog.FlowDone, ""},
		{"collected", parcelView("collected", nil), "最新动态", "", "", dialog.FlowDone, ""},
		{"created", parcelView("created", nil), "还没有揽收", "", "", dialog.FlowDone, ""},
		{"delivering", parcelView("delivering", map[string]any{"courier": "刘师傅 137"}), "刘师傅", "", "", dialog.FlowDone, ""},
		{"delivering by nobody known", parcelView("delivering", nil), "派送", "快递员：", "", dialog.FlowDone, ""},
		{"locker", parcelView("locker", map[string]any{"locker_place": "丰巢", "locker_code": "8273"}), "取件码 8273", "", "", dialog.FlowDone, ""},
		{"station without a code", parcelView("locker", map[string]any{"locker_place": "驿站"}), "驿站", "取件码", "", dialog.FlowDone, ""},
		{"stalled", parcelView("transit", map[string]any{"stalled": true, "idle_hours": 70}), "70 小时", "", "offer_press", "", ""},
		{"late", parcelView("delivering", map[string]any{"late": true}), "抱歉", "", "offer_press", "", ""},
		{"created and stalled", parcelView("created", map[string]any{"stalled": true}), "抱歉", "", "offer_press", "", ""},
		{"signed", parcelView("signed", map[string]any{"signed_by": "门卫"}), "签收人：门卫", "", "got_it", "", ""},
		{"signed by nobody known", parcelView("signed", nil), "签收", "签收人", "got_it", "", ""},
		{"problem", parcelView("problem", nil), "异常", "", "", "", dialog.ReasonBusiness},
		{"returning", parcelView("returning", nil), "状态", "", "", "", dialog.ReasonBusiness},
		{"returned", parcelView("returned", nil), "状态", "", "", "", dialog.ReasonBusiness},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := result(t, "parcel", "", tt.view)
			step := s.Return(context, dialog.Frame{
				Flow: "parcel_track", Step: "track", Slots: map[string]string{"tracking_number": "YT1"}, Results: map[string]dialog.ActionResult{"parcel": r},
			}, r)
			said := ""
			for _, m := range step.Messages {
				said += m.Text + "\n"
			}
			if !strings.Contains(said, tt.says) || tt.not != "" && strings.Contains(said, tt.not) || strings.Contains(said, "no value") {
				t.Errorf("said %q, want %q and not %q", said, tt.says, tt.not)
			}
			if step.Ended != tt.ended || tt.step != "" && step.Frame.Step != tt.step {
				t.Errorf("ended %q at %q, want %q at %q", step.Ended, step.Frame.Step, tt.ended, tt.step)
			}
			if (step.Handoff != nil) != (tt.handoff != "") || step.Handoff != nil && step.Handoff.Reason != tt.handoff {
				t.Errorf("hand-off %+v, want %q", step.Handoff, tt.handoff)
			}
		})
	}
}

// TestFaultsOfActions: every fault of every action leads somewhere sensible.
func TestFaultsOfActions(t *testing.T) {
	s := builtin(t)
	for _, tt := range []struct {
		flow, step, as, fault string
		verify                string
		want                  string // step it waits at, or "person"
	}{
		{"parcel_track", "track", "parcel", "not_found", "", "unknown"}, {"parcel_track", "track", "parcel", "invalid", "needed", "ask_tail"},
		{"parcel_track", "track", "parcel", "invalid", "wrong", "wrong_tail"}, {"parcel_track", "track", "parcel", "invalid", "", "unknown"},
		{"parcel_track", "track", "parcel", "timeout", "", "broken"}, {"parcel_track", "track", "parcel", "unavailable", "", "broken"},
		{"parcel_track", "track", "parcel", "internal", "", "broken"}, {"parcel_track", "last_try", "parcel", "invalid", "wrong", "person"},
		{"parcel_track", "list", "orders", "unavailable", "", "ask"}, {"parcel_track", "find_order", "found", "not_found", "", "order_unknown"},
		{"parcel_track", "find_order", "found", "invalid", "needed", "order_tail"}, {"parcel_track", "find_order", "found", "invalid", "wrong", "order_tail_again"},
		{"parcel_track", "urge", "urged", "unsupported", "", "person"}, {"order_query", "get", "order", "not_found", "", "unknown"},
		{"order_query", "get", "order", "invalid", "needed", "ask_tail"}, {"order_query", "get", "order", "invalid", "wrong", "wrong_tail"},
		{"order_query", "get", "order", "busy", "", "broken"}, {"order_query", "list", "orders", "timeout", "", "ask"},
		{"order_query", "urge", "urged", "conflict", "", "person"}, {"order_query", "last_try", "order", "invalid", "wrong", "person"},
	} {
		value := map[string]any{}
		if tt.verify != "" {
			value["verify"] = tt.verify
		}
		r := result(t, tt.as, tt.fault, value)
		step := s.Return(context, dialog.Frame{Flow: tt.flow, Step: tt.step, Results: map[string]dialog.ActionResult{tt.as: r}}, r)
		got := step.Frame.Step
		if step.Handoff != nil {
			got = "person"
		}
		if got != tt.want || step.Ended != "" {
			t.Errorf("%s@%s with %s %s: at %q (ended %q), want %q", tt.flow, tt.step, tt.fault, tt.verify, got, step.Ended, tt.want)
		}
		if len(step.Messages) == 0 {
			t.Errorf("%s@%s with %s: nothing is said", tt.flow, tt.step, tt.fault)
		}
	}
}

func TestOrderQueryRoutes(t *testing.T) {
	s := builtin(t)
	view := func(state string, more map[string]any) map[string]any {
		v := map[string]any{
			"number": "YX1", "state": state, "state_name": "状态", "content": "保温杯", "amount": "59.90", "ship_by": "", "overdue": false,
			"tracking": "", "carrier_name": "", "progress": "",
		}
		for k, x := range more {
			v[k] = x
		}
		return v
	}
	for _, tt := range []struct {
		name   string
		view   map[string]any
		urgent string
		says   string
		call   string
		step   string
	}{
		{"unpaid", view("unpaid", nil), "", "应付 59.90 元", "", ""}, {"paid", view("paid", map[string]any{"ship_by": "11月24日"}), "", "最晚 11月24日", "", ""},
		{"paid without a promise", view("paid", nil), "", "正在备货", "", ""}, {"overdue", view("paid", map[string]any{"overdue": true}), "", "超时", "", "offer_press"},
		{"pressed", view("paid", nil), "yes", "", "order.urge", ""}, {"shipped", view("shipped", map[string]any{"tracking": "SF1"}), "", "", "parcel.track", ""},
		{"pressed but shipped", view("shipped", map[string]any{"tracking": "SF1"}), "yes", "", "parcel.track", ""},
		{"refunding", view("refunding", map[string]any{"progress": "两天内到账"}), "", "两天内到账", "", ""}, {"completed", view("completed", nil), "", "实付 59.90 元", "", ""},
	} {
		r := result(t, "order", "", tt.view)
		step := s.Return(context, dialog.Frame{
			Flow: "order_query", Step: "get", Slots: map[string]string{"order_number": "YX1", "urgent": tt.urgent}, Results: map[string]dialog.ActionResult{"order": r},
		}, r)
		said := ""
		if len(step.Messages) > 0 {
			said = step.Messages[0].Text
		}
		call := ""
		if step.Call != nil {
			call = step.Call.Action
		}
		if !strings.Contains(said, tt.says) || call != tt.call || tt.step != "" && step.Frame.Step != tt.step {
			t.Errorf("%s: said %q, called %q, at %q; want %q, %q, %q", tt.name, said, call, step.Frame.Step, tt.says, tt.call, tt.step)
		}
	}
}

// TestBuiltinTriggers: the wordings that begin a flow without a model, and
// those that must not.
func TestBuiltinTriggers(t *testing.T) {
	s := builtin(t)
	for text, want := range map[string]string{
		"查快递": "parcel_track", "帮我查一下物流": "parcel_track", "我的快递到哪了？": "parcel_track", "物流到哪了": "parcel_track", "我的包裹": "parcel_track", "查物流信息": "parcel_track",
		"查订单": "order_query", "帮我查下我的订单": "order_query", "我的订单什么情况": "order_query", "催发货": "order_query",
		"物流信息多久更新一次": "", "查快递要多少钱": "", "快递费多少": "", "订单怎么取消": "", "发货时间": "", "你们发什么快递": "", "快递员态度差": "",
	} {
		if got, _, _ := s.Trigger(dialog.Turn{Text: text}, 0.5); got != want {
			t.Errorf("%s starts %q, want %q", text, got, want)
		}
	}
}

func TestIntentsFillSlots(t *testing.T) {
	s := builtin(t)
	lost := dialog.Turn{Text: "怎么回事", Result: nlu.Result{Intent: nlu.Intent{Name: "parcel_lost", Confidence: 0.9}}}
	if got := s.Start(context, "parcel_track", lost).Frame.Slots["received"]; got != "no" {
		t.Errorf("the intent parcel_lost told %q, want no", got)
	}
	urge := dialog.Turn{Text: "怎么还没发货啊"}
	if got := s.Start(context, "order_query", urge).Frame.Slots["urgent"]; got != "yes" {
		t.Errorf("the wording told %q, want yes", got)
	}
	if got := s.Start(context, "order_query", dialog.Turn{Text: "查订单"}).Frame.Slots["urgent"]; got != "" {
		t.Errorf("查订单 is urgent: %q", got)
	}
}

func TestWhatIsKnownIsNotAsked(t *testing.T) {
	s := builtin(t)
	ctx := context
	ctx.Attributes = map[string]string{"tracking_number": "YT1"}
	ctx.Known = map[string]string{"phone_tail": "8821", "tracking_number": "YT2"}
	step := s.Start(ctx, "parcel_track", dialog.Turn{Text: "查快递"})
	if step.Call == nil || step.Call.Args["number"] != "YT1" || step.Call.Args["tail"] != "8821" {
		t.Errorf("called %+v; the page and the talk told the number and the tail", step.Call)
	}
	ctx.Attributes = nil
	if step := s.Start(ctx, "parcel_track", dialog.Turn{Text: "查快递"}); step.Frame.Step != "ask" {
		t.Errorf("a number told earlier was taken for this one: %+v", step.Frame)
	}
}
