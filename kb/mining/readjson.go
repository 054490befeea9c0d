package mining

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// line is one line of JSON Lines in either shape.
type line struct {
	ID           string     `json:"id"`
	Channel      string     `json:"channel"`
	At           looseTime  `json:"at"`
	Turns        []lineTurn `json:"turns"`
	Response     string     `json:"response"` // the agent's answer to the last turn
	Resolved     *bool      `json:"resolved"`
	Satisfaction *float64   `json:"satisfaction"` // from 0 to 1; others are ignored

	Conversation string    `json:"conversation"`
	Role         string    `json:"role"`
	Text         string    `json:"text"`
	Time         looseTime `json:"time"`
}

type lineTurn struct {
	Role    string    `json:"role"`
	Text    string    `json:"text"`
	At      looseTime `json:"at"`
	Article string    `json:"article"`
}

// looseTime is a time as a string or as Unix seconds or milliseconds.
type looseTime struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseTime) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	at, ok := timeOf(strings.Trim(string(b), `"`))
	if !ok {
		return fault.New(fault.Invalid, "时间 %s 无法识别，请写成 2026-01-31 08:00:00", b)
	}
	t.Time = at
	return nil
}

func (s *sorter) readJSON(r *bufio.Reader) error {
	for n := 1; ; n++ {
		raw, err := readLine(r)
		if errors.Is(err, io.EOF) && len(bytes.TrimSpace(raw)) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if raw = bytes.TrimSpace(raw); len(raw) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			s.report.reject(n, "不是有效的 JSON：%v", err)
			continue
		}
		if err := s.line(n, l); err != nil {
			return err
		}
	}
}

func (s *sorter) line(n int, l line) error {
	if len(l.Turns) == 0 && l.Response == "" {
		role, ok := roleOf(l.Role)
		switch {
		case l.Conversation == "" || strings.TrimSpace(l.Text) == "":
			s.report.reject(n, "这一行既没有 turns，也没有 conversation 和 text")
			return nil
		case !ok:
			s.report.reject(n, "角色 %q 无法识别，请用 customer、agent 或 bot", l.Role)
			return nil
		}
		at := l.Time
		if at.IsZero() {
			at = l.At
		}
		return s.message(l.Conversation, Turn{Role: role, Text: l.Text, At: at.Time})
	}
	t := Transcript{ID: l.ID, At: l.At.Time, Channel: l.Channel, Resolved: l.Resolved}
	if l.Satisfaction != nil && *l.Satisfaction >= 0 && *l.Satisfaction <= 1 {
		t.Satisfaction = l.Satisfaction
	}
	for _, turn := range l.Turns[:min(len(l.Turns), maxTurns)] {
		role, ok := roleOf(turn.Role)
		if !ok {
			s.report.reject(n, "角色 %q 无法识别，请用 customer、agent 或 bot", turn.Role)
			return nil
		}
		t.Turns = append(t.Turns, Turn{role, turn.Text, turn.At.Time, turn.Article})
	}
	if strings.TrimSpace(l.Response) != "" {
		t.Turns = append(t.Turns, Turn{Role: Agent, Text: l.Response})
	}
	if t.At.IsZero() && len(t.Turns) > 0 {
		t.At = t.Turns[0].At
	}
	return s.give(t)
}

// readLine returns a line without its end; a longer one than maxLine is fault.TooLarge.
func readLine(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := r.ReadSlice('\n')
		out = append(out, part...)
		switch {
		case len(out) > maxLine:
			return nil, fault.New(fault.TooLarge, "有一行超过 %d MB，这不像是对话记录", maxLine>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, damagedGzip(err)
		}
		return out, err
	}
}
