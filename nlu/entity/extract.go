package entity

import (
	"cmp"
	"slices"
	"time"

	"github.com/yingda/yingda/nlu"
)

// Extractor is the nlu.EntityExtractor of this package. It holds no state and
// is safe for concurrent use.
type Extractor struct{}

var _ nlu.EntityExtractor = (*Extractor)(nil)

// New returns an Extractor.
func New() *Extractor { return &Extractor{} }

// rank orders the kinds for overlaps: the lowest wins.
var rank = map[nlu.EntityType]int{
	nlu.TrackingNumber: 0,
	nlu.OrderNumber:    1,
	nlu.MobileNumber:   2,
	nlu.PhoneTail:      3,
	nlu.Date:           4,
	nlu.Size:           5,
	nlu.Money:          6,
	nlu.Quantity:       7,
	nlu.Carrier:        7,
	nlu.City:           7,
	nlu.Province:       7,
}

// Extract implements nlu.EntityExtractor. Any byte sequence is accepted; a
// byte that is no UTF-8 counts as one code point, as in []rune(text). The
// result is the caller's and never nil; its entities do not overlap.
func (*Extractor) Extract(text string, now time.Time) []nlu.Entity {
	m := newMessage(text)
	var found []nlu.Entity
	emit := func(e nlu.Entity) {
		if e.Start < e.End && e.Value != "" {
			found = append(found, e)
		}
	}
	m.carriers(emit)
	m.places(emit)
	if m.digits || len(m.numbers) > 0 {
		m.codes(emit)
		m.tails(emit)
		m.money(emit)
		m.quantities(emit)
	}
	m.sizes(emit)
	m.dates(now, emit)
	return m.settle(found)
}

// settle drops the losers of overlaps and fills in the surface texts.
func (m *message) settle(found []nlu.Entity) []nlu.Entity {
	slices.SortStableFunc(found, func(a, b nlu.Entity) int {
		return cmp.Or(
			cmp.Compare(rank[a.Type], rank[b.Type]),
			cmp.Compare(b.End-b.Start, a.End-a.Start),
			cmp.Compare(a.Start, b.Start),
		)
	})
	taken := make([]bool, len(m.fold))
	kept := make([]nlu.Entity, 0, len(found))
	for _, e := range found {
		if slices.Contains(taken[e.Start:e.End], true) {
			continue
		}
		for i := e.Start; i < e.End; i++ {
			taken[i] = true
		}
		e.Text = string(m.orig[e.Start:e.End])
		kept = append(kept, e)
	}
	slices.SortFunc(kept, func(a, b nlu.Entity) int { return cmp.Compare(a.Start, b.Start) })
	return kept
}
