package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// shared reads the texts that cells name by number.
func (b *Book) shared(name string) error {
	r, err := b.open(name)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // reading only
	d := xml.NewDecoder(r)
	all := 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "si" {
			continue
		}
		text, err := richText(d, "si")
		if err != nil {
			return damaged(err)
		}
		if all += len(text); all > maxShared || len(b.texts) >= maxTexts {
			return fault.New(fault.TooLarge, "表格里的文字超过 %d MB，请拆成几个文件", maxShared>>20)
		}
		b.texts = append(b.texts, text)
	}
}

// richText joins the runs of a text up to the end of element end; what is said
// for pronunciation is left out.
func richText(d *xml.Decoder, end string) (string, error) {
	var text []byte
	inText, phonetic := false, 0
	for {
		token, err := d.RawToken()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "rPh":
				phonetic++
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic--
			case end:
				return unescape(string(text)), nil
			}
		case xml.CharData:
			if inText && phonetic == 0 {
				if len(text)+len(t) > maxShared {
					return "", fault.New(fault.TooLarge, "一格里的文字太长")
				}
				text = append(text, t...)
			}
		}
	}
}

// escaped is how workbooks write characters that XML has not: _x000D_.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, err := strconv.ParseUint(m[2:6], 16, 16)
		if err != nil || n >= 0xD800 && n < 0xE000 {
			return m
		}
		return string(rune(n)) //nolint:gosec // 16 bits
	})
}

// escape is the inverse of unescape, and keeps markup apart.
func escape(w *bytes.Buffer, s string) {
	for i := 0; i < len(s); {
		if s[i] == '_' && escaped.MatchString(s[i:min(i+7, len(s))]) {
			w.WriteString("_x005F_")
			i++
			continue
		}
		j := i + 1
		for j < len(s) && s[j] != '_' {
			j++
		}
		for _, r := range s[i:j] {
			if r < ' ' && r != '\n' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
				w.WriteString("_x" + strings.ToUpper(strconv.FormatInt(0x10000+int64(r), 16)[1:]) + "_")
				continue
			}
			switch r {
			case '&':
				w.WriteString("&amp;")
			case '<':
				w.WriteString("&lt;")
			case '>':
				w.WriteString("&gt;")
			case '"':
				w.WriteString("&quot;")
			default:
				w.WriteRune(r)
			}
		}
		i = j
	}
}
