package desk

import (
	"strings"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// readText trims what an agent wrote. field names it for machines and what for
// people; limit is in code points.
func readText(field, what, text string, limit int, optional bool) (string, error) {
	if !utf8.ValidString(text) {
		return "", fault.In(field, fault.New(fault.Invalid, "%s不是有效的 UTF-8 文本，请检查编码。", what))
	}
	text = strings.TrimSpace(text)
	if text == "" && !optional {
		return "", fault.In(field, fault.New(fault.Invalid, "%s不能为空。", what))
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return "", fault.In(field, fault.New(fault.TooLarge, "%s有 %d 个字，最多 %d 个。", what, n, limit))
	}
	return text, nil
}
