package xlsx

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// format is how a cell's number is shown, as far as it changes what is read.
type format struct {
	date     bool
	decimals int // -1: as many as there are
	percent  bool
	pad      int // leading zeros up to this many digits
	before   string
}

var general = format{decimals: -1}

// builtin are the numbered formats that are not dates (ECMA-376, 18.8.30).
var builtin = map[int]string{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"}

// styles reads the formats of cells.
func (b *Book) styles(name string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.small(name, &s); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range s.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range s.Cells {
		f := general
		code, own := codes[c.ID]
		if !own {
			code = builtin[c.ID]
		}
		// 14–22 and 45–47 are dates everywhere, 27–36 and 50–58 in East Asia.
		if id := c.ID; !own && (id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58) {
			f.date = true
		} else if code != "" {
			f = parseFormat(code)
		}
		b.formats = append(b.formats, f)
	}
	return nil
}

var (
	literal = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^\]]*\]`)
	number  = regexp.MustCompile(`^([¥￥$€]?)(?:[#?0],?)*?(0*)(?:\.([0#?]+))?(%?)$`)
)

// parseFormat reads the part of a format's code that is for positive numbers.
func parseFormat(code string) format {
	positive, _, _ := strings.Cut(literal.ReplaceAllStringFunc(code, func(m string) string {
		if m == `"¥"` || m == `"￥"` || m == `\¥` || m == `\￥` || strings.HasPrefix(m, "[$¥") || strings.HasPrefix(m, "[$￥") {
			return "¥"
		}
		return ""
	}), ";")
	positive = strings.TrimSpace(positive)
	if strings.ContainsAny(strings.ToLower(positive), "ymdhs年月日") && !strings.EqualFold(positive, "general") {
		return format{date: true, decimals: -1}
	}
	m := number.FindStringSubmatch(positive)
	if m == nil {
		return general
	}
	f := format{before: m[1], percent: m[4] != "", decimals: strings.Count(m[3], "0")}
	if strings.ContainsAny(m[3], "#?") {
		f.decimals = -1
	}
	if digits := strings.Count(strings.ReplaceAll(positive, ",", ""), "0") - strings.Count(m[3], "0"); digits > 1 {
		f.pad = min(digits, 30)
	}
	return f
}

// show writes a number as the office program shows it. lossy is true for whole
// numbers with more digits than a spreadsheet keeps.
func (b *Book) show(v string, style int) (text string, lossy bool) {
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return v, false
	}
	f := general
	if style >= 0 && style < len(b.formats) {
		f = b.formats[style]
	}
	if f.date {
		if text, ok := b.date(x); ok {
			return text, false
		}
	}
	if math.Abs(x) >= 1e15 {
		return strconv.FormatFloat(x, 'E', -1, 64), true
	}
	if f.percent {
		x *= 100
	}
	if f.decimals >= 0 && f.decimals <= 15 {
		text = strconv.FormatFloat(x, 'f', f.decimals, 64)
	} else if short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 15, 64), 64); err == nil {
		text = strconv.FormatFloat(short, 'f', -1, 64)
	}
	if n := f.pad - len(text); n > 0 && f.decimals == 0 && x >= 0 {
		text = strings.Repeat("0", n) + text
	}
	if f.percent {
		text += "%"
	}
	return f.before + text, false
}

// date writes a serial number as a day, or a day and a time, in no time zone.
// Day 60 of the calendar from 1900 is the 29th of February that never was.
func (b *Book) date(serial float64) (string, bool) {
	if serial < 0 || serial > 2958466 { // the year 9999
		return "", false
	}
	days, part := math.Modf(serial)
	seconds := int(math.Round(part * 86400))
	if days == 0 && !b.from1904 {
		return time.Date(2000, 1, 1, 0, 0, seconds, 0, time.UTC).Format("15:04:05"), true
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case b.from1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60:
		epoch = epoch.AddDate(0, 0, 1)
	}
	t := epoch.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	if seconds == 0 {
		return t.Format("2006-01-02"), true
	}
	return t.Format("2006-01-02 15:04:05"), true
}
