package flow

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog"
)

func TestRender(t *testing.T) {
	env := map[string]any{
		"number": "SF1083621940577", "empty": "", "list": []any{"甲", 2, true}, "parcel": map[string]any{"eta": "", "place": map[string]any{"city": "杭州"}},
	}
	for text, want := range map[string]string{
		"{{.number}}": "SF1083621940577", "{{tail 4 .number}}": "0577", "{{tail 99 .number}}": "SF1083621940577", "{{tail 0 .number}}": "",
		`{{default "无" .empty}}`: "无", `{{default "无" .parcel.gone}}`: "无", `{{join "、" .list}}`: "甲、2、true", "{{.parcel.place.city}}": "杭州",
		"到{{.parcel.gone}}了": "到了", "{{if .parcel.eta}}有{{else}}无{{end}}": "无", "{{range .list}}[{{.}}]{{end}}": "[甲][2][true]",
		"{{with .parcel.place}}{{.city}}{{end}}": "杭州", " 空白 \n": "空白", `{{if eq .empty ""}}空{{end}}`: "空", "{{len .list}}": "3", "{{index .list 0}}": "甲",
	} {
		tmpl, err := compileTemplate(text, names(env))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := render(tmpl, env); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestTemplatesRefused(t *testing.T) {
	env := map[string]bool{"number": true}
	for _, text := range []string{
		"{{.other}}", "{{.other.field}}", "{{if .other}}x{{end}}", "{{with .other}}x{{end}}", "{{range .other}}x{{end}}", "{{(index .other 0).x}}",
		`{{printf "%s" .number}}`, "{{html .number}}", "{{js .number}}", "{{urlquery .number}}", "{{call .number}}", "{{slice .number 1}}", "{{print 1}}",
		`{{template "x"}}`, `{{block "x" .}}y{{end}}`, `{{define "x"}}y{{end}}`, "{{.number", "{{if .number}}", "{{$x := .other}}{{$x}}", "{{tail 4 (print 1)}}",
	} {
		if _, err := compileTemplate(text, env); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}

func TestRenderIsBounded(t *testing.T) {
	env := map[string]any{"list": make([]any, 3000)}
	tmpl, err := compileTemplate("{{range .list}}字字字字字字{{end}}", names(env))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := render(tmpl, env); err == nil {
		t.Error("18 000 characters were rendered")
	}
	tmpl, err = compileTemplate("{{range .list}}字{{end}}", names(env))
	if err != nil {
		t.Fatal(err)
	}
	env["list"] = make([]any, 2500)
	if got, err := render(tmpl, env); err != nil || len([]rune(got)) != maxRendered {
		t.Errorf("%d characters, %v; want %d", len([]rune(got)), err, maxRendered)
	}
}

func TestReadResult(t *testing.T) {
	for name, tt := range map[string]struct {
		r    dialog.ActionResult
		key  string
		want any
	}{
		"object": {dialog.ActionResult{Result: []byte(`{"a":1}`)}, "a", 1.0}, "list": {dialog.ActionResult{Result: []byte(`7`)}, "value", 7.0},
		"fault": {dialog.ActionResult{Fault: "timeout"}, "fault", "timeout"}, "none": {dialog.ActionResult{}, "fault", ""},
		"broken": {dialog.ActionResult{Result: []byte(`{`)}, "fault", ""}, "forged": {dialog.ActionResult{Result: []byte(`{"fault":"x"}`)}, "fault", ""},
	} {
		if got := readResult(tt.r)[tt.key]; got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestCommonRun(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"保温杯", "云栖真空保温杯", 3}, {"羽绒", "羽绒服", 2}, {"8821", "sf8821", 0}, {"", "x", 0}, {"a b", "ab", 1}, {"鞋", "运动鞋", 1}} {
		if got := commonRun(tt.a, tt.b); got != tt.want {
			t.Errorf("commonRun(%s, %s) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestConditionsAreChecked(t *testing.T) {
	env := map[string]any{"size": "", "found": map[string]any{}}
	for text, ok := range map[string]bool{
		`size == "42"`: true, `found.count > 3`: true, `len(size) > 2 && not (size in ["a"])`: true, `colour == ""`: false, `size + 1`: false, `size`: false, "": false,
		`any(found.items, .state == "paid")`: true, strings.Repeat("size == \"\" || ", 200) + "true": false,
	} {
		if _, err := compileCondition(text, env, false); (err == nil) != ok {
			t.Errorf("%.60s: %v, want ok = %t", text, err, ok)
		}
	}
}
