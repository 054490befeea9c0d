package script_test

import (
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/script"
	"github.com/yingda/yingda/nlu/entity"
	"github.com/yingda/yingda/training-data/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are what the golden conversations run against. They say themselves
// what they need of the profile.
func options() script.Options {
	return script.Options{
		Profile: dialog.Profile{Name: "某店", BotName: "某某", Location: time.FixedZone("CST", 8*3600)},
		Shop:    demo.Shop, Extractor: entity.New(),
	}
}

func TestGoldenConversations(t *testing.T) {
	scripts, err := script.ReadFS(os.DirFS("testdata"), ".")
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) < 60 {
		t.Errorf("%d conversations, want 60 at least", len(scripts))
	}
	for _, s := range scripts {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			res, err := script.Run(t.Context(), s, options())
			if err != nil {
				t.Fatal(err)
			}
			if res.Skipped != "" {
				t.Skip(res.Skipped)
			}
			if res.Turns == 0 {
				t.Error("nobody said anything")
			}
			if !res.Passed() {
				t.Errorf("\n%s", res)
			}
		})
	}
}
