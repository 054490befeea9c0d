package textfile

import (
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
)

func TestDecode(t *testing.T) {
	const want = "问题,答案\n退货怎么退,寄回即可\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(want))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"UTF-8": []byte(want), "UTF-8 with a mark": []byte("\ufeff" + want), "GB18030": gbk}
	for name, order := range map[string]unicode.Endianness{"UTF-16LE": unicode.LittleEndian, "UTF-16BE": unicode.BigEndian} {
		if files[name], err = unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes([]byte(want)); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		if got, err := Decode(data); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, data := range map[string][]byte{
		"neither": {0xFF, 0xFF, 0xFF}, "marked UTF-8 that is none": []byte("\ufeff\xff\xff"), "half of UTF-16": {0xFF, 0xFE, 0x00, 0xD8},
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
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := Decode(data); err == nil {
			Delimiter(text)
		} else if !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}
