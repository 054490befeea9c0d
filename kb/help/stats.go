package help

import "math"

// Outcome is what became of a ticket that was about to be sent.
type Outcome string

// The outcomes. One who says solved and sends the ticket all the same has sent it.
const (
	Open   Outcome = ""       // nobody said; the page was left
	Solved Outcome = "solved" // the customer said that an article helped
	Sent   Outcome = "sent"   // the ticket was sent anyway
)

// Day counts a bot's help sessions that began on one day.
type Day struct {
	// Day is the date in the shop's time, as in 2026-03-01.
	Day      string `json:"day,omitempty"`
	Sessions int    `json:"sessions" doc:"texts brought to the help centre; a text that is searched again counts once"`
	Searches int    `json:"searches"`
	Shown    int    `json:"shown" doc:"sessions in which at least one article was shown"`
	Opened   int    `json:"opened" doc:"sessions in which at least one article was opened"`
	Solved   int    `json:"solved" doc:"sessions that ended with: this helped"`
	Sent     int    `json:"sent" doc:"sessions that ended with the ticket sent"`
}

// Use counts the sessions in which an article was shown, opened and helped.
type Use struct {
	Article string `json:"article"`
	Shown   int    `json:"shown"`
	Opened  int    `json:"opened"`
	Solved  int    `json:"solved"`
}

// Rate is a share with its 95 % interval.
type Rate struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low" doc:"lower end of the 95 % interval (Wilson)"`
	High  float64 `json:"high"`
	// Of is how many sessions the share is of; with 0 the share says nothing.
	Of int `json:"of"`
}

// RateOf returns hits of n with Wilson's 95 % score interval (E. B. Wilson,
// JASA 22, 1927); the interval is all of [0, 1] where n is 0.
func RateOf(hits, n int) Rate {
	if n <= 0 {
		return Rate{High: 1}
	}
	const z = 1.959964
	p, m := float64(hits)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Rate{Share: p, Low: max(0, middle-half), High: min(1, middle+half), Of: n}
}

// Total sums days up.
func Total(days []Day) Day {
	var t Day
	for _, d := range days {
		t.Sessions += d.Sessions
		t.Searches += d.Searches
		t.Shown += d.Shown
		t.Opened += d.Opened
		t.Solved += d.Solved
		t.Sent += d.Sent
	}
	return t
}
