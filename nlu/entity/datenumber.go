package entity

import "time"

// inYear reads what a year begins: 今年双十一, 去年, 2026年11月3日, 26年11月.
func (m *message) inYear(i, next int, now time.Time) (dated, bool) {
	year, at, spoken := 0, i, false
	for _, y := range []struct {
		word   string
		offset int
	}{{"今年", 0}, {"去年", -1}, {"明年", 1}, {"前年", -2}, {"后年", 2}} {
		if m.has(i, y.word) {
			year, at, spoken = now.Year()+y.offset, i+2, true
			break
		}
	}
	if !spoken {
		n, ok := m.numberAt(i, next)
		if !ok || m.at(n.end) != '年' || m.endsWith(i, "第", "满", "近") > 0 {
			return dated{}, false
		}
		v, whole := n.integer()
		switch {
		case !whole:
			return dated{}, false
		case (len(n.literal) == 4 || n.sequence == 4) && v >= 1900 && v <= 2100:
			year = v
		case len(n.literal) == 2 && m.followedByMonth(n.end+1, next):
			year = 2000 + v
		default:
			return dated{}, false
		}
		at = n.end + 1
	} else if m.endsWith(i, "目") > 0 {
		return dated{}, false
	}
	at = m.skip(at, "的")
	if d, ok := m.monthAndDay(at, next, day(year, now.Month(), now.Day())); ok {
		p, fits := inYearOf(d.period, year)
		if fits {
			return dated{start: i, end: d.end, period: p, confidence: 0.98}, true
		}
		return dated{}, false
	}
	if at < len(m.fold) {
		if f, end, ok := feasts().longest(m.fold, at); ok && !m.cutsNumber(at, end) {
			if t, known := f.in(year); known {
				return dated{start: i, end: end, period: single(t), confidence: 0.97}, true
			}
		}
	}
	if r := m.at(at); r == '初' || r == '底' || r == '末' || r == '年' && m.hasAny(at, "年初", "年底", "年末", "年中") > 0 {
		if r == '年' {
			at++
			r = m.at(at)
		}
		return dated{start: i, end: at + 1, period: partOfYear(r, year), confidence: 0.88}, true
	}
	if m.at(at-1) == '的' {
		at--
	}
	return dated{start: i, end: at, period: yearOf(year), confidence: 0.85}, true
}

// inYearOf moves p into year, keeping month and day.
func inYearOf(p period, year int) (period, bool) {
	move := func(t time.Time) time.Time { return day(year, t.Month(), t.Day()) }
	if p.from.Equal(p.to) {
		t := move(p.from)
		return single(t), t.Day() == p.from.Day()
	}
	return monthOrPart(p, year), true
}

// monthOrPart moves a span within one month into year; the last day of
// February follows the year.
func monthOrPart(p period, year int) period {
	from := day(year, p.from.Month(), p.from.Day())
	last := monthOf(day(year, p.to.Month(), 1)).to
	to := last
	if p.to.Day() < monthOf(p.to).to.Day() {
		to = day(year, p.to.Month(), min(p.to.Day(), last.Day()))
	}
	return period{from, to}
}

func (m *message) followedByMonth(i, next int) bool {
	n, ok := m.numberAt(i, next)
	return ok && m.at(n.end) == '月'
}

// monthAndDay reads 11月3号, 十一月三日, 11月, 11月底. Without a year it is the
// one nearest to now.
func (m *message) monthAndDay(i, next int, now time.Time) (dated, bool) {
	n, ok := m.numberAt(i, next)
	if !ok || m.at(n.end) != '月' {
		return dated{}, false
	}
	month, whole := n.integer()
	if !whole || month < 1 || month > 12 || n.sequence > 0 || m.endsWith(i, "第", "-", "/") > 0 {
		return dated{}, false
	}
	at := n.end + 1
	if d, ok := m.numberAt(at, next); ok {
		v, whole := d.integer()
		named := m.hasAny(d.end, "号", "日")
		if whole && d.sequence == 0 && (named > 0 || m.hasAny(d.end, "月", "年", "个", "天", "元", "块", ".", "%") == 0) {
			t, ok := nearestYear(now, month, v)
			if !ok {
				return dated{}, false
			}
			return dated{start: i, end: d.end + named, period: single(t), confidence: 0.96}, true
		}
	}
	if m.hasAny(at, "饼", "子", "嫂", "卡", "租", "销", "薪", "经", "费", "光", "亮", "球", "龄") > 0 {
		return dated{}, false
	}
	first, _ := nearestYear(now, month, 15)
	whole12 := monthOf(first)
	if p, end := m.partOfMonth(at, whole12); end > at {
		return dated{start: i, end: end, period: p, confidence: 0.9}, true
	}
	at += m.hasAny(at, "份")
	return dated{start: i, end: at, period: whole12, confidence: 0.88}, true
}

// dayOfMonth reads 3号, 十五号: the one nearest to now, but the last one
// before a word of the past.
func (m *message) dayOfMonth(i, next int, now time.Time) (dated, bool) {
	n, ok := m.numberAt(i, next)
	if !ok || n.sequence > 0 || n.loose {
		return dated{}, false
	}
	d, whole := n.integer()
	unit := m.hasAny(n.end, "号", "日")
	switch {
	case !whole, d < 1, d > 31, unit == 0, len(n.literal) > 2,
		m.at(n.end) == '号' && m.sizeNotDay(d),
		m.notDay(n.end + unit),
		m.endsWith(i, "第", ".", "-", "/", "编", "单", "每", "月") > 0,
		m.at(n.end) == '日' && m.hasAny(n.end, "日用", "日本", "日常", "日期", "日元", "日抛", "日销", "日起", "日达") > 0:
		return dated{}, false
	}
	t, ok := nearestMonth(now, d)
	if ok && t.After(today(now)) && m.hasAny(m.skip(n.end+unit, "的我早上中下午晚"), past...) > 0 {
		t = day(t.Year(), t.Month()-1, t.Day()) // 25号买的: the one that is over
		ok = t.Day() == d
	}
	return dated{start: i, end: n.end + unit, period: single(t), confidence: 0.82, bareDay: true}, ok
}

// ago reads 三天前, 两周后, 半个月前, 一年以前.
func (m *message) ago(i, next int, now time.Time) (dated, bool) {
	n, ok := m.numberAt(i, next)
	if !ok || n.sequence > 1 || m.endsWith(i, "第") > 0 {
		return dated{}, false
	}
	units := []struct {
		word         string
		days, months int
	}{
		{"个星期", 7, 0}, {"个礼拜", 7, 0}, {"星期", 7, 0}, {"礼拜", 7, 0}, {"个月", 0, 1}, {"天", 1, 0}, {"周", 7, 0}, {"年", 0, 12},
	}
	for _, u := range units {
		if !m.has(n.end, u.word) {
			continue
		}
		at := n.end + len([]rune(u.word))
		sign := 0
		switch {
		case m.hasAny(at, "之前", "以前") > 0:
			sign, at = -1, at+2
		case m.hasAny(at, "之后", "以后") > 0:
			sign, at = 1, at+2
		case m.at(at) == '前' && m.hasAny(at, "前台", "前后", "前面") == 0:
			sign, at = -1, at+1
		case m.at(at) == '后' && m.hasAny(at, "后台", "后面") == 0:
			sign, at = 1, at+1
		}
		if sign == 0 {
			return dated{}, false
		}
		t := today(now)
		whole, isWhole := n.integer()
		switch {
		case isWhole && whole <= 5000:
			t = addMonths(t, sign*whole*u.months).AddDate(0, 0, sign*whole*u.days)
		case n.value == 0.5 && u.months == 1:
			t = t.AddDate(0, 0, sign*15)
		case n.value == 0.5 && u.months == 12:
			t = addMonths(t, sign*6)
		default:
			return dated{}, false
		}
		return dated{start: i, end: at, period: single(t), confidence: 0.95}, true
	}
	return dated{}, false
}
