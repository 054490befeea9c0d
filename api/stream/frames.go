package stream

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

// Agent is who sits at a desk's socket.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Bot  string `json:"bot"`
	Role string `json:"role"`
}

// The frames a server sends.
type (
	helloFrame struct {
		Type  string    `json:"type"`
		Agent Agent     `json:"agent"`
		At    time.Time `json:"at"`
	}
	summaryFrame struct {
		Type    string         `json:"type"`
		Summary dialog.Summary `json:"summary"`
	}
	eventFrame struct {
		Type  string       `json:"type"`
		Event dialog.Event `json:"event"`
	}
	typingFrame struct {
		Type         string `json:"type"`
		Conversation string `json:"conversation"`
		Text         string `json:"text"`
	}
	suggestionsFrame struct {
		Type         string              `json:"type"`
		Conversation string              `json:"conversation"`
		Suggestions  []dialog.Suggestion `json:"suggestions"`
	}
	errorFrame struct {
		Type         string     `json:"type"`
		Conversation string     `json:"conversation,omitempty"`
		Error        frameFault `json:"error"`
	}
	frameFault struct {
		Code   fault.Code `json:"code"`
		Detail string     `json:"detail"`
	}
	pongFrame struct {
		Type string `json:"type"`
	}
)

// clientFrame is what a client sends.
type clientFrame struct {
	Type         string `json:"type"`
	Conversation string `json:"conversation"`
	After        int64  `json:"after"`
}

// readFrame reads and checks a client's frame.
func readFrame(b []byte) (clientFrame, error) {
	var f clientFrame
	if !utf8.Valid(b) {
		return f, fault.New(fault.Invalid, "消息不是有效的 UTF-8。")
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fault.New(fault.Invalid, "消息不是有效的 JSON。")
	}
	switch f.Type {
	case "ping":
		return f, nil
	case "subscribe", "unsubscribe":
		if f.Conversation == "" || len(f.Conversation) > 128 || f.After < 0 {
			return f, fault.New(fault.Invalid, "订阅需要会话 conversation 和不小于 0 的 after。")
		}
		return f, nil
	default:
		return f, fault.New(fault.Invalid, "未知的消息类型，可用：subscribe、unsubscribe、ping。")
	}
}

// asError is the frame of an error. What is not a fault is not shown.
func asError(conversation string, err error) errorFrame {
	f := errorFrame{Type: "error", Conversation: conversation, Error: frameFault{fault.Internal, "服务内部错误，请重试。"}}
	var known *fault.Error
	if errors.As(err, &known) && known.Code != fault.Internal {
		f.Error = frameFault{known.Code, known.Message}
	}
	return f
}
