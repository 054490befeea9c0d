package autoreply

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// Hours are when people serve, in the shop's time zone. Without weekly spans
// they always do.
type Hours struct {
	Weekly []Span `json:"weekly,omitempty" yaml:"weekly"`
	// Closed are days without service, "2026-10-01".
	Closed []string `json:"closed,omitempty" yaml:"closed"`
	// Extra are days with hours of their own, as the working weekends before
	// and after holidays have them; they count before Closed and Weekly.
	Extra []Day `json:"extra,omitempty" yaml:"extra"`
}

// Span is a time of the day on some days of the week.
type Span struct {
	Days []int `json:"days" yaml:"days" doc:"1 is Monday, 7 Sunday"`
	// From and To are "09:00"; a To that is not later than From is on the next
	// day, and "24:00" is the end of the day.
	From string `json:"from" yaml:"from"`
	To   string `json:"to" yaml:"to"`
}

// Day is one day's hours.
type Day struct {
	Date string `json:"date" yaml:"date"`
	From string `json:"from" yaml:"from"`
	To   string `json:"to" yaml:"to"`
}

const (
	maxSpans  = 30
	maxDays   = 400
	searchFor = 60 // days in which the next opening is looked for
	dateForm  = "2006-01-02"
	midnight  = 24 * time.Hour
)

// clockTime reads "09:00" as time since midnight.
func clockTime(s string) (time.Duration, error) {
	if s == "24:00" {
		return midnight, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%q 不是时间，请写成 09:00。", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// between reads two times; the second is beyond midnight when it is not later.
func between(from, to string) (start, end time.Duration, err error) {
	if start, err = clockTime(from); err != nil {
		return 0, 0, fault.In("from", err)
	}
	if end, err = clockTime(to); err != nil {
		return 0, 0, fault.In("to", err)
	}
	if start == midnight {
		return 0, 0, fault.In("from", fault.New(fault.Invalid, "开始时间应早于 24:00。"))
	}
	if end <= start {
		end += midnight
	}
	return start, end, nil
}

// Check refuses times, days and dates that are none: fault.Invalid with the
// place as Field, fault.TooLarge.
func (h Hours) Check() error {
	if len(h.Weekly) > maxSpans || len(h.Closed) > maxDays || len(h.Extra) > maxDays {
		return fault.New(fault.TooLarge, "时段最多 %d 个，休息日和调班日最多各 %d 天。", maxSpans, maxDays)
	}
	for i, s := range h.Weekly {
		field := fmt.Sprintf("weekly[%d]", i)
		if _, _, err := between(s.From, s.To); err != nil {
			return fault.In(field, err)
		}
		if len(s.Days) == 0 || slices.ContainsFunc(s.Days, func(d int) bool { return d < 1 || d > 7 }) {
			return fault.In(field+".days", fault.New(fault.Invalid, "星期请填 1（周一）到 7（周日），至少一天。"))
		}
	}
	for i, d := range h.Closed {
		if _, err := time.Parse(dateForm, d); err != nil {
			return fault.In(fmt.Sprintf("closed[%d]", i), fault.New(fault.Invalid, "%q 不是日期，请写成 2026-10-01。", d))
		}
	}
	for i, d := range h.Extra {
		field := fmt.Sprintf("extra[%d]", i)
		if _, err := time.Parse(dateForm, d.Date); err != nil {
			return fault.In(field+".date", fault.New(fault.Invalid, "%q 不是日期，请写成 2026-10-01。", d.Date))
		}
		if _, _, err := between(d.From, d.To); err != nil {
			return fault.In(field, err)
		}
	}
	return nil
}

// spans are the times of service that begin on t's day, since its midnight.
func (h Hours) spans(t time.Time) [][2]time.Duration {
	date := t.Format(dateForm)
	var out [][2]time.Duration
	add := func(from, to string) {
		if start, end, err := between(from, to); err == nil { // Check has refused others
			out = append(out, [2]time.Duration{start, end})
		}
	}
	for _, d := range h.Extra {
		if d.Date == date {
			add(d.From, d.To)
		}
	}
	if len(out) > 0 || slices.Contains(h.Closed, date) {
		return out
	}
	day := (int(t.Weekday())+6)%7 + 1
	for _, s := range h.Weekly {
		if slices.Contains(s.Days, day) {
			add(s.From, s.To)
		}
	}
	slices.SortFunc(out, func(a, b [2]time.Duration) int { return int(a[0] - b[0]) })
	return out
}

// at is a time of t's day, by the clock on the wall.
func at(t time.Time, since time.Duration) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, int(since/time.Minute), 0, 0, t.Location())
}

// Open reports whether people serve at t, which is in the shop's time zone.
func (h Hours) Open(t time.Time) bool {
	if len(h.Weekly) == 0 && len(h.Extra) == 0 && len(h.Closed) == 0 {
		return true
	}
	if len(h.Weekly) == 0 && len(h.spans(t)) == 0 && !slices.Contains(h.Closed, t.Format(dateForm)) {
		return true // only some days are other than always
	}
	for _, day := range []time.Time{t.AddDate(0, 0, -1), t} {
		for _, s := range h.spans(day) {
			if !t.Before(at(day, s[0])) && t.Before(at(day, s[1])) {
				return true
			}
		}
	}
	return false
}

// Next returns when service begins after t; false when not within 60 days.
func (h Hours) Next(t time.Time) (time.Time, bool) {
	for i := range searchFor {
		day := t.AddDate(0, 0, i)
		if len(h.Weekly) == 0 && i > 0 && h.Open(at(day, 0)) {
			return at(day, 0), true
		}
		for _, s := range h.spans(day) {
			if start := at(day, s[0]); start.After(t) {
				return start, true
			}
		}
	}
	return time.Time{}, false
}

// today words the hours of t's day: "09:00–18:00", or 休息.
func (h Hours) today(t time.Time) string {
	var parts []string
	for _, s := range h.spans(t) {
		parts = append(parts, at(t, s[0]).Format("15:04")+"–"+endOf(at(t, s[1])))
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "、")
	case h.Open(t):
		return "全天"
	default:
		return "休息"
	}
}

func endOf(t time.Time) string {
	if s := t.Format("15:04"); s != "00:00" {
		return s
	}
	return "24:00"
}

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// next words when service begins again: 今天 09:00, 明天 09:00, 周三 09:00,
// 10月8日 09:00; 稍后 when that is not known.
func (h Hours) next(t time.Time) string {
	begins, ok := h.Next(t)
	if !ok {
		return "稍后"
	}
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC) }
	days := int(day(begins).Sub(day(t)) / midnight)
	at := begins.Format("15:04")
	switch {
	case days == 0:
		return "今天 " + at
	case days == 1:
		return "明天 " + at
	case days < 7:
		return weekdays[begins.Weekday()] + " " + at
	default:
		return fmt.Sprintf("%d月%d日 %s", begins.Month(), begins.Day(), at)
	}
}
