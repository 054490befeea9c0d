package yamldoc_test

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog/internal/yamldoc"
	"github.com/yingda/yingda/internal/fault"
)

type doc struct {
	Name  string   `yaml:"name"`
	Items []string `yaml:"items"`
	Inner struct {
		N int `yaml:"n"`
	} `yaml:"inner"`
}

const source = `# a comment
name: 甲
items:
  - 一
  - 二
inner:
  n: 3
`

func TestReadAndLines(t *testing.T) {
	var v doc
	d, err := yamldoc.Read("a.yaml", []byte(source), 1000, &v)
	if err != nil || v.Name != "甲" || len(v.Items) != 2 || v.Inner.N != 3 {
		t.Fatalf("%+v, %v", v, err)
	}
	for path, want := range map[string]int{
		"$.name": 2, "$.items[0]": 4, "$.items[1]": 5, "$.inner.n": 7, "$.items[9]": 4, "$.inner.gone": 7, "$.gone": 2, "]broken[": 1,
	} {
		if got := d.Line(path); got != want {
			t.Errorf("Line(%s) = %d, want %d", path, got, want)
		}
	}
	if d.Err() != nil {
		t.Errorf("faults before any was noted: %v", d.Err())
	}
	d.Fail("$.items[1]", "no %s", "二")
	d.FailErr("$.inner.n", fault.New(fault.TooLarge, "three"))
	if got := d.Err().Error(); got != "a.yaml:5: no 二\na.yaml:7: three" {
		t.Errorf("faults %q", got)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, source, want string
		code               fault.Code
	}{
		{"too large", strings.Repeat("#", 1001), "at most 1000", fault.TooLarge},
		{"unknown key", "name: a\nnmae: b", "a.yaml:2", fault.Invalid}, {"doubled key", "name: a\nname: b", "a.yaml:2", fault.Invalid},
		{"wrong type", "name: a\ninner: {n: x}", "a.yaml:2", fault.Invalid}, {"documents", "name: a\n---\nname: b", "2 documents", fault.Invalid},
		{"anchor", "name: &x a", "anchors", fault.Invalid}, {"alias", "items: [&x a, *x]", "anchors", fault.Invalid},
		{"tag", "name: !!binary a", "tags", fault.Invalid},
		{"brackets", strings.Repeat("[", 100), "nests", fault.Invalid}, {"dashes", strings.Repeat("- ", 400) + "x", "nests", fault.Invalid},
		{"not YAML", "name: [", "a.yaml", fault.Invalid}, {"tab", "\tname: x", "a.yaml", fault.Invalid},
	} {
		var v doc
		if _, err := yamldoc.Read("a.yaml", []byte(tt.source), 1000, &v); fault.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s with %q", tt.name, err, tt.code, tt.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(source))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		var v doc
		d, err := yamldoc.Read("a.yaml", source, 1<<16, &v)
		if (d == nil) == (err == nil) {
			t.Fatalf("doc %v with error %v", d, err)
		}
		if d != nil && d.Line("$.items[3].x") < 1 {
			t.Fatal("a line below 1")
		}
	})
}
