package mining

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"container/list"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
)

// Format is the format of a file of transcripts.
type Format string

// The formats. Either may be compressed with gzip.
const (
	// JSONL has a transcript in each line, {id, at, channel, turns:[{role,
	// text, at}], response, resolved, satisfaction}, or a message in each
	// line, {conversation, role, time, text}.
	JSONL Format = "jsonl"
	// CSV has a message in each row; its columns are 会话, 角色, 内容 and, if wanted, 时间, or conversation,
	// role, text, time.
	CSV Format = "csv"
)

// What a file may hold.
const (
	// maxLine bounds a line of JSON Lines, in bytes.
	maxLine = 4 << 20
	// maxTurns bounds a transcript: what is beyond becomes another one.
	maxTurns = 2000
	// maxOpen is how many conversations of a table may be interleaved.
	maxOpen = 2000
	// maxProblems bounds the problems that are told; all are counted.
	maxProblems = 100
	// sniffed is how much of a file its encoding and delimiter are told by.
	sniffed = 64 << 10
)

// Problem is a line that was left out.
type Problem struct {
	Line    int    `json:"line"` // from 1
	Message string `json:"message"`
}

// Report says what a file held.
type Report struct {
	Transcripts int       `json:"transcripts"`
	Messages    int       `json:"messages"`
	Rejected    int       `json:"rejected"`
	Problems    []Problem `json:"problems,omitempty"`
	Encoding    string    `json:"encoding"`
}

func (r *Report) reject(line int, format string, args ...any) {
	r.Rejected++
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, Problem{line, fmt.Sprintf(format, args...)})
	}
}

// ReadTranscripts tells each the transcripts of a file as it reads it; it holds
// no more than the conversations that are interleaved. Lines that cannot be
// used are in the report. A file that is no such table or in no known encoding
// is fault.Invalid; an error of each ends it.
func ReadTranscripts(r io.Reader, format Format, each func(Transcript) error) (Report, error) {
	var report Report
	in := bufio.NewReaderSize(r, sniffed)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return report, damagedGzip(err)
		}
		in = bufio.NewReaderSize(z, sniffed)
	}
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return report, damagedGzip(err)
	}
	text, enc, err := sniff(head)
	if err != nil {
		return report, err
	}
	report.Encoding = string(enc)
	s := &sorter{each: each, report: &report, open: map[string]*list.Element{}, order: list.New()}
	decoded := bufio.NewReaderSize(decoder(in, enc), sniffed)
	switch format {
	case JSONL:
		err = s.readJSON(decoded)
	case CSV:
		err = s.readTable(decoded, textfile.Delimiter(text))
	default:
		err = fault.In("format", fault.New(fault.Invalid, "对话记录的格式只能是 jsonl 或 csv，不是 %q", string(format)))
	}
	if err == nil {
		err = s.flush()
	}
	if err == nil && report.Transcripts == 0 && report.Rejected == 0 {
		err = fault.New(fault.Invalid, "文件里没有对话记录")
	}
	return report, err
}

func damagedGzip(err error) error {
	return fault.Wrap(err, fault.Invalid, "文件读不下去，可能已损坏，请重新压缩后再上传")
}

// sniff tells a file's encoding by whole lines of its beginning.
func sniff(head []byte) (string, textfile.Encoding, error) {
	if len(head) == sniffed {
		if i := bytes.LastIndexByte(head, '\n'); i > 0 && bytes.IndexByte(head[:i], 0) < 0 {
			head = head[:i]
		} else {
			head = head[:sniffed-2]
			for i := 0; i < 4 && len(head) > 0 && bytes.IndexByte(head, 0) < 0; i++ { // not within a character
				if _, _, err := textfile.Detect(head); err == nil {
					break
				}
				head = head[:len(head)-1]
			}
		}
	}
	return textfile.Detect(head)
}

func decoder(r io.Reader, enc textfile.Encoding) io.Reader {
	var e encoding.Encoding
	switch enc {
	case textfile.UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case textfile.UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case textfile.GB18030:
		e = simplifiedchinese.GB18030
	case textfile.Big5:
		e = traditionalchinese.Big5
	default:
		e = unicode.UTF8BOM
	}
	return transform.NewReader(r, e.NewDecoder())
}

// sorter puts the messages of conversations together, and hands a conversation
// on when the file ends or too many others have come since.
type sorter struct {
	each   func(Transcript) error
	report *Report
	open   map[string]*list.Element // of *Transcript
	order  *list.List               // the longest untouched first
}

func (s *sorter) message(conversation string, t Turn) error {
	e, ok := s.open[conversation]
	if !ok {
		e = s.order.PushBack(&Transcript{ID: conversation, At: t.At})
		s.open[conversation] = e
	}
	s.order.MoveToBack(e)
	c := e.Value.(*Transcript)
	c.Turns = append(c.Turns, t)
	if len(c.Turns) >= maxTurns {
		return s.close(e)
	}
	if s.order.Len() > maxOpen {
		return s.close(s.order.Front())
	}
	return nil
}

func (s *sorter) close(e *list.Element) error {
	t := s.order.Remove(e).(*Transcript)
	delete(s.open, t.ID)
	return s.give(*t)
}

func (s *sorter) give(t Transcript) error {
	s.report.Transcripts++
	s.report.Messages += len(t.Turns)
	return s.each(t)
}

func (s *sorter) flush() error {
	for s.order.Len() > 0 {
		if err := s.close(s.order.Front()); err != nil {
			return err
		}
	}
	return nil
}

// roles are what files call the sides.
var roles = map[string]Role{
	"customer": Customer, "user": Customer, "visitor": Customer, "buyer": Customer, "client": Customer,
	"客户": Customer, "顾客": Customer, "买家": Customer, "访客": Customer, "用户": Customer, "会员": Customer, "q": Customer, "0": Customer,
	"agent": Agent, "seller": Agent, "staff": Agent, "service": Agent, "helpdesk": Agent, "operator": Agent, "human": Agent,
	"客服": Agent, "坐席": Agent, "卖家": Agent, "商家": Agent, "人工": Agent, "店小二": Agent, "人工客服": Agent, "a": Agent, "1": Agent,
	"bot": Bot, "robot": Bot, "assistant": Bot, "机器人": Bot, "智能客服": Bot, "机器人客服": Bot, "2": Bot,
}

func roleOf(s string) (Role, bool) {
	r, ok := roles[strings.ToLower(strings.TrimSpace(s))]
	return r, ok
}

// layouts of times in files; those without a zone are in the shop's.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006-1-2 15:04:05",
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "20060102150405", "2006-01-02", "2006/1/2",
}

// shanghai is the zone of times that name none.
var shanghai = time.FixedZone("UTC+8", 8*3600)

// timeOf reads a time; the zero time and true for an empty one.
func timeOf(s string) (time.Time, bool) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, true
	}
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, s, shanghai); err == nil {
			return t, true
		}
	}
	n, ok := int64(0), len(s) == 10 || len(s) == 13
	for _, r := range s {
		ok = ok && r >= '0' && r <= '9'
		n = n*10 + int64(r-'0')
	}
	switch {
	case ok && len(s) == 10:
		return time.Unix(n, 0), true
	case ok:
		return time.UnixMilli(n), true
	}
	return time.Time{}, false
}
