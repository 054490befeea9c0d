package importer

import (
	"strings"
	"time"

	"golang.org/x/text/width"
)

// shop is the time zone of times without one.
var shop = time.FixedZone("UTC+8", 8*60*60)

// days are layouts without a time, minutes and seconds with one.
var (
	days  = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}
	times = []string{" 15:04:05", " 15:04", " 15时", " 15点"}
)

// parseTime reads a time of the table; a day without a time is its beginning,
// or its end for the column of the end of validity. The empty cell is nil.
func parseTime(cell string, end bool) (t *time.Time, ok bool) {
	cell = strings.Join(strings.Fields(width.Narrow.String(cell)), " ")
	if cell == "" {
		return nil, true
	}
	if v, err := time.Parse(time.RFC3339Nano, cell); err == nil {
		return sane(v)
	}
	for _, day := range days {
		if v, err := time.ParseInLocation(day, cell, shop); err == nil {
			if end {
				v = v.AddDate(0, 0, 1)
			}
			return sane(v)
		}
		for _, clock := range times {
			if v, err := time.ParseInLocation(day+clock, cell, shop); err == nil {
				return sane(v)
			}
		}
	}
	return nil, false
}

// sane refuses years that no shop means and that nanoseconds cannot count.
func sane(t time.Time) (*time.Time, bool) {
	return &t, t.Year() >= 1970 && t.Year() < 2200
}

// formatTime writes a time so that parseTime reads the same instant.
func formatTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	if t.Nanosecond() == 0 {
		return t.In(shop).Format("2006-01-02 15:04:05")
	}
	return t.Format(time.RFC3339Nano)
}
