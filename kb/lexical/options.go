package lexical

// Options sets an Index up; the zero value is usable.
type Options struct {
	// K1 bounds how much a repeated term counts; 0 means 1.2.
	K1 float64
	// B is how much long documents are discounted, between 0 and 1; 0 means
	// 0.75, a negative value no discount.
	B float64
	// Stop are terms that are neither indexed nor searched. A text that has
	// no other terms keeps them all, so that 你好 still finds an article 你好.
	Stop map[string]struct{}
}

func (o Options) withDefaults() Options {
	if o.K1 == 0 {
		o.K1 = 1.2
	}
	switch {
	case o.B == 0:
		o.B = 0.75
	case o.B < 0:
		o.B = 0
	}
	return o
}

// keep returns terms without stop words, or all of them if nothing else is left.
func (o Options) keep(terms []string) []string {
	if len(o.Stop) == 0 {
		return terms
	}
	kept := make([]string, 0, len(terms))
	for _, t := range terms {
		if _, stop := o.Stop[t]; !stop {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return terms
	}
	return kept
}
