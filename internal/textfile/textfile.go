// Package textfile reads the text files that people upload: whatever their
// office program saved them in.
package textfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
)

// Encoding names how a file's characters were written.
type Encoding string

// The encodings that Detect knows.
const (
	UTF8    Encoding = "UTF-8"
	UTF16LE Encoding = "UTF-16LE"
	UTF16BE Encoding = "UTF-16BE"
	GB18030 Encoding = "GB18030" // and GBK, GB2312 within it
	Big5    Encoding = "Big5"
)

// Decode returns a file's text in UTF-8 without a byte order mark; see Detect.
// A file that is damaged, or in none of the encodings, is fault.Invalid.
func Decode(data []byte) (string, error) {
	text, _, err := Detect(data)
	if err == nil && strings.ContainsRune(text, utf8.RuneError) && !bytes.Contains(data, []byte("\ufffd")) {
		err = unknown()
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// Detect returns a file's text in UTF-8 without a byte order mark, and the
// encoding that it was in. A mark decides; without one, UTF-16 is known by its
// zero bytes, UTF-8 by its form, and between GB18030 and Big5 the reading with
// more of the everyday characters wins (GB18030 when neither has any). A UTF-8
// file with few broken places keeps its text, with U+FFFD at those places. A
// file in none of the encodings is fault.Invalid.
func Detect(data []byte) (string, Encoding, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\ufeff")):
		if rest := data[3:]; utf8.Valid(rest) || damaged(rest) {
			return strings.ToValidUTF8(string(rest), "\ufffd"), UTF8, nil
		}
		return "", "", unknown()
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}):
		return utf16(data[2:], UTF16LE)
	case bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		return utf16(data[2:], UTF16BE)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		if text, enc, ok := guessUTF16(data); ok {
			return text, enc, nil
		}
	}
	if utf8.Valid(data) || damaged(data) {
		return strings.ToValidUTF8(string(data), "\ufffd"), UTF8, nil
	}
	gb, gbOK := decode(simplifiedchinese.GB18030, data)
	big5, big5OK := decode(traditionalchinese.Big5, data)
	switch {
	case big5OK && (!gbOK || everyday(big5) > everyday(gb)):
		return big5, Big5, nil
	case gbOK:
		return gb, GB18030, nil
	}
	return "", "", unknown()
}

func unknown() error {
	return fault.New(fault.Invalid, "文件的编码无法识别，请另存为 UTF-8 后再上传 (the file's encoding is none of UTF-8, UTF-16, GB18030 and Big5: save it as UTF-8)")
}

// decode reports whether all of data is in enc.
func decode(enc encoding.Encoding, data []byte) (string, bool) {
	text, err := enc.NewDecoder().Bytes(data)
	return string(text), err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

func utf16(data []byte, enc Encoding) (string, Encoding, error) {
	order := unicode.LittleEndian
	if enc == UTF16BE {
		order = unicode.BigEndian
	}
	text, ok := decode(unicode.UTF16(order, unicode.IgnoreBOM), data)
	if !ok || len(data)%2 != 0 {
		return "", "", unknown()
	}
	return text, enc, nil
}

// damaged reports whether data is UTF-8 but for a few broken places: at least
// twenty good characters beyond ASCII for each bad byte.
func damaged(data []byte) bool {
	good, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good >= 20*bad
}

// guessUTF16 tries both byte orders on data that has zero bytes; nine
// characters of ten must be ones that tables of this trade are written in.
func guessUTF16(data []byte) (string, Encoding, bool) {
	if len(data)%2 != 0 {
		return "", "", false
	}
	for _, enc := range []Encoding{UTF16LE, UTF16BE} {
		text, _, err := utf16(data, enc)
		if err != nil {
			continue
		}
		plain, all := 0, 0
		for _, r := range text {
			all++
			if r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r < 0x7F || r >= 0x3000 && r <= 0x303F || r >= 0x4E00 && r <= 0x9FFF ||
				r >= 0xFF00 && r <= 0xFFEF || r >= 0x2010 && r <= 0x2030 || r >= 0x1F000 && r <= 0x1FAFF {
				plain++
			}
		}
		if plain*10 >= all*9 && strings.ContainsFunc(text, func(r rune) bool { return r < 0x80 }) {
			return text, enc, true
		}
	}
	return "", "", false
}

// Delimiter guesses what divides the cells of a table, comma, tab or
// semicolon, from the first line that is not blank; without a sign it is the comma.
func Delimiter(text string) rune {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		best, most := ',', strings.Count(line, ",")
		for _, d := range []rune{'\t', ';'} {
			if n := strings.Count(line, string(d)); n > most {
				best, most = d, n
			}
		}
		return best
	}
	return ','
}
