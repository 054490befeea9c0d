// Package pinyin reads Chinese characters: the syllables of each, without
// tones, and which syllables people confuse.
//
// The readings are those of github.com/mozillazg/go-pinyin, the commonest first.
package pinyin

import (
	"slices"
	"strings"
	"sync"

	"github.com/mozillazg/go-pinyin"
)

// maxReadings bounds the readings of one character; rarer ones are hardly ever meant.
const maxReadings = 3

// toneless maps a vowel with a tone to the vowel as it is typed; ü is v.
var toneless = func() map[rune]rune {
	m := map[rune]rune{}
	for plain, toned := range map[rune]string{
		'a': "āáǎà", 'e': "ēéěèêếềế", 'i': "īíǐì", 'o': "ōóǒò", 'u': "ūúǔù", 'v': "üǖǘǚǜ", 'n': "ńňǹ", 'm': "ḿ",
	} {
		for _, r := range toned {
			m[r] = plain
		}
	}
	return m
}()

// Readings returns the syllables of a character in lower case letters, ü as v,
// at most three, the commonest first; none for what is no Chinese character.
func Readings(r rune) []string {
	if r == '嗯' {
		return []string{"en"}
	}
	var out []string
	for reading := range strings.SplitSeq(pinyin.PinyinDict[int(r)], ",") {
		s := strings.Map(func(r rune) rune {
			if plain, ok := toneless[r]; ok {
				return plain
			}
			if r < 'a' || r > 'z' {
				return -1 // a combining tone
			}
			return r
		}, reading)
		if strings.ContainsAny(s, "aeiouv") && !slices.Contains(out, s) && len(out) < maxReadings {
			out = append(out, s)
		}
	}
	return out
}

// Initials returns the first letter of each character's commonest reading, and
// letters and digits as they are in lower case; everything else is left out.
// 退款 is tk.
func Initials(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := Readings(r); len(s) > 0 {
			b.WriteByte(s[0][0])
		}
	}
	return b.String()
}

// Fuzzy returns the one spelling that stands for all syllables that speakers
// of some regions do not tell apart: zh z, ch c, sh s, l n, and a syllable
// ending in ang, eng or ing with the one in an, en or in. lüe may be spelt
// lue. It does not ask whether the syllable exists.
func Fuzzy(s string) string {
	switch {
	case strings.HasPrefix(s, "zh"), strings.HasPrefix(s, "ch"), strings.HasPrefix(s, "sh"):
		s = s[:1] + s[2:]
	case strings.HasPrefix(s, "l"):
		s = "n" + s[1:]
	}
	if s == "nue" {
		return "nve"
	}
	if stem, ok := strings.CutSuffix(s, "ng"); ok && stem != "" && strings.IndexByte("aei", stem[len(stem)-1]) >= 0 {
		return stem + "n"
	}
	return s
}

// Syllable is the number of a syllable, from 1; 0 is none.
type Syllable uint16

// Class is the number of a set of syllables that Fuzzy spells alike, from 1; 0 is none.
type Class uint16

// Longest is the number of letters of the longest syllable.
const Longest = 6

// Table numbers all syllables that some character has.
type Table struct {
	texts    []string
	classes  []Class // of the syllable of the same place
	byText   map[string]Syllable
	byFuzzy  map[string]Class
	initials []byte // of the class of the same place
	readings map[rune][maxReadings]Syllable
	begun    map[string][]Class
}

// Syllables returns the table; it is the same every time and not to be changed.
var Syllables = sync.OnceValue(func() *Table {
	t := &Table{texts: []string{""}, classes: []Class{0}, initials: []byte{0}, byText: map[string]Syllable{}, byFuzzy: map[string]Class{}, readings: map[rune][maxReadings]Syllable{}, begun: map[string][]Class{}}
	readings := map[rune][]string{'嗯': Readings('嗯')}
	var all []string
	for r := range pinyin.PinyinDict {
		read := Readings(rune(r))
		readings[rune(r)] = read
		all = append(all, read...)
	}
	slices.Sort(all) // the same numbers in every run
	for _, s := range slices.Compact(all) {
		fuzzy := Fuzzy(s)
		if t.byFuzzy[fuzzy] == 0 {
			t.byFuzzy[fuzzy] = Class(len(t.initials))
			t.initials = append(t.initials, fuzzy[0])
		}
		t.byText[s] = Syllable(len(t.texts))
		t.texts = append(t.texts, s)
		t.classes = append(t.classes, t.byFuzzy[fuzzy])
		for n := 1; n < len(s); n++ {
			if known := t.begun[s[:n]]; !slices.Contains(known, t.byFuzzy[fuzzy]) {
				t.begun[s[:n]] = append(known, t.byFuzzy[fuzzy])
			}
		}
	}
	for r, read := range readings {
		var numbers [maxReadings]Syllable
		for i, s := range read {
			numbers[i] = t.byText[s]
		}
		t.readings[r] = numbers
	}
	return t
})

// Readings returns the syllables of a character as the function Readings does;
// those after the last are 0.
func (t *Table) Readings(r rune) [3]Syllable { return t.readings[r] }

// Syllable returns the number of a syllable as it is spelt, or 0.
func (t *Table) Syllable(s string) Syllable { return t.byText[s] }

// Class returns the class that a spelling, exact or fuzzy, belongs to, or 0.
func (t *Table) Class(s string) Class { return t.byFuzzy[Fuzzy(s)] }

// Text returns the letters of a syllable.
func (t *Table) Text(s Syllable) string { return t.texts[s] }

// ClassOf returns the class of a syllable.
func (t *Table) ClassOf(s Syllable) Class { return t.classes[s] }

// Initial returns the first letter of the class's fuzzy spelling.
func (t *Table) Initial(c Class) byte { return t.initials[c] }

// Classes counts the classes; they are numbered from 1 to it.
func (t *Table) Classes() int { return len(t.initials) - 1 }

// Begun returns the classes of the syllables that begin with s and go on; the
// slice is not to be changed.
func (t *Table) Begun(s string) []Class { return t.begun[s] }

// Near returns the classes that hold a syllable at edit distance 1 from s: one
// letter replaced, missing, too many, or two neighbours swapped.
func (t *Table) Near(s string) []Class {
	var out []Class
	for i := 1; i < len(t.texts); i++ {
		if Slip(s, t.texts[i]) && !slices.Contains(out, t.classes[i]) {
			out = append(out, t.classes[i])
		}
	}
	return out
}

// Slip reports whether two strings of letters differ by one slip of the
// fingers: a letter replaced, missing, too many, or two neighbours swapped.
func Slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
