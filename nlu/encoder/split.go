package encoder

import "unicode"

// eachWord calls fn with every word of folded text: blanks separate and are
// dropped, a Chinese character or a punctuation mark is a word of its own. The
// classes are those of BERT's reference tokenizer. fn returns false to stop.
func eachWord(runes []rune, fn func(from, to int) bool) {
	start := 0
	for i, r := range runes {
		alone := isChinese(r) || isPunctuation(r)
		if r != ' ' && !alone {
			continue
		}
		if start < i && !fn(start, i) {
			return
		}
		start = i + 1
		if alone && !fn(i, i+1) {
			return
		}
	}
	if start < len(runes) {
		fn(start, len(runes))
	}
}

// isChinese tells the blocks of CJK ideographs, extensions and compatibility
// forms included; Japanese kana and Korean hangul are letters like others.
func isChinese(r rune) bool {
	switch {
	case r < 0x3400:
		return false
	case 0x4E00 <= r && r <= 0x9FFF, 0x3400 <= r && r <= 0x4DBF,
		0x20000 <= r && r <= 0x2A6DF, 0x2A700 <= r && r <= 0x2B73F, 0x2B740 <= r && r <= 0x2B81F,
		0x2B920 <= r && r <= 0x2CEAF, 0xF900 <= r && r <= 0xFAFF, 0x2F800 <= r && r <= 0x2FA1F:
		return true
	}
	return false
}

// isPunctuation tells ASCII's symbols and Unicode's category P.
func isPunctuation(r rune) bool {
	switch {
	case '!' <= r && r <= '/', ':' <= r && r <= '@', '[' <= r && r <= '`', '{' <= r && r <= '~':
		return true
	case r < 0x80:
		return false
	}
	return unicode.IsPunct(r)
}
