package segment

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/fault"
)

func TestParseWords(t *testing.T) {
	got, err := ParseWords(strings.NewReader("\uFEFF花呗 2000 n\n\n# comment\n运费险 # why\r\n尾款\t5\nC# 3\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Word{{"花呗", 2000, "n"}, {"运费险", 0, ""}, {"尾款", 5, ""}, {"C#", 3, ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
}

func TestParseWordsFaults(t *testing.T) {
	for _, c := range []struct {
		name, text, field string
		code              fault.Code
	}{
		{"frequency", "花呗 2000\n尾款 many", "line 2", fault.Invalid},
		{"fields", "a 1 n extra", "line 1", fault.Invalid},
		{"negative", "花呗 -3", "line 1", fault.Invalid},
		{"not a number", "花呗 NaN", "line 1", fault.Invalid},
		{"invalid UTF-8", "\xbb\xa8\xdf\xc2 2000", "line 1", fault.Invalid},
		{"too long", strings.Repeat("长", 33), "line 1", fault.Invalid},
		{"control character", "a\x01b", "line 1", fault.Invalid},
		{"line too long", strings.Repeat("a", 70_000), "", fault.Invalid},
		{"too many", strings.Repeat("词\n", maxWords+1), "", fault.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseWords(strings.NewReader(c.text))
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != c.code || e.Field != c.field {
				t.Errorf("error %+v, want code %s, field %q", err, c.code, c.field)
			}
		})
	}
	broken := iotest.ErrReader(io.ErrUnexpectedEOF)
	if _, err := ParseWords(broken); !fault.Is(err, fault.Unavailable) {
		t.Errorf("broken reader: %v, want fault.Unavailable", err)
	}
	if _, err := New(Options{Terms: broken}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("broken terms: %v, want fault.Unavailable", err)
	}
	if _, err := New(Options{General: broken}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("broken general dictionary: %v, want fault.Unavailable", err)
	}
}

func TestStopWords(t *testing.T) {
	set, err := StopWords(strings.NewReader("# particles\n的\n嗎\nＯＫ\n\n了 # past\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(set))
	if want := []string{"ok", "了", "吗", "的"}; !slices.Equal(got, want) {
		t.Errorf("stop words %q, want %q", got, want)
	}
	for text, code := range map[string]fault.Code{"的 了": fault.Invalid, "\xff": fault.Invalid} {
		if _, err := StopWords(strings.NewReader(text)); !fault.Is(err, code) {
			t.Errorf("StopWords(%q): %v, want %s", text, err, code)
		}
	}
	if _, err := StopWords(iotest.ErrReader(io.ErrUnexpectedEOF)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("broken reader: %v, want fault.Unavailable", err)
	}
}

func FuzzParseWords(f *testing.F) {
	f.Add("花呗 2000 n\n# x\nH&M")
	f.Add("\xff 1")
	base, err := New(Options{General: strings.NewReader("花呗 5 n\n")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := ParseWords(strings.NewReader(text))
		if err != nil {
			return
		}
		s, err := base.WithWords(words)
		if err != nil {
			t.Fatalf("words that were read are refused: %v", err)
		}
		for _, w := range words {
			if got := s.Segment(w.Text); len(got) != 1 {
				t.Errorf("the word %q is cut: %v", w.Text, got)
			}
		}
	})
}
