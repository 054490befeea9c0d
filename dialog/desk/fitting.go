package desk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yingda/yingda/dialog"
)

// stated turns what was looked up into sentences: the look-ups of the
// conversation's actions, then the customer's orders.
func (p *Phrases) stated(sc *scene) []candidate {
	var list []candidate
	looked := slices.Clone(sc.l.lookups)
	for _, o := range sc.relevant() {
		looked = append(looked, lookup{action: "order/" + o.Number, facts: o.facts()})
	}
	for _, look := range looked {
		facts := map[string]string{}
		for _, f := range look.facts {
			facts[f.Name] = strings.TrimRight(strings.TrimSpace(f.Value), "。；，.;, ")
		}
		worded := false
		for _, form := range p.states {
			text, ok := form.say(facts)
			if !ok {
				continue
			}
			worded = true
			score := scoreState
			if slices.Contains(form.Matters, sc.matter) {
				score = scoreStateFits
			}
			list = append(list, candidate{key: look.action + "/" + form.ID, title: form.Title, text: cut(text, maxAnswer), source: SourceState, score: score})
		}
		if !worded {
			list = append(list, listed(look))
		}
	}
	return list
}

// say words facts; false when the first part's are not all there.
func (f stateForm) say(facts map[string]string) (string, bool) {
	var b strings.Builder
	for i, part := range f.Parts {
		text, complete := fillIn(part, func(name string) string { return facts[name] })
		if complete {
			b.WriteString(text)
		} else if i == 0 {
			return "", false
		}
	}
	return b.String(), true
}

// listed tells facts that no form knows.
func listed(l lookup) candidate {
	var parts []string
	for _, f := range l.facts {
		if f.Name != "" && f.Value != "" {
			parts = append(parts, f.Name+"："+f.Value)
		}
	}
	text := ""
	if len(parts) > 0 {
		text = cut("为您查到，"+strings.Join(parts, "；")+"。", maxAnswer)
	}
	return candidate{key: l.action, title: "查询结果", text: text, source: SourceState, score: scoreState}
}

// relevant are the orders worth telling of: the one spoken of, else the only
// open one, else the latest.
func (sc *scene) relevant() []Order {
	if len(sc.orders) == 0 {
		return nil
	}
	told := []string{sc.l.known["order_number"], sc.l.known["tracking_number"]}
	for _, v := range sc.st.Slots {
		told = append(told, v)
	}
	for _, v := range sc.st.Attributes {
		told = append(told, v)
	}
	for _, o := range sc.orders {
		if o.Number != "" && slices.Contains(told, o.Number) || o.TrackingNumber != "" && slices.Contains(told, o.TrackingNumber) {
			return []Order{o}
		}
	}
	var open []Order
	for _, o := range sc.orders {
		if o.Open {
			open = append(open, o)
		}
	}
	if len(open) == 1 {
		return open
	}
	return sc.orders[:1]
}

// facts are an order as an action would report it.
func (o Order) facts() []dialog.Fact {
	carrier := strings.TrimSpace(o.Carrier + " " + o.TrackingNumber)
	return []dialog.Fact{
		{Name: "订单号", Value: o.Number}, {Name: "订单状态", Value: o.Status}, {Name: "商品", Value: o.Title},
		{Name: "运单", Value: carrier}, {Name: "最新轨迹", Value: o.Parcel},
	}
}

// fitting are the phrases whose conditions hold.
func (p *Phrases) fitting(sc *scene) []candidate {
	var list []candidate
	for _, ph := range p.phrases {
		if !p.holds(sc, ph.When) || ph.Once && sc.saidAny(p.alike(ph)) {
			continue
		}
		if text, ok := p.vary(sc, ph.Texts, ph.ID); ok {
			list = append(list, candidate{key: ph.ID, title: ph.Title, group: ph.Group, text: text, source: SourcePhrase, score: ph.Score})
		}
	}
	return list
}

// alike are the wordings of a phrase and of its group.
func (p *Phrases) alike(ph phrase) []string {
	texts := slices.Clone(ph.Texts)
	for _, other := range p.phrases {
		if ph.Group != "" && other.Group == ph.Group && other.ID != ph.ID {
			texts = append(texts, other.Texts...)
		}
	}
	return texts
}

// holds reports whether every condition given holds.
func (p *Phrases) holds(sc *scene, c condition) bool {
	switch {
	case len(c.Matters) > 0 && !slices.Contains(c.Matters, sc.matter),
		len(c.Says) > 0 && !slices.Contains(c.Says, sc.says),
		len(c.Moods) > 0 && !slices.Contains(c.Moods, sc.mood),
		c.First != nil && *c.First != sc.first():
		return false
	}
	for _, name := range c.Lacks {
		if p.value(sc, name) != "" || name == "order" && len(sc.orders) > 0 {
			return false
		}
	}
	for _, name := range c.Knows {
		if p.value(sc, name) == "" {
			return false
		}
	}
	return true
}

// saidAny reports whether one of the wordings was said by people.
func (sc *scene) saidAny(texts []string) bool {
	if len(sc.saidByAgents) == 0 {
		return false
	}
	for _, text := range texts {
		// Blanks were filled by then: the words before the first tell.
		head, _, _ := strings.Cut(text, "{")
		folded := dialog.FoldText(head)
		if folded != "" && slices.ContainsFunc(sc.saidByAgents, func(line string) bool { return strings.HasPrefix(line, folded) }) {
			return true
		}
	}
	return false
}

// vary chooses a wording by conversation and message, one not said before, and
// fills its blanks; false when none can be.
func (p *Phrases) vary(sc *scene, texts []string, key string) (string, bool) {
	from := int(seed(sc.st.ID, sc.st.LastVisitor.ID, key) % uint64(len(texts)))
	for i := range texts {
		text, ok := fillIn(texts[(from+i)%len(texts)], func(name string) string {
			if name == "shop" {
				return sc.profile.Name
			}
			return p.value(sc, name)
		})
		if ok && !sc.isSaid(dialog.FoldText(text)) {
			return text, true
		}
	}
	return "", false
}

// value is what is known under a name, or empty.
func (p *Phrases) value(sc *scene, name string) string {
	at := p.known[name]
	for _, slot := range at.Slots {
		if v := sc.st.Slots[slot]; v != "" {
			return v
		}
	}
	for _, entity := range at.Entities {
		if v := sc.l.known[entity]; v != "" {
			return v
		}
	}
	for _, fact := range at.Facts {
		for _, f := range sc.st.Facts {
			if f.Name == fact && f.Value != "" {
				return f.Value
			}
		}
	}
	for _, attribute := range at.Attributes {
		if v := sc.st.Attributes[attribute]; v != "" {
			return v
		}
	}
	return ""
}

// slotKnown reports whether the value that any of these slots wants is known.
func (p *Phrases) slotKnown(sc *scene, slots []string) bool {
	for name, at := range p.known {
		if slices.ContainsFunc(slots, func(slot string) bool { return slices.Contains(at.Slots, slot) }) && p.value(sc, name) != "" {
			return true
		}
	}
	return slices.ContainsFunc(slots, func(slot string) bool { return sc.st.Slots[slot] != "" })
}

// filling are the wordings that hold always.
func (p *Phrases) filling(sc *scene) []candidate {
	list := make([]candidate, len(p.fill))
	step := (scoreFillMost - scoreFillLeast) / float64(len(p.fill))
	for i, text := range p.fill {
		list[i] = candidate{
			key: "fill" + strconv.Itoa(i), title: "常用语", text: text, source: SourcePhrase, score: scoreFillMost - step*float64(i),
		}
	}
	return list
}
