package mining

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// columns are what the four columns of a table of messages are called, in
// lower case without blanks and underlines.
var columns = [...][]string{
	conversationColumn: {"会话", "会话id", "会话编号", "会话号", "对话", "对话id", "对话编号", "聊天id", "conversation", "conversationid", "session", "sessionid", "chat", "chatid", "dialogid", "id"},
	roleColumn:         {"角色", "发送方", "发送人", "发言人", "身份", "发送者", "说话人", "role", "sender", "from", "speaker", "sendertype", "waitersend"},
	timeColumn:         {"时间", "发送时间", "消息时间", "聊天时间", "日期", "time", "at", "timestamp", "createdat", "date", "datetime", "sentat"},
	textColumn:         {"内容", "消息", "文本", "消息内容", "聊天内容", "对话内容", "文字", "text", "content", "message", "msg", "body"},
}

const (
	conversationColumn = iota
	roleColumn
	timeColumn
	textColumn
)

var columnNames = [...]string{"会话", "角色", "时间", "内容"}

func (s *sorter) readTable(r *bufio.Reader, delimiter rune) error {
	table := csv.NewReader(r)
	table.Comma, table.FieldsPerRecord, table.LazyQuotes, table.ReuseRecord = delimiter, -1, true, true
	head, err := table.Read()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "表格读不出标题行")
	}
	at, err := headings(head)
	if err != nil {
		return err
	}
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := table.FieldPos(0)
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			s.report.reject(broken.Line, "这一行的引号不配对")
			continue
		}
		if err != nil {
			return damagedGzip(err)
		}
		cell := func(c int) string {
			if i := at[c]; i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		text, conversation := cell(textColumn), cell(conversationColumn)
		role, ok := roleOf(cell(roleColumn))
		when, dated := timeOf(cell(timeColumn))
		switch {
		case len(text) > maxLine:
			return fault.New(fault.TooLarge, "第 %d 行的内容超过 %d MB，这不像是对话记录", line, maxLine>>20)
		case text == "":
			continue
		case conversation == "":
			s.report.reject(line, "没有会话编号")
		case !ok:
			s.report.reject(line, "角色 %q 无法识别，请用 客户、客服 或 机器人", cell(roleColumn))
		case !dated:
			s.report.reject(line, "时间 %q 无法识别，请写成 2026-01-31 08:00:00", cell(timeColumn))
		default:
			if err := s.message(strings.Clone(conversation), Turn{Role: role, Text: strings.Clone(text), At: when}); err != nil {
				return err
			}
		}
	}
}

// headings finds the columns; -1 for a time that is not there. Another missing
// column is fault.Invalid.
func headings(head []string) ([4]int, error) {
	at := [4]int{-1, -1, -1, -1}
	clean := strings.NewReplacer(" ", "", "_", "", "-", "", "\ufeff", "", "　", "")
	for c, names := range columns {
		for _, name := range names {
			for i, h := range head {
				if at[c] < 0 && strings.ToLower(clean.Replace(h)) == name {
					at[c] = i
				}
			}
		}
	}
	var missing []string
	for c, i := range at {
		if i < 0 && c != timeColumn {
			missing = append(missing, columnNames[c])
		}
	}
	if len(missing) > 0 {
		return at, fault.New(fault.Invalid, "表格缺少列：%s。需要 会话、角色、内容 三列，时间可选", strings.Join(missing, "、"))
	}
	return at, nil
}
