// Package textfile reads the text files that people upload: whatever their
// office program saved them in.
package textfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
)

// Decode returns a file's text in UTF-8 without a byte order mark. What is not
// UTF-8 is tried as UTF-16 when it has a mark, else as GB18030, which is what
// Excel and WPS write in China. A file in none of them is fault.Invalid.
func Decode(data []byte) (string, error) {
	utf16 := bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF})
	decoder := simplifiedchinese.GB18030.NewDecoder()
	switch {
	case utf8.Valid(data):
		return string(bytes.TrimPrefix(data, []byte("\ufeff"))), nil
	case utf16:
		decoder = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
	}
	text, err := decoder.Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) || bytes.HasPrefix(data, []byte("\ufeff")) {
		return "", fault.New(fault.Invalid, "文件的编码无法识别，请另存为 UTF-8 后再上传 (the file's encoding is neither UTF-8, GB18030 nor UTF-16: save it as UTF-8)")
	}
	return string(text), nil
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
