package compat

import (
	"context"
	"net/http"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// RasaVersion is the version of Rasa's HTTP API that these routes follow.
const RasaVersion = "3.6.20"

// Conversations is dialog.Manager, as Rasa's REST channel needs it.
type Conversations interface {
	Start(ctx context.Context, r dialog.StartRequest) (dialog.Outcome, error)
	Receive(ctx context.Context, in dialog.Incoming) (dialog.Outcome, error)
	Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error)
}

// Rasa is Rasa's HTTP API (rasa.com/docs/rasa/http-api): /model/parse,
// /version, /status, and the REST channel's webhook.
type Rasa struct {
	Analyzer      nlu.Analyzer
	Conversations Conversations
	Clock         clock.Clock
	Model         string // names the understanding in use
}

// RasaProduct writes Rasa's errors.
var RasaProduct = Product{Name: "rasa", Body: func(f Failure) (int, any) {
	reason := map[fault.Code]string{
		fault.Invalid: "BadRequest", fault.Unauthenticated: "NotAuthenticated", fault.Forbidden: "NotAuthorized",
		fault.NotFound: "NotFound", fault.Conflict: "Conflict",
	}[f.Code]
	status := f.Status
	switch {
	case f.Code == fault.Invalid:
		status = http.StatusBadRequest
	case reason == "":
		reason = "ServerError"
	}
	return status, map[string]any{"version": RasaVersion, "status": "failure", "reason": reason, "message": f.Message, "code": status}
}}

// RasaParseRequest is what a client of /model/parse sends.
type RasaParseRequest struct {
	Text      string `json:"text"`
	MessageID string `json:"message_id"`
}

// RasaEntity is an entity; offsets count code points, as there.
type RasaEntity struct {
	Entity           string  `json:"entity"`
	Start            int     `json:"start"`
	End              int     `json:"end"`
	Value            string  `json:"value"`
	Confidence       float64 `json:"confidence"`
	ConfidenceEntity float64 `json:"confidence_entity"`
	Extractor        string  `json:"extractor"`
}

// RasaParse is the answer of /model/parse.
type RasaParse struct {
	Text          string       `json:"text"`
	Intent        nlu.Intent   `json:"intent"`
	Entities      []RasaEntity `json:"entities"`
	TextTokens    [][2]int     `json:"text_tokens"`
	IntentRanking []nlu.Intent `json:"intent_ranking"`
	MessageID     string       `json:"message_id,omitempty"`
}

// Parse answers POST /model/parse.
func (a Rasa) Parse(ctx context.Context, bot string, r RasaParseRequest) (RasaParse, error) {
	got, err := a.Analyzer.Analyze(ctx, nlu.Request{Text: r.Text, Bot: bot, Now: a.Clock.Now()})
	if err != nil {
		return RasaParse{}, err
	}
	out := RasaParse{
		Text: r.Text, Intent: got.Intent, IntentRanking: got.Intents, MessageID: r.MessageID,
		Entities: make([]RasaEntity, len(got.Entities)), TextTokens: make([][2]int, 0, len(got.Tokens)),
	}
	if out.IntentRanking == nil {
		out.IntentRanking = []nlu.Intent{}
	}
	for i, e := range got.Entities {
		out.Entities[i] = RasaEntity{
			Entity: string(e.Type), Start: e.Start, End: e.End, Value: e.Value,
			Confidence: e.Confidence, ConfidenceEntity: e.Confidence, Extractor: "YingdaEntityExtractor",
		}
	}
	for _, t := range got.Tokens {
		out.TextTokens = append(out.TextTokens, [2]int{t.Start, t.End})
	}
	return out, nil
}

// RasaMessage is what a client of the REST channel sends.
type RasaMessage struct {
	Sender       string `json:"sender"`
	Message      string `json:"message"`
	InputChannel string `json:"input_channel"`
}

// RasaReply is one thing the bot says.
type RasaReply struct {
	Recipient string       `json:"recipient_id"`
	Text      string       `json:"text"`
	Buttons   []RasaButton `json:"buttons,omitempty"`
}

// RasaButton is a choice; pressing it sends the payload.
type RasaButton struct {
	Title   string `json:"title"`
	Payload string `json:"payload"`
}

// Webhook answers POST /webhooks/rest/webhook. A sender has one open
// conversation; when it was closed, the next message begins another. While
// people serve it there is no reply: this channel has no way to call back.
func (a Rasa) Webhook(ctx context.Context, bot string, m RasaMessage) ([]RasaReply, error) {
	if m.Sender == "" {
		m.Sender = "default" // as there
	}
	if len(m.Sender) > 100 || len(m.InputChannel) > 32 {
		return nil, fault.New(fault.Invalid, "sender may have 100 bytes and input_channel 32")
	}
	if m.InputChannel == "" {
		m.InputChannel = "rest"
	}
	conversation, err := a.conversationOf(ctx, bot, m)
	if err != nil {
		return nil, err
	}
	done, err := a.Conversations.Receive(ctx, dialog.Incoming{Bot: bot, Conversation: conversation, Text: m.Message})
	if err != nil {
		return nil, err
	}
	replies := make([]RasaReply, len(done.Replies))
	for i, said := range done.Replies {
		replies[i] = RasaReply{Recipient: m.Sender, Text: said.Text}
		for _, b := range said.Buttons {
			replies[i].Buttons = append(replies[i].Buttons, RasaButton{Title: b.Title, Payload: b.Text})
		}
	}
	return replies, nil
}

// conversationOf finds the sender's open conversation or begins one. Two first
// messages at the same moment begin the same one: their key names the
// conversation before it.
func (a Rasa) conversationOf(ctx context.Context, bot string, m RasaMessage) (string, error) {
	visitor := "rasa:" + m.Sender
	rows, err := a.Conversations.Summaries(ctx, dialog.Filter{Bot: bot, Visitor: visitor, Limit: 10})
	if err != nil {
		return "", err
	}
	last := ""
	for i, row := range rows {
		if row.Status != dialog.StatusClosed {
			return row.Conversation, nil
		}
		if i == 0 {
			last = row.Conversation
		}
	}
	done, err := a.Conversations.Start(ctx, dialog.StartRequest{
		Bot: bot, Visitor: visitor, Channel: m.InputChannel, IdempotencyKey: visitor + ":" + last,
	})
	return done.State.ID, err
}

// Hello answers GET /webhooks/rest/.
func (a Rasa) Hello() map[string]string { return map[string]string{"status": "ok"} }

// Version answers GET /version.
func (a Rasa) Version() map[string]string {
	return map[string]string{"version": RasaVersion, "minimum_compatible_version": "3.5.0"}
}

// Status answers GET /status.
func (a Rasa) Status() map[string]any {
	return map[string]any{"model_id": a.Model, "model_file": a.Model, "num_active_training_jobs": 0}
}
