package api

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

func (s *Server) visitorRoutes() {
	tags := []string{"Visitor"}
	handle(s, huma.Operation{
		OperationID: "start-conversation", Method: http.MethodPost, Path: "/v1/conversations", Tags: tags,
		Summary: "发起会话", DefaultStatus: http.StatusCreated,
		Description: "Begins a conversation with the bot. The token in the answer reaches this conversation only.",
	}, toBegin, s.startConversation)
	handle(s, huma.Operation{
		OperationID: "get-conversation", Method: http.MethodGet, Path: "/v1/conversations/{id}", Tags: tags,
		Summary: "会话状态与公开事件",
	}, toConversation, s.getConversation)
	handle(s, huma.Operation{
		OperationID: "send-message", Method: http.MethodPost, Path: "/v1/conversations/{id}/messages", Tags: tags,
		Summary:     "访客发消息",
		Description: "At most 2000 code points. A client_id (or Idempotency-Key) sent before yields the first outcome.",
	}, toWrite, s.sendMessage)
	handle(s, huma.Operation{
		OperationID: "visitor-typing", Method: http.MethodPost, Path: "/v1/conversations/{id}/typing", Tags: tags,
		Summary: "访客正在输入", DefaultStatus: http.StatusNoContent,
	}, toType, s.visitorTyping)
	handle(s, huma.Operation{
		OperationID: "close-conversation", Method: http.MethodPost, Path: "/v1/conversations/{id}/close", Tags: tags,
		Summary: "访客结束会话",
	}, toWrite, s.closeByVisitor)
}

type startInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		Visitor           string            `json:"visitor,omitempty" maxLength:"128" doc:"the channel's id of the visitor; one is made when missing"`
		Customer          string            `json:"customer,omitempty" maxLength:"128" doc:"the shop's id of the signed-in customer"`
		CustomerSignature string            `json:"customer_signature,omitempty" maxLength:"128" doc:"hex HMAC-SHA256 of customer under the bot's customer secret"`
		Channel           string            `json:"channel,omitempty" maxLength:"32" pattern:"^[a-z0-9_-]*$" doc:"web when missing"`
		Attributes        map[string]string `json:"attributes,omitempty" maxProperties:"32" doc:"page, product, order … that the chat was opened from"`
	}
}

// BotInfo is what a visitor sees of a bot.
type BotInfo struct {
	Name     string   `json:"name"`
	BotName  string   `json:"bot_name"`
	Greeting string   `json:"greeting"`
	Menu     []string `json:"menu" nullable:"false"`
}

type startOutput struct {
	Body struct {
		Conversation string         `json:"conversation"`
		Token        string         `json:"token"`
		ExpiresAt    time.Time      `json:"expires_at"`
		Status       dialog.Status  `json:"status"`
		Bot          BotInfo        `json:"bot"`
		Events       []dialog.Event `json:"events" nullable:"false"`
	}
}

func (s *Server) startConversation(ctx context.Context, in *startInput) (*startOutput, error) {
	caller := auth.From(ctx)
	request, err := s.startRequest(ctx, caller.Bot, in)
	if err != nil {
		return nil, err
	}
	profile, err := s.o.Profiles(caller.Bot)
	if err != nil {
		return nil, err
	}
	done, err := s.o.Conversations.Start(ctx, request)
	if err != nil {
		return nil, err
	}
	// A start is repeated when its answer was lost. Whoever has written has had
	// the answer: a key guessed or overheard must not open that conversation.
	if done.Duplicate && (done.State.Turns > 0 || !sameStart(done.State, in, request)) {
		return nil, reusedKey()
	}
	grant := auth.Grant{
		Bot: caller.Bot, Conversation: done.State.ID, Visitor: done.State.Visitor,
		ExpiresAt: done.State.StartedAt.Add(s.o.TokenLife).Truncate(time.Second),
	}
	out := new(startOutput)
	if out.Body.Token, err = s.auth.Signer().Sign(grant); err != nil {
		return nil, err
	}
	out.Body.Conversation, out.Body.ExpiresAt, out.Body.Status = grant.Conversation, grant.ExpiresAt.UTC(), done.State.Status
	out.Body.Bot = BotInfo{Name: profile.Name, BotName: profile.BotName, Greeting: profile.Greeting, Menu: list(profile.Menu)}
	if s.o.AutoReplies != nil {
		text, menu := s.o.AutoReplies.Greeting(done.State)
		out.Body.Bot.Greeting, out.Body.Bot.Menu = text, list(menu)
	}
	out.Body.Events = public(done.Events)
	return out, nil
}

// startRequest checks what a visitor says of itself. A customer is believed
// only with the shop's signature: fault.Forbidden without.
func (s *Server) startRequest(ctx context.Context, bot string, in *startInput) (dialog.StartRequest, error) {
	r := dialog.StartRequest{
		Bot: bot, Visitor: in.Body.Visitor, Customer: in.Body.Customer, Channel: in.Body.Channel,
		Attributes: in.Body.Attributes,
	}
	if in.IdempotencyKey != "" {
		// A space of its own: the keys of the compat channels are guessable.
		r.IdempotencyKey = "v1:" + in.IdempotencyKey
	}
	orElse(&r.Channel, "web")
	if r.Visitor == "" {
		r.Visitor = s.o.IDs.New("vis")
	}
	size := 0
	for name, value := range r.Attributes {
		size += len(name) + len(value)
	}
	if size > 8<<10 {
		return r, fault.In("body.attributes", fault.New(fault.TooLarge, "attributes 的总长度不能超过 8192 字节。"))
	}
	if r.Customer == "" {
		return r, nil
	}
	secret, err := s.o.Directory.Secret(ctx, bot, store.CustomerSecret)
	if err != nil {
		return r, err
	}
	if !auth.VerifyCustomer(secret, r.Customer, in.Body.CustomerSignature) {
		return r, fault.In("body.customer_signature", fault.New(fault.Forbidden, "客户签名不正确，请用店铺的客户密钥重新签名。"))
	}
	return r, nil
}

// sameStart reports whether a repeated start asked for what the first one did.
func sameStart(s dialog.State, in *startInput, r dialog.StartRequest) bool {
	return s.Customer == r.Customer && s.Channel == r.Channel && maps.Equal(s.Attributes, r.Attributes) &&
		(in.Body.Visitor == "" || s.Visitor == r.Visitor)
}

func reusedKey() error {
	return fault.In("Idempotency-Key", fault.New(fault.Invalid, "这个幂等键已用于内容不同的请求，请换一个新的。"))
}

type conversationInput struct {
	ID string `path:"id" maxLength:"128"`
}

// VisitorOwner is who serves the visitor.
type VisitorOwner struct {
	Kind dialog.ActorKind `json:"kind,omitempty"`
	Name string           `json:"name,omitempty"`
}

type conversationOutput struct {
	Body struct {
		Conversation string         `json:"conversation"`
		Status       dialog.Status  `json:"status"`
		Owner        VisitorOwner   `json:"owner"`
		Events       []dialog.Event `json:"events" nullable:"false"`
	}
}

func (s *Server) getConversation(ctx context.Context, in *conversationInput) (*conversationOutput, error) {
	caller := auth.From(ctx)
	events, err := s.o.Conversations.Events(ctx, caller.Bot, in.ID, 0)
	if err != nil {
		return nil, err
	}
	state, err := dialog.Replay(dialog.State{}, events)
	if err != nil {
		return nil, err
	}
	out := new(conversationOutput)
	out.Body.Conversation, out.Body.Status = in.ID, state.Status
	out.Body.Owner = VisitorOwner{Kind: state.Owner.Kind, Name: state.Owner.Name}
	out.Body.Events = public(events)
	return out, nil
}

type messageInput struct {
	ID             string `path:"id" maxLength:"128"`
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"128"`
	Body           struct {
		Text     string `json:"text"`
		ClientID string `json:"client_id,omitempty" maxLength:"128"`
	}
}

type messageOutput struct {
	Body struct {
		Message dialog.Message   `json:"message"`
		Replies []dialog.Message `json:"replies" nullable:"false"`
		Status  dialog.Status    `json:"status"`
	}
}

func (s *Server) sendMessage(ctx context.Context, in *messageInput) (*messageOutput, error) {
	caller := auth.From(ctx)
	key := in.Body.ClientID
	if key == "" {
		key = in.IdempotencyKey
	}
	done, err := s.o.Conversations.Receive(ctx, dialog.Incoming{
		Bot: caller.Bot, Conversation: in.ID, ClientID: key, Text: in.Body.Text,
	})
	if err != nil {
		return nil, err
	}
	if done.Duplicate && strings.TrimSpace(in.Body.Text) != strings.TrimSpace(done.Message.Text) {
		return nil, fault.In("body.client_id", fault.New(fault.Invalid, "这个 client_id 已用于另一条消息，请换一个新的。"))
	}
	out := new(messageOutput)
	out.Body.Message, out.Body.Replies, out.Body.Status = done.Message, list(done.Replies), done.State.Status
	return out, nil
}

type visitorTypingInput struct {
	ID   string `path:"id" maxLength:"128"`
	Body struct {
		Text string `json:"text,omitempty" maxLength:"500"`
	}
}

func (s *Server) visitorTyping(ctx context.Context, in *visitorTypingInput) (*struct{}, error) {
	s.o.Bus.Type(bus.Typing{Bot: auth.From(ctx).Bot, Conversation: in.ID, From: dialog.Visitor, Text: in.Body.Text})
	return nil, nil
}

type statusOutput struct {
	Body struct {
		Conversation string        `json:"conversation"`
		Status       dialog.Status `json:"status"`
	}
}

func (s *Server) closeByVisitor(ctx context.Context, in *conversationInput) (*statusOutput, error) {
	state, err := s.o.Conversations.CloseByVisitor(ctx, auth.From(ctx).Bot, in.ID)
	if err != nil {
		return nil, err
	}
	out := new(statusOutput)
	out.Body.Conversation, out.Body.Status = in.ID, state.Status
	return out, nil
}

// public keeps the events that a visitor may see; never nil.
func public(events []dialog.Event) []dialog.Event {
	shown := []dialog.Event{}
	for _, e := range events {
		if e.Public() {
			shown = append(shown, e)
		}
	}
	return shown
}

// list makes a nil slice an empty one: JSON lists are never null.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// checkText refuses text that is empty or over limit code points.
func checkText(field, text string, limit int) error {
	if strings.TrimSpace(text) == "" {
		return fault.In(field, fault.New(fault.Invalid, "文本不能为空。"))
	}
	if utf8.RuneCountInString(text) > limit {
		return fault.In(field, fault.New(fault.TooLarge, "文本最多 %d 个字符。", limit))
	}
	return nil
}
