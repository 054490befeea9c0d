package eval

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Data is a folder of labelled sets: JSON Lines, plain or gzip.
type Data struct {
	fsys fs.FS
	name string
	read map[string]any
}

// OpenData returns the folder dir; fault.NotFound when it is none.
func OpenData(dir string) (*Data, error) {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, fault.New(fault.NotFound, "%s is not a folder; give the one with the labelled data", dir)
	}
	return NewData(os.DirFS(dir), dir), nil
}

// NewData returns the sets of fsys; name is what messages call the folder.
func NewData(fsys fs.FS, name string) *Data {
	return &Data{fsys: fsys, name: name, read: map[string]any{}}
}

// absent is why a cell of the report is empty.
type absent struct{ reason string }

func (a absent) Error() string { return a.reason }

func missing(format string, args ...any) error { return absent{fmt.Sprintf(format, args...)} }

// maxLine bounds a line in bytes; the longest conversation takes some kB.
const maxLine = 4 << 20

// open returns a file of the folder. One that is not there is absent.
func (d *Data) open(name string) (fs.File, error) {
	if d == nil {
		return nil, missing("there is no folder of authored data")
	}
	f, err := d.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing("%s is not in %s", name, d.name)
	}
	return f, fault.Wrap(err, fault.Unavailable, "%s cannot be read", name)
}

// lines decodes every line of a file into a T and checks it. The rows are kept:
// every contender asks for them. A faulty line is fault.Invalid with its number.
func lines[T any](d *Data, name string, check func(T) error) ([]T, error) {
	if d != nil {
		if known, ok := d.read[name].([]T); ok {
			return known, nil
		}
	}
	f, err := d.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := decode(f, strings.HasSuffix(name, ".gz"), check)
	if err != nil {
		return nil, fault.In(name, err)
	}
	if len(rows) == 0 {
		return nil, fault.In(name, fault.New(fault.Invalid, "the file is empty"))
	}
	d.read[name] = rows
	return rows, nil
}

func decode[T any](r io.Reader, zipped bool, check func(T) error) ([]T, error) {
	if zipped {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "not a gzip file; copy it again")
		}
		r = z
	}
	var rows []T
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for sc.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		var row T
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, fault.In(fmt.Sprintf("line %d", n), fault.Wrap(err, fault.Invalid, "not a JSON object of the expected shape"))
		}
		if err := check(row); err != nil {
			return nil, fault.In(fmt.Sprintf("line %d", n), err)
		}
		rows = append(rows, row)
	}
	return rows, fault.Wrap(sc.Err(), fault.Invalid, "the file cannot be read beyond line %d; copy it again", n)
}

// Message is a real message that people read: a row of messages_dev.
type Message struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Prev   string `json:"prev"` // the turn before, or empty
	Intent string `json:"intent"`
	Alt    string `json:"alt"`
	// Ctx is true where the text alone cannot tell.
	Ctx       bool   `json:"ctx"`
	Sentiment string `json:"sentiment"`
}

func (d *Data) messages() ([]Message, error) {
	return lines(d, "intent/messages_dev.jsonl", func(m Message) error {
		if strings.TrimSpace(m.Text) == "" || m.Intent == "" || m.Sentiment == "" {
			return fault.New(fault.Invalid, "a message needs a text, an intent and a sentiment")
		}
		return nil
	})
}

// labelled is a text with its label and part of the set.
type labelled struct {
	Text   string `json:"text"`
	Label  string `json:"label"`
	Intent string `json:"intent"`
	Split  string `json:"split"`
}

// The parts of a set.
const (
	trainPart = "train"
	devPart   = "dev"
)

// part returns the rows of one part of a labelled set; Label holds the intent
// where the set has intents. A set without the part is fault.Invalid.
func (d *Data) part(name, split string) ([]labelled, error) {
	rows, err := lines(d, name, func(r labelled) error {
		if strings.TrimSpace(r.Text) == "" || r.Label+r.Intent == "" || r.Split == "" {
			return fault.New(fault.Invalid, "a row needs a text, a label or intent, and a split")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var out []labelled
	for _, r := range rows {
		if r.Split == split {
			if r.Label == "" {
				r.Label = r.Intent
			}
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fault.In(name, fault.New(fault.Invalid, "no row has the split %q", split))
	}
	return out, nil
}

// talk is a conversation with the customer's satisfaction, -2 to 2.
type talk struct {
	Turns []struct {
		Role string `json:"role"`
		Text string `json:"text"`
	} `json:"turns"`
	Satisfaction *float64 `json:"satisfaction"`
	Split        string   `json:"split"`
}

func (d *Data) talks(split string) ([]talk, error) {
	rows, err := lines(d, "dialog/weibo_helpdesk.jsonl.gz", func(t talk) error {
		if len(t.Turns) == 0 || t.Satisfaction == nil || t.Split == "" {
			return fault.New(fault.Invalid, "a conversation needs turns, a satisfaction and a split")
		}
		return nil
	})
	var out []talk
	for _, t := range rows {
		if t.Split == split {
			out = append(out, t)
		}
	}
	return out, err
}

// stride returns at most limit rows, evenly taken; all of them when limit is 0.
func stride[T any](rows []T, limit int) []T {
	if limit <= 0 || len(rows) <= limit {
		return rows
	}
	out := make([]T, limit)
	for i := range out {
		out[i] = rows[i*len(rows)/limit]
	}
	return out
}
