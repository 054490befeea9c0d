package entity

import (
	"strconv"
	"strings"

	"github.com/yingda/yingda/nlu"
)

// Words that name a sum before a bare number: 满199, 退我50.
var priceBefore = []string{
	"满", "减", "花了", "花", "付了", "付", "退我", "退了", "退", "赔我", "赔", "卖", "便宜", "优惠", "抵", "差价", "补差", "价格", "原价", "现价", "售价",
	"标价", "到手", "只要", "才", "价", "返", "券后", "实付", "金额", "总共", "一共", "收了我", "收了", "扣了", "多少钱",
}

// priceFiller may stand between such a word and the number.
const priceFiller = "我是了:的才 共"

// notSum are the beginnings of what makes a bare number something else than a sum.
var notSum = []string{
	"折", "%", "％", "码", "号", "月", "日", "天", "年", "点", "期", "分", "小时", "时", "岁", "楼", "级", "度", "次", "倍", "g", "w", "h", "v", "a", "x", "*", "×", "/", "-", "多少", "寸",
}

const (
	approximate = "approximate" // Attributes key: the figure is a guess or a bound
	yes         = "true"
)

// money finds sums in yuan. The value has two decimals.
func (m *message) money(emit func(nlu.Entity)) {
	for i := 0; i < len(m.numbers); i++ {
		n := m.numbers[i]
		e := nlu.Entity{Type: nlu.Money, Start: n.start, End: n.end, Confidence: 0.97}
		value := n.value
		end, more := m.about(n)
		unit, unitEnd := m.moneyUnit(end)
		if m.at(n.start-1) == '$' {
			continue // dollars are not ours to convert
		}
		symbol := m.endsWith(n.start, "¥")
		switch {
		case n.sequence > 2 || n.value == 0.5 && n.literal == "" && unit == 0:
			continue
		case unit == 0 && symbol == 0:
			if !m.bareSum(i, end, more, &e) {
				continue
			}
			e.End = end
		case unit == 0:
			e.End = end
		default:
			value *= unit
			e.End = unitEnd
			if unit == 1 && !more && !n.about {
				value, e.End = m.change(value, unitEnd, i)
			}
		}
		e.Start -= symbol
		if value >= 1e12 {
			continue
		}
		if m.guess(n, e.End) || more || n.about {
			e.Attributes = map[string]string{approximate: yes}
			e.Confidence = min(e.Confidence, 0.85)
		}
		e.Value = strconv.FormatFloat(value, 'f', 2, 64)
		emit(e)
	}
}

// about extends n over a word of approximation that is part of the numeral
// (多, 几, 来, 余), and reports whether there is one.
func (m *message) about(n number) (end int, more bool) {
	switch m.at(n.end) {
	case '多', '几', '余':
		if m.at(n.end+1) != '少' && n.value >= 10 {
			return n.end + 1, true
		}
	case '来':
		if u, _ := m.moneyUnit(n.end + 1); n.value >= 10 && (u > 0 || m.measured(n.end+1)) {
			return n.end + 1, true
		}
	}
	return n.end, false
}

// guess reports whether the words around a sum call it a guess.
func (m *message) guess(n number, end int) bool {
	return m.hasAny(end, "左右", "上下", "以上", "以下", "以内", "出头") > 0 ||
		m.endsWith(n.start, "大概", "大约", "差不多", "约", "将近", "不到", "至少", "最多", "超过") > 0
}

// Nouns that are counted in 块: three of them are no sum.
var inPieces = []string{
	"蛋糕", "手表", "电池", "肥皂", "香皂", "巧克力", "饼干", "布", "毛巾", "地毯", "地垫", "表", "硬盘", "内存", "屏", "板", "面膜", "肉", "豆腐",
	"玻璃", "瓷砖", "腕表", "糖", "饼", "垫", "牛排", "积木", "抹布", "木", "石", "砖", "区", "滑板", "显卡", "芯片",
}

// moneyUnit reads a unit of money at i: how many yuan it is, and the position
// after it; 0 when there is none.
func (m *message) moneyUnit(i int) (yuan float64, end int) {
	switch {
	case m.hasAny(i, "元钱", "块钱", "人民币", "rmb") > 0:
		return 1, i + m.hasAny(i, "元钱", "块钱", "人民币", "rmb")
	case m.at(i) == '元' && m.hasAny(i, "元旦", "元宵", "元素") == 0,
		m.at(i) == '圆' && m.hasAny(i, "圆通", "圆形", "圆领", "圆桌") == 0:
		return 1, i + 1
	case m.at(i) == '块' && m.hasAny(i+1, inPieces...) == 0:
		return 1, i + 1
	case m.at(i) == '毛', m.has(i, "角钱"):
		n := 1 + m.hasAny(i+1, "钱")
		if m.hasAny(i+1, "巾", "衣", "线", "病", "绒", "毯", "球", "笔", "孔", "利") > 0 {
			return 0, i
		}
		return 0.1, i + n
	case m.has(i, "分钱"):
		return 0.01, i + 2
	}
	return 0, i
}

// change adds what follows yuan: 99块9, 3块8毛5, 9元9角. The numeral after
// number index is taken where it is not counted itself (100块3个).
func (m *message) change(value float64, end, index int) (float64, int) {
	if index+1 >= len(m.numbers) || m.numbers[index+1].start != end {
		return value, end
	}
	next := m.numbers[index+1]
	n, ok := next.integer()
	if !ok || next.sequence > 0 || n > 99 {
		return value, end
	}
	spoken := m.at(end-1) == '块'
	switch r := m.at(next.end); {
	case r == '毛' || r == '角':
		value += float64(n) / 10
		end = next.end + 1
		if index+2 < len(m.numbers) && m.numbers[index+2].start == end {
			if cents, ok := m.numbers[index+2].integer(); ok && cents < 10 && !m.measured(m.numbers[index+2].end) {
				value += float64(cents) / 100
				end = m.numbers[index+2].end
				end += m.hasAny(end, "分")
			}
		}
		return value, end
	case !spoken || m.measured(next.end) || m.hasAny(next.end, notSum...) > 0 && !m.has(next.end, "-"):
		return value, end
	case n < 10 && len(next.literal) <= 1:
		return value + float64(n)/10, next.end
	case n >= 10 && next.literal != "":
		return value + float64(n)/100, next.end
	}
	return value, end
}

// bareSum decides whether a numeral without a unit is a sum and sets the
// confidence of e. One in colloquial form (一百二, 三千五) or with 多 is, unless
// it is counted; any other needs a word of price before it.
func (m *message) bareSum(i, end int, more bool, e *nlu.Entity) bool {
	n := m.numbers[i]
	if m.partOfRange(i) {
		e.Confidence = 0.7
		return true
	}
	if m.measured(end) || m.hasAny(end, notSum...) > 0 || m.endsWith(n.start, "第", "-", "/", ".", "*", "x", "×") > 0 || isAlnum(m.at(end)) {
		return false
	}
	if n.loose || more && n.value >= 100 && n.literal == "" {
		e.Confidence = 0.6
		return true
	}
	if n.value < 1 || len(n.literal) > 7 || n.literal != "" && strings.HasPrefix(n.literal, "0") {
		return false
	}
	if n.literal == "" && n.value < 10 {
		return false
	}
	if m.endsWith(m.back(n.start, priceFiller), priceBefore...) == 0 && m.endsWith(n.start, priceBefore...) == 0 {
		return false
	}
	e.Confidence = 0.6
	return true
}

// partOfRange reports whether number i is the lower bound of a range of sums:
// 100-200元, 100到200块.
func (m *message) partOfRange(i int) bool {
	sign := m.hasAny(m.numbers[i].end, "-", "~", "到", "至")
	if sign == 0 || i+1 >= len(m.numbers) || m.numbers[i+1].start != m.numbers[i].end+sign {
		return false
	}
	unit, _ := m.moneyUnit(m.numbers[i+1].end)
	return unit > 0
}
