package importer

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/yingda/yingda/internal/fault"
)

// decodeText returns the file's text without a byte order mark.
func decodeText(data []byte) (string, error) {
	bad := fault.New(fault.Invalid, "文件的编码无法识别，请另存为 UTF-8 编码的 CSV 后再上传")
	switch {
	case bytes.HasPrefix(data, []byte{0xEF, 0xBB, 0xBF}):
		data = data[3:]
		if !utf8.Valid(data) {
			return "", bad
		}
		return string(data), nil
	case bytes.HasPrefix(data, []byte{0xFF, 0xFE}), bytes.HasPrefix(data, []byte{0xFE, 0xFF}):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
			return "", bad
		}
		return string(text), nil
	case utf8.Valid(data):
		return string(data), nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", bad
	}
	return string(text), nil
}

// delimiter guesses what divides the cells from the first line that is not blank.
func delimiter(text string) rune {
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		best, count := ',', strings.Count(line, ",")
		for _, d := range []rune{'\t', ';'} {
			if n := strings.Count(line, string(d)); n > count {
				best, count = d, n
			}
		}
		return best
	}
	return ','
}
