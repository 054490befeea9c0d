package entity

import (
	"strconv"
	"strings"
	"sync"

	"github.com/yingda/yingda/nlu"
)

// measure is a row of measures.txt.
type measure struct {
	unit, kind string
	unless     []string // what follows when the word is no measure
}

var measures = sync.OnceValue(func() names[measure] {
	n := names[measure]{}
	for line := range lines("measures.txt") {
		row, unless, _ := strings.Cut(line, "/")
		fields := strings.Fields(row)
		n.add(fields[0], measure{unit: fields[1], kind: fields[2], unless: strings.Fields(unless)})
	}
	return n.sort()
})

// measureAt reads a measure word at i.
func (m *message) measureAt(i int) (measure, int, bool) {
	if i >= len(m.fold) {
		return measure{}, i, false
	}
	w, end, ok := measures().longest(m.fold, i)
	switch {
	case !ok,
		m.hasAny(end, w.unless...) > 0,
		isLetter(m.fold[i]) && isAlnum(m.at(end)):
		return measure{}, i, false
	}
	if w.kind == "reach" && w.unit == "米" && m.orig[i] == 'M' || w.unit == "克" && m.orig[i] == 'G' {
		return measure{}, i, false // 3M is a maker, 5G a network, 128G a memory
	}
	if m.fold[i] == '块' && m.hasAny(end, inPieces...) == 0 {
		return measure{}, i, false // yuan
	}
	if w.unit == "升" && m.orig[i] == 'L' && m.hasAny(end, "码", "号") > 0 {
		return measure{}, i, false
	}
	return w, end, true
}

// measured reports whether a measure word stands at i.
func (m *message) measured(i int) bool {
	_, _, ok := m.measureAt(i)
	return ok
}

// quantities finds numbers with a measure word (两件, 半斤, 3kg), and a factor
// (x2, *3) with no unit.
func (m *message) quantities(emit func(nlu.Entity)) {
	for _, n := range m.numbers {
		m.factor(n, emit)
		if n.sequence > 2 || n.value > 1e7 || m.endsWith(n.start, "第", "¥") > 0 {
			continue
		}
		end, more := m.about(n)
		w, end, ok := m.measureAt(end)
		if !ok || w.kind == "length" || w.kind == "reach" && m.lengthCue(n.start) {
			continue
		}
		if w.unit == "位" && m.endsWith(n.start, "后", "末", "前", "头") > 0 {
			continue // 后四位
		}
		if n.value == 0.5 && n.literal == "" && w.kind == "count" && strings.Contains("个只条双套次位人款种期单", w.unit) && w.unit != "个" {
			continue
		}
		value := n.value
		if m.at(end) == '半' && !n.decimal && value >= 1 && m.hasAny(end+1, "年", "天", "个") == 0 {
			value += 0.5
			end++
		}
		e := nlu.Entity{Type: nlu.Quantity, Start: n.start, End: end, Unit: w.unit, Confidence: 0.9}
		e.Value = strconv.FormatFloat(value, 'f', -1, 64)
		switch {
		case m.generic(n, w):
			e.Confidence = 0.5
		case w.kind == "time":
			e.Confidence = 0.85
		}
		if more || n.about || m.guess(n, end) {
			e.Attributes = map[string]string{approximate: yes}
		}
		emit(e)
	}
}

// generic reports whether the quantity is more likely an article or a
// determiner: 一个问题, 哪一款, 这一次.
func (m *message) generic(n number, w measure) bool {
	return n.value == 1 && n.literal == "" &&
		(strings.Contains("个款种次位样批", w.unit) || m.endsWith(n.start, "这", "那", "哪", "每", "另", "某", "同", "上", "下") > 0)
}

// factor finds a number behind a multiplication sign that ends a product: T恤*2.
func (m *message) factor(n number, emit func(nlu.Entity)) {
	v, ok := n.integer()
	sign := m.endsWith(n.start, "x", "*", "×")
	if !ok || sign == 0 || v == 0 || v > 999 || n.literal == "" {
		return
	}
	before, after := m.at(n.start-2), m.at(n.end)
	if before == 0 || isAlnum(before) || before == '*' || isAlnum(after) || strings.ContainsRune("*×.", after) {
		return
	}
	e := nlu.Entity{Type: nlu.Quantity, Start: n.start - 1, End: n.end, Value: strconv.Itoa(v), Confidence: 0.7}
	if m.at(e.Start) == 'x' {
		e.Confidence = 0.55 // X3 may be a model
	}
	emit(e)
}
