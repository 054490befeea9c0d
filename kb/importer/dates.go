package importer

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// shop is the time zone of times without one.
var shop = time.FixedZone("UTC+8", 8*60*60)

// days are layouts without a time, minutes and seconds with one.
var (
	days  = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "2006年1月2号", "20060102"}
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
	if days, err := strconv.ParseFloat(cell, 64); err == nil && len(cell) >= 5 && cell[0] != '+' && days >= 30000 && days < 100000 {
		return serial(days, end)
	}
	return nil, false
}

// serial reads the number of a day as spreadsheets count them, from 1900: what
// a date becomes when its cell is shown as a number.
func serial(days float64, end bool) (*time.Time, bool) {
	whole, part := math.Modf(days)
	v := time.Date(1899, 12, 30, 0, 0, 0, 0, shop).AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if end && part == 0 {
		v = v.AddDate(0, 0, 1)
	}
	return sane(v)
}

// sane refuses years that no shop means and that nanoseconds cannot count.
func sane(t time.Time) (*time.Time, bool) {
	return &t, t.Year() >= 1970 && t.Year() < 2200
}
