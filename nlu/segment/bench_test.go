package segment

import (
	"strings"
	"testing"
)

var benchTexts = []string{
	"你好我上周五买的T恤还没发货呢什么时候能发",
	"七天无理由退货运费谁出，花呗付的款多久能退回来",
	"iPhone15ProMax 256GB有现货吗",
	"快递显示已签收但是我没有收到，麻烦帮我查一下好吗？",
	"这个尺码偏大还是偏小，身高175体重140斤穿什么码",
}

func BenchmarkSegment(b *testing.B) {
	s := newTrade(b)
	n := 0
	for _, t := range benchTexts {
		n += len(t)
	}
	b.SetBytes(int64(n))
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range benchTexts {
			s.Segment(t)
		}
	}
}

func BenchmarkSegmentLong(b *testing.B) {
	s := newTrade(b)
	text := strings.Repeat(strings.Join(benchTexts, "\n"), 50)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Segment(text)
	}
}

func BenchmarkGeneralDictionary(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newGeneral(strings.NewReader(builtinText)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSetWords(b *testing.B) {
	s := newTrade(b)
	words := wordList(2000, 1)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.SetWords(words); err != nil {
			b.Fatal(err)
		}
	}
}
