package entity

import (
	"strings"
	"sync"
	"time"

	"github.com/yingda/yingda/nlu"
)

// dated is a date found in the text.
type dated struct {
	start, end int
	period     period
	confidence float64
	bareDay    bool // 3号: only the day of the month is said
	other      *time.Time
}

// dates finds days and spans of days and resolves them against now. What is
// left open is resolved so:
//
//   - 3号, 11月3号, 双十一 and the other feasts: the one nearest to now, of two
//     equally near the later; 25号买的 is the last 25th;
//   - 周五 alone: the next one, today included, with the last one as second
//     candidate; the other way round before a word of the past (周五买的);
//   - weeks begin on Monday; 周末 is Saturday and Sunday;
//   - 月初 is the first five days, 月中 the 11th to the 20th, 月底 the last five;
//     年初 is January, 年中 June and July, 年底 December;
//   - 三个月前 is the same day of that month.
//
// A time of the day behind or within (今晚, 明天下午) belongs to the span and
// stands in Attributes["part"]: morning, noon, afternoon, evening or night.
func (m *message) dates(now time.Time, emit func(nlu.Entity)) {
	var found []dated
	next := 0 // the first number that begins at or after i
	for i := 0; i < len(m.fold); {
		for next < len(m.numbers) && m.numbers[next].start < i {
			next++
		}
		var d dated
		ok := dateStarts()[m.fold[i]]
		if ok {
			d, ok = m.dateAt(i, next, now)
		}
		if !ok {
			i++
			continue
		}
		found = append(found, d)
		i = d.end
	}
	for i := 0; i < len(found); i++ {
		d := found[i]
		if i+1 < len(found) {
			if joined, ok := m.join(d, found[i+1]); ok {
				d = joined
				i++
			}
		}
		e := dateEntity(d.start, d.end, d.period, d.confidence)
		if end, part := m.dayPart(d.start, d.end); part != "" && d.period.from.Equal(d.period.to) {
			e.End = end
			e.Attributes = map[string]string{"part": part}
		}
		if d.other != nil {
			e.Candidates = []nlu.Candidate{
				{Value: e.Value, Score: d.confidence},
				{Value: single(*d.other).String(), Score: 0.95 - d.confidence},
			}
		}
		emit(e)
	}
}

// dateStarts holds the code points with which a date can begin.
var dateStarts = sync.OnceValue(func() map[rune]bool {
	set := map[rune]bool{'半': true, '十': true}
	for _, r := range "0123456789今去明前后昨大上下这本当周星礼月年" {
		set[r] = true
	}
	for r := range chineseDigits {
		set[r] = true
	}
	for r := range feasts() {
		set[r] = true
	}
	return set
})

// join makes one span of two days with a connector between: 1号到5号.
func (m *message) join(a, b dated) (dated, bool) {
	n := m.hasAny(a.end, "到", "至", "-", "~")
	if n == 0 || a.end+n != b.start || !a.period.from.Equal(a.period.to) || !b.period.from.Equal(b.period.to) {
		return a, false
	}
	to := b.period.to
	if b.bareDay { // 11月28号到2号: the 2nd that follows
		to = day(a.period.from.Year(), a.period.from.Month(), to.Day())
		if to.Before(a.period.from) {
			to = addMonths(to, 1)
		}
	}
	if to.Before(a.period.from) {
		return a, false
	}
	a.end, a.period, a.other = b.end, period{a.period.from, to}, nil
	a.confidence = min(a.confidence, b.confidence)
	return a, true
}

// dateAt reads the date that begins at i; next indexes the numbers from there on.
func (m *message) dateAt(i, next int, now time.Time) (dated, bool) {
	readers := []func(i, next int, now time.Time) (dated, bool){
		m.written, m.inYear, m.relativeDay, m.weekday, m.relativeMonth, m.feastDay, m.monthAndDay, m.dayOfMonth, m.ago,
	}
	for _, read := range readers {
		if d, ok := read(i, next, now); ok {
			return d, true
		}
	}
	return dated{}, false
}

var dayParts = []struct {
	word, part string
}{
	{"早上", "morning"}, {"上午", "morning"}, {"早晨", "morning"}, {"凌晨", "night"}, {"半夜", "night"}, {"深夜", "night"},
	{"中午", "noon"}, {"下午", "afternoon"}, {"傍晚", "evening"}, {"晚上", "evening"}, {"晚间", "evening"}, {"早", "morning"}, {"晚", "evening"}, {"夜", "night"},
}

// dayPart returns the time of day that follows a date or ends it, and the new
// end of the span.
func (m *message) dayPart(start, end int) (int, string) {
	at := m.skip(end, " 的")
	for _, p := range dayParts {
		if m.has(at, p.word) && len(p.word) > len("早") {
			return at + 2, p.part
		}
		if n := m.endsWith(end, p.word); n > 0 && end-n > start {
			return end, p.part
		}
	}
	return end, ""
}

// written reads dates in digits: 2026-11-03, 2026/11/3, 2026.11.3, 20261103,
// and 11.3号, 11/3日.
func (m *message) written(i, _ int, now time.Time) (dated, bool) {
	if !isDigit(m.at(i)) || isAlnum(m.at(i-1)) || m.at(i-1) == '.' && isDigit(m.at(i-2)) || m.at(i-1) == '¥' {
		return dated{}, false
	}
	first, end := m.digitsFrom(i, 9)
	width := end - i
	sep := m.at(end)
	switch {
	case width == 8 && !isAlnum(sep) && (sep != '.' || !isDigit(m.at(end+1))):
		y, mo, d := first/10000, first/100%100, first%100
		if validDate(y, mo, d) && y >= now.Year()-10 && y <= now.Year()+5 {
			return dated{start: i, end: end, period: single(day(y, time.Month(mo), d)), confidence: 0.75}, true
		}
	case width == 4 && strings.ContainsRune("-/.", sep):
		mo, at := m.digitsFrom(end+1, 2)
		if m.at(at) != sep {
			break
		}
		d, stop := m.digitsFrom(at+1, 2)
		if !isAlnum(m.at(stop)) && first >= 1900 && first <= 2100 && validDate(first, mo, d) {
			stop += m.hasAny(stop, "号", "日")
			return dated{start: i, end: stop, period: single(day(first, time.Month(mo), d)), confidence: 0.98}, true
		}
	case width <= 2 && strings.ContainsRune("-/.", sep):
		d, at := m.digitsFrom(end+1, 2)
		n := m.hasAny(at, "号", "日")
		if at == end+1 || n == 0 || m.notDay(at+n) {
			break
		}
		if t, ok := nearestYear(now, first, d); ok {
			return dated{start: i, end: at + n, period: single(t), confidence: 0.93}, true
		}
	}
	return dated{}, false
}

// notDay are the beginnings that make 3号 no day: 3号楼, 3号链接.
func (m *message) notDay(end int) bool {
	return m.hasAny(end, "楼", "线", "仓", "店", "门", "库", "厅", "柜", "机", "款", "色", "链", "电池", "产品", "商品", "宝贝", "主播", "馆", "客服",
		"院", "桌", "码", "房", "球", "位", "内", "无理由", "保", "免", "字", "针", "站", "路", "元") > 0
}
