package desk

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// suggestionID names a suggestion. It says by itself which conversation it is
// of and whether a text is the suggested one, so that suggestions for a text
// still being typed need not be recorded to be recognised.
//
// Its written form is sug_C_S_K_T: C digest of the conversation, S the Seq of
// the last message, K digest of draft, source and key, T digest of the text.
type suggestionID struct {
	conversation string
	seq          int64
	key, text    string
}

const idDigest = 6 // bytes

func newID(conversation string, seq int64, draft, source, key, text string) suggestionID {
	return suggestionID{
		conversation: digest(conversation), seq: seq, key: digest(draft + "\x00" + source + "\x00" + key), text: digest(text),
	}
}

// String returns the written form.
func (id suggestionID) String() string {
	return "sug_" + id.conversation + "_" + strconv.FormatInt(id.seq, 10) + "_" + id.key + "_" + id.text
}

// parseID reads the written form; false when it is not one.
func parseID(text string) (suggestionID, bool) {
	parts := strings.Split(text, "_")
	if len(parts) != 5 || parts[0] != "sug" {
		return suggestionID{}, false
	}
	seq, err := strconv.ParseInt(parts[2], 10, 64)
	id := suggestionID{conversation: parts[1], seq: seq, key: parts[3], text: parts[4]}
	for _, d := range []string{id.conversation, id.key, id.text} {
		if len(d) != hex.EncodedLen(idDigest) {
			return suggestionID{}, false
		}
	}
	return id, err == nil && seq >= 0 && id.String() == text
}

// of reports whether the suggestion was made for a conversation.
func (id suggestionID) of(conversation string) bool { return id.conversation == digest(conversation) }

// says reports whether text is what was suggested.
func (id suggestionID) says(text string) bool { return id.text == digest(text) }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:idDigest])
}
