package script_test

import (
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/script"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu/entity"
	"github.com/yingda/yingda/training-data/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// options are what the golden conversations run against.
func options() script.Options {
	return script.Options{
		Profile: dialog.Profile{
			Name: "云栖优品", BotName: "小云", Greeting: "您好", Menu: []string{"查快递", "查订单", "怎么退货"},
			Location: time.FixedZone("CST", 8*3600), MissLimit: 2, IntentFloor: 0.5,
			HandoffPhrases: []string{"找小二"},
		},
		Shop: demo.Shop, Extractor: entity.New(),
		Articles: []kb.Article{
			{ID: "return", Question: "怎么退货", Answer: "在「我的订单」里申请退货，**七天内**都可以。"},
			{ID: "freight", Question: "运费怎么算", Answer: "满 **59 元**包邮，不满收 8 元。"},
			{ID: "insurance", Question: "运费险怎么用", Answer: "每单都送运费险，退货时自动抵扣。"},
			{ID: "invoice", Question: "怎么开发票", Answer: "签收后 24 小时内自动开具电子发票。"},
			{ID: "title", Question: "发票抬头怎么改", Answer: "开票后 180 天内可以换一次抬头。"},
			{ID: "refund", Question: "退款多久到账", Answer: "仓库签收后 1 到 3 个工作日原路退回。"},
			{ID: "hours", Question: "人工客服几点上班", Answer: "人工客服每天 9:00 到 23:00 在线。"},
		},
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
