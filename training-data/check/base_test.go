package check

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

const (
	goodEntries = `{"id":"xx1","question":"如何申请发票","similar":["发票的申请方式","怎样开票"],"answer":"在订单页申请。","category":"发票"}
{"id":"xx2","question":"纸质发票的寄送","similar":["纸票如何邮寄","寄送纸质票据"],"answer":"随货寄出。","category":"发票"}
`
	goodMessages = `{"kb_id":"xx1","messages":["开票","要发票","票咋开","给张票","没看到票","报销用","抬头填哪"]}
{"kb_id":"xx2","messages":["寄票","要纸的","纸票呢","能寄不","寄张来","不要电子的","邮一下票"]}
{"kb_id":null,"messages":["在吗"]}
{"kb_ids":["xx2","xx1"],"messages":["票的事"]}
`
)

func baseOf(t testing.TB, entries, messages string) Base {
	t.Helper()
	b, err := ReadBase("xx", strings.NewReader(entries), strings.NewReader(messages))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBaseRows(t *testing.T) {
	b := baseOf(t, goodEntries, goodMessages)
	rows := b.Rows()
	want := []Row{{Line: 3, Text: "在吗"}, {Line: 4, Text: "票的事", Label: "xx1,xx2"}}
	if diff := cmp.Diff(want, rows[len(rows)-2:]); diff != "" || len(rows) != 16 {
		t.Errorf("%d rows, the last (-want +got):\n%s", len(rows), diff)
	}
	if got := b.Wordings(); len(got) != 6 || got[5] != (Row{Line: 2, Text: "寄送纸质票据", Label: "xx2"}) {
		t.Errorf("wordings %v", got)
	}
}

func TestBaseCheck(t *testing.T) {
	tests := []struct {
		name, from, to string
		want           []string
	}{
		{"good", "", "", nil},
		{"no answer", "随货寄出。", "", []string{`line 2: form: "纸质发票的寄送" (xx2): want question, answer, category and 2 similar questions`}},
		{"foreign identifier", `"id":"xx2"`, `"id":"yy2"`, []string{
			`line 2: form: "纸质发票的寄送" (yy2): the identifier does not begin with xx`,
			`line 2: reference: "" (xx2): no entry "xx2"`,
			`line 4: reference: "" (xx2,xx1): no entry "xx2"`,
			`line 2: reference: "纸质发票的寄送" (yy2): 0 lists of messages, want 1`}},
		{"few messages", `"寄票",`, ``, []string{`line 2: form: "" (xx2): 6 messages, want at least 7`}},
		{"no unanswerable", `{"kb_id":null,"messages":["在吗"]}` + "\n", "", []string{`line 1: form: "" (): no messages that no entry answers`}},
		{"an entry twice", `["xx2","xx1"]`, `["xx2","xx2"]`, []string{`line 4: form: "" (xx2,xx2): entry "xx2" twice`}},
		{"a message of two entries", "寄票", "开票！", []string{`line 2: contradiction: "开票！" (xx2): line 1 has "开票" (xx1)`}},
		{"a message twice", "要发票", "开票！", []string{`line 1: duplicate: "开票！" (xx1): line 1 has "开票" (xx1)`}},
		{"an empty message", "寄票", "", []string{`line 2: length: "" (xx2): 0 code points, want 1 to 120 that are not all blank`}},
		{"a padded message", "寄票", "寄票 ", []string{`line 2: blanks around: "寄票 " (xx2)`}},
		{"a wording of two entries", "纸票如何邮寄", "怎样开票？", []string{`line 2: contradiction: "怎样开票？" (xx2): line 1 has "怎样开票" (xx1)`}},
		{"a second list", `{"kb_id":null`, `{"kb_id":"xx1","messages":["一张","两张","三张","四张","五张","六张","七张"]}` + "\n" + `{"kb_id":null`,
			[]string{`line 1: reference: "如何申请发票" (xx1): 2 lists of messages, want 1`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries := strings.Replace(goodEntries, tt.from, tt.to, 1)
			messages := goodMessages
			if entries == goodEntries {
				messages = strings.Replace(goodMessages, tt.from, tt.to, 1)
			}
			if diff := cmp.Diff(tt.want, shown(baseOf(t, entries, messages).Check())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadBaseRefuses(t *testing.T) {
	tests := []struct{ name, entries, messages, want string }{
		{"unknown field", `{"id":"xx1","anwser":"x"}`, goodMessages, `entries.line 1`},
		{"neither", goodEntries, `{"messages":["在吗"]}`, `give either "kb_id" or "kb_ids"`},
		{"both", goodEntries, `{"kb_id":null,"kb_ids":["a","b"],"messages":["在吗"]}`, `give either "kb_id" or "kb_ids"`},
		{"one in a list", goodEntries, `{"kb_ids":["xx1"],"messages":["在吗"]}`, `"kb_ids" needs two or more`},
		{"a number", goodEntries, `{"kb_id":1,"messages":["在吗"]}`, "messages.line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadBase("xx", strings.NewReader(tt.entries), strings.NewReader(tt.messages))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want an invalid fault with %q", err, tt.want)
			}
		})
	}
}

func FuzzReadBase(f *testing.F) {
	f.Add(goodEntries, goodMessages)
	f.Add(`{"id":""}`, `{"kb_id":null,"messages":[]}`)
	f.Fuzz(func(t *testing.T, entries, messages string) {
		b, err := ReadBase("xx", strings.NewReader(entries), strings.NewReader(messages))
		if err != nil {
			return
		}
		for _, finding := range b.Check() {
			if finding.Row.Line < 1 || finding.Row.Line > max(len(b.Entries), len(b.Messages), 1) {
				t.Errorf("finding %q of %d entries, %d lists", finding, len(b.Entries), len(b.Messages))
			}
		}
	})
}
