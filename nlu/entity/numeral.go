package entity

import (
	"strconv"
	"strings"
)

// number is a numeral of the text: 3, 1,299.50, 十五, 三千五, 1万2, 半.
type number struct {
	start, end int
	value      float64
	literal    string // the digits as written when they are ASCII and nothing else
	decimal    bool   // a decimal point is written
	loose      bool   // 三千五 for 3500: the last unit is left out
	sequence   int    // Chinese digits one after the other, as in 二零二六: how many
	about      bool   // 两三百, 三四个: the lower bound of a guess
}

// integer returns the value of a whole number in [0, 1e15).
func (n number) integer() (int, bool) {
	if n.decimal || n.value != float64(int64(n.value)) || n.value >= 1e15 {
		return 0, false
	}
	return int(n.value), true
}

// String writes the value without needless zeros: 3, 0.5, 1299.5.
func (n number) String() string { return strconv.FormatFloat(n.value, 'f', -1, 64) }

var chineseDigits = map[rune]int{
	'零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '两': 2, '幺': 1,
	'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
}

var chineseUnits = map[rune]float64{
	'十': 10, '百': 100, '千': 1000, '拾': 10, '佰': 100, '仟': 1000, '万': 1e4, '亿': 1e8,
}

// maxNumeral is how many code points one numeral may have; longer runs of
// digits are codes, and no rule reads them as a number.
const maxNumeral = 24

// readNumbers finds the numerals of the text. Digits that continue a Latin
// word or a version (iphone15, v1.2) are none.
func (m *message) readNumbers() {
	for i := 0; i < len(m.fold); {
		r := m.fold[i]
		if r == 'x' && m.multiplies(i) {
			i++
			continue
		}
		if isAlnum(r) && !isDigit(r) {
			for i < len(m.fold) && (isAlnum(m.fold[i]) || m.fold[i] == '.' && isDigit(m.at(i+1)) && isDigit(m.at(i-1))) {
				i++
			}
			continue
		}
		n, ok := m.numeral(i)
		if !ok {
			i++
			continue
		}
		if n.value >= 0 {
			m.numbers = append(m.numbers, n)
		}
		i = n.end
	}
}

// multiplies reports whether the x at i stands between two numbers (30x40) or
// before the number of pieces (T恤x3).
func (m *message) multiplies(i int) bool {
	if isDigit(m.at(i - 1)) {
		return isDigit(m.at(i + 1))
	}
	_, end := m.digitsFrom(i+1, 3)
	return end > i+1 && !isAlnum(m.at(i-1)) && !isAlnum(m.at(end))
}

// numeral reads the numeral that begins at i. A run of digits too long for
// one is returned with the value -1, to be stepped over.
func (m *message) numeral(i int) (number, bool) {
	if m.at(i) == '半' {
		return number{start: i, end: i + 1, value: 0.5}, true
	}
	if n, ok := m.sequenceAt(i); ok {
		return n, true
	}
	n := number{start: i, end: i}
	var (
		total, section float64
		digit          = -1.0
		last           float64 // the unit read last
		zero           bool    // 零 since the last unit
		some           bool    // a digit or a unit was read
	)
	for n.end < len(m.fold) && n.end-i < maxNumeral {
		r := m.fold[n.end]
		if d, ok := chineseDigits[r]; ok {
			if r == '零' {
				if digit >= 0 || !some {
					break
				}
				zero = true
				n.end++
				continue
			}
			if digit >= 0 {
				if _, unit := chineseUnits[m.at(n.end+1)]; !unit || n.literal != "" || section > 0 || total > 0 {
					break
				}
				n.about = true // 两三百: the lower of the two
				n.end++
				continue
			}
			digit, some = float64(d), true
			n.end++
			continue
		}
		if isDigit(r) {
			if digit >= 0 || zero {
				break
			}
			literal, end := m.decimal(n.end)
			value, err := strconv.ParseFloat(strings.ReplaceAll(literal, ",", ""), 64)
			if err != nil || end-n.end > maxNumeral {
				n.end, n.value = end, -1
				return n, true
			}
			n.decimal = n.decimal || strings.Contains(literal, ".")
			if !some {
				n.literal = literal
			}
			digit, some, n.end = value, true, end
			continue
		}
		u, ok := chineseUnits[r]
		if !ok {
			break
		}
		if u >= 1e4 {
			if section == 0 && digit < 0 {
				break
			}
			section += max(digit, 0)
			if u == 1e4 {
				total += section * u // 一亿两千万
			} else {
				total = (total + section) * u
			}
			section, digit, last, zero = 0, -1, u, false
			n.literal = ""
			n.end++
			continue
		}
		if digit < 0 {
			if u != 10 || last == 10 || last != 0 && !zero && last < 100 {
				break
			}
			digit = 1
		}
		if last != 0 && last < 1e4 && u >= last {
			break
		}
		section += digit * u
		digit, last, zero, some = -1, u, false, true
		n.literal = ""
		n.end++
	}
	if !some {
		return n, false
	}
	if m.at(n.end-1) == '零' { // a dangling zero is not part of it
		n.end--
	}
	if digit >= 0 {
		if last >= 100 && !zero && digit < 10 && !n.decimal {
			digit *= last / 10
			n.loose = true
		}
		section += digit
	}
	n.value = total + section
	return n, true
}

// decimal reads ASCII digits with groups of three behind commas and a fraction.
func (m *message) decimal(i int) (literal string, end int) {
	end = i
	for isDigit(m.at(end)) {
		end++
	}
	if end-i <= 3 {
		for m.at(end) == ',' && isDigit(m.at(end+1)) && isDigit(m.at(end+2)) && isDigit(m.at(end+3)) && !isDigit(m.at(end+4)) {
			end += 4
		}
	}
	if m.at(end) == '.' && isDigit(m.at(end+1)) {
		end++
		for isDigit(m.at(end)) {
			end++
		}
	}
	return string(m.fold[i:end]), end
}

// sequenceAt reads three Chinese digits or more in a row (二零二六), or two
// that no unit follows (三四个).
func (m *message) sequenceAt(i int) (number, bool) {
	end, value := i, 0.0
	for end < len(m.fold) && end-i < maxNumeral {
		d, ok := chineseDigits[m.fold[end]]
		if !ok || m.fold[end] == '两' && end > i { // 三两 is a weight
			break
		}
		value = value*10 + float64(d)
		end++
	}
	_, unit := chineseUnits[m.at(end)]
	switch n := end - i; {
	case n == maxNumeral || n >= 3 && !unit:
		return number{start: i, end: end, value: value, sequence: n}, true
	case n == 2 && !unit:
		first := float64(chineseDigits[m.fold[i]])
		return number{start: i, end: end, value: first, sequence: n, about: true}, true
	}
	return number{}, false
}
