package entity

import (
	"regexp"
	"slices"
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
	{"订单", aboutOrder}, {"交易号", aboutOrder}, {"交易编号", aboutOrder}, {"order", aboutOrder},
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
	for ; n > 1 && digits >= 7; n-- {
		kinds := m.grouping(runs[:n])
		if kinds != nil {
			var joined strings.Builder
			for _, r := range runs[:n] {
				joined.WriteString(string(m.fold[r.start:r.end]))
			}
			e, ok := m.classify(first.start, runs[n-1].end, strings.ToUpper(joined.String()), n)
			if ok && slices.Contains(kinds, e.Type) {
				emit(m.withTail(e))
				return n
			}
		}
		digits -= runs[n-1].digits
	}
	return 1
}

var (
	parcelOrOrder = []nlu.EntityType{nlu.TrackingNumber, nlu.OrderNumber}
	parcelOrPhone = []nlu.EntityType{nlu.TrackingNumber, nlu.OrderNumber, nlu.MobileNumber}
	phoneOnly     = []nlu.EntityType{nlu.MobileNumber}
)

// grouping returns the kinds of code that are written in such groups: a mobile
// number in 3-4-4 or whole behind its country code, a parcel or order number
// behind its letters or in three groups or more of three to five digits.
func (m *message) grouping(runs []run) []nlu.EntityType {
	n := len(runs)
	size := func(i int) int { return runs[i].end - runs[i].start }
	mobile := size(n-1) == 11 || n >= 3 && size(n-1) == 4 && size(n-2) == 4 && size(n-3) == 3
	if isLetter(m.fold[runs[0].start]) {
		return parcelOrOrder
	}
	groups := n >= 3 && size(n-1) <= 5
	for i := range n - 1 {
		groups = groups && size(i) >= 3 && size(i) <= 5
	}
	switch {
	case groups && mobile:
		return parcelOrPhone
	case groups:
		return parcelOrOrder
	case mobile:
		return phoneOnly
	}
	return nil
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
	what, near := m.codeContext(start, end)
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
		switch what {
		case aboutParcel:
			e.Confidence = 0.95
		case aboutNumber:
			e.Confidence = 0.8
		default:
			e.Confidence = 0.7
		}
		return e, true
	}
	switch {
	case groups > 1:
		return e, false
	case what == aboutParcel && near:
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

// codeContext returns what the words around [start, end) call the code there,
// and whether the one that decides stands right before it. It looks twelve code points back, not past the end of a sentence, and eight
// ahead.
func (m *message) codeContext(start, end int) (what about, near bool) {
	const back, ahead, beside = 12, 8, 3
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
	near = bestEnd >= start-beside
	if best != aboutNothing && best != aboutNumber {
		return best, near
	}
	for i := end; i < min(len(m.fold), end+ahead); i++ {
		if strings.ContainsRune("。!?\n；;", m.fold[i]) {
			break
		}
		for _, cue := range codeCues {
			if cue.what != aboutNumber && m.has(i, cue.word) {
				return cue.what, false
			}
		}
	}
	return best, near
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
