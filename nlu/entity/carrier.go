package entity

import (
	"sort"
	"strings"
	"sync"

	"github.com/yingda/yingda/nlu"
)

// carrierMention is a carrier that the text names.
type carrierMention struct {
	start, end int
	code       string
}

var carrierNames = sync.OnceValue(func() names[string] {
	n := names[string]{}
	for line := range lines("carriers.txt") {
		code, list, _ := strings.Cut(line, ":")
		for alias := range strings.FieldsSeq(list) {
			n.add(alias, code)
		}
	}
	return n.sort()
})

// carriers finds the carriers by name. A name that a station or a locker
// bears (菜鸟驿站) is none.
func (m *message) carriers(emit func(nlu.Entity)) {
	table := carrierNames()
	for i := 0; i < len(m.fold); {
		code, end, ok := table.longest(m.fold, i)
		latin := ok && isAlnum(m.fold[i])
		switch {
		case !ok,
			latin && (isAlnum(m.at(i-1)) || isAlnum(m.at(end))),
			m.hasAny(end, "驿站", "网", "编码", "局储") > 0:
			i++
			continue
		}
		m.ways = append(m.ways, carrierMention{i, end, code})
		confidence := 0.97
		if latin {
			confidence = 0.85
		}
		emit(nlu.Entity{Type: nlu.Carrier, Start: i, End: end, Value: code, Confidence: confidence})
		i = end
	}
}

// carriersIn returns the mentions that end after low and begin before high.
func (m *message) carriersIn(low, high int) []carrierMention {
	from := sort.Search(len(m.ways), func(i int) bool { return m.ways[i].end > low })
	to := sort.Search(len(m.ways), func(i int) bool { return m.ways[i].start >= high })
	return m.ways[from:max(from, to)]
}
