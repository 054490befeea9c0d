package dialog

import (
	_ "embed" // the intents' names
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed builtin/matters.yaml
var mattersSource []byte

var matters = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	if err := yaml.Unmarshal(mattersSource, &names); err != nil {
		panic("dialog/builtin/matters.yaml: " + err.Error()) // built in and tested
	}
	return names
})

// matterName returns an intent's Chinese name, or the name of a bot's own
// intent as it is.
func matterName(intent string) string {
	if zh, ok := matters()[intent]; ok {
		return zh
	}
	return intent
}
