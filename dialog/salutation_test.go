package dialog

import "testing"

func TestSalutation(t *testing.T) {
	for hour, want := range map[int]string{
		0: "晚上好", 4: "晚上好", 5: "早上好", 10: "早上好", 11: "中午好", 12: "中午好", 13: "下午好", 17: "下午好", 18: "晚上好", 23: "晚上好",
	} {
		if got := Salutation(hour); got != want {
			t.Errorf("at %d: %q, want %q", hour, got, want)
		}
	}
}
