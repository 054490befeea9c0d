package dialog

import (
	_ "embed" // the built-in wordings
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"github.com/goccy/go-yaml"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

//go:embed builtin/replies.yaml
var repliesSource []byte

// replyKeys are the wordings the policy needs; smallTalk keys are intents.
var replyKeys = []string{
	"suggest", "clarify", "unclear", "inform", "complaint", "abuse", "offer_person", "repeated", "person_declined",
	"handoff_asked", "handoff_anger", "handoff_misses", "handoff_business", "handoff_failure", "handoff_rule", "handoff_risk",
	"queue_notice", "queue_left", "degraded", "flow_cancelled", "flow_resume", "flow_done", "listening",
	"also_asked", "greeting", "thanks", "goodbye", "affirm", "deny", "wait", "praise", "bot_identity", "urge_reply", "out_of_scope",
}

// NamesMatter reports whether an intent is about something of its own: a
// greeting, a yes, bare data and the like are not.
func NamesMatter(intent string) bool { return nlu.NamesMatter(intent) }

// replyBook holds wordings by key, parsed.
type replyBook struct {
	variants map[string][]*template.Template
}

// replyVars are what a wording may mention.
type replyVars struct {
	Shop, Bot, Title string
	Minutes          int
}

var builtinReplies = sync.OnceValues(func() (*replyBook, error) {
	var file map[string][]string
	if err := yaml.Unmarshal(repliesSource, &file); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "builtin/replies.yaml cannot be read")
	}
	b, err := (&replyBook{}).with(file)
	if err != nil {
		return nil, err
	}
	for _, key := range replyKeys {
		if len(b.variants[key]) == 0 {
			return nil, fault.New(fault.Internal, "builtin/replies.yaml lacks %q", key)
		}
	}
	return b, nil
})

// CheckReplies refuses a profile's replies with unknown keys, empty lists or
// wordings that do not parse: fault.Invalid with the key as Field.
func CheckReplies(replies map[string][]string) error {
	b, err := builtinReplies()
	if err != nil {
		return err
	}
	_, err = b.with(replies)
	return err
}

// with returns a book in which replies replace the wordings of their keys.
func (b *replyBook) with(replies map[string][]string) (*replyBook, error) {
	if len(replies) == 0 {
		return b, nil
	}
	next := &replyBook{variants: make(map[string][]*template.Template, len(replyKeys))}
	maps.Copy(next.variants, b.variants)
	for key, texts := range replies {
		if !slices.Contains(replyKeys, key) {
			return nil, fault.In("replies."+key, fault.New(fault.Invalid, "unknown key; the keys are %s", strings.Join(replyKeys, ", ")))
		}
		if len(texts) == 0 {
			return nil, fault.In("replies."+key, fault.New(fault.Invalid, "no wordings; give at least one"))
		}
		list := make([]*template.Template, 0, len(texts))
		for _, text := range texts {
			t, err := template.New(key).Option("missingkey=error").Parse(text)
			if err == nil {
				err = t.Execute(&strings.Builder{}, replyVars{})
			}
			if err != nil {
				return nil, fault.In("replies."+key, fault.Wrap(err, fault.Invalid, "%q is not a template", text))
			}
			list = append(list, t)
		}
		next.variants[key] = list
	}
	return next, nil
}

// say words key for a conversation: the variant depends on the conversation
// and the turn only, and follows the one of the turn before.
func (b *replyBook) say(s State, key string, vars replyVars) string {
	list := b.variants[key]
	if len(list) == 0 {
		return ""
	}
	t := list[(seed(s.ID+key)+uint64(s.Turns))%uint64(len(list))]
	var out strings.Builder
	if err := t.Execute(&out, vars); err != nil {
		return "" // with has executed it before: it cannot fail
	}
	return out.String()
}

func seed(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}
