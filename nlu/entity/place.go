package entity

import (
	"strings"
	"sync"

	"github.com/yingda/yingda/nlu"
)

// place is what a name of places.txt stands for.
type place struct {
	province string // full name; empty for a phrase that is no place
	city     string // full name; empty for a province
	weak     bool   // also an ordinary word
}

var placeNames = sync.OnceValue(func() names[place] {
	n := names[place]{}
	province := ""
	for line := range lines("places.txt") {
		fields := strings.Fields(line)
		switch fields[0] {
		case "!":
			for _, phrase := range fields[1:] {
				n.add(phrase, place{})
			}
		case "=":
			province = fields[1]
			p := place{province: province}
			if strings.HasSuffix(province, "市") {
				p.city = province
			}
			for _, alias := range fields[1:] {
				n.add(alias, p)
			}
		default:
			for _, f := range fields {
				addCity(n, province, f)
			}
		}
	}
	return n.sort()
})

// addCity adds the names of one city: "杭州", "吉林*", "大理白族自治州=大理".
func addCity(n names[place], province, field string) {
	field, weak := strings.CutSuffix(field, "*")
	full, short, explicit := strings.Cut(field, "=")
	if !explicit {
		full, short = field+"市", field
	}
	n.add(full, place{province: province, city: full})
	if short == full {
		return
	}
	if explicit {
		// A prefecture is also called by its short name and its kind.
		for _, kind := range []string{"自治州", "地区", "盟", "林区"} {
			if strings.HasSuffix(full, kind) {
				n.add(short+strings.TrimPrefix(strings.TrimPrefix(kind, "自治"), "林"), place{province: province, city: full})
			}
		}
	}
	n.add(short, place{province: province, city: full, weak: weak})
}

// Cues that make an ambiguous name a place.
var (
	placeBefore = []string{"到", "发", "寄", "在", "从", "去", "往", "至", "来", "住", "送", "是", "地址", "人在", ":", "："}
	placeAfter  = []string{"市", "州", "地区", "这边", "那边", "这里", "那里", "能到", "可以到", "多久", "几天", "包邮", "发货", "发过来", "的仓", "仓库", "本地", "人", "收"}
	streetAfter = []string{"路", "大街", "街", "大道", "大厦", "东路", "西路", "南路", "北路", "中路", "东街", "西街", "卫视", "牌"}
)

// places finds provinces and cities. 北京, 上海, 天津 and 重庆 are cities whose
// province is themselves. A name that the table marks as ambiguous counts
// right after its province, beside an address cue, or alone in the message;
// a name within a street's is none.
func (m *message) places(emit func(nlu.Entity)) {
	table := placeNames()
	var before place // the place that ends where this one begins
	beforeEnd := -1
	for i := 0; i < len(m.fold); {
		p, end, ok := table.longest(m.fold, i)
		if !ok || p.province == "" {
			i = max(end, i+1)
			continue
		}
		if q, e, ok := m.cityAgain(table, i, before, beforeEnd); ok {
			p, end = q, e
		}
		known := beforeEnd == i && before.province == p.province
		district := p.weak && m.hasAny(end, "区", "县") > 0
		if district || m.hasAny(end, streetAfter...) > 0 || p.weak && !known && !m.placeCue(i, end) {
			i = end
			continue
		}
		e := nlu.Entity{Start: i, End: end, Confidence: 0.95}
		if p.city == "" {
			e.Type, e.Value = nlu.Province, p.province
		} else {
			e.Type, e.Value = nlu.City, p.city
			e.Attributes = map[string]string{"province": p.province}
			if p.weak {
				e.Confidence = 0.75
			}
		}
		emit(e)
		before, beforeEnd = p, end
		i = end
	}
}

// cityAgain resolves a name that is a province's and, right after its own
// province, a city's: 吉林吉林, 青海海南.
func (m *message) cityAgain(table names[place], i int, before place, beforeEnd int) (place, int, bool) {
	if beforeEnd != i || before.city != "" {
		return place{}, 0, false
	}
	for _, c := range table[m.fold[i]] {
		if c.value.city != "" && c.value.province == before.province && m.has(i, string(c.text)) {
			return c.value, i + len(c.text), true
		}
	}
	return place{}, 0, false
}

func (m *message) placeCue(start, end int) bool {
	return m.endsWith(start, placeBefore...) > 0 || m.hasAny(end, placeAfter...) > 0 || m.whole(start, end)
}
