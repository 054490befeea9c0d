package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/dialog/quickreply/sheet"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

var rows = []quickreply.Row{
	{Line: 2, Reply: quickreply.Reply{Folder: "售后", Title: "退款话术", Text: "您好，{{customer.name}}\n\"三天\"内到账，请留意", Shortcut: "tk", Attachments: []kb.Attachment{
		{Name: "退款 说明", URL: "https://shop.example/refund"}, {Name: "表.pdf", URL: "/files/表.pdf"},
	}}},
	{Line: 3, Reply: quickreply.Reply{Title: "'=公式", Text: "=SUM(A1)"}},
	{Line: 4, Reply: quickreply.Reply{Title: "表情😀", Text: "-减号开头，也算"}},
}

func TestRoundTrip(t *testing.T) {
	for _, f := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		var b bytes.Buffer
		if err := sheet.Write(&b, f, rows); err != nil {
			t.Fatal(err)
		}
		if f == sheet.CSV && strings.Contains(b.String(), ",=SUM") {
			t.Error("a formula stands in the file as it is")
		}
		got, err := sheet.Read(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for i := range got {
			if i > 0 && f == sheet.CSV {
				got[i].Line = rows[i].Line // the first row has a line break within
			}
		}
		if d := cmp.Diff(rows, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
	}
	if err := sheet.Write(&bytes.Buffer{}, "pdf", nil); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a PDF: %v", err)
	}
}

func TestRead(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("标题,内容\n退款,三天到账，请您耐心等待\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file string
		want []quickreply.Row
	}{
		"GBK of an office program": {gbk, []quickreply.Row{{Line: 2, Reply: quickreply.Reply{Title: "退款", Text: "三天到账，请您耐心等待"}}}},
		"other headings, other order": {"Shortcut;Text;Title;备注\ntk;三天;退款;不要\n", []quickreply.Row{
			{Line: 2, Reply: quickreply.Reply{Title: "退款", Text: "三天", Shortcut: "tk"}},
		}},
		"empty rows, short rows": {"\n标题,内容,附件\n\n退款,三天\n换货,七天,https://a.example/b.png\n", []quickreply.Row{
			{Line: 4, Reply: quickreply.Reply{Title: "退款", Text: "三天"}},
			{Line: 5, Reply: quickreply.Reply{Title: "换货", Text: "七天", Attachments: []kb.Attachment{{Name: "b.png", URL: "https://a.example/b.png"}}}},
		}},
	} {
		got, err := sheet.Read([]byte(c.file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		code fault.Code
	}{
		"nothing":        {"", fault.Invalid},
		"no headings":    {"退款,三天\n", fault.Invalid},
		"broken quotes":  {"标题,内容\n\"退款,三天\n", fault.Invalid},
		"too many rows":  {"标题,内容\n" + strings.Repeat("a,b\n", sheet.MaxRows+1), fault.TooLarge},
		"too many bytes": {strings.Repeat("长", sheet.MaxBytes), fault.TooLarge},
		"half a zip":     {"PK\x03\x04abc", fault.Invalid},
	} {
		if _, err := sheet.Read([]byte(c.file)); !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("标题,内容\n退款,三天\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("title\ttext\r\na\tb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := sheet.Read(data)
		if err != nil && (len(got) > 0 || fault.CodeOf(err) == fault.Internal) {
			t.Fatalf("%d rows with %v", len(got), err)
		}
	})
}
