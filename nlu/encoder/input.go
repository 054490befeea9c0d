package encoder

import (
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// prevTokens is how much of the turn before is read beside a message, its
// separator included: the end of it, where the question stands.
const prevTokens = 48

// talkTokens is the same of a whole conversation.
const talkTokens = 96

// maxBytes is how much of a text is folded at all: far more than 512 tokens
// take, however many invisible characters stand between them.
const maxBytes = 64 << 10

// input is what the model reads of one message.
type input struct {
	ids []int64
	// second is where the ids of the turn before begin; len(ids) without one.
	second int
}

// Tokenize folds text and returns its ids, as Encode does, and whether it was cut.
func (e *Encoder) Tokenize(text string) (ids []int64, cut bool, err error) {
	text, over := clip(text, maxBytes)
	ids, cut, err = e.tokenizer.Tokenize(e.opts.Fold(text).Runes, e.opts.MaxTokens)
	return ids, cut || over, err
}

// read prepares a message, with the turn before it unless that is empty.
func (e *Encoder) read(text, prev string) (in input, cut bool, err error) {
	return e.readUpTo(text, prev, prevTokens)
}

// readUpTo is read with at most keep tokens of what was before.
func (e *Encoder) readUpTo(text, prev string, keep int) (in input, cut bool, err error) {
	if in.ids, cut, err = e.Tokenize(text); err != nil {
		return in, cut, err
	}
	if len(in.ids) == 2 {
		return in, cut, fault.In("text", fault.New(fault.Invalid, "文本是空的，请写点内容 (the text is empty)"))
	}
	in.second = len(in.ids)
	room := min(keep, e.longest-len(in.ids)) - 1 // for the separator
	if prev == "" || room < 1 {
		return in, cut, nil
	}
	before, err := e.tokenizer.Tail(e.opts.Fold(clipStart(prev, maxBytes)).Runes, room)
	if err == nil && len(before) > 0 {
		in.ids = append(append(in.ids, before...), e.tokenizer.sep)
	}
	return in, cut, err
}

// clip cuts text to at most limit bytes, before the code point that would not fit.
func clip(text string, limit int) (head string, cut bool) {
	if len(text) <= limit {
		return text, false
	}
	for back := 0; back < utf8.UTFMax && !utf8.RuneStart(text[limit]); back++ {
		limit--
	}
	return text[:limit], true
}

// clipStart keeps at most the last limit bytes of text, from the start of a
// code point.
func clipStart(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	for skip := 0; skip < utf8.UTFMax && text != "" && !utf8.RuneStart(text[0]); skip++ {
		text = text[1:]
	}
	return text
}
