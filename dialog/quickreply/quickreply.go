// Package quickreply keeps the texts that agents send over and over (快捷短语):
// for a whole bot, for a team and for one agent, in folders, with shortcuts.
//
// Texts have slots, {{customer.name}}, which Fill fills from what is known of a
// conversation. What is not known stays a slot: the agent sees it and must
// write it before the message can be sent.
package quickreply

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Limits, in code points or in number.
const (
	MaxTitle       = 60
	MaxText        = 2000
	MaxFolder      = 60
	MaxShortcut    = 20
	MaxAttachments = 5
	MaxTeamName    = 60
	MaxMembers     = 500 // of a team
)

// Scope says for whom replies are.
type Scope string

// The scopes.
const (
	OfBot   Scope = "bot"
	OfTeam  Scope = "team"
	OfAgent Scope = "agent"
)

// limits are how many replies a shelf holds.
var limits = map[Scope]int{OfBot: 2000, OfTeam: 1000, OfAgent: 500}

// Shelf is where replies belong: the bot's, a team's or an agent's.
type Shelf struct {
	Scope Scope `json:"scope" enum:"bot,team,agent"`
	// Owner is the team's name (a skill group) or the agent's id; empty for the bot's.
	Owner string `json:"owner,omitempty"`
}

// check refuses a shelf that cannot be.
func (s Shelf) check() error {
	switch {
	case limits[s.Scope] == 0:
		return fault.In("scope", fault.New(fault.Invalid, "scope 只能是 bot、team 或 agent。"))
	case s.Scope == OfBot && s.Owner != "":
		return fault.In("owner", fault.New(fault.Invalid, "全店共用的短语不填 owner。"))
	case s.Scope != OfBot && s.Owner == "":
		return fault.In("owner", fault.New(fault.Invalid, "请指明是哪个团队或哪位坐席的短语（owner）。"))
	}
	return nil
}

// Reply is a quick reply.
type Reply struct {
	ID string `json:"id"`
	Shelf
	Title string `json:"title"`
	// Text is plain text with slots.
	Text   string `json:"text"`
	Folder string `json:"folder,omitempty"`
	// Shortcut is what an agent types after a slash, in small letters; no other
	// reply of the shelf has it.
	Shortcut    string          `json:"shortcut,omitempty"`
	Attachments []kb.Attachment `json:"attachments,omitempty"`
	// Place orders the replies of a folder, the smallest first.
	Place int `json:"place"`
	// Uses counts how often agents sent it.
	Uses    int64     `json:"uses"`
	Author  string    `json:"author,omitempty"`
	Updated time.Time `json:"updated,omitzero"`
	// Version is the stored one; a change of another version is fault.Conflict.
	Version int `json:"version"`
}

// Clean returns the reply with blanks around its texts removed and the
// shortcut without slash, in half width and small letters.
func (r Reply) Clean() Reply {
	r.Title, r.Folder = strings.Join(strings.Fields(r.Title), " "), strings.Join(strings.Fields(r.Folder), " ")
	r.Text = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(r.Text, "\r\n", "\n"), "\r", "\n"))
	r.Shortcut = strings.TrimLeft(folded(strings.TrimSpace(r.Shortcut)), "/")
	r.Owner = strings.TrimSpace(r.Owner)
	r.Attachments = kb.Article{Attachments: r.Attachments}.Clean().Attachments
	return r
}

// Check returns the first thing that keeps the reply from being stored, as
// fault.Invalid or fault.TooLarge with the JSON name as Field, or nil. It
// expects a cleaned reply.
func (r Reply) Check() error {
	if err := r.Shelf.check(); err != nil {
		return err
	}
	for _, t := range []struct {
		field, name, text string
		limit             int
		required          bool
	}{
		{"owner", "团队或坐席", r.Owner, MaxTeamName * 2, false},
		{"title", "标题", r.Title, MaxTitle, true},
		{"text", "内容", r.Text, MaxText, true},
		{"folder", "文件夹", r.Folder, MaxFolder, false},
		{"shortcut", "快捷码", r.Shortcut, MaxShortcut, false},
	} {
		if err := checkText(t.field, t.name, t.text, t.limit, t.required); err != nil {
			return err
		}
	}
	if strings.ContainsFunc(r.Shortcut, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) || c == '/' }) {
		return fault.In("shortcut", fault.New(fault.Invalid, "快捷码不能含有空格或斜杠。"))
	}
	if n := len(r.Attachments); n > MaxAttachments {
		return fault.In("attachments", fault.New(fault.TooLarge, "有 %d 个附件，最多 %d 个。", n, MaxAttachments))
	}
	// Slots and addresses are those of an article.
	err := kb.Article{Question: "短语", Answer: r.Text, Attachments: r.Attachments}.Check()
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return fault.In(strings.Replace(f.Field, "answer", "text", 1), fault.New(fault.Invalid, "%s", f.Message))
	}
	return err
}

func checkText(field, name, text string, limit int, required bool) error {
	switch n := utf8.RuneCountInString(text); {
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fault.In(field, fault.New(fault.Invalid, "%s含有无法识别的字符，请用 UTF-8 重新保存。", name))
	case text == "" && required:
		return fault.In(field, fault.New(fault.Invalid, "%s不能为空。", name))
	case n > limit:
		return fault.In(field, fault.New(fault.TooLarge, "%s有 %d 个字，最多 %d 个。", name, n, limit))
	}
	return nil
}

// Team is a skill group with those who work in it.
type Team struct {
	Name    string   `json:"name"`
	Members []Member `json:"members"`
}

// Member is a user in a team.
type Member struct {
	User string `json:"user"`
	// Leads is true for those who may change the team's replies.
	Leads bool `json:"leads,omitempty"`
}

// Membership is a team that a user is in.
type Membership struct {
	Team  string `json:"team"`
	Leads bool   `json:"leads,omitempty"`
}

// Check refuses a team without a name, with too many members, or with one
// twice: fault.Invalid, fault.TooLarge.
func (t Team) Check() error {
	if err := checkText("name", "团队名称", t.Name, MaxTeamName, true); err != nil {
		return err
	}
	if n := len(t.Members); n > MaxMembers {
		return fault.In("members", fault.New(fault.TooLarge, "团队有 %d 人，最多 %d 人。", n, MaxMembers))
	}
	for i, m := range t.Members {
		field := fmt.Sprintf("members[%d].user", i)
		if err := checkText(field, "成员", m.User, 128, true); err != nil {
			return err
		}
		if slices.ContainsFunc(t.Members[:i], func(o Member) bool { return o.User == m.User }) {
			return fault.In(field, fault.New(fault.Invalid, "成员 %s 出现了两次。", m.User))
		}
	}
	return nil
}
