package entity

import (
	"strings"
	"sync"
	"time"

	"github.com/yingda/yingda/nlu"
)

// day is a calendar day; its clock time has no meaning.
func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// today is now's day in now's location.
func today(now time.Time) time.Time { return day(now.Year(), now.Month(), now.Day()) }

// validDate reports whether the day exists.
func validDate(year, month, d int) bool {
	t := day(year, time.Month(month), d)
	return month >= 1 && month <= 12 && d >= 1 && t.Day() == d && int(t.Month()) == month
}

// nearestYear returns the day month-d that is nearest to now; of two equally
// near the later. It reports false where the day exists in none of the years
// around now.
func nearestYear(now time.Time, month, d int) (time.Time, bool) {
	var best time.Time
	found := false
	for y := now.Year() - 1; y <= now.Year()+1; y++ {
		if !validDate(y, month, d) {
			continue
		}
		t := day(y, time.Month(month), d)
		if !found || distance(t, now) <= distance(best, now) {
			best, found = t, true
		}
	}
	return best, found
}

// nearestMonth returns the day d of the month in which it is nearest to now.
func nearestMonth(now time.Time, d int) (time.Time, bool) {
	var best time.Time
	found := false
	for k := -2; k <= 2; k++ {
		first := day(now.Year(), now.Month()+time.Month(k), 1)
		if !validDate(first.Year(), int(first.Month()), d) {
			continue
		}
		t := first.AddDate(0, 0, d-1)
		if !found || distance(t, now) <= distance(best, now) {
			best, found = t, true
		}
	}
	return best, found
}

func distance(a, b time.Time) time.Duration { return a.Sub(today(b)).Abs() }

// addMonths moves t by n months; the 31st becomes the last day of a shorter month.
func addMonths(t time.Time, n int) time.Time {
	first := day(t.Year(), t.Month()+time.Month(n), 1)
	last := day(first.Year(), first.Month()+1, 0).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// period is one day or a span of days, the last included.
type period struct{ from, to time.Time }

func single(t time.Time) period { return period{t, t} }

func monthOf(t time.Time) period {
	return period{day(t.Year(), t.Month(), 1), day(t.Year(), t.Month()+1, 0)}
}

func yearOf(year int) period { return period{day(year, 1, 1), day(year, 12, 31)} }

// mondayOf returns the Monday of t's week.
func mondayOf(t time.Time) time.Time {
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
}

// String writes the value of a nlu.Date.
func (p period) String() string {
	const layout = "2006-01-02"
	if p.from.Equal(p.to) {
		return p.from.Format(layout)
	}
	return p.from.Format(layout) + "/" + p.to.Format(layout)
}

// writable reports whether the years of p have four digits.
func (p period) writable() bool {
	return p.from.Year() >= 1000 && p.to.Year() <= 9999
}

// feast is a day of the year, fixed or from lunar.txt.
type feast struct {
	month, day int
	column     string
}

var feasts = sync.OnceValue(func() names[feast] {
	n := names[feast]{}
	for line := range lines("feasts.txt") {
		name, when, _ := strings.Cut(line, ": ")
		f := feast{column: when}
		if month, d, ok := monthDay(when); ok {
			f = feast{month: month, day: d}
		}
		n.add(name, f)
	}
	return n.sort()
})

// lunar holds the days of the movable feasts by column and year.
var lunar = sync.OnceValue(func() map[string]map[int]time.Time {
	byColumn := map[string]map[int]time.Time{}
	var columns []string
	for line := range lines("lunar.txt") {
		fields := strings.Fields(line)
		if columns == nil {
			columns = fields[1:]
			for _, c := range columns {
				byColumn[c] = map[int]time.Time{}
			}
			continue
		}
		year := atoi(fields[0])
		for i, f := range fields[1:] {
			month, d, ok := monthDay(f)
			if !ok {
				panic("entity: table lunar.txt: " + line)
			}
			byColumn[columns[i]][year] = day(year, time.Month(month), d)
		}
	}
	return byColumn
})

// monthDay reads "11-03".
func monthDay(s string) (month, d int, ok bool) {
	if len(s) != 5 || s[2] != '-' || s[0] > '1' {
		return 0, 0, false
	}
	return atoi(s[:2]), atoi(s[3:]), true
}

// in returns the feast's day of year; false for a movable one outside the table.
func (f feast) in(year int) (time.Time, bool) {
	if f.column == "" {
		return day(year, time.Month(f.month), f.day), true
	}
	t, ok := lunar()[f.column][year]
	return t, ok
}

// nearest returns the feast's day nearest to now.
func (f feast) nearest(now time.Time) (time.Time, bool) {
	var best time.Time
	found := false
	for y := now.Year() - 1; y <= now.Year()+1; y++ {
		if t, ok := f.in(y); ok && (!found || distance(t, now) <= distance(best, now)) {
			best, found = t, true
		}
	}
	return best, found
}

// dateEntity makes the entity of p at [start, end).
func dateEntity(start, end int, p period, confidence float64) nlu.Entity {
	e := nlu.Entity{Type: nlu.Date, Start: start, End: end, Confidence: confidence}
	if p.writable() {
		e.Value = p.String()
	}
	return e
}
