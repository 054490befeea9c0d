package examples

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu/head"
)

// maxYAML bounds a YAML file in bytes: its tree takes many times its size.
const maxYAML = 8 << 20

// entityMark is an annotated entity: [上海](city), [上海](city:sh),
// [上海]{"entity":"city"}, [上海][{"entity":"a"},{"entity":"b"}].
var entityMark = regexp.MustCompile(`\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\}|\[(?:\s*\{[^{}]*\}\s*,?)+\])`)

// unmarked is text without its entity marks.
func unmarked(text string) string { return entityMark.ReplaceAllString(text, "$1") }

// yaml reads Rasa's training data, version 2.0 and 3.x: the intents under
// "nlu". Synonyms, lookups, regular expressions, stories and the domain are no
// messages and are passed over.
func (b *builder) yaml(text string) (err error) {
	if len(text) > maxYAML {
		return fault.New(fault.TooLarge, "YAML 文件超过 %d MB，请拆成几个 (a YAML file may have %d MB)", maxYAML>>20, maxYAML>>20)
	}
	defer func() {
		if p := recover(); p != nil { // the YAML library panics on some malformed documents
			err = fault.New(fault.Invalid, "YAML 读不懂 (the YAML reader is confused: %v)", p)
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return fault.New(fault.Invalid, "YAML 格式有误 (not readable as YAML): %s", yaml.FormatError(err, false, false))
	}
	found := false
	for _, doc := range file.Docs {
		for key, value := range pairs(doc.Body) {
			if key != "nlu" {
				continue
			}
			found = true
			list, ok := value.(*ast.SequenceNode)
			if !ok {
				return fault.New(fault.Invalid, "nlu 应是一个列表 (nlu must be a list of intents)")
			}
			for _, item := range list.Values {
				b.rasaItem(item)
			}
		}
	}
	if !found {
		return fault.New(fault.Invalid, "没有 nlu 一节，这不是 Rasa 的训练数据 (there is no section nlu: this is not Rasa training data)")
	}
	return nil
}

// pairs are the entries of a mapping, none for other nodes.
func pairs(n ast.Node) func(yield func(string, ast.Node) bool) {
	return func(yield func(string, ast.Node) bool) {
		var values []*ast.MappingValueNode
		switch m := n.(type) {
		case *ast.MappingNode:
			values = m.Values
		case *ast.MappingValueNode:
			values = []*ast.MappingValueNode{m}
		}
		for _, v := range values {
			if !yield(scalar(v.Key), v.Value) {
				return
			}
		}
	}
}

func scalar(n ast.Node) string {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value
	case *ast.LiteralNode:
		return s.Value.Value
	case nil:
		return ""
	}
	return strings.TrimSpace(n.String())
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// rasaItem reads one entry under nlu.
func (b *builder) rasaItem(item ast.Node) {
	intent, examples, known := "", ast.Node(nil), false
	for key, value := range pairs(item) {
		switch key {
		case "intent":
			intent, known = scalar(value), true
		case "examples":
			examples = value
		case "synonym", "lookup", "regex":
			return
		}
	}
	switch {
	case !known:
		b.rows++
		b.reject(lineOf(item), "bad_row", "这一项没有 intent (an entry without an intent)")
	case examples == nil:
		b.rows++
		b.reject(lineOf(item), "bad_row", fmt.Sprintf("意图 %s 没有 examples (intent %s has no examples)", intent, intent))
	default:
		b.rasaExamples(intent, examples)
	}
}

func (b *builder) rasaExamples(intent string, n ast.Node) {
	if list, ok := n.(*ast.SequenceNode); ok { // - text: | … with metadata, or plain strings
		for _, item := range list.Values {
			text, isMap := "", false
			for key, value := range pairs(item) {
				isMap = true
				if key == "text" {
					text = scalar(value)
				}
			}
			if !isMap {
				text = scalar(item)
			}
			text = strings.TrimPrefix(strings.TrimSpace(text), "- ")
			b.add(lineOf(item), head.Example{Text: unmarked(text), Label: intent})
		}
		return
	}
	from := lineOf(n)
	if _, ok := n.(*ast.LiteralNode); ok {
		from++ // the text begins below the |
	}
	for i, line := range strings.Split(scalar(n), "\n") {
		b.bullet(from+i, intent, line)
	}
}

// bullet takes a line "- text".
func (b *builder) bullet(line int, intent, text string) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "#") {
		return
	}
	rest, ok := strings.CutPrefix(text, "-")
	if !ok {
		rest, ok = strings.CutPrefix(text, "*")
	}
	if !ok {
		b.rows++
		b.reject(line, "bad_row", "例句要以“- ”开头 (an example must begin with \"- \")")
		return
	}
	b.add(line, head.Example{Text: unmarked(rest), Label: intent})
}

// markdown reads the training data of Rasa 1: "## intent:name", then "- text".
func (b *builder) markdown(text string) error {
	intent, section, found, n := "", "", false, 0
	comment := false
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case comment || strings.HasPrefix(line, "<!--"):
			comment = !strings.Contains(line, "-->")
		case strings.HasPrefix(line, "##"):
			kind, name, _ := strings.Cut(strings.TrimSpace(strings.TrimLeft(line, "#")), ":")
			section, intent = strings.TrimSpace(kind), strings.TrimSpace(name)
			found = found || section == "intent"
		case section == "intent":
			b.bullet(n, intent, line)
		}
	}
	if !found {
		return fault.New(fault.Invalid, "没有“## intent:名称”一节 (there is no section \"## intent:name\")")
	}
	return nil
}
