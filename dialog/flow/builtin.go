package flow

import (
	"embed"
	"sync"
)

//go:embed builtin/*.yaml
var builtinFS embed.FS

// Builtin returns the flows that every bot begins with: parcel_track,
// order_query and handoff. They are read once.
var Builtin = sync.OnceValues(func() ([]*Flow, error) { return ReadFS(builtinFS, "builtin") })

// BuiltinSource returns the text of a built-in flow, to start a bot's own
// version from; false for an unknown name.
func BuiltinSource(name string) ([]byte, bool) {
	source, err := builtinFS.ReadFile("builtin/" + name + ".yaml")
	return source, err == nil
}
