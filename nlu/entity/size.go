package entity

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yingda/yingda/nlu"
)

var (
	letterSize = regexp.MustCompile(`^(?:[2-9]x|x{0,6})[sl]$|^x{0,2}m$`)
	// 165/88A, 170/92, 175/100B: height over girth, GB/T 1335.
	nationalSize = regexp.MustCompile(`^1[0-9]{2}/[0-9]{2,3}[abcy]?$`)
	braSize      = regexp.MustCompile(`^(?:3[0-9]|4[0-8]|6[5-9]|[789][05]|1[01][05])[a-g]$`)
	regionSize   = regexp.MustCompile(`^(?:us|eu|uk|eur)[0-9]{1,2}(?:\.5)?$`)
)

var (
	namedSizes  = []string{"加加大码", "加大码", "超大码", "最大码", "最小码", "均码", "通码", "大码", "中码", "小码", "加大号", "加小号", "特大号", "大号", "中号", "小号"}
	sizeBefore  = []string{"尺码", "码数", "鞋码", "size", "码", "号", "尺寸", "穿", "换成", "换", "要", "改成", "改", "拍的", "拍", "买的", "买", "选", "还是", "和", "或", "是", "大", "小", "、", "到", "比", "发成", "发"}
	sizeAfter   = []string{"码", "号", "的", "还是", "和", "或", "吗", "太大", "太小", "偏", "大了", "小了", "有", "、", "就", "能", "可以", "合适"}
	lengthCues  = []string{"尺寸", "长度", "宽度", "高度", "厚度", "身高", "腰围", "胸围", "臀围", "肩宽", "衣长", "裤长", "袖长", "脚长", "长", "宽", "高", "厚", "直径"}
	numberCues  = []string{"尺码", "码数", "鞋码", "鞋号", "码", "size", "穿"}
	numberAfter = []string{"的", "吗", "偏", "大", "小", "合适", "有", "能", "可以", "行", "码", "。", ",", "，", "?", "？", "!", "！"}
)

// sizes finds clothing and shoe sizes and lengths. A length (30cm, 1米75) has
// its unit in Unit; other sizes have none.
func (m *message) sizes(emit func(nlu.Entity)) {
	size := func(start, end int, value string, confidence float64) {
		emit(nlu.Entity{Type: nlu.Size, Start: start, End: end, Value: value, Confidence: confidence})
	}
	m.wearing = m.mentions("尺码", "码数", "裤", "鞋", "穿", "腰")
	m.underwear = m.mentions("内衣", "文胸", "罩杯")
	for i := range m.fold {
		switch m.fold[i] {
		case '加', '超', '最', '均', '通', '大', '中', '小', '特':
			if n := m.hasAny(i, namedSizes...); n > 0 {
				size(i, i+n, string(m.fold[i:i+n]), 0.9)
			}
		}
		if isAlnum(m.fold[i]) && !isAlnum(m.at(i-1)) {
			m.latinSize(i, size)
		}
	}
	for i, n := range m.numbers {
		m.numberSize(n, size)
		m.length(i, n, emit)
	}
}

// latinSize reads a size that begins with a letter or an ASCII digit at i.
func (m *message) latinSize(i int, size func(start, end int, value string, confidence float64)) {
	end := i
	for end < len(m.fold) && end-i < 8 && isAlnum(m.fold[end]) {
		end++
	}
	if m.at(end) == '/' || m.at(end) == '.' && isDigit(m.at(end+1)) {
		for end++; end < len(m.fold) && end-i < 9 && isAlnum(m.fold[end]); {
			end++
		}
	}
	if isAlnum(m.at(end)) {
		return
	}
	word := string(m.fold[i:end])
	if countDigits(word) == len(word) {
		return // no size that is read here is digits alone
	}
	value := strings.ToUpper(word)
	suffix := m.hasAny(end, "码", "号")
	switch {
	case letterSize.MatchString(word):
		confidence := 0.95
		if len(word) == 1 { // a lone S, M or L needs company
			switch {
			case suffix > 0:
			case m.whole(i, end), m.endsWith(m.back(i, " "), sizeBefore...) > 0, m.hasAny(end, sizeAfter...) > 0:
				confidence = 0.7
			default:
				return
			}
		}
		size(i, end+suffix, value, confidence)
	case nationalSize.MatchString(word):
		size(i, end+suffix, value, 0.97)
	case regionSize.MatchString(word):
		size(i, end+suffix, value, 0.9)
	case braSize.MatchString(word):
		suffix = m.hasAny(end, "罩杯", "杯", "码", "号")
		grams := word[len(word)-1] == 'g' // 30g is a weight unless the message says otherwise
		if suffix > 0 || m.underwear || !grams && (m.whole(i, end) || m.endsWith(i, sizeBefore...) > 0) {
			size(i, end+suffix, value, 0.8)
		}
	}
}

// numberSize reads 42码, 37.5码, 28号 beside a word of size, 尺码42.
func (m *message) numberSize(n number, size func(start, end int, value string, confidence float64)) {
	if n.value < 1 || n.value > 250 || n.sequence > 0 || n.loose || m.endsWith(n.start, "第") > 0 {
		return
	}
	switch {
	case m.at(n.end) == '码':
		size(n.start, n.end+1, n.String(), 0.95)
	case m.at(n.end) == '号' && m.nearSizeWord(n):
		size(n.start, n.end+1, n.String(), 0.85)
	case n.literal != "" && n.value >= 20 && m.endsWith(m.back(n.start, "是:为的 "), numberCues...) > 0 &&
		(n.end == len(m.fold) || m.hasAny(n.end, numberAfter...) > 0):
		size(n.start, n.end, n.String(), 0.8)
	}
}

// nearSizeWord reports whether 28号 is a size rather than a day: it is over 31
// or the message speaks of wearing.
func (m *message) nearSizeWord(n number) bool {
	v, ok := n.integer()
	return !ok || v > 31 && v <= 60 || m.sizeNotDay(v)
}

// sizeNotDay reports whether v in v号 is a waist or a shoe size by what the
// message speaks of.
func (m *message) sizeNotDay(v int) bool { return m.wearing && v >= 24 }

func (m *message) lengthCue(start int) bool {
	return m.endsWith(m.back(start, "是:为 大概约有"), lengthCues...) > 0
}

// length reads 30cm, 30*40cm, 身高1米75, 一米七.
func (m *message) length(i int, n number, emit func(nlu.Entity)) {
	if n.sequence > 0 || n.value > 1e5 || i > 0 && m.timesSign(m.numbers[i-1]) && m.numbers[i-1].end+1 == n.start {
		return
	}
	e := nlu.Entity{Type: nlu.Size, Start: n.start, End: n.end, Value: n.String(), Confidence: 0.93}
	const maxSides = 4
	sides := 1
	for sides < maxSides && m.timesSign(n) && i+1 < len(m.numbers) && m.numbers[i+1].start == n.end+1 {
		i++
		n = m.numbers[i]
		e.Value += "x" + n.String()
		e.End = n.end
		sides++
	}
	w, end, ok := m.measureAt(n.end)
	switch {
	case ok && w.kind == "length":
		e.End, e.Unit = end, w.unit
	case ok && w.kind == "reach" && w.unit == "米" && sides == 1:
		cm, end, ok := m.height(i, n, end)
		if !ok {
			if !m.lengthCue(e.Start) {
				return
			}
			e.End, e.Unit = end, w.unit
			break
		}
		e.Value, e.End, e.Unit = cm, end, "cm"
	case ok && w.kind == "reach" && (sides > 1 || m.lengthCue(e.Start)):
		e.End, e.Unit = end, w.unit
	case sides > 1 && !ok && n.value >= 5:
		e.Confidence = 0.7
	case n.value >= 100 && n.value <= 230 && m.endsWith(m.back(e.Start, "是:为 大概约有"), "身高") > 0 && sides == 1:
		e.Unit, e.Confidence = "cm", 0.85
	default:
		return
	}
	emit(e)
}

func (m *message) timesSign(n number) bool {
	r := m.at(n.end)
	return r == '*' || r == '×' || r == 'x' && isDigit(m.at(n.end+1))
}

// height reads the rest of 1米75 or 一米七 behind 米 and returns centimetres.
func (m *message) height(i int, n number, end int) (cm string, after int, ok bool) {
	if i+1 >= len(m.numbers) || m.numbers[i+1].start != end || n.value > 3 {
		return "", end, false
	}
	next := m.numbers[i+1]
	rest, ok := next.integer()
	switch {
	case !ok || rest > 99 || m.measured(next.end):
		return "", end, false
	case next.sequence == 2: // 一米七五
		rest = chineseDigits[m.fold[next.start]]*10 + chineseDigits[m.fold[next.start+1]]
	case rest < 10:
		rest *= 10
	}
	return strconv.Itoa(int(n.value)*100 + rest), next.end, true
}
