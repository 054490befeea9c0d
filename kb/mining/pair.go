package mining

import (
	"context"
	"strings"
	"time"
)

// pair is a question of a customer and the answer that an agent gave, both masked.
type pair struct {
	question, answer string
	at               time.Time
	// resolution is how well the answer served, from 0 to 1.
	resolution float64
	article    string
	reading    Reading
	// before is what was said before the question.
	before string
}

// How far an answer may be from its question, in bursts, and how long texts
// may be, in characters.
const (
	maxBack     = 4
	minQuestion = 4
	maxQuestion = 40
	maxAnswer   = 300
	// sureIntent is the probability from which a statement counts as a matter.
	sureIntent = 0.5
	// maxIdle is the probability of another domain from which a message is left out.
	maxIdle = 0.5
)

// talk are the intents that name no matter.
var talk = map[string]bool{
	"greeting": true, "thanks": true, "goodbye": true, "affirm": true, "deny": true, "wait": true, "praise": true, "bot_identity": true,
	"out_of_scope": true, "inform": true, "unclear": true, "abuse": true, "urge_reply": true, "human_agent": true,
}

// own are the intents whose answer depends on the customer's order: the answer
// to one of these teaches little unless many agents gave it.
var own = map[string]bool{
	"order_query": true, "parcel_track": true, "parcel_delay": true, "parcel_lost": true, "order_modify": true, "address_change": true,
	"order_cancel": true, "ship_urge": true, "refund_status": true, "return_progress": true, "bargain": true, "price_query": true, "missing_item": true, "wrong_item": true,
}

// pairs finds the pairs of a transcript.
func (m *Miner) pairs(ctx context.Context, t Transcript) ([]pair, error) {
	bs := bursts(t.Turns)
	var out []pair
	used := map[int]bool{} // bursts whose question was answered
	for i, b := range bs {
		if b.role != Agent {
			continue
		}
		says := b.says()
		if len(says) == 0 || asksBack(says) {
			continue
		}
		from, question, looked := m.questionBefore(bs, i)
		if from < 0 || used[from] {
			continue
		}
		answer := Mask(join(says), m.o.Find)
		if runes(answer) > maxAnswer || runes(core(answer)) == 0 || len(ours.ReplaceAllString(answer, "")) < len(answer)/2 {
			continue
		}
		p := pair{question: Mask(question, m.o.Find), answer: answer, at: t.At, article: b.article}
		if from > 0 {
			p.before = join(bs[from-1].messages)
		}
		if p.question != question && masked(p.question) > 0 {
			continue // what names an order asks about that order
		}
		var err error
		if p.reading, err = m.o.Read(ctx, p.question); err != nil {
			return nil, err
		}
		if !asksMatter(p.question, p.reading) {
			continue
		}
		used[from] = true
		p.resolution = resolution(t, bs, i)
		if looked {
			p.resolution *= 0.6 // the answer is to what the customer added, too
		}
		out = append(out, p)
	}
	return out, nil
}

// asksMatter reports whether a reading is that of a question for a knowledge base.
func asksMatter(question string, r Reading) bool {
	if r.Idle >= maxIdle || talk[r.Intent] && r.Confidence >= 0.35 {
		return false
	}
	return isAsking(question) || !talk[r.Intent] && r.Confidence >= sureIntent
}

// questionBefore returns the burst and the last question before the agent's
// burst i that can stand alone; the burst is -1 when there is none. looked is
// true when the agent asked back between. It passes over what is no question,
// but not over one that another question follows: the answer is to the last.
func (m *Miner) questionBefore(bs []burst, i int) (from int, question string, looked bool) {
	for j := i - 1; j >= 0 && i-j <= maxBack; j-- {
		switch b := bs[j]; b.role {
		case Bot:
			continue
		case Agent:
			says := b.says()
			if len(says) > 0 && !asksBack(says) {
				return -1, "", false // what was asked before has its answer
			}
			looked = looked || len(says) > 0
		case Customer:
			reply := j > 0 && bs[j-1].role == Agent && len(bs[j-1].says()) > 0 && asksBack(bs[j-1].says())
			asked := 0
			for k := len(b.messages) - 1; k >= 0; k-- {
				q := b.messages[k]
				if isThanks(q) || !isAsking(q) && (looked || reply || asked > 0 || runes(core(q)) < minQuestion) {
					continue
				}
				if asked++; asked == 1 {
					question = q
				}
			}
			if asked == 0 {
				continue
			}
			if asked > 2 || !standsAlone(question) {
				return -1, "", false
			}
			return j, question, looked
		}
	}
	return -1, "", false
}

// standsAlone reports whether a question can be understood by itself.
func standsAlone(q string) bool {
	c := core(q)
	n := runes(c)
	return n >= minQuestion && n <= maxQuestion && runes(q) <= 2*maxQuestion && !pointsBack(q) && !strings.Contains(q, "\n\n")
}

// join puts messages on lines of their own.
func join(messages []string) string { return strings.Join(messages, "\n") }

// resolution judges the agent's burst i by what came after it.
func resolution(t Transcript, bs []burst, i int) float64 {
	r := 0.5
	for _, b := range bs[i+1:] {
		if b.role != Customer {
			continue
		}
		switch {
		case isComplaint(join(b.messages)):
			r -= 0.3
		case isThanks(b.messages[0]):
			r += 0.3
		}
		break
	}
	if t.Resolved != nil && *t.Resolved {
		r += 0.15
	}
	if t.Resolved != nil && !*t.Resolved {
		r -= 0.15
	}
	if t.Satisfaction != nil {
		r += 0.4 * (*t.Satisfaction - 0.5)
	}
	return min(max(r, 0.1), 1)
}
