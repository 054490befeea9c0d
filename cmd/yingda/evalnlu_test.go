package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/nlu/eval"
)

// The help names every measure and row that can be chosen.
func TestEvalHelpIsComplete(t *testing.T) {
	for field, names := range map[string][]string{"Only": eval.Measures(), "Rows": contenderKeys} {
		f, _ := reflect.TypeOf(evalNLUCmd{}).FieldByName(field)
		if want := ": " + strings.Join(names, ", ") + "."; !strings.Contains(f.Tag.Get("help"), want) {
			t.Errorf("the help of %s does not say %q", field, want)
		}
	}
}

// A folder of our models is a contender before and after quantisation, and as
// the plain base, over real sessions.
func TestModelFoldersAreContenders(t *testing.T) {
	g := &globals{ctx: t.Context()}
	err := g.withEncoder(func(cfg config.Config, u *understanding) error {
		for _, c := range []evalNLUCmd{
			{Base: "../../models/encoder", FP32: "../../models/encoder"}, // heads of what ships
			{FP32: "../../models", Rows: []string{"fp32", "int8"}},       // heads of its own
		} {
			f, err := c.contenders(cfg, u, t.Logf)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range f.contenders {
				if x.Encoder == nil {
					continue
				}
				features, err := x.Encoder.Encode(t.Context(), "什么时候发货")
				if err != nil || len(features.State) != x.Encoder.StateDimension() {
					t.Errorf("%s: a state of %d numbers, %v", x.Key, len(features.State), err)
				}
				if (x.Heads == nil) != (x.Key == "base") {
					t.Errorf("%s has the heads %v", x.Key, x.Heads)
				}
			}
			if len(c.Rows) == 0 && len(f.contenders) != 5 || len(c.Rows) > 0 && len(f.contenders) != 2 {
				t.Errorf("%d contenders", len(f.contenders))
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
