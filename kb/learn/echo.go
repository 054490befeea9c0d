package learn

import (
	"math/rand/v2"
	"strings"
	"unicode"
)

// What customers put before and behind a question without changing it.
var (
	openings = []string{"亲，", "请问", "你好，", "想问下", "那个", "麻烦问一下", "我想知道", "在吗，", "客服，"}
	endings  = []string{"啊", "呀", "呢", "吗", "亲", "，谢谢", "哈", "？？", "，急", "的说"}
)

// echo returns a wording as a customer who means the same might type it:
// with a polite word more, a clause or a character less. Real questions often
// repeat a wording nearly; authored messages avoid it on purpose, and without
// echoes the fit would not learn that a near repetition is an answer.
func echo(r *rand.Rand, wording string) string {
	text := strings.TrimRightFunc(wording, unicode.IsPunct)
	switch r.IntN(5) {
	case 0:
		return openings[r.IntN(len(openings))] + text
	case 1:
		return text + endings[r.IntN(len(endings))]
	case 2:
		if clause, _, ok := strings.Cut(text, "，"); ok && len([]rune(clause)) >= 4 {
			return clause
		}
		return openings[r.IntN(len(openings))] + text + endings[r.IntN(len(endings))]
	default:
		runes := []rune(text)
		if len(runes) < 5 {
			return text + endings[r.IntN(len(endings))]
		}
		at := r.IntN(len(runes))
		return string(runes[:at]) + string(runes[at+1:])
	}
}
