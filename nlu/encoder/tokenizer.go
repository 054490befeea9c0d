package encoder

import (
	"strings"

	"github.com/sugarme/tokenizer/model"
	"github.com/sugarme/tokenizer/model/wordpiece"

	"github.com/yingda/yingda/internal/fault"
)

// Special tokens of the vocabulary.
const (
	classToken     = "[CLS]"
	separatorToken = "[SEP]"
	unknownToken   = "[UNK]"
)

// Tokenizer turns folded text into ids. It is safe for concurrent use.
type Tokenizer struct {
	pieces     wordpiece.WordPiece
	single     map[rune]int64 // words of one character, the common case in Chinese
	class, sep int64
	unknown    int64
}

// NewTokenizer reads a vocabulary of one token per line; the line number is
// the id. A vocabulary without the special tokens, or with a token twice, is
// fault.Invalid.
func NewTokenizer(vocabulary []byte) (*Tokenizer, error) {
	vocab := model.Vocab{}
	t := &Tokenizer{single: map[rune]int64{}}
	id := 0
	for line := range strings.Lines(string(vocabulary)) {
		token := strings.TrimRight(line, "\r\n")
		if _, twice := vocab[token]; twice {
			return nil, fault.New(fault.Invalid, "the vocabulary has the token %q twice; restore vocab.txt", token)
		}
		vocab[token] = id
		if r := []rune(token); len(r) == 1 {
			t.single[r[0]] = int64(id)
		}
		id++
	}
	for token, at := range map[string]*int64{classToken: &t.class, separatorToken: &t.sep, unknownToken: &t.unknown} {
		n, ok := vocab[token]
		if !ok {
			return nil, fault.New(fault.Invalid, "the vocabulary lacks the token %s; restore vocab.txt", token)
		}
		*at = int64(n)
	}
	t.pieces = wordpiece.NewWordPieceBuilder().Vocab(&vocab).UnkToken(unknownToken).Build()
	return t, nil
}

// Tokenize returns the ids of folded text between [CLS] and [SEP], at most
// limit in all, and whether text was cut. limit is at least 3.
func (t *Tokenizer) Tokenize(runes []rune, limit int) (ids []int64, cut bool, err error) {
	ids = append(make([]int64, 0, min(len(runes)+2, limit)), t.class)
	room := limit - 1 // for the separator
	eachWord(runes, func(from, to int) bool {
		if ids, err = t.word(ids, runes[from:to]); err != nil {
			return false
		}
		if len(ids) > room {
			ids, cut = ids[:room], true
			return false
		}
		return true
	})
	return append(ids, t.sep), cut, err
}

// Tail returns the last ids of folded text, at most limit, without special
// tokens around them.
func (t *Tokenizer) Tail(runes []rune, limit int) (ids []int64, err error) {
	type word struct{ from, to int }
	var words []word
	eachWord(runes, func(from, to int) bool {
		words = append(words, word{from, to})
		return true
	})
	for _, w := range words[max(0, len(words)-limit):] { // a word has one id or more
		if ids, err = t.word(ids, runes[w.from:w.to]); err != nil {
			return nil, err
		}
	}
	return ids[max(0, len(ids)-limit):], nil
}

// word appends the pieces of one word.
func (t *Tokenizer) word(ids []int64, word []rune) ([]int64, error) {
	if len(word) == 1 {
		id, ok := t.single[word[0]]
		if !ok {
			id = t.unknown
		}
		return append(ids, id), nil
	}
	pieces, err := t.pieces.Tokenize(string(word))
	if err != nil {
		return ids, fault.Wrap(err, fault.Internal, "the tokenizer failed on a word of %d characters", len(word))
	}
	for _, p := range pieces {
		ids = append(ids, int64(p.Id))
	}
	return ids, nil
}
