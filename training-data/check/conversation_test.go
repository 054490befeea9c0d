package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestConversations(t *testing.T) {
	const good = `{"id":"c1","turns":[{"role":"customer","text":"到哪了"},{"role":"agent","text":"派送中"}],"risk":0.1,"reason":"一次答清"}`
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"good", "", "", nil},
		{"risk", "0.1", "1.1", []string{`line 1: form: "c1" (): risk 1.1, want 0 to 1`}},
		{"negative risk", "0.1", "-0.1", []string{`line 1: form: "c1" (): risk -0.1, want 0 to 1`}},
		{"reason", "一次答清", " ", []string{`line 1: form: "c1" (): give both id and reason`}},
		{"role", "agent", "bot", []string{`line 1: unknown label: "c1" (): turn 2: role "bot", want customer or agent`,
			`line 1: form: "c1" (): 1 turns of the customer and 0 of the agent, want some of each`}},
		{"one side", "agent", "customer", []string{`line 1: form: "c1" (): 2 turns of the customer and 0 of the agent, want some of each`}},
		{"empty turn", "派送中", "", []string{`line 1: length: "c1" (): turn 2: 0 code points, want 1 to 120 that are not all blank`}},
		{"padded turn", "派送中", "派送中 ", []string{`line 1: blanks around: "c1" (): turn 2`}},
		{"twice", good, good + "\n" + strings.Replace(good, "到哪了", "到哪了？", 1), []string{
			`line 2: duplicate: "c1" (): the same identifier: line 1 has "c1" ()`,
			`line 2: duplicate: "c1" (): the same turns: line 1 has "c1" ()`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conversations, err := ReadConversations(strings.NewReader(strings.Replace(good, tt.from, tt.to, 1)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, shown(Conversations(conversations))); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, missing := range []string{`"id":"c1",`, `"risk":0.1,`, `,"reason":"一次答清"`} {
		if _, err := ReadConversations(strings.NewReader(strings.Replace(good, missing, "", 1))); !fault.Is(err, fault.Invalid) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
}
