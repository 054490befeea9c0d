package nlu

import (
	"context"
	"strings"
)

const (
	// riskTurns and riskRunes bound what is joined of the turns before; the
	// encoder keeps less of it.
	riskTurns = 32
	riskRunes = 600
)

// TalkEncoder is an Encoder that reads a message with more of what was said
// before than EncodePair does. Pipeline uses it for the risk where the encoder
// has it, EncodePair otherwise.
type TalkEncoder interface {
	// EncodeTalk reads text together with the end of before, several turns.
	// Where before holds nothing to read it is Encode(text).
	EncodeTalk(ctx context.Context, text, before string) (Features, error)
}

// Risk returns the probability that the customer of a conversation will be
// dissatisfied, from its turns so far, oldest first. ok is false when the bot
// has no risk head or no customer has spoken. One pass of the encoder; faults
// as of Analyze.
//
// The head reads the customer's last message, and with it all other turns in
// order, each marked by who spoke (问 the customer, 答 the desk).
func (p *Pipeline) Risk(ctx context.Context, bot string, turns []Turn) (risk float64, ok bool, err error) {
	heads, err := p.parts.Heads(bot)
	if err != nil {
		return 0, false, err
	}
	text, before := talk(turns)
	if heads.Risk == nil || blank(text) {
		return 0, false, nil
	}
	read := p.parts.Encoder.EncodePair
	if t, has := p.parts.Encoder.(TalkEncoder); has {
		read = t.EncodeTalk
	}
	f, err := read(ctx, text, before)
	if err != nil {
		return 0, false, err
	}
	risk, err = probability(heads.Risk, RiskLabel, Input{Text: text, Embedding: f.Embedding, State: f.State})
	return risk, err == nil, err
}

// talk returns the customer's last message and the other turns, joined.
func talk(turns []Turn) (text, before string) {
	turns = turns[max(0, len(turns)-riskTurns):]
	last := -1
	for i, t := range turns {
		if t.Customer && !blank(t.Text) {
			last = i
		}
	}
	if last < 0 {
		return "", ""
	}
	var said []string
	for i, t := range turns {
		if i == last || blank(t.Text) {
			continue
		}
		mark := "答："
		if t.Customer {
			mark = "问："
		}
		said = append(said, mark+t.Text)
	}
	runes := []rune(strings.Join(said, " "))
	return turns[last].Text, string(runes[max(0, len(runes)-riskRunes):])
}
