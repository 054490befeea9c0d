package typeahead

import (
	"time"

	"github.com/yingda/yingda/kb"
)

// place is where a unit stands: the wording's number and, in the last
// placeBits, the unit's.
type place uint32

const (
	placeBits   = 6
	maxWordings = 1 << (32 - placeBits)
)

// wording is a question of an article as it is searched.
type wording struct {
	article *article // nil when it is gone
	units   []unit
	// number is 0 for the question, else the similar question's place from 1.
	number int
}

// article is what a proposal needs.
type article struct {
	id          string
	texts       []string
	from, until *time.Time
	wordings    []int32
}

// shelf holds the wordings of one bot. Changes come one at a time.
type shelf struct {
	articles map[string]*article
	wordings []wording
	gone     int // wordings of articles that are no more

	spellings  map[spelling][]place
	spellPairs map[uint64][]place
	letters    [256][]place
	pairs      map[uint16][]place
}

func newShelf() *shelf {
	return &shelf{articles: map[string]*article{}, spellings: map[spelling][]place{}, spellPairs: map[uint64][]place{}, pairs: map[uint16][]place{}}
}

// put adds an article in place of its earlier form. What does not fit any
// more (67 million wordings) cannot be typed for.
func (s *shelf) put(a kb.Article, simplify func(string) string) {
	s.remove(a.ID)
	entry := &article{id: a.ID, texts: a.Phrasings(), from: a.ValidFrom, until: a.ValidUntil}
	s.articles[a.ID] = entry
	for n, text := range entry.texts {
		read, _ := units(text, simplify, maxUnits)
		s.add(entry, n, read)
	}
}

func (s *shelf) add(entry *article, n int, read []unit) {
	if len(read) == 0 || len(s.wordings) == maxWordings {
		return
	}
	number := len(s.wordings)
	entry.wordings = append(entry.wordings, int32(number))
	s.wordings = append(s.wordings, wording{entry, read, n})
	var here, next prefixes
	for i, u := range read {
		if i == 0 {
			next.of(u)
		}
		here, next = next, here
		if i+1 < len(read) {
			next.of(read[i+1])
		} else {
			next.none()
		}
		s.note(place(number<<placeBits|i), &here, &next)
	}
}

// prefixes are the keys of one unit.
type prefixes struct {
	spellings []spelling
	letters   []byte
}

func (p *prefixes) of(u unit) {
	p.spellings, p.letters = u.spellings(p.spellings[:0]), u.letters(p.letters[:0])
}

func (p *prefixes) none() { p.spellings, p.letters = p.spellings[:0], p.letters[:0] }

// note adds a place under the keys of its unit, alone and with the next one's.
func (s *shelf) note(p place, here, next *prefixes) {
	for _, one := range here.letters {
		s.letters[one] = append(s.letters[one], p)
		for _, two := range next.letters {
			key := uint16(one)<<8 | uint16(two)
			s.pairs[key] = append(s.pairs[key], p)
		}
	}
	for _, one := range here.spellings {
		s.spellings[one] = append(s.spellings[one], p)
		for _, two := range next.spellings {
			key := uint64(one)<<32 | uint64(two)
			s.spellPairs[key] = append(s.spellPairs[key], p)
		}
	}
}

func (s *shelf) remove(id string) {
	entry := s.articles[id]
	if entry == nil {
		return
	}
	delete(s.articles, id)
	for _, n := range entry.wordings {
		s.wordings[n].article, s.wordings[n].units = nil, nil
	}
	s.gone += len(entry.wordings)
}

// wasteful reports whether so much is gone that the shelf should be made anew.
func (s *shelf) wasteful() bool { return s.gone > 64 && s.gone > len(s.wordings)/4 }

// rebuilt returns a shelf with the same articles and nothing that is gone; s
// is only read.
func (s *shelf) rebuilt() *shelf {
	fresh := newShelf()
	for id, a := range s.articles {
		fresh.articles[id] = &article{id: id, texts: a.texts, from: a.from, until: a.until}
	}
	for _, w := range s.wordings { // in the order in which they came
		if w.article != nil {
			fresh.add(fresh.articles[w.article.id], w.number, w.units)
		}
	}
	return fresh
}

// places calls each with every place of the lists. A place may come twice, and
// that of a wording that is gone too.
func (s *shelf) places(l *lookups, each func(p place)) {
	all := func(list []place) {
		for _, p := range list {
			each(p)
		}
	}
	for key := range l.spellPairs {
		all(s.spellPairs[uint64(key[0])<<32|uint64(key[1])])
	}
	for key := range l.pairs {
		all(s.pairs[uint16(key[0])<<8|uint16(key[1])])
	}
	for key := range l.spellings {
		all(s.spellings[key])
	}
	for key := range l.letters {
		for _, p := range s.letters[key] {
			if p&(maxUnits-1) == 0 {
				each(p)
			}
		}
	}
}
