package flow_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/flow"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

func sample(t testing.TB) *flow.Set {
	t.Helper()
	f, err := flow.Read("f.yaml", []byte(fixed))
	if err != nil {
		t.Fatal(err)
	}
	s, err := flow.NewSet(f)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var context = dialog.FlowContext{Shop: "云栖优品", Seed: 0}

// turn is a message with a size in it, or without.
func turn(text, size string) dialog.Turn {
	t := dialog.Turn{Text: text, Result: nlu.Result{Text: text}}
	if size != "" {
		t.Result.Entities = []nlu.Entity{{Type: nlu.Size, Value: size}}
	}
	return t
}

// found is what the look-up of the sample returns.
func found(items ...map[string]any) dialog.ActionResult {
	value, err := json.Marshal(map[string]any{"items": items})
	if err != nil {
		panic(err)
	}
	return dialog.ActionResult{Flow: "sample", As: "found", Result: value}
}

func item(id, name string) map[string]any { return map[string]any{"id": id, "name": name} }

// after gives a frame the result of an action, as the fold does.
func after(f dialog.Frame, r dialog.ActionResult) dialog.Frame {
	f.Results = map[string]dialog.ActionResult{r.As: r}
	return f
}

func TestTrigger(t *testing.T) {
	s := sample(t)
	for _, tt := range []struct {
		name string
		turn dialog.Turn
		want string
	}{
		{"phrase", turn("选尺码！", ""), "sample"},
		{"sure intent", dialog.Turn{Result: nlu.Result{Intent: nlu.Intent{Name: "size_advice", Confidence: 0.6}}}, "sample"},
		{"unsure intent", dialog.Turn{Result: nlu.Result{Intent: nlu.Intent{Name: "size_advice", Confidence: 0.4}}}, ""},
		{"data alone", dialog.Turn{Result: nlu.Result{Intent: nlu.Intent{Name: "inform", Confidence: 0.9}, Entities: turn("", "XL").Result.Entities}}, "sample"},
		{"data with another wish", dialog.Turn{Result: nlu.Result{Intent: nlu.Intent{Name: "return_request", Confidence: 0.9}, Entities: turn("", "XL").Result.Entities}}, ""},
		{"nothing", turn("你好", ""), ""},
	} {
		if got, _, ok := s.Trigger(tt.turn, 0.5); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %t; want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestWalk(t *testing.T) {
	s := sample(t)
	step := s.Start(context, "sample", turn("选尺码", ""))
	if step.Frame.Step != "ask" || step.Frame.Expects != "size" || step.Frame.Asked != 1 || step.Messages[0].Text != "穿多大？" {
		t.Fatalf("start: %+v", step)
	}
	step, ok := s.Accept(context, step.Frame, turn("我穿 42", "42"))
	if !ok || step.Call == nil || step.Call.Action != "size.look" || step.Call.Args["size"] != "42" || step.Frame.Step != "look" {
		t.Fatalf("accept: %t %+v", ok, step)
	}
	frame := after(step.Frame, found(item("p1", "跑鞋"), item("p2", "拖鞋")))
	step = s.Return(context, frame, found())
	if step.Frame.Step != "pick" || len(step.Messages) != 1 || len(step.Messages[0].Buttons) != 2 {
		t.Fatalf("return: %+v", step)
	}
	step.Frame.Results = frame.Results
	step, ok = s.Accept(context, step.Frame, turn("第二个", ""))
	if !ok || step.Frame.Slots["thing"] != "p2" || step.Frame.Step != "confirm" || step.Messages[0].Text != "42 码的 p2 有货" {
		t.Fatalf("choose: %t %+v", ok, step)
	}
	yes, ok := s.Accept(context, step.Frame, turn("好的", ""))
	if !ok || yes.Ended != dialog.FlowDone {
		t.Errorf("yes: %t %+v", ok, yes)
	}
	no, ok := s.Accept(context, step.Frame, turn("不用了", ""))
	if !ok || no.Ended != dialog.FlowCancelled {
		t.Errorf("no: %t %+v", ok, no)
	}
	if _, ok := s.Accept(context, step.Frame, turn("天气真好", "")); ok {
		t.Error("an unrelated message was taken for a choice")
	}
}

func TestFramesAreNotChanged(t *testing.T) {
	s := sample(t)
	start := s.Start(context, "sample", turn("选尺码", ""))
	before := start.Frame
	before.Slots = map[string]string{}
	if _, ok := s.Accept(context, before, turn("42", "42")); !ok || len(before.Slots) != 0 {
		t.Errorf("the frame given was changed: %v", before.Slots)
	}
}

func TestSlotInTheFirstMessage(t *testing.T) {
	step := sample(t).Start(context, "sample", turn("42 码有吗", "42"))
	if step.Call == nil || step.Frame.Slots["size"] != "42" {
		t.Errorf("the size was asked for again: %+v", step)
	}
}

func TestResultsBranch(t *testing.T) {
	s := sample(t)
	frame := s.Start(context, "sample", turn("42", "42")).Frame
	for _, tt := range []struct {
		fault, ended, handoff string
	}{{"not_found", dialog.FlowCancelled, ""}, {"timeout", "", "business"}, {"unavailable", "", "business"}} {
		r := dialog.ActionResult{Flow: "sample", As: "found", Fault: tt.fault}
		step := s.Return(context, after(frame, r), r)
		if step.Ended != tt.ended {
			t.Errorf("%s: ended %q, want %q", tt.fault, step.Ended, tt.ended)
		}
		if (step.Handoff != nil) != (tt.handoff != "") || step.Handoff != nil && (string(step.Handoff.Reason) != tt.handoff || step.Handoff.SkillGroup != "售前") {
			t.Errorf("%s: hand-off %+v, want %q", tt.fault, step.Handoff, tt.handoff)
		}
	}
	if step := s.Return(context, after(frame, found()), found()); step.Ended != dialog.FlowCancelled {
		t.Errorf("nothing to choose from: %+v", step)
	}
}

func TestReaskAndGiveUp(t *testing.T) {
	s := sample(t)
	frame := s.Start(context, "sample", turn("选尺码", "")).Frame
	again := s.Reask(context, frame)
	if again.Frame.Asked != 2 || again.Messages[0].Text != "再说一遍？" {
		t.Errorf("asked again: %+v", again)
	}
	if up := s.Reask(context, again.Frame); up.Handoff == nil || up.Handoff.Reason != dialog.ReasonBusiness {
		t.Errorf("after the limit: %+v", up)
	}
	same := s.Resume(context, frame)
	if same.Frame.Asked != 1 || same.Messages[0].Text != "穿多大？" {
		t.Errorf("resumed: %+v", same)
	}
}

func TestInvalidValue(t *testing.T) {
	s := sample(t)
	frame := s.Start(context, "sample", turn("选尺码", "")).Frame
	step, ok := s.Accept(context, frame, turn("1234567", "1234567"))
	if !ok || step.Frame.Asked != 2 || step.Messages[0].Text != "不像尺码" || len(step.Changes) != 0 {
		t.Errorf("refused: %t %+v", ok, step)
	}
	step, ok = s.Accept(context, step.Frame, turn("1234567", "1234567"))
	if !ok || step.Handoff == nil {
		t.Errorf("refused twice: %t %+v", ok, step)
	}
}

func TestCorrect(t *testing.T) {
	s := sample(t)
	frame := s.Start(context, "sample", turn("42", "42")).Frame
	frame = after(frame, found(item("p1", "跑鞋"), item("p2", "拖鞋")))
	pick := s.Return(context, frame, found()).Frame
	pick.Results = frame.Results

	step, ok := s.Correct(context, pick, turn("不对，是 43", "43"))
	if !ok || step.Frame.Slots["size"] != "43" || step.Call == nil {
		t.Fatalf("corrected: %t %+v", ok, step)
	}
	if diff := cmp.Diff([]dialog.SlotChange{{Slot: dialog.Slot{Flow: "sample", Name: "size", Value: "43", Corrects: true}}}, step.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	step, ok = s.Correct(context, pick, turn("打错了", ""))
	if !ok || step.Frame.Step != "ask" || step.Frame.Slots["size"] != "" || !step.Changes[0].Cleared {
		t.Errorf("without a value: %t %+v", ok, step)
	}
	if _, ok := s.Correct(context, s.Start(context, "sample", turn("选尺码", "")).Frame, turn("打错了", "")); ok {
		t.Error("nothing was told, and something was corrected")
	}
}

func TestCorrectForgetsWhatFollowed(t *testing.T) {
	s := sample(t)
	frame := dialog.Frame{Flow: "sample", Step: "confirm", Slots: map[string]string{"size": "42", "thing": "p2"}, Order: []string{"size", "thing"}}
	step, ok := s.Correct(context, frame, turn("不是，43", "43"))
	if !ok || step.Frame.Slots["thing"] != "" {
		t.Errorf("%t, slots %v; the choice belonged to the former size", ok, step.Frame.Slots)
	}
	// A plain no answers the question; it takes nothing back.
	if _, ok := s.Correct(context, frame, turn("不是", "")); ok {
		t.Error("a plain no took a value back")
	}
}

func TestChoicesByName(t *testing.T) {
	s := sample(t)
	frame := s.Start(context, "sample", turn("42", "42")).Frame
	frame = after(frame, found(item("SF1000008821", "轻薄羽绒服"), item("SF1000006617", "羽绒被"), item("SF1000005513", "保温杯")))
	pick := s.Return(context, frame, found()).Frame
	pick.Results = frame.Results
	for text, want := range map[string]string{
		"保温杯": "SF1000005513", "杯子那个，保温的": "SF1000005513", "尾号8821": "SF1000008821", "后四位是6617": "SF1000006617", "羽绒服": "SF1000008821",
		"SF1000006617": "SF1000006617", "1": "SF1000008821", "最后一个": "SF1000005513", "羽绒": "", "什么": "", "1234": "", "8821号是不是到了今天能不能送过来": "SF1000008821",
	} {
		step, ok := s.Accept(context, pick, turn(text, ""))
		if ok != (want != "") || ok && step.Frame.Slots["thing"] != want {
			t.Errorf("%s: %t, %q; want %q", text, ok, step.Frame.Slots["thing"], want)
		}
	}
	question := turn("保温杯能退吗", "")
	question.Hits = []kb.Hit{{Band: kb.Answer}}
	if _, ok := s.Accept(context, pick, question); ok {
		t.Error("a question that has an answer was taken for a choice")
	}
	name := turn("保温杯", "")
	name.Hits = question.Hits
	if _, ok := s.Accept(context, pick, name); !ok {
		t.Error("a mere name was left to the knowledge base")
	}
	named := context
	named.Text = "我买的保温杯呢"
	if step := s.Return(named, frame, found()); step.Frame.Slots["thing"] != "SF1000005513" {
		t.Errorf("what the first message named was asked: %+v", step)
	}
}

func TestGoneFlowsAndSteps(t *testing.T) {
	s := sample(t)
	for name, frame := range map[string]dialog.Frame{
		"flow": {Flow: "gone", Step: "ask"}, "step": {Flow: "sample", Step: "gone"}, "step that waits for nobody": {Flow: "sample", Step: "look"},
	} {
		if _, ok := s.Accept(context, frame, turn("42", "42")); ok {
			t.Errorf("%s: accepted", name)
		}
		if _, ok := s.Correct(context, frame, turn("43", "43")); ok {
			t.Errorf("%s: corrected", name)
		}
		if got := s.Reask(context, frame).Ended; got != dialog.FlowFailed {
			t.Errorf("%s: asked again: %q, want failed", name, got)
		}
		if got := s.Resume(context, frame).Ended; got != dialog.FlowFailed {
			t.Errorf("%s: resumed: %q, want failed", name, got)
		}
	}
	if got := s.Return(context, dialog.Frame{Flow: "sample", Step: "ask"}, found()).Ended; got != dialog.FlowFailed {
		t.Errorf("a result for a step that called nothing: %q", got)
	}
	if got := s.Start(context, "gone", turn("", "")).Ended; got != dialog.FlowFailed {
		t.Errorf("an unknown flow began: %q", got)
	}
}

func TestCirclesEnd(t *testing.T) {
	f, err := flow.Read("f.yaml", []byte(`flow: circle
title: 圈
slots: {x: {pattern: 'x'}}
steps:
  - {id: a, say: [一], next: b}
  - {id: b, when: [{if: 'x == "x"', goto: c}, {goto: a}]}
  - {id: c, end: done}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := flow.NewSet(f)
	if err != nil {
		t.Fatal(err)
	}
	if step := s.Start(context, "circle", turn("", "")); step.Ended != dialog.FlowFailed || len(step.Messages) != 0 {
		t.Errorf("a circle ended as %q with %d messages", step.Ended, len(step.Messages))
	}
}

func TestConditionThatFailsEndsTheFlow(t *testing.T) {
	f, err := flow.Read("f.yaml", []byte(`flow: broken
title: 坏
steps:
  - {id: a, action: {name: x, as: r}, on: {ok: b, default: c}}
  - {id: b, when: [{if: 'r.count > 3', goto: c}, {goto: c}]}
  - {id: c, end: done}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := flow.NewSet(f)
	if err != nil {
		t.Fatal(err)
	}
	frame := s.Start(context, "broken", turn("", "")).Frame
	r := dialog.ActionResult{As: "r", Result: []byte(`{"count":"many"}`)}
	if step := s.Return(context, after(frame, r), r); step.Ended != dialog.FlowFailed {
		t.Errorf("ended as %q, want failed", step.Ended)
	}
}

func BenchmarkAccept(b *testing.B) {
	s := sample(b)
	frame := s.Start(context, "sample", turn("选尺码", "")).Frame
	t := turn("42", "42")
	for b.Loop() {
		if _, ok := s.Accept(context, frame, t); !ok {
			b.Fatal("not accepted")
		}
	}
}
