package entity

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/yingda/yingda/nlu"
)

// shape is one form that a carrier's parcel numbers have. Its pattern holds
// one alphabet per character.
type shape struct {
	carrier string
	pattern []string
	weight  float64
}

const (
	tenDigits  = "0123456789"
	allLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// shapes holds the carriers' shapes by length.
var shapes = sync.OnceValue(func() map[int][]shape {
	byLength := map[int][]shape{}
	for line := range lines("shapes.txt") {
		fields := strings.Fields(line)
		weight, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			panic("entity: table shapes.txt: " + line)
		}
		s := shape{carrier: fields[0], weight: weight}
		for p := fields[1]; p != ""; {
			n, set := 1, p[:1]
			switch p[0] {
			case '#':
				set = tenDigits
			case '@':
				set = allLetters
			case '?':
				set = tenDigits + allLetters
			case '[':
				n = strings.IndexByte(p, ']') + 1
				set = p[1 : n-1]
			}
			s.pattern = append(s.pattern, set)
			p = p[n:]
		}
		byLength[len(s.pattern)] = append(byLength[len(s.pattern)], s)
	}
	return byLength
})

func (s shape) fits(code string) bool {
	for i, set := range s.pattern {
		if strings.IndexByte(set, code[i]) < 0 {
			return false
		}
	}
	return true
}

// named is how much likelier a carrier is that the text names near the number.
const named = 10

// shapesOf ranks the carriers whose shapes code fits, the likeliest first. The
// scores leave a rest for carriers that the table does not know.
func (m *message) shapesOf(code string, start, end int) []nlu.Candidate {
	var found []nlu.Candidate
	near := m.namedCarriers(start, end)
	total := 0.1
	for _, s := range shapes()[len(code)] {
		if !s.fits(code) {
			continue
		}
		w := s.weight
		if slices.ContainsFunc(near, func(c nlu.Candidate) bool { return c.Value == s.carrier }) {
			w *= named
		}
		found = append(found, nlu.Candidate{Value: s.carrier, Score: w})
		total += w
	}
	for i := range found {
		found[i].Score /= total
	}
	slices.SortStableFunc(found, func(a, b nlu.Candidate) int { return cmp.Compare(b.Score, a.Score) })
	return found
}

// namedCarriers returns the carriers that the text names within 20 code points
// of [start, end), sharing 0.9.
func (m *message) namedCarriers(start, end int) []nlu.Candidate {
	const reach = 20
	var codes []string
	for _, w := range m.carriersIn(start-reach, end+reach) {
		if !slices.Contains(codes, w.code) {
			codes = append(codes, w.code)
		}
	}
	var found []nlu.Candidate
	for _, c := range codes {
		found = append(found, nlu.Candidate{Value: c, Score: 0.9 / float64(len(codes))})
	}
	return found
}

var countries = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range lines("countries.txt") {
		for code := range strings.FieldsSeq(line) {
			set[code] = true
		}
	}
	return set
})

// isS10 reports whether code is a postal item identifier of UPU standard S10:
// two letters, eight digits, a check digit, a country. The check digit is
// 11 − S mod 11, S being the digits weighted 8 6 4 2 3 5 9 7; 10 becomes 0 and
// 11 becomes 5.
func isS10(code string) bool {
	if len(code) != 13 || !countries()[code[11:]] {
		return false
	}
	for _, c := range code[:2] {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	sum := 0
	for i, w := range [8]int{8, 6, 4, 2, 3, 5, 9, 7} {
		d := int(code[2+i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		sum += w * d
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return int(code[10])-'0' == check
}
