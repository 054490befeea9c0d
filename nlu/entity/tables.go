package entity

import (
	"embed"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed tables
var tables embed.FS

// lines yields the lines of a table without comments and empty lines. The
// tables are part of the program: a missing or faulty one is a defect that
// every test of the package meets, hence the panics of their readers.
func lines(name string) iter.Seq[string] {
	data, err := tables.ReadFile("tables/" + name)
	if err != nil {
		panic(fmt.Sprintf("entity: table %s: %v", name, err))
	}
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !yield(line) {
				return
			}
		}
	}
}

// names finds the longest of a set of names at a position.
type names[T any] map[rune][]name[T]

type name[T any] struct {
	text  []rune
	value T
}

func (n names[T]) add(text string, value T) {
	runes := []rune(text)
	n[runes[0]] = append(n[runes[0]], name[T]{runes, value})
}

// sort brings the longer names to the front; it must run before longest.
func (n names[T]) sort() names[T] {
	for _, list := range n {
		slices.SortStableFunc(list, func(a, b name[T]) int { return len(b.text) - len(a.text) })
	}
	return n
}

// longest returns the longest name that stands at i of text and the position
// after it.
func (n names[T]) longest(text []rune, i int) (value T, end int, ok bool) {
	for _, c := range n[text[i]] {
		if end := i + len(c.text); end <= len(text) && slices.Equal(c.text, text[i:end]) {
			return c.value, end, true
		}
	}
	return value, i, false
}

// simplified maps the traditional forms of the characters that occur in the
// tables and rules (tables/traditional.txt: pairs).
var simplified = sync.OnceValue(func() map[rune]rune {
	table := map[rune]rune{}
	for line := range lines("traditional.txt") {
		for pair := range strings.FieldsSeq(line) {
			from, n := utf8.DecodeRuneInString(pair)
			to, _ := utf8.DecodeRuneInString(pair[n:])
			table[from] = to
		}
	}
	return table
})
