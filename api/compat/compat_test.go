package compat

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

func TestStrings(t *testing.T) {
	for in, want := range map[string]string{
		`"a"`: "[a] true", `["a","b"]`: "[a b] false", `[]`: "[] false", `""`: "[] true",
	} {
		var s Strings
		if err := json.Unmarshal([]byte(in), &s); err != nil || fmt.Sprint(s.List, s.Single) != want {
			t.Errorf("%s: got %v, %v", in, s, err)
		}
	}
	for _, bad := range []string{`5`, `[1]`, `{}`, `[["a"]]`, `true`} {
		var s Strings
		if err := json.Unmarshal([]byte(bad), &s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want %s", bad, err, fault.Invalid)
		}
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for body, words := range map[string]string{
		`{"inputs":5}`: "a string or a list", `{"inputs":"a","truncate":"yes"}`: "truncate must not be a string",
		`{`: "malformed", "\xff": "UTF-8", "": "malformed", `5`: "a number in an unexpected place",
	} {
		var into TEIRequest
		err := Read(httptest.NewRequest("POST", "/", strings.NewReader(body)), &into)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "compat.") {
			t.Errorf("%q: got %v, want words %q", body, err, words)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"inputs":["a"],"truncate":true}`))
	f.Add([]byte(`{"input":"a","knowledge_id":"x","retrieval_setting":{"top_k":1}}`))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, into := range []any{&TEIRequest{}, &OpenAIRequest{}, &DifyRequest{}, &RasaMessage{}, &RasaParseRequest{}} {
			err := Read(httptest.NewRequest("POST", "/", strings.NewReader(string(body))), into)
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", body, err)
			}
		}
	})
}

// senders is a Conversations that counts what was begun.
type senders struct {
	mu     sync.Mutex
	begun  map[string]string // by idempotency key
	closed map[string]bool
}

func (s *senders) Start(_ context.Context, r dialog.StartRequest) (dialog.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun == nil {
		s.begun, s.closed = map[string]string{}, map[string]bool{}
	}
	if s.begun[r.IdempotencyKey] == "" {
		s.begun[r.IdempotencyKey] = fmt.Sprint("conv_", len(s.begun)+1)
	}
	return dialog.Outcome{State: dialog.State{ID: s.begun[r.IdempotencyKey]}}, nil
}

func (s *senders) Receive(_ context.Context, in dialog.Incoming) (dialog.Outcome, error) {
	return dialog.Outcome{Replies: []dialog.Message{{Text: in.Conversation, Buttons: []dialog.Button{{Title: "是", Text: "是的"}}}}}, nil
}

func (s *senders) Summaries(_ context.Context, f dialog.Filter) ([]dialog.Summary, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []dialog.Summary
	for key, id := range s.begun {
		if !strings.HasPrefix(key, f.Visitor+":") {
			continue
		}
		row := dialog.Summary{Conversation: id, Status: dialog.StatusBot}
		if s.closed[id] {
			row.Status = dialog.StatusClosed
			rows = append(rows, row)
			continue
		}
		rows = append([]dialog.Summary{row}, rows...)
	}
	return rows, nil
}

func TestRasaSendersKeepTheirConversation(t *testing.T) {
	s := &senders{}
	rasa := Rasa{Conversations: s}
	say := func(sender string) string {
		replies, err := rasa.Webhook(t.Context(), "demo", RasaMessage{Sender: sender, Message: "你好"})
		if err != nil || len(replies) != 1 || replies[0].Recipient != sender || replies[0].Buttons[0] != (RasaButton{"是", "是的"}) {
			t.Fatalf("got %+v, %v", replies, err)
		}
		return replies[0].Text
	}
	var wg sync.WaitGroup
	ids := make([]string, 10)
	for i := range ids {
		wg.Add(1)
		go func() {
			defer wg.Done()
			replies, err := rasa.Webhook(t.Context(), "demo", RasaMessage{Sender: "u1", Message: "你好"})
			if err == nil {
				ids[i] = replies[0].Text
			}
		}()
	}
	wg.Wait()
	for _, id := range ids {
		if id != "conv_1" {
			t.Errorf("the first messages of one sender went to %v", ids)
			break
		}
	}
	if other := say("u2"); other == "conv_1" {
		t.Error("two senders share a conversation")
	}
	s.closed["conv_1"] = true
	next := say("u1")
	if next == "conv_1" || say("u1") != next {
		t.Errorf("after a closed conversation came %s, then %s", next, say("u1"))
	}
}

// wide is an Encoder of one dimension.
type wide struct{ nlu.Encoder }

func (wide) Encode(ctx context.Context, text string) (nlu.Features, error) {
	if text == "bad" {
		return nlu.Features{}, fault.New(fault.Invalid, "bad text")
	}
	return nlu.Features{Embedding: []float32{float32(len(text))}, Tokens: 1}, ctx.Err()
}
func (wide) ID() string     { return "wide" }
func (wide) Dimension() int { return 1 }

func TestEncodeKeepsOrder(t *testing.T) {
	texts := make([]string, maxInputs)
	for i := range texts {
		texts[i] = strings.Repeat("x", i+1)
	}
	found, err := encode(t.Context(), wide{}, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		if f.Embedding[0] != float32(i+1) {
			t.Fatalf("text %d has the vector of %v", i, f.Embedding)
		}
	}
	if _, err := encode(t.Context(), wide{}, []string{"a", "bad", "c"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
}

func TestFailuresKeepTheirShape(t *testing.T) {
	for _, p := range []Product{RasaProduct, TEIProduct, OpenAIProduct, DifyProduct, KServeProduct} {
		for _, code := range []fault.Code{
			fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge,
			fault.RateLimited, fault.Busy, fault.Unavailable, fault.Timeout, fault.Internal,
		} {
			w := httptest.NewRecorder()
			p.Fail(w, Failure{Status: 500, Code: code, Message: "what <b> to do"})
			var body map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code < 400 || !strings.Contains(w.Body.String(), "what <b> to do") {
				t.Errorf("%s, %s: %d %s", p.Name, code, w.Code, w.Body)
			}
		}
	}
}
