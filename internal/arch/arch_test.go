package arch

import (
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/yingda/yingda/"

// ours says which of our packages a folder may import, itself and what lies
// below it excepted. Longest prefix wins; a folder not named here may not
// exist. internal/fault, internal/clock and internal/ident are open to all.
var ours = map[string][]string{
	"nlu":               {},
	"nlu/segment":       {"nlu", "training-data/lexicon"},
	"nlu/encoder":       {"nlu", "models", "nlu/ort"},
	"nlu/ort":           {},
	"nlu/head":          {"nlu", "models", "nlu/ort"},
	"nlu/entity":        {"nlu"},
	"nlu/examples":      {"nlu", "nlu/head", "internal/textfile", "internal/xlsx"},
	"nlu/baseline":      {"nlu"},
	"nlu/eval":          {"nlu", "nlu/baseline", "kb", "kb/eval"}, // measures retrieval by the encoder too
	"kb":                {},
	"kb/lexical":        {"kb"},
	"kb/vector":         {"kb"},
	"kb/qdrant":         {"kb"},
	"kb/importer":       {"kb", "internal/textfile", "internal/xlsx"},
	"kb/eval":           {"kb", "kb/hybrid", "kb/lexical", "kb/vector"},
	"kb/indextest":      {"kb"},
	"kb/typeahead":      {"kb", "internal/pinyin"},
	"kb/help":           {"kb"},
	"dialog":            {"nlu", "kb"},
	"models":            {},
	"api":               {"nlu", "kb", "dialog", "nlu/examples", "nlu/head", "nlu/report", "nlu/training", "kb/base", "kb/help", "kb/growth", "kb/importer", "kb/mining", "kb/usage", "kb/intake", "kb/typeahead", "dialog/desk", "dialog/quickreply", "dialog/autoreply", "internal/store", "internal/bus", "web"},
	"web":               {},
	"internal/store":    {"nlu", "kb", "kb/growth", "kb/mining", "kb/usage", "dialog", "kb/help", "kb/intake/jobs", "dialog/quickreply", "dialog/autoreply"},
	"internal/bus":      {"dialog"},
	"internal/config":   {},
	"internal/fault":    {},
	"internal/clock":    {},
	"internal/ident":    {},
	"internal/textfile": {},
	"internal/xlsx":     {},
	"internal/arch":     {},
	"internal/pinyin":   {},
	"internal/obs":      {},
	"training-data":     {},
	"bench":             {"*"},
	"cmd/yingda":        {"*"},
	"dialog/flow":       {"dialog", "nlu", "kb", "dialog/internal", "training-data"},
	"dialog/action":     {"dialog", "dialog/internal"},
	"dialog/desk":       {"dialog", "nlu", "kb", "dialog/internal"},
	"dialog/rule":       {"dialog", "dialog/internal"},
	"dialog/quickreply": {"dialog", "kb", "internal/textfile", "internal/xlsx"},
	"dialog/autoreply":  {"dialog", "kb", "dialog/internal"},
	"dialog/script":     {"dialog", "nlu", "kb", "dialog/action", "dialog/flow", "dialog/desk", "dialog/memory", "dialog/rule", "dialog/autoreply", "dialog/internal"},
	"dialog/memory":     {"dialog"},
	"dialog/internal":   {},
	"kb/hybrid":         {"kb", "kb/lexical", "kb/vector", "models"},
	"kb/learn":          {"kb", "kb/hybrid", "kb/lexical", "kb/vector", "kb/eval"},
	"kb/intake":         {"kb", "kb/hybrid", "kb/importer", "kb/vector"},
	"kb/usage":          {"kb"},
	"kb/growth":         {"kb", "kb/mining", "kb/usage", "kb/vector"},
	"kb/mining":         {"kb", "kb/vector", "internal/textfile"},
	"kb/base":           {"kb", "kb/hybrid", "kb/importer", "kb/eval", "internal/textfile"},

	// A tool of developers, not part of the program.
	"training-data/check/nearcopy": {"nlu/encoder", "nlu/ort", "models", "training-data/check"},
}

// outside says which of our folders alone may import a module of others.
var outside = map[string][]string{
	"github.com/gin-gonic/gin":        {"api"},
	"github.com/danielgtaylor/huma":   {"api"},
	"github.com/yalue/onnxruntime_go": {"nlu/ort"},
	"modernc.org/sqlite":              {"internal/store", "internal/bus"},
	"github.com/jackc/pgx":            {"internal/store", "internal/bus"},
	"github.com/uptrace/bun":          {"internal/store"},
	"github.com/pressly/goose":        {"internal/store"},
	"github.com/qdrant/go-client":     {"kb/qdrant"},
	"github.com/sugarme/tokenizer":    {"nlu/encoder"},
	"github.com/go-ego/gse":           {"nlu/segment"},
	"github.com/mozillazg/go-pinyin":  {"internal/pinyin"},
	"github.com/alecthomas/kong":      {"cmd/yingda"},
	"github.com/coder/websocket":      {"api", "bench"},
}

var open = []string{"internal/fault", "internal/clock", "internal/ident"}

type pkg struct {
	path    string
	imports []string
}

// packages lists our packages with their imports; tests' imports are free.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		all = append(all, pkg{strings.TrimPrefix(f[0], module), f[1:]})
	}
	if len(all) < 15 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

// What models learn from is no part of the program, only what a fresh
// installation shows and the segmenter's words are.
func TestTrainingSetsAreNotBuiltIn(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{range .EmbedFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}`, module+"cmd/yingda").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := 0
	for line := range strings.Lines(string(out)) {
		file, authored := strings.CutPrefix(strings.TrimSpace(line), module+"training-data/")
		if !authored {
			continue
		}
		found++
		if folder := path.Dir(file); folder != "demo" && folder != "lexicon" && file != "faq/demo.jsonl" {
			t.Errorf("training-data/%s is built into the program", file)
		}
	}
	if found == 0 {
		t.Error("go list shows no built-in file of training-data, not even the demo shop's")
	}
}

// home is the longest folder of the table that holds p.
func home(p string) (string, bool) {
	for f := p; f != "."; f = path.Dir(f) {
		if _, ok := ours[f]; ok {
			return f, true
		}
	}
	return "", false
}

func TestImportTable(t *testing.T) {
	for _, p := range packages(t) {
		folder, ok := home(p.path)
		if !ok {
			t.Errorf("%s is in no folder of the import table: add it there or move it", p.path)
			continue
		}
		for _, imp := range p.imports {
			if rest, mine := strings.CutPrefix(imp, module); mine {
				if !allowed(p.path, folder, rest) {
					t.Errorf("%s must not import %s", p.path, rest)
				}
				continue
			}
			for mod, folders := range outside {
				if within(imp, mod) && !anyWithin(p.path, folders) {
					t.Errorf("%s must not import %s: only %v may", p.path, imp, folders)
				}
			}
		}
	}
}

func allowed(from, folder, imp string) bool {
	if imp == "cmd/yingda" {
		return false
	}
	if within(imp, from) || within(imp, folder) || anyWithin(imp, open) {
		return true
	}
	for _, ok := range ours[folder] {
		if ok == "*" || imp == ok || strings.HasPrefix(ok, "training-data") && within(imp, ok) || deep(ok) && within(imp, ok) {
			return true
		}
	}
	return false
}

// deep reports whether naming a folder in the table opens what lies below it
// too. The roots nlu, kb and dialog open only their own package.
func deep(folder string) bool { return folder != "nlu" && folder != "kb" && folder != "dialog" }

func anyWithin(p string, folders []string) bool {
	for _, f := range folders {
		if within(p, f) {
			return true
		}
	}
	return false
}
