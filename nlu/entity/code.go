package entity

import (
	"regexp"
	"strings"

	"github.com/yingda/yingda/nlu"
)

// run is a maximal run of ASCII letters and digits, after folding.
type run struct{ start, end, digits int }

// Bounds of the codes: how long one may be, and of how many groups.
const (
	maxCode   = 24
	maxGroups = 8
)

// about says what the words around a code call it.
type about int

const (
	aboutNothing about = iota
	aboutNumber        // 单号: of a parcel or of an order
	aboutParcel
	aboutOrder
)

// Cues before and after a code. The nearest before it decides, then those after.
var codeCues = []struct {
	word string
	what about
}{
	{"快递单", aboutParcel}, {"运单", aboutParcel}, {"物流", aboutParcel}, {"快递", aboutParcel}, {"包裹", aboutParcel},
	{"面单", aboutParcel}, {"快件", aboutParcel}, {"邮件", aboutParcel}, {"退货单号", aboutParcel}, {"寄回", aboutParcel},
	{"订单", aboutOrder}, {"交易号", aboutOrder}, {"交易编号", aboutOrder}, {"下单", aboutOrder}, {"order", aboutOrder},
	{"单号", aboutNumber}, {"编号", aboutNumber},
}

// codes finds parcel, order and mobile numbers. Where a number fits several
// kinds: letters decide first (SF, YT, YX…), then the shape of a mobile
// number, then the words around it, then the shapes of the carriers. A date
// and an identity or bank card number are none of them.
func (m *message) codes(emit func(nlu.Entity)) {
	runs := m.runs()
	for i := 0; i < len(runs); {
		n := m.codeAt(runs[i:], emit)
		i += max(n, 1)
	}
}

func (m *message) runs() []run {
	var runs []run
	for i := 0; i < len(m.fold); {
		if !isAlnum(m.fold[i]) {
			i++
			continue
		}
		r := run{start: i}
		for i < len(m.fold) && isAlnum(m.fold[i]) {
			if isDigit(m.fold[i]) {
				r.digits++
			}
			i++
		}
		r.end = i
		runs = append(runs, r)
	}
	return runs
}

// codeAt reads the code that begins with the first of runs and returns how
// many of them it took: the first alone, else as many as join to a code
// (138 1234 5678, SF 1234-5678-90123).
func (m *message) codeAt(runs []run, emit func(nlu.Entity)) int {
	first := runs[0]
	if first.end-first.start <= maxCode && first.digits >= 7 && !m.inDecimal(first) {
		if e, ok := m.classify(first.start, first.end, m.capitals(first.start, first.end), 1); ok {
			emit(m.withTail(e))
			return 1
		}
	}
	// Runs one blank or hyphen apart may be the groups of one code.
	n, length, digits := 1, first.end-first.start, first.digits
	for n < len(runs) && n < maxGroups {
		gap := runs[n].start - runs[n-1].end
		sep := m.fold[runs[n-1].end]
		length += runs[n].end - runs[n].start
		if gap != 1 || sep != ' ' && sep != '-' || length > maxCode {
			break
		}
		digits += runs[n].digits
		n++
	}
	if digits < 7 {
		return 1
	}
	for ; n > 1; n-- {
		var joined strings.Builder
		for _, r := range runs[:n] {
			joined.WriteString(string(m.fold[r.start:r.end]))
		}
		e, ok := m.classify(first.start, runs[n-1].end, strings.ToUpper(joined.String()), n)
		if ok && m.groupsAgree(e, runs[:n]) {
			emit(m.withTail(e))
			return n
		}
	}
	return 1
}

// groupsAgree reports whether groups of digits look like the parts of one
// code e: a mobile number is grouped 3-4-4, a parcel number in groups of
// three to five, behind its letters.
func (m *message) groupsAgree(e nlu.Entity, runs []run) bool {
	var sizes []int
	for _, r := range runs {
		sizes = append(sizes, r.end-r.start)
	}
	switch e.Type {
	case nlu.MobileNumber:
		tail := len(sizes)
		return sizes[tail-1] == 11 || tail >= 3 && sizes[tail-1] == 4 && sizes[tail-2] == 4
	case nlu.TrackingNumber, nlu.OrderNumber:
		if isLetter(m.fold[e.Start]) {
			return true
		}
		for i, n := range sizes {
			if n < 3 && i < len(sizes)-1 || n > 5 {
				return false
			}
		}
		return len(sizes) >= 3
	}
	return false
}

// inDecimal reports whether r is the whole or the fraction of a decimal number.
func (m *message) inDecimal(r run) bool {
	return m.at(r.start-1) == '.' && isDigit(m.at(r.start-2)) || m.at(r.end) == '.' && isDigit(m.at(r.end+1))
}

var demoOrder = regexp.MustCompile(`^YX\d{12}$`)

// classify decides what code is, which stands at [start, end) in groups parts.
func (m *message) classify(start, end int, code string, groups int) (nlu.Entity, bool) {
	e := nlu.Entity{Start: start, End: end, Value: code}
	digits := countDigits(code)
	what := m.codeContext(start, end)
	if digits < len(code) {
		switch shapes := m.shapesOf(code, start, end); {
		case demoOrder.MatchString(code):
			e.Type, e.Confidence = nlu.OrderNumber, 0.99
		case len(shapes) > 0:
			e.Type, e.Confidence, e.Candidates = nlu.TrackingNumber, 0.97, shapes
		case isS10(code):
			e.Type, e.Confidence = nlu.TrackingNumber, 0.98
			e.Candidates = []nlu.Candidate{{Value: "s10", Score: 0.95}}
		case groups == 1 && what == aboutOrder && len(code) >= 8 && digits >= 6:
			e.Type, e.Confidence = nlu.OrderNumber, 0.8
		case groups == 1 && (what == aboutParcel || what == aboutNumber) && len(code) >= 10 && digits >= 8:
			e.Type, e.Confidence, e.Candidates = nlu.TrackingNumber, 0.5, m.namedCarriers(start, end)
		default:
			return e, false
		}
		return e, true
	}
	if number, ok := mobile(code, what); ok {
		e.Type, e.Value, e.Confidence = nlu.MobileNumber, number, 0.97
		if m.at(start-1) == '+' {
			e.Start--
		}
		return e, true
	}
	if len(code) < 10 || len(code) > 20 {
		return e, false
	}
	if what == aboutOrder {
		e.Type, e.Confidence = nlu.OrderNumber, 0.95
		return e, true
	}
	if shapes := m.shapesOf(code, start, end); len(shapes) > 0 {
		e.Type, e.Candidates = nlu.TrackingNumber, shapes
		e.Confidence = map[about]float64{aboutParcel: 0.95, aboutNumber: 0.8}[what]
		if e.Confidence == 0 {
			e.Confidence = 0.7
		}
		return e, true
	}
	switch {
	case groups > 1:
		return e, false
	case what == aboutParcel:
		e.Type, e.Confidence, e.Candidates = nlu.TrackingNumber, 0.5, m.namedCarriers(start, end)
	case what == aboutNumber:
		e.Type, e.Confidence = nlu.OrderNumber, 0.7
	case len(code) >= 15 && m.whole(start, end) && !isIdentityCard(code) && !isBankCard(code):
		e.Type, e.Confidence = nlu.OrderNumber, 0.5
	default:
		return e, false
	}
	return e, true
}

// codeContext returns what the words around [start, end) call the code there.
// It looks twelve code points back, not past the end of a sentence, and eight
// ahead.
func (m *message) codeContext(start, end int) about {
	const back, ahead = 12, 8
	low := max(0, start-back)
	for i := start - 1; i >= low; i-- {
		if strings.ContainsRune("。!?\n；;", m.fold[i]) {
			low = i + 1
			break
		}
	}
	best, bestEnd, bestStart := aboutNothing, -1, 0
	for i := low; i < start; i++ {
		for _, cue := range codeCues {
			n := m.hasAny(i, cue.word)
			// Of two that end together the longer one knows better: 退货单号 over 单号.
			if n > 0 && i+n <= start && (i+n > bestEnd || i+n == bestEnd && i < bestStart) {
				if cue.what == aboutNumber && i <= bestEnd && best != aboutNothing {
					bestEnd = i + n // 快递单号, 订单编号
					continue
				}
				best, bestEnd, bestStart = cue.what, i+n, i
			}
		}
	}
	for _, w := range m.carriersIn(low, start) {
		if w.start >= low && w.end <= start && w.end > bestEnd {
			best, bestEnd = aboutParcel, w.end
		}
	}
	if best != aboutNothing && best != aboutNumber {
		return best
	}
	for i := end; i < min(len(m.fold), end+ahead); i++ {
		if strings.ContainsRune("。!?\n；;", m.fold[i]) {
			break
		}
		for _, cue := range codeCues {
			if cue.what != aboutNumber && m.has(i, cue.word) {
				return cue.what
			}
		}
	}
	return best
}

func countDigits(code string) int {
	n := 0
	for _, r := range code {
		if '0' <= r && r <= '9' {
			n++
		}
	}
	return n
}

// withTail extends a JD parcel number over the piece numbers behind it (-1-1-).
func (m *message) withTail(e nlu.Entity) nlu.Entity {
	if e.Type != nlu.TrackingNumber || !strings.HasPrefix(e.Value, "JD") {
		return e
	}
	for m.at(e.End) == '-' {
		_, end := m.digitsFrom(e.End+1, 3)
		e.End = end
	}
	return e
}
