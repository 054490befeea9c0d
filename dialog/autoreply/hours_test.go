package autoreply_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yingda/yingda/dialog/autoreply"
	"github.com/yingda/yingda/internal/fault"
)

// shop serves on weekdays from nine to six, Saturday evenings into the night,
// not in the National Day week, and on the Saturday before it all day.
var shop = autoreply.Hours{
	Weekly: []autoreply.Span{
		{Days: []int{1, 2, 3, 4, 5}, From: "09:00", To: "12:00"}, {Days: []int{1, 2, 3, 4, 5}, From: "13:00", To: "18:00"},
		{Days: []int{6}, From: "20:00", To: "02:00"},
	},
	Closed: []string{"2026-10-01", "2026-10-02"},
	Extra:  []autoreply.Day{{Date: "2026-09-26", From: "08:00", To: "24:00"}},
}

func when(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, noon.Location())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOpen(t *testing.T) {
	for at, want := range map[string]bool{
		"2026-11-23 08:59": false, "2026-11-23 09:00": true, "2026-11-23 12:00": false, "2026-11-23 13:00": true, "2026-11-23 18:00": false, // Monday
		"2026-11-28 19:59": false, "2026-11-28 20:00": true, "2026-11-29 01:59": true, "2026-11-29 02:00": false, // Saturday night
		"2026-10-01 10:00": false, "2026-10-02 10:00": false, "2026-10-05 10:00": true,
		"2026-09-26 08:00": true, "2026-09-26 23:59": true, "2026-09-27 00:00": false,
	} {
		if got := shop.Open(when(t, at)); got != want {
			t.Errorf("%s: open is %v", at, got)
		}
	}
	if !(autoreply.Hours{}).Open(noon) {
		t.Error("a shop without hours is closed")
	}
	holiday := autoreply.Hours{Closed: []string{"2026-10-01"}}
	if holiday.Open(when(t, "2026-10-01 10:00")) || !holiday.Open(when(t, "2026-10-02 00:00")) {
		t.Error("a day off is not the only one")
	}
}

func TestNext(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-23 07:00": "2026-11-23 09:00", "2026-11-23 12:30": "2026-11-23 13:00", "2026-11-23 18:00": "2026-11-24 09:00",
		"2026-11-27 18:00": "2026-11-28 20:00", "2026-09-30 18:00": "2026-10-03 20:00",
	} {
		got, ok := shop.Next(when(t, at))
		if !ok || !got.Equal(when(t, want)) {
			t.Errorf("after %s comes %v, want %s", at, got, want)
		}
	}
	if at, ok := (autoreply.Hours{Weekly: []autoreply.Span{{Days: []int{1}, From: "09:00", To: "10:00"}}, Closed: everyDay()}).Next(noon); ok {
		t.Errorf("a shop that is never open opens at %v", at)
	}
	holiday := autoreply.Hours{Closed: []string{"2026-10-01"}}
	if got, ok := holiday.Next(when(t, "2026-10-01 10:00")); !ok || !got.Equal(when(t, "2026-10-02 00:00")) {
		t.Errorf("after the day off comes %v", got)
	}
}

func everyDay() []string {
	var days []string
	for i := range 70 {
		days = append(days, noon.AddDate(0, 0, i).Format("2006-01-02"))
	}
	return days
}

// TestNextIsOpen: when service begins next, it is open, and was not just before.
func TestNextIsOpen(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		clockTime := rapid.SampledFrom([]string{"00:00", "06:30", "09:00", "12:00", "18:00", "23:59"})
		h := autoreply.Hours{Weekly: []autoreply.Span{{
			Days: rapid.SliceOfNDistinct(rapid.IntRange(1, 7), 1, 7, rapid.ID[int]).Draw(rt, "days"),
			From: clockTime.Draw(rt, "from"), To: clockTime.Draw(rt, "to"),
		}}}
		if h.Check() != nil {
			rt.Fatal("the hours are refused")
		}
		now := noon.Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(rt, "minutes")) * time.Minute)
		next, ok := h.Next(now)
		if !ok || !next.After(now) || !h.Open(next) {
			rt.Fatalf("after %v comes %v, %v", now, next, ok)
		}
		for at := now; at.Before(next); at = at.Add(30 * time.Minute) {
			if !h.Open(now) && h.Open(at) {
				rt.Fatalf("open at %v, before %v", at, next)
			}
		}
	})
}

func TestBadHours(t *testing.T) {
	for field, h := range map[string]autoreply.Hours{
		"hours.weekly[0].from": {Weekly: []autoreply.Span{{Days: []int{1}, From: "9点", To: "18:00"}}},
		"hours.weekly[0].to":   {Weekly: []autoreply.Span{{Days: []int{1}, From: "09:00", To: "25:00"}}},
		"hours.weekly[0].days": {Weekly: []autoreply.Span{{Days: []int{0}, From: "09:00", To: "18:00"}}},
		"hours.closed[0]":      {Closed: []string{"10月1日"}},
		"hours.extra[0].date":  {Extra: []autoreply.Day{{Date: "明天", From: "09:00", To: "18:00"}}},
		"hours.extra[0].from":  {Extra: []autoreply.Day{{Date: "2026-10-10", From: "24:00", To: "18:00"}}},
		"hours":                {Closed: make([]string, 401)},
	} {
		err := autoreply.Settings{Hours: h}.Check()
		if err == nil || fieldOf(err) != field {
			t.Errorf("%s: %v at %q", field, err, fieldOf(err))
		}
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
