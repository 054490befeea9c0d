package entity

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yingda/yingda/nlu/segment"
)

func TestPlacesAreComplete(t *testing.T) {
	provinces, cities := map[string]bool{}, map[string]bool{}
	for _, list := range placeNames() {
		for _, n := range list {
			if n.value.province != "" {
				provinces[n.value.province] = true
			}
			if n.value.city != "" {
				cities[n.value.city] = true
			}
		}
	}
	if len(provinces) != 34 {
		t.Errorf("%d provinces, want 34", len(provinces))
	}
	// 333 prefecture-level divisions, 4 municipalities, and the province-run
	// counties and cities that customers name.
	if len(cities) < 337 || len(cities) > 360 {
		t.Errorf("%d cities, want 337 and the province-run ones", len(cities))
	}
}

func TestEveryPlaceIsFoundByItsFullName(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range placeNames() {
		for _, n := range list {
			full := n.value.city
			if full == "" {
				full = n.value.province
			}
			if full == "" || seen[full] {
				continue
			}
			seen[full] = true
			got := New().Extract("寄到"+full, wednesday)
			if len(got) != 1 || got[0].Value != full {
				t.Errorf("寄到%s: %s", full, show(got))
			}
		}
	}
}

// TestTraditionalCharacters compares traditional.txt with the segmenter's
// table: it must hold every traditional form of a character that the tables use.
func TestTraditionalCharacters(t *testing.T) {
	table := simplified()
	for from, to := range table {
		if got := segment.Simplify(string(from)); got != string(to) {
			t.Errorf("%c is %c here, %s in the segmenter", from, to, got)
		}
	}
	used := map[rune]bool{}
	files, err := filepath.Glob("tables/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "traditional.txt") {
			continue
		}
		for line := range lines(filepath.Base(file)) {
			for _, r := range line {
				used[r] = true
			}
		}
	}
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		to := []rune(segment.Simplify(string(r)))[0]
		if to != r && used[to] && !used[r] && table[r] != to {
			t.Errorf("traditional.txt lacks %c%c", r, to)
		}
	}
}

func TestTablesParse(t *testing.T) {
	if len(carrierNames()) == 0 || len(measures()) == 0 || len(feasts()) == 0 || len(lunar()) != 8 || len(countries()) < 240 {
		t.Error("a table is empty")
	}
	for column, years := range lunar() {
		for y := 2024; y <= 2032; y++ {
			if d, ok := years[y]; !ok || d.Year() != y {
				t.Errorf("%s of %d is %v", column, y, d)
			}
		}
	}
	for _, list := range feasts() {
		for _, f := range list {
			if _, ok := f.value.in(2026); !ok {
				t.Errorf("%s has no day in 2026", string(f.text))
			}
		}
	}
	total := 0
	for length, list := range shapes() {
		for _, s := range list {
			total++
			if len(s.pattern) != length || s.weight <= 0 || s.weight > 1 {
				t.Errorf("shape %+v", s)
			}
		}
	}
	if total < 18 {
		t.Errorf("%d shapes of parcel numbers", total)
	}
	kinds := []string{"count", "weight", "volume", "length", "reach", "time"}
	for _, list := range measures() {
		for _, w := range list {
			if !slices.Contains(kinds, w.value.kind) {
				t.Errorf("measure %s is of kind %q", string(w.text), w.value.kind)
			}
		}
	}
}

// TestNamesAreFolded makes sure that no name of a table has a form that a
// folded message cannot hold.
func TestNamesAreFolded(t *testing.T) {
	err := fs.WalkDir(os.DirFS("tables"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{"places.txt", "carriers.txt", "feasts.txt", "measures.txt"}, path) {
			return err
		}
		for line := range lines(path) {
			for _, r := range line {
				if unicode.IsUpper(r) || foldRune(r, simplified()) != r {
					t.Errorf("%s: %q in %q is not folded", path, r, line)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
