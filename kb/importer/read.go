package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/textfile"
	"github.com/yingda/yingda/kb"
)

// The limits of a file.
const (
	MaxBytes = 50 << 20
	// MaxRows counts the rows that are not blank, in all sheets together, and
	// in formats without rows the articles.
	MaxRows = 50000
	// maxText is how many bytes of text the articles of a file may have together.
	maxText = 200 << 20
)

// Options say how a file is read; the zero value guesses everything.
type Options struct {
	// Format is what the sender says the file is. Content that is plainly
	// something else is read as that, with a warning: systems of shops export
	// pages and CSV under the ending .xls.
	Format Format
	// Name is the file's name, a hint where the content leaves a choice.
	Name string
	// Mapping says what columns with names of the shop's own hold: heading →
	// one of Fields, or "ignore".
	Mapping map[string]string
	// Sheet, where not empty, is the only sheet of a workbook that is read.
	Sheet string
	// Now is when answers count as expired; the zero time checks none.
	Now time.Time
	// Progress, where not nil, is called now and then with the rows read so
	// far, and at the end, by the goroutine that reads.
	Progress func(rows int)
}

// Row is an article as a row of the file gives it.
type Row struct {
	// Sheet names the sheet of a workbook.
	Sheet string
	// Line is where the article begins, from 1: a line of text, a row of a
	// sheet, of a page the how manieth question.
	Line int
	// Article is clean and has no flaws; its ID is empty where the row has none.
	Article kb.Article
}

// Severity tells what keeps a row out from what a person should look at.
type Severity string

// The severities.
const (
	Refused Severity = "error"   // the row, or what the problem names, was not taken
	Warning Severity = "warning" // taken; to be looked at
)

// Problem is what is wrong with a row, a cell or, with Line 0, the file.
type Problem struct {
	Sheet    string   `json:"sheet,omitempty"`
	Line     int      `json:"line"`
	Field    string   `json:"field,omitempty"`
	Severity Severity `json:"severity" enum:"error,warning"`
	// Code is one of kb.Flaw's codes, or: bad_row, bad_quotes, bad_date,
	// bad_number, bad_status, bad_value, duplicate_id, duplicate_question,
	// different_answers, no_default, switched_off, formula_error, no_value,
	// scientific, garbled; of warnings: expired, cut_off, bad_link,
	// long_question, near_duplicate, shared_wording, more_answers, quotes,
	// duplicate_heading, other_format, encoding, macros, hidden_rows,
	// sheet_skipped, unpaired, example.
	Code string `json:"code"`
	// Message says in Chinese what is wrong and why it matters, Mend how to put it right.
	Message string `json:"message"`
	Mend    string `json:"mend,omitempty"`
}

// Sheet is what became of a sheet of a workbook.
type Sheet struct {
	Name string `json:"name"`
	// Rows are those that are not blank below the heading.
	Rows int `json:"rows"`
	// Fields are those of Table.Fields that this sheet has.
	Fields []string `json:"fields,omitempty"`
	// Skipped says why the sheet was not read; empty when it was.
	Skipped string `json:"skipped,omitempty"`
}

// Table is what a file holds.
type Table struct {
	// Format is what the file was read as.
	Format Format
	// Encoding is what a text file was in; empty for workbooks.
	Encoding textfile.Encoding
	// Sheets are a workbook's, in its order.
	Sheets []Sheet
	// Count is how many articles were read, good and bad. Rows that go on with
	// the article before them do not count.
	Count int
	// Rows are the good ones in the order of the file. Two of them share
	// neither an id nor a question.
	Rows []Row
	// Problems and warnings, by sheet in the order of the file.
	Problems []Problem
	// Rejected counts the articles that were not taken.
	Rejected int
	// Fields are the fields of kb.Article, by their JSON names, that the file
	// speaks of: has a column or a key for, in formats without headings a value
	// in some article. See Over.
	Fields []string
	// Headings are the columns of all sheets, or the keys of the objects; nil in
	// formats without either. Columns of one name in a sheet are there as often.
	Headings []string
	// Originals are the rows that Rejected counts, as the file has them, in no
	// certain order within a sheet; at most MaxOriginals.
	Originals []Original
}

// Read is ReadContext without an end to waiting.
func Read(r io.Reader, o Options) (Table, error) { return ReadContext(context.Background(), r, o) }

// ReadContext reads a whole file. A file over MaxBytes or MaxRows, and one
// that unpacks to far more than a workbook has, is fault.TooLarge; one that is
// no table at all (unknown encoding, no known heading, nothing in it, an
// unknown sheet or field in the options) is fault.Invalid; formats that are
// not read (.xls, .doc, encrypted files) are fault.Unsupported; a reader that
// fails is fault.Unavailable. After ctx ends, its error comes within a few
// hundred rows.
func ReadContext(ctx context.Context, r io.Reader, o Options) (Table, error) {
	t, data, err := begin(ctx, r, o)
	if err == nil {
		err = t.read(data)
	}
	if err == nil && t.Count == 0 {
		err = fault.New(fault.Invalid, "文件里没有数据：表头下面至少要有一行问题和答案")
	}
	if t == nil {
		return Table{}, err
	}
	t.endSheet()
	if err == nil {
		t.progress()
	}
	return t.Table, err
}

// begin takes the bytes in and finds out what they are.
func begin(ctx context.Context, r io.Reader, o Options) (*table, []byte, error) {
	if !o.Format.readable() {
		return nil, nil, fault.New(fault.Invalid, "不支持的格式 %q，可以上传：%s", clip(string(o.Format), 20), formatList())
	}
	m, err := newMapping(o.Mapping)
	if err != nil {
		return nil, nil, err
	}
	data, err := slurp(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	t := newTable(ctx, o, m)
	if t.Format, err = t.sniff(data, o.Format, o.Name); err != nil {
		return nil, nil, err
	}
	if given := o.Format; given != Auto && given != "" && given != t.Format {
		t.note("other_format", fmt.Sprintf("文件说是 %s，内容其实是 %s，已按 %s 读取", given, t.Format, t.Format), "")
	}
	return t, data, nil
}

// slurp reads at most MaxBytes, once.
func slurp(ctx context.Context, r io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if sized, ok := r.(interface{ Len() int }); ok {
		b.Grow(min(sized.Len(), MaxBytes) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r, MaxBytes+1))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "文件没有读完，请重新上传")
	}
	if b.Len() > MaxBytes {
		return nil, fault.New(fault.TooLarge, "文件超过 %d MB，请拆成几个再上传，或删掉里面的图片", MaxBytes>>20)
	}
	return b.Bytes(), nil
}

// read gives the content to the reader of its format.
func (t *table) read(data []byte) error {
	if t.Format == XLSX {
		return t.workbook(data)
	}
	text, enc, err := textfile.Detect(data)
	if err != nil {
		return err
	}
	if t.Encoding = enc; enc == textfile.Big5 {
		t.note("encoding", "文件没有注明编码，按繁体中文 Big5 读取", "如果文字是乱码，请另存为 UTF-8 再上传")
	}
	switch t.Format {
	case CSV, TSV:
		return t.csv(text)
	case JSONL:
		return t.jsonl(text)
	case JSON:
		return t.json(text)
	case Markdown:
		return t.markdown(text)
	case Rasa:
		return t.rasa(text)
	case HTML:
		return t.html(text)
	default:
		return fault.New(fault.Internal, "no reader for the format %q", t.Format)
	}
}
