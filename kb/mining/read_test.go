package mining_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
)

func readAll(t testing.TB, data []byte, format mining.Format) ([]mining.Transcript, mining.Report, error) {
	t.Helper()
	var all []mining.Transcript
	report, err := mining.ReadTranscripts(bytes.NewReader(data), format, func(x mining.Transcript) error {
		all = append(all, x)
		return nil
	})
	return all, report, err
}

// told is a transcript on one line.
func told(list []mining.Transcript) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, "%s:", x.ID)
		for _, turn := range x.Turns {
			fmt.Fprintf(&b, " %s=%s", turn.Role, turn.Text)
		}
		b.WriteString("; ")
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func TestReadTranscripts(t *testing.T) {
	const table = "会话编号,角色,时间,内容\nc1,客户,2026-01-31 08:00:00,能开专票吗\nc2,买家,,\"多行\n内容\"\nc1,客服,2026/1/31 8:01,可以开\nc2,机器人,1767139200,在的\n"
	const want = "c1: customer=能开专票吗 agent=可以开; c2: customer=多行\n内容 bot=在的"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(table)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data   string
		format mining.Format
		want   string
	}{
		"csv":       {table, mining.CSV, want},
		"with mark": {"\ufeff" + table, mining.CSV, want},
		"gb18030":   {gb, mining.CSV, want},
		"utf-16":    {wide, mining.CSV, want},
		"gzip":      {packed.String(), mining.CSV, want},
		"tabs":      {"Session ID\tsender\tmessage\nc1\tuser\thi,there\nc1\tagent\thello\n", mining.CSV, "c1: customer=hi,there agent=hello"},
		"turns":     {`{"id":"t1","turns":[{"role":"customer","text":"在吗"},{"role":"agent","text":"在"}],"response":"您好"}` + "\n", mining.JSONL, "t1: customer=在吗 agent=在 agent=您好"},
		"messages":  {`{"conversation":"c1","role":"客户","time":"2026-01-31 08:00","text":"在吗"}` + "\n\n" + `{"conversation":"c1","role":"客服","time":1767139200000,"text":"在"}`, mining.JSONL, "c1: customer=在吗 agent=在"},
	} {
		t.Run(name, func(t *testing.T) {
			got, report, err := readAll(t, []byte(c.data), c.format)
			if err != nil || told(got) != c.want || report.Rejected != 0 || report.Transcripts != len(got) {
				t.Errorf("%q, %+v, %v", told(got), report, err)
			}
		})
	}
	got, _, err := readAll(t, []byte(table), mining.CSV)
	if err != nil || got[0].At.UTC().Format("2006-01-02 15:04") != "2026-01-31 00:00" {
		t.Errorf("times are read as %v, %v", got[0].At, err)
	}
}

func TestReadRejectsLines(t *testing.T) {
	data := strings.Join([]string{
		`{"id":"t1","turns":[{"role":"customer","text":"在吗"}]}`, `{`, `{"id":"t2"}`, `{"id":"t3","turns":[{"role":"alien","text":"x"}]}`,
		`{"conversation":"c1","role":"客户","time":"someday","text":"x"}`, `{"conversation":"c1","role":"?","text":"x"}`,
	}, "\n")
	got, report, err := readAll(t, []byte(data), mining.JSONL)
	if err != nil || len(got) != 1 || report.Rejected != 5 || report.Problems[0].Line != 2 || report.Problems[4].Line != 6 {
		t.Errorf("%s, %+v, %v", told(got), report, err)
	}
	got, report, err = readAll(t, []byte("会话,角色,时间,内容\n,客户,,x\nc,谁,,x\nc,客户,某天,x\nc,客户,,好\nc,客服\n"), mining.CSV)
	if err != nil || told(got) != "c: customer=好" || report.Rejected != 3 {
		t.Errorf("%s, %+v, %v", told(got), report, err)
	}
}

func TestReadFaults(t *testing.T) {
	for name, c := range map[string]struct {
		data   string
		format mining.Format
		code   fault.Code
	}{
		"empty":           {"", mining.JSONL, fault.Invalid},
		"no columns":      {"a,b\n1,2\n", mining.CSV, fault.Invalid},
		"unknown":         {"x", "doc", fault.Invalid},
		"binary":          {"\x89PNG\r\n\x1a\n\xff\xfe\xfd\x80\x81", mining.CSV, fault.Invalid},
		"broken gzip":     {"\x1f\x8bxxxxxxxxxx", mining.CSV, fault.Invalid},
		"an endless line": {`{"id":"` + strings.Repeat("长", 2<<20), mining.JSONL, fault.TooLarge},
	} {
		if _, _, err := readAll(t, []byte(c.data), c.format); !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	stop := errors.New("enough")
	_, err := mining.ReadTranscripts(strings.NewReader(`{"id":"1","turns":[{"role":"customer","text":"x"}]}`), mining.JSONL, func(mining.Transcript) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// A table of interleaved conversations is held in bounded memory: the longest
// untouched is handed on when too many are open.
func TestReadInterleaved(t *testing.T) {
	var b strings.Builder
	b.WriteString("会话,角色,内容\n")
	for round := range 2 {
		for i := range 3000 {
			fmt.Fprintf(&b, "c%d,客户,第%d句\n", i, round)
		}
	}
	got, report, err := readAll(t, []byte(b.String()), mining.CSV)
	if err != nil || report.Messages != 6000 || len(got) != 6000 {
		t.Errorf("%d transcripts, %+v, %v", len(got), report, err)
	}
}

func FuzzReadTranscripts(f *testing.F) {
	f.Add([]byte("会话,角色,内容\nc1,客户,在吗\n"), true)
	f.Add([]byte(`{"id":"t1","turns":[{"role":"customer","text":"在吗"}],"response":"在"}`), false)
	f.Add([]byte("\x1f\x8b"), true)
	f.Add([]byte("a\t\"b\nc"), true)
	f.Fuzz(func(t *testing.T, data []byte, table bool) {
		format := mining.JSONL
		if table {
			format = mining.CSV
		}
		n := 0
		report, err := mining.ReadTranscripts(bytes.NewReader(data), format, func(mining.Transcript) error { n++; return nil })
		if err == nil && (report.Transcripts != n || n == 0 && report.Rejected == 0) {
			t.Fatalf("%+v of %d", report, n)
		}
	})
}
