package textfile

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
)

func encoded(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	data, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDetect(t *testing.T) {
	const (
		simplified  = "问题,答案\n退货怎么退,寄回即可\n"
		traditional = "問題,答案\n退貨要怎麼辦理,寄回倉庫即可退款\n"
	)
	for name, c := range map[string]struct {
		data []byte
		text string
		enc  Encoding
	}{
		"UTF-8":               {[]byte(simplified), simplified, UTF8},
		"UTF-8 with a mark":   {[]byte("\ufeff" + simplified), simplified, UTF8},
		"UTF-8 with a NUL":    {[]byte("问题,答\x00案\n"), "问题,答\x00案\n", UTF8},
		"UTF-8, one bad byte": {[]byte(simplified + simplified + "\xff"), simplified + simplified + "\ufffd", UTF8},
		"ASCII":               {[]byte("question,answer\n"), "question,answer\n", UTF8},
		"empty":               {nil, "", UTF8},
		"UTF-16LE":            {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), simplified), simplified, UTF16LE},
		"UTF-16BE":            {encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), simplified), simplified, UTF16BE},
		"UTF-16LE unmarked":   {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), simplified), simplified, UTF16LE},
		"UTF-16BE unmarked":   {encoded(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), simplified), simplified, UTF16BE},
		"UTF-16LE of ASCII":   {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "q,a\n1,2\n"), "q,a\n1,2\n", UTF16LE},
		"GB18030":             {encoded(t, simplifiedchinese.GB18030, simplified), simplified, GB18030},
		"GBK, traditional":    {encoded(t, simplifiedchinese.GBK, traditional), traditional, GB18030},
		"GB18030, four bytes": {encoded(t, simplifiedchinese.GB18030, simplified+"😀㐂"), simplified + "😀㐂", GB18030},
		"Big5":                {encoded(t, traditionalchinese.Big5, traditional), traditional, Big5},
		"Big5, short":         {encoded(t, traditionalchinese.Big5, "問題,答案\n運費,免運\n"), "問題,答案\n運費,免運\n", Big5},
		"GB18030, short":      {encoded(t, simplifiedchinese.GB18030, "问题,答案\n包邮,是\n"), "问题,答案\n包邮,是\n", GB18030},
	} {
		text, enc, err := Detect(c.data)
		if err != nil || text != c.text || enc != c.enc {
			t.Errorf("%s: %q, %s, %v; want %s", name, text, enc, err, c.enc)
		}
	}
}

func TestDecode(t *testing.T) {
	const want = "问题,答案\n退货怎么退,寄回即可\n"
	if got, err := Decode(encoded(t, simplifiedchinese.GB18030, want)); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Decode([]byte("a\ufffdb")); err != nil || got != "a\ufffdb" {
		t.Errorf("a file that has the replacement character itself: %q, %v", got, err)
	}
	for name, data := range map[string][]byte{
		"neither": {0xFF, 0xFF, 0xFF}, "marked UTF-8 that is none": []byte("\ufeff\xff\xff"), "half of UTF-16": {0xFF, 0xFE, 0x00, 0xD8},
		"odd UTF-16": {0xFF, 0xFE, 'a', 0, 'b'}, "damaged UTF-8": []byte(want + want + "\xff"),
	} {
		if got, err := Decode(data); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestDelimiter(t *testing.T) {
	for text, want := range map[string]rune{"": ',', "\n a,b": ',', "a\tb,c\td": '\t', "a;b;c,d": ';', "word": ','} {
		if got := Delimiter(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a,b"))
	f.Add([]byte{0xFF, 0xFE, 'a', 0})
	f.Add([]byte{'a', 0, 'b', 0})
	f.Add([]byte("\xb0\xdd\xc3D,\xb5\xaa\xae\xd7\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := Decode(data); err == nil {
			Delimiter(text)
		} else if !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func BenchmarkDetectGB18030(b *testing.B) {
	line := "怎么退货,请在订单页点击申请售后\n"
	var text []byte
	for range 20000 {
		text = append(text, line...)
	}
	data, err := simplifiedchinese.GB18030.NewEncoder().Bytes(text)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, enc, err := Detect(data); err != nil || enc != GB18030 {
			b.Fatal(enc, err)
		}
	}
}
