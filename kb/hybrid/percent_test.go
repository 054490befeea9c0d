package hybrid

import "testing"

// What is said of a probability never contradicts its band or claims certainty.
func TestPercent(t *testing.T) {
	for p, want := range map[float64]string{
		0: "0.0%", 0.69: "69.0%", 0.6899: "68.9%", 0.898: "89.8%", 0.12: "12.0%", 0.9996: "99.9%", 1: "99.9%",
	} {
		if got := percent(p); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
}
