package entity

import (
	"strings"
	"time"
)

// relativeDays are the days counted from today. The longer names come first.
var relativeDays = []struct {
	name   string
	offset int
}{
	{"大前天", -3}, {"大后天", 3},
	{"今天", 0}, {"今日", 0}, {"今儿", 0}, {"今晚", 0}, {"今早", 0}, {"今夜", 0},
	{"明天", 1}, {"明日", 1}, {"明儿", 1}, {"明晚", 1}, {"明早", 1},
	{"后天", 2}, {"后日", 2},
	{"昨天", -1}, {"昨日", -1}, {"昨儿", -1}, {"昨晚", -1}, {"昨夜", -1}, {"昨早", -1},
	{"前天", -2}, {"前日", -2}, {"前晚", -2},
}

// relativeDay reads 今天, 昨晚, 大前天.
func (m *message) relativeDay(i, _ int, now time.Time) (dated, bool) {
	for _, r := range relativeDays {
		if !m.has(i, r.name) {
			continue
		}
		if r.offset == 2 || r.offset == -2 {
			// 三天后天… and 提前天数 do not name a day.
			if m.endsWith(i, "天", "提", "以", "之", "年", "月") > 0 {
				return dated{}, false
			}
		}
		end := i + len([]rune(r.name))
		return dated{start: i, end: end, period: single(today(now).AddDate(0, 0, r.offset)), confidence: 0.97}, true
	}
	return dated{}, false
}

// frame reads 上上, 上, 这, 本, 下, 下下 with or without 个: the offset it means,
// and the position after it. Without one, given is false.
func (m *message) frame(i int) (offset, end int, given bool) {
	for _, f := range []struct {
		word   string
		offset int
	}{{"上上", -2}, {"下下", 2}, {"上", -1}, {"下", 1}, {"这", 0}, {"本", 0}, {"当", 0}} {
		if m.has(i, f.word) {
			end = i + len([]rune(f.word))
			return f.offset, end + m.hasAny(end, "个"), true
		}
	}
	return 0, i, false
}

// past are the words behind a weekday that say it is over.
var past = []string{"买", "拍", "下单", "下的", "付", "收到", "签收", "申请", "寄的", "寄出", "退的", "发的", "到的", "就", "已", "订", "定的", "送到", "那天", "刚"}

// weekday reads 周五, 上周五, 这个星期, 下周末.
func (m *message) weekday(i, _ int, now time.Time) (dated, bool) {
	offset, at, given := m.frame(i)
	n := m.hasAny(at, "星期", "礼拜", "周")
	if n == 0 {
		return dated{}, false
	}
	if !given {
		// 两周五天, 每周五, 一周三次
		if _, digit := chineseDigits[m.at(i-1)]; digit || isDigit(m.at(i-1)) || m.endsWith(i, "每", "个", "几", "半", "十") > 0 {
			return dated{}, false
		}
	}
	at += n
	monday := mondayOf(today(now)).AddDate(0, 0, 7*offset)
	if m.at(at) == '末' {
		saturday := monday.AddDate(0, 0, 5)
		return dated{start: i, end: at + 1, period: period{saturday, saturday.AddDate(0, 0, 1)}, confidence: 0.93}, true
	}
	if which, ok := m.weekdayName(at); ok && m.hasAny(at+1, "个", "次", "件", "年") == 0 {
		d := dated{start: i, end: at + 1, confidence: 0.96}
		if given {
			d.period = single(monday.AddDate(0, 0, which))
			return d, true
		}
		ahead := today(now).AddDate(0, 0, (which-int(now.Weekday()+6)%7+7)%7)
		before := ahead.AddDate(0, 0, -7)
		if m.hasAny(m.skip(at+1, "的我早上中下午晚"), past...) > 0 {
			d.period, d.other, d.confidence = single(before), &ahead, 0.75
			return d, true
		}
		d.period, d.other, d.confidence = single(ahead), &before, 0.65
		return d, true
	}
	if !given || m.hasAny(at, "边", "期", "转", "年", "岁", "到") > 0 {
		return dated{}, false
	}
	return dated{start: i, end: at, period: period{monday, monday.AddDate(0, 0, 6)}, confidence: 0.85}, true
}

// weekdayName reads 一 to 日 or 1 to 7 at i: the days after Monday.
func (m *message) weekdayName(i int) (days int, ok bool) {
	for n, r := range []rune("一二三四五六日天") {
		if m.at(i) == r {
			return min(n, 6), true
		}
	}
	if r := m.at(i); '1' <= r && r <= '7' && !isAlnum(m.at(i+1)) {
		return int(r - '1'), true
	}
	return 0, false
}

// partOfMonth narrows a month to 初, 中, 底, 上旬, 中旬, 下旬 at i.
func (m *message) partOfMonth(i int, month period) (period, int) {
	first := month.from
	switch {
	case m.hasAny(i, "上旬") > 0:
		return period{first, first.AddDate(0, 0, 9)}, i + 2
	case m.hasAny(i, "中旬") > 0:
		return period{first.AddDate(0, 0, 10), first.AddDate(0, 0, 19)}, i + 2
	case m.hasAny(i, "下旬") > 0:
		return period{first.AddDate(0, 0, 20), month.to}, i + 2
	case m.at(i) == '初':
		return period{first, first.AddDate(0, 0, 4)}, i + 1
	case m.at(i) == '中':
		return period{first.AddDate(0, 0, 10), first.AddDate(0, 0, 19)}, i + 1
	case m.at(i) == '底', m.at(i) == '末':
		return period{month.to.AddDate(0, 0, -4), month.to}, i + 1
	}
	return month, i
}

// relativeMonth reads 上个月, 下个月3号, 这个月底, 月底, 年底.
func (m *message) relativeMonth(i, next int, now time.Time) (dated, bool) {
	if m.at(i) == '年' && strings.ContainsRune("初中底末", m.at(i+1)) && i+1 < len(m.fold) {
		if r := m.at(i - 1); isDigit(r) || r == '半' || chineseDigits[r] > 0 || r == '零' {
			return dated{}, false
		}
		return dated{start: i, end: i + 2, period: partOfYear(m.at(i+1), now.Year()), confidence: 0.85}, true
	}
	offset, at, given := m.frame(i)
	if m.at(at) != '月' {
		return dated{}, false
	}
	month := monthOf(day(now.Year(), now.Month()+time.Month(offset), 1))
	if p, end := m.partOfMonth(at+1, month); end > at+1 {
		if r := m.at(i - 1); !given && (isDigit(r) || r == '个' || chineseDigits[r] > 0 || r == '十' || r == '半') {
			return dated{}, false
		}
		return dated{start: i, end: end, period: p, confidence: 0.88}, true
	}
	if !given || m.hasAny(at+1, "饼", "经", "子", "光") > 0 {
		return dated{}, false
	}
	at++
	if n, ok := m.numberAt(at, next); ok {
		d, whole := n.integer()
		if whole && m.hasAny(n.end, "号", "日") > 0 {
			if !validDate(month.from.Year(), int(month.from.Month()), d) {
				return dated{}, false
			}
			return dated{start: i, end: n.end + 1, period: single(month.from.AddDate(0, 0, d-1)), confidence: 0.96}, true
		}
	}
	return dated{start: i, end: at, period: month, confidence: 0.88}, true
}

func partOfYear(part rune, year int) period {
	switch part {
	case '初':
		return monthOf(day(year, 1, 1))
	case '中':
		return period{day(year, 6, 1), day(year, 7, 31)}
	}
	return monthOf(day(year, 12, 1))
}

// numberAt returns the numeral that begins at i, looking from numbers[next] on.
func (m *message) numberAt(i, next int) (number, bool) {
	for ; next < len(m.numbers) && m.numbers[next].start <= i; next++ {
		if m.numbers[next].start == i {
			return m.numbers[next], true
		}
	}
	return number{}, false
}

// feastDay reads 双十一, 中秋节, 618.
func (m *message) feastDay(i, _ int, now time.Time) (dated, bool) {
	f, end, ok := feasts().longest(m.fold, i)
	if !ok || m.cutsNumber(i, end) {
		return dated{}, false
	}
	t, ok := f.nearest(now)
	confidence := 0.92
	if isDigit(m.fold[i]) {
		confidence = 0.75
		if m.at(i-1) == '¥' || m.hasAny(end, "元", "块", "款", "号", "件", "个", "%", "米", "克", "分", "寸", "斤", "码", "月", "年", "-", "/") > 0 {
			return dated{}, false
		}
	}
	return dated{start: i, end: end, period: single(t), confidence: confidence}, ok
}

// cutsNumber reports whether [start, end) begins or ends within a numeral or a
// Latin word: 10月十一, 五一百.
func (m *message) cutsNumber(start, end int) bool {
	inNumeral := func(r rune) bool {
		_, digit := chineseDigits[r]
		_, unit := chineseUnits[r]
		return digit || unit
	}
	if isDigit(m.fold[start]) && (isAlnum(m.at(start-1)) || m.at(start-1) == '.') || inNumeral(m.fold[start]) && (inNumeral(m.at(start-1)) || m.at(start-1) == '第') {
		return true
	}
	last, after := m.fold[end-1], m.at(end)
	return isDigit(last) && (isAlnum(after) || after == '.' && isDigit(m.at(end+1))) || inNumeral(last) && inNumeral(after)
}
