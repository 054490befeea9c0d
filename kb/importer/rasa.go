package importer

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// The limits of YAML files: the parser keeps every word, and its time grows
// with the square of how deep and how many things stand in each other.
const (
	maxYAML   = 4 << 20 // bytes
	maxNested = 16      // brackets within brackets, or dashes on one line
	maxMarks  = 1000    // anchors, aliases, tags and explicit keys
	maxWords  = 2000    // tokens of one line
	maxTokens = 200_000 // of the file: some twenty thousand questions
)

// retrieval is an intent of a Rasa file with what belongs to it.
type retrieval struct {
	name      string // below the name of the group: "ask_channels" of "faq/ask_channels"
	group     string
	line      int
	wordings  []string
	responses []kb.Variant
	more      int // responses beyond the first for everybody
	blocks    []kb.Block
	answered  bool
}

// rasa reads nlu and responses, of which those that share a name belong
// together: the intent faq/x and the response utter_faq/x, or as older files
// have it the intent x and the response utter_x.
func (t *table) rasa(text string) error {
	if len(text) > maxYAML {
		return fault.New(fault.TooLarge, "YAML 文件超过 %d MB，请拆成几个再上传", maxYAML>>20)
	}
	file, err := parseYAML(text)
	if err != nil {
		return err
	}
	y := &rasaFile{t: t, byName: map[string]*retrieval{}}
	for _, doc := range file.Docs {
		root := mapOf(doc.Body)
		for _, e := range root {
			switch e.key {
			case "nlu":
				for _, v := range listOf(e.value) {
					y.intent(v)
				}
			case "responses", "templates":
				for _, v := range mapOf(e.value) {
					y.response(v)
				}
			}
		}
	}
	return y.finish()
}

// parseYAML reads a file; a parser that breaks on it is the file's fault.
func parseYAML(text string) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fault.New(fault.Invalid, "YAML 读不懂：%v", p)
		}
	}()
	tokens := lexer.Tokenize(text)
	if err := tame(tokens); err != nil {
		return nil, err
	}
	file, err = parser.Parse(tokens, 0)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "YAML 的写法不对，请检查缩进和引号")
	}
	return file, nil
}

// tame refuses what no file of questions has.
func tame(tokens token.Tokens) error {
	if len(tokens) > maxTokens {
		return fault.New(fault.TooLarge, "YAML 文件里的内容太多，请拆成几个再上传")
	}
	brackets, dashes, marks, words, line := 0, 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position != nil && t.Position.Line != line {
			line, dashes, words = t.Position.Line, 0, 0
		}
		words++
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType:
			dashes++
		case token.AnchorType, token.AliasType, token.TagType, token.MappingKeyType:
			marks++
		}
		if brackets > maxNested || dashes > maxNested || marks > maxMarks || words > maxWords {
			return fault.New(fault.Invalid, "YAML 第 %d 行的写法太复杂，不像是意图和回复", line)
		}
	}
	return nil
}

// pair is an entry of a mapping.
type pair struct {
	key   string
	line  int
	value ast.Node
}

// plain takes anchors and tags off; what an alias stands for is not looked up,
// so that a file cannot grow.
func plain(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		default:
			return n
		}
	}
}

func mapOf(n ast.Node) []pair {
	var out []pair
	add := func(v *ast.MappingValueNode) {
		if v.Key == nil || v.Key.GetToken() == nil {
			return
		}
		key := v.Key.GetToken().Value
		if s, ok := v.Key.(*ast.StringNode); ok {
			key = s.Value
		}
		out = append(out, pair{key, v.Key.GetToken().Position.Line, v.Value})
	}
	switch v := plain(n).(type) {
	case *ast.MappingNode:
		for _, e := range v.Values {
			add(e)
		}
	case *ast.MappingValueNode:
		add(v)
	}
	return out
}

func listOf(n ast.Node) []ast.Node {
	if v, ok := plain(n).(*ast.SequenceNode); ok {
		return v.Values
	}
	return nil
}

func textOf(n ast.Node) string {
	switch v := plain(n).(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	case ast.ScalarNode:
		if _, null := v.(*ast.NullNode); !null && v.GetToken() != nil {
			return v.GetToken().Value
		}
	}
	return ""
}

// rasaFile collects intents and responses by name.
type rasaFile struct {
	t      *table
	list   []*retrieval
	byName map[string]*retrieval
}

// get finds or begins the retrieval intent called name: "faq/x" or "x".
func (y *rasaFile) get(name string, line int) *retrieval {
	if r := y.byName[name]; r != nil {
		return r
	}
	group, rest, nested := strings.Cut(name, "/")
	if !nested {
		group, rest = "", name
	}
	r := &retrieval{name: rest, group: group, line: line}
	y.byName[name] = r
	y.list = append(y.list, r)
	return r
}

// annotation is an entity in an example: [北京](city) or [北京]{"entity": "city"}.
var annotation = regexp.MustCompile(`\[([^\]\n]+)\](?:\([^)\n]*\)|\{[^}\n]*\})`)

// intent reads one entry of nlu; synonyms, lookups and the like are no articles.
func (y *rasaFile) intent(n ast.Node) {
	var r *retrieval
	for _, e := range mapOf(n) {
		if e.key == "intent" && textOf(e.value) != "" {
			r = y.get(textOf(e.value), e.line)
			r.line = e.line
		}
	}
	if r == nil {
		return
	}
	for _, e := range mapOf(n) {
		if e.key != "examples" {
			continue
		}
		var examples []string
		if list := listOf(e.value); list != nil {
			for _, v := range list {
				text := textOf(v)
				for _, f := range mapOf(v) {
					if f.key == "text" {
						text = textOf(f.value)
					}
				}
				examples = append(examples, text)
			}
		} else {
			examples = strings.Split(textOf(e.value), "\n")
		}
		for _, example := range examples {
			example = strings.TrimSpace(example)
			example = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(example, "-"), " "))
			if example = annotation.ReplaceAllString(example, "$1"); example != "" {
				r.wordings = append(r.wordings, example)
			}
		}
	}
}

// response reads one entry of responses.
func (y *rasaFile) response(e pair) {
	name, ok := strings.CutPrefix(e.key, "utter_")
	if !ok {
		return
	}
	r := y.get(name, e.line)
	for _, n := range listOf(e.value) {
		var v kb.Variant
		conditional := false
		for _, f := range mapOf(n) {
			switch f.key {
			case "text":
				v.Answer = strings.TrimSpace(textOf(f.value))
			case "image":
				v.Blocks = append(v.Blocks, kb.Block{Kind: kb.Image, URL: textOf(f.value)})
			case "channel":
				v.Channels = []string{textOf(f.value)}
			case "buttons":
				if b := buttons(f.value); len(b) > 0 {
					v.Blocks = append(v.Blocks, kb.Block{Kind: kb.Buttons, Buttons: b})
				}
			case "condition":
				conditional = true
			}
		}
		switch {
		case v.Answer == "" && len(v.Blocks) == 0:
		case len(v.Channels) > 0 && !conditional:
			r.responses = append(r.responses, v)
		case r.answered || conditional:
			r.more++
		default:
			r.answered = true
			r.responses = append(r.responses, kb.Variant{Answer: v.Answer})
			r.blocks = v.Blocks
		}
	}
}

func buttons(n ast.Node) []kb.Button {
	var out []kb.Button
	for _, v := range listOf(n) {
		b := kb.Button{Press: kb.Say}
		for _, f := range mapOf(v) {
			switch f.key {
			case "title":
				b.Label = textOf(f.value)
			case "payload":
				b.Value = textOf(f.value)
			}
		}
		if strings.HasPrefix(b.Value, "/") || b.Value == "" {
			b.Value = b.Label // an intent's name means nothing here
		}
		if b.Label != "" {
			out = append(out, b)
		}
	}
	return out
}

// finish makes articles of intents that have an answer. In a file with groups
// (faq/…) other intents and responses are those of dialogues and stay out.
func (y *rasaFile) finish() error {
	grouped := false
	for _, r := range y.list {
		grouped = grouped || r.group != ""
	}
	alone := 0
	for _, r := range y.list {
		if grouped && r.group == "" || len(r.wordings) == 0 && len(r.responses) == 0 {
			continue
		}
		if r.group == "" && (len(r.wordings) == 0 || !r.answered) {
			alone++
			continue
		}
		if err := y.t.next(); err != nil {
			return err
		}
		y.t.retrieval(r)
	}
	if alone > 0 {
		y.t.note("unpaired", fmt.Sprintf("有 %d 个意图或回复没有配成对，没有读入", alone), "意图 faq/x 对应回复 utter_faq/x")
	}
	return nil
}

// retrieval takes a pair of wordings and responses.
func (t *table) retrieval(r *retrieval) {
	rec := t.record(r.line)
	rec.a.ID = r.name
	if len(r.wordings) == 0 {
		rec.problem(colQuestion, "missing", "加上意图 "+r.group+"/"+r.name+" 和它的例句", "回复 utter_%s/%s 没有对应的意图", clip(r.group, 40), clip(r.name, 60))
		t.Count++
		t.Rejected++
		return
	}
	rec.a.Question, rec.a.Similar = r.wordings[0], r.wordings[1:]
	rec.a.Blocks = r.blocks
	for _, v := range r.responses {
		if len(v.Channels) > 0 {
			rec.a.Variants = append(rec.a.Variants, v)
		} else {
			rec.a.Answer = v.Answer
		}
	}
	if r.more > 0 {
		t.warn(r.line, "answer", "more_answers", "把要用的内容合并到一条回复里", "有 %d 条回复，只读入了第一条", r.more+1)
	}
	if rec.a.Answer == "" && len(rec.a.Variants) > 0 {
		rec.problem(colAnswer, "no_default", "加一条不写 channel 的回复", "只有给部分渠道的回复，缺少给其他客户的回复")
	}
	rec.done()
}
