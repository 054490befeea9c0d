package entity

import (
	"strings"

	"github.com/yingda/yingda/nlu"
)

// mobile returns the 11 digits of a mainland mobile number, with the country
// code stripped. After 订单号 eleven digits are an order number; after the words
// for a parcel number 86… may be one of EMS.
func mobile(code string, what about) (string, bool) {
	switch {
	case len(code) == 15 && strings.HasPrefix(code, "0086"):
		code = code[4:]
	case len(code) == 13 && strings.HasPrefix(code, "86") && what != aboutParcel:
		code = code[2:]
	case what == aboutOrder:
		return "", false
	}
	ok := len(code) == 11 && code[0] == '1' && code[1] >= '3' && code[1] <= '9'
	return code, ok
}

var (
	tailBefore = []string{"手机尾号", "电话尾号", "手机后四位", "手机后4位", "最后四位", "最后4位", "后四位", "后4位", "末四位", "末4位", "尾号", "尾数", "后四"}
	tailAfter  = []string{"结尾", "尾号", "是尾号", "的尾号", "收尾"}
)

// tailFiller may stand between the cue and the digits: 尾号是 8821, 尾号:8821.
const tailFiller = "是为: ,，-的手机号码数字就"

// tails finds the last four digits of phones: beside a cue, behind the stars
// of a masked number, or alone in the message, which is the least certain.
func (m *message) tails(emit func(nlu.Entity)) {
	tail := func(start, end int, value string, confidence float64) {
		emit(nlu.Entity{Type: nlu.PhoneTail, Start: start, End: end, Value: value, Confidence: confidence})
	}
	for i := range m.fold {
		if n := m.endsWithTailCue(i); n > 0 {
			if m.endsWith(i-n, "卡", "卡号", "银行卡", "信用卡", "订单", "单号") > 0 {
				continue
			}
			at := m.skip(i, tailFiller)
			if value, end, ok := m.fourDigits(at); ok && at-i <= 6 {
				tail(at, end, value, 0.97)
			}
		}
		if !isDigit(m.fold[i]) || isAlnum(m.at(i-1)) {
			continue
		}
		value, end, ok := m.fourDigits(i)
		if ok {
			if m.hasAny(end, tailAfter...) > 0 {
				tail(i, end, value, 0.9)
			} else if m.whole(i, end) {
				tail(i, end, value, 0.5)
			}
		}
		// 138****5678
		if _, stars := m.digitsFrom(i, 3); stars == i+3 && m.at(stars) == '*' {
			tailStart := m.skip(stars, "*")
			if value, end, ok := m.fourDigits(tailStart); ok && tailStart-stars <= 5 {
				tail(i, end, value, 0.9)
			}
		}
	}
}

// endsWithTailCue returns the length of the cue that ends before i, or 0.
func (m *message) endsWithTailCue(i int) int {
	switch m.at(i - 1) {
	case '号', '位', '数', '四':
		return m.endsWith(i, tailBefore...)
	}
	return 0
}

// fourDigits reads exactly four digits at i, ASCII or Chinese.
func (m *message) fourDigits(i int) (value string, end int, ok bool) {
	var b strings.Builder
	for end = i; end < len(m.fold) && end-i < 4; end++ {
		r := m.fold[end]
		if d, chinese := chineseDigits[r]; chinese {
			r = rune('0' + d)
		}
		if !isDigit(r) {
			return "", i, false
		}
		b.WriteRune(r)
	}
	_, more := chineseDigits[m.at(end)]
	return b.String(), end, end == i+4 && !more && !isAlnum(m.at(end)) && m.at(end) != '*'
}
