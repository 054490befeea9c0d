package head

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/fault"
)

func TestGramsFoldTexts(t *testing.T) {
	same := [][2]string{
		{"iPhone 15", "ＩＰＨＯＮＥ　99"}, {"a  b", "a\tb"}, {"你好\xff", "你好\uFFFD"},
	}
	for _, s := range same {
		if !slices.Equal(gramsOf(s[0]), gramsOf(s[1])) {
			t.Errorf("%q and %q read differently", s[0], s[1])
		}
	}
	if slices.Equal(gramsOf("退货"), gramsOf("货退")) {
		t.Error("the order of characters is lost")
	}
	if n := len(gramsOf(strings.Repeat("长文", 100_000))); n > 4*(readRunes+2) {
		t.Errorf("%d grams of a very long text", n)
	}
	if n := len(gramsOf("")); n != 3 { // two marks, and both together
		t.Errorf("%d grams of nothing", n)
	}
}

func TestGramsSurviveTheirFile(t *testing.T) {
	texts, y, w := phrases(60, 9)
	g, _ := countGrams(texts, y, w)
	g.slope = 0.3
	back, err := decodeGrams(g.encode(), 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(texts, "从没见过的话", "") {
		a, b := make([]float32, 2), make([]float32, 2)
		g.add(a, text)
		back.add(b, text)
		if !slices.Equal(a, b) {
			t.Errorf("%q scores %v, read back %v", text, a, b)
		}
	}
	data := g.encode()
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": data[:len(data)-1], "longer": append(slices.Clone(data), 0),
		"other magic": append([]byte("YDGRAMS9"), data[8:]...), "unsorted": swapped(data),
	} {
		if _, err := decodeGrams(bad, 2); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := decodeGrams(data, 3); !fault.Is(err, fault.Invalid) {
		t.Errorf("counts of two classes for a head of three: %v", err)
	}
}

// swapped exchanges the first two hashes.
func swapped(data []byte) []byte {
	out := slices.Clone(data)
	at := len(gramsMagic) + 20 + 2*8
	copy(out[at:at+8], data[at+10:at+18])
	copy(out[at+10:at+18], data[at:at+8])
	return out
}

func FuzzDecodeGrams(f *testing.F) {
	texts, y, w := phrases(6, 1)
	g, _ := countGrams(texts, y, w)
	f.Add(g.encode())
	f.Add([]byte(gramsMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := decodeGrams(data, 2)
		if err != nil {
			return
		}
		g.add(make([]float32, 2), "物流快递到哪")
		if !bytes.Equal(g.encode(), data) {
			t.Error("what was read is written differently")
		}
	})
}

func FuzzFold(f *testing.F) {
	f.Add("我的快递 ８８８ İ\xff\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		if runes := fold(text); len(runes) > readRunes+2 {
			t.Errorf("%d runes", len(runes))
		}
	})
}

func BenchmarkGrams(b *testing.B) {
	texts, y, w := phrases(2000, 9)
	g, _ := countGrams(texts, y, w)
	out := make([]float32, 2)
	for b.Loop() {
		g.add(out, "退货款什么时候到，物流快递到哪了")
	}
}
