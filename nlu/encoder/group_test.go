package encoder

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// lined makes waiting messages of these lengths, oldest first.
func lined(lengths ...int) []*job {
	list := make([]*job, len(lengths))
	for i, n := range lengths {
		list[i] = newJob(input{ids: make([]int64, n), second: n})
	}
	return list
}

func lengths(group []*job) []int {
	out := make([]int, len(group))
	for i, j := range group {
		out[i] = j.length()
	}
	slices.Sort(out)
	return out
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		waiting []int
		limits  limits
		want    []int
	}{
		{[]int{9}, limits{8, 512}, []int{9}},
		{[]int{9, 9, 9}, limits{1, 512}, []int{9}},
		{[]int{9, 9, 9}, limits{2, 512}, []int{9, 9}},
		{[]int{8, 40, 9, 41, 8}, limits{8, 512}, []int{8, 8, 9}},       // the long ones wait
		{[]int{40, 8, 9, 41, 8}, limits{8, 512}, []int{40, 41}},        // the oldest decides
		{[]int{12, 8, 8}, limits{8, 512}, []int{8, 8, 12}},             // 8 of 36 are padding
		{[]int{16, 8, 8}, limits{8, 512}, []int{8, 16}},                // a quarter, and no more
		{[]int{17, 8}, limits{8, 512}, []int{17}},                      // just over a quarter
		{[]int{200, 200, 200}, limits{8, 512}, []int{200, 200}},        // as many tokens as a run may have
		{[]int{600, 600}, limits{8, 512}, []int{600}},                  // a lone message may always run
		{[]int{10, 12, 11, 10, 12}, limits{3, 512}, []int{10, 10, 11}}, // the least padding of three
		{[]int{19, 30, 30, 10, 10, 10}, limits{8, 512}, []int{19, 30, 30}},
	} {
		waiting := lined(c.waiting...)
		before := slices.Clone(waiting)
		got := choose(waiting, c.limits)
		if !slices.Equal(lengths(got), c.want) || !slices.Contains(got, waiting[0]) {
			t.Errorf("of %v within %+v: %v, want %v", c.waiting, c.limits, lengths(got), c.want)
		}
		if !slices.Equal(waiting, before) {
			t.Errorf("%v was reordered", c.waiting)
		}
	}
}

func TestChooseKeepsTheLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		waiting := lined(rapid.SliceOfN(rapid.IntRange(3, 130), 1, 100).Draw(t, "lengths")...)
		l := limits{rapid.IntRange(1, 12).Draw(t, "messages"), rapid.IntRange(100, 600).Draw(t, "tokens")}
		group := choose(waiting, l)
		sum, longest, seen := 0, 0, map[*job]bool{}
		for _, j := range group {
			if seen[j] || !slices.Contains(waiting[:min(len(waiting), window)], j) {
				t.Fatal("a message twice, or from nowhere")
			}
			seen[j] = true
			sum, longest = sum+j.length(), max(longest, j.length())
		}
		n := len(group)
		if !seen[waiting[0]] {
			t.Fatal("the oldest was left")
		}
		if n > 1 && (n > l.messages || n*longest > l.tokens || float64(n*longest-sum) > 0.25*float64(n*longest)) {
			t.Fatalf("%d messages, longest %d, %d tokens within %+v", n, longest, sum, l)
		}
		// No message of a length between those chosen could have joined for nothing.
		if n < l.messages && (n+1)*longest <= l.tokens {
			for _, j := range waiting[:min(len(waiting), window)] {
				if !seen[j] && j.length() <= longest && 4*(sum+j.length()) >= 3*(n+1)*longest {
					t.Fatalf("%d could have joined %v", j.length(), lengths(group))
				}
			}
		}
	})
}

func BenchmarkChoose(b *testing.B) {
	for _, n := range []int{2, 64, 256} {
		sizes := make([]int, n)
		for i := range sizes {
			sizes[i] = 8 + i*31%40
		}
		waiting := lined(sizes...)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				choose(waiting, limits{DefaultBatch, runTokens})
			}
		})
	}
}
