package main

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const profiles = `
- {bot: plain, name: 甲}
- {bot: strict, name: 乙, scope_threshold: 0.3, risk_threshold: 0.6}
`

func TestThresholdsPerBot(t *testing.T) {
	bots, err := parseBots("bots.yaml", []byte(profiles))
	if err != nil {
		t.Fatal(err)
	}
	heads := func(bot string) (nlu.Heads, error) {
		if bot == "broken" {
			return nlu.Heads{}, fault.New(fault.NotFound, "no heads")
		}
		return nlu.Heads{Tuning: nlu.Tuning{ScopeThreshold: .8, SegmentFloor: .7}}, nil
	}
	for _, tt := range []struct {
		bot                     string
		configured, scope, risk float64
		model                   float64
	}{
		{"plain", 0, .8, .9, .9}, {"plain", .4, .4, .4, .9}, {"strict", 0, .3, .6, .9}, {"strict", .4, .3, .6, .9}, {"plain", 0, .8, 0, 0},
	} {
		h, err := headsOf(heads, bots, tt.configured)(tt.bot)
		if err != nil || h.Tuning.ScopeThreshold != tt.scope || h.Tuning.SegmentFloor != .7 {
			t.Errorf("%s, configured %v: %+v, %v; want a scope threshold of %v", tt.bot, tt.configured, h.Tuning, err, tt.scope)
		}
		p, err := riskOf(bots.profile, tt.configured, func(string) float64 { return tt.model })(tt.bot)
		if err != nil || p.RiskThreshold != tt.risk {
			t.Errorf("%s, configured %v: risk threshold %v, %v; want %v", tt.bot, tt.configured, p.RiskThreshold, err, tt.risk)
		}
	}
	if h, err := headsOf(heads, bots, 0)("nobody"); err != nil || h.Tuning.ScopeThreshold != .8 {
		t.Errorf("a bot without a profile: %+v, %v", h.Tuning, err)
	}
	if _, err := headsOf(heads, bots, 0)("broken"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want the heads' fault", err)
	}
	none := func(string) (dialog.Profile, error) { return dialog.Profile{}, fault.New(fault.NotFound, "no bot") }
	if _, err := riskOf(none, .5, func(string) float64 { return 0 })("x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("%v, want the profile's fault", err)
	}
}

func TestThresholdsOfProfilesAreChecked(t *testing.T) {
	for _, key := range []string{"scope_threshold", "risk_threshold"} {
		_, err := parseBots("bots.yaml", []byte("- {bot: a, name: b, "+key+": 50}"))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestScopeOfTheModels: noise, nonsense and other domains, against what shops
// are asked. It runs where the models in use have a scope head.
func TestScopeOfTheModels(t *testing.T) {
	u, err := openUnderstanding(config.Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := u.Close(); err != nil {
			t.Error(err)
		}
	}()
	h, err := u.heads.Heads("")
	if err != nil {
		t.Fatal(err)
	}
	if h.Scope == nil {
		t.Skip("the models in use have no scope head: what is out of scope is not decided")
	}
	for _, kind := range []struct {
		name  string
		out   bool
		share float64 // that must be decided right
		texts []string
	}{
		{"keyboard noise", true, .8, []string{"asdkjhqwe zxmcn", "qwertyuiop", "就开始地方看见啊合适的", "fjdksla;fjdkl", "啊啊三大地方阿斯顿", "djfkdjfkdjkfd", "哦iuwqer哦iuqwer", "2w3e4r5t6y", "佛挡杀佛是的风格", "zxcvbnm,./"}},
		{"other domains", true, .8, []string{"明天北京天气怎么样", "帮我写一首关于秋天的诗", "红烧肉怎么做好吃", "珠穆朗玛峰有多高", "帮我定一个早上七点的闹钟", "推荐几部好看的电影", "怎么治疗感冒发烧", "一元二次方程怎么解", "今天股市大盘怎么样", "李白是哪个朝代的诗人"}},
		{"nonsense", true, .6, []string{"月亮吃掉了我的键盘声音", "蓝色的星期三在跑步", "石头说它想飞进数字里", "三角形的味道太吵了", "我的影子昨天结婚了"}},
		{"for a shop", false, .9, []string{"什么时候发货", "怎么退货", "快递到哪了", "能开发票吗", "运费谁出", "这件有L码吗", "优惠券怎么用不了", "收到的东西坏了", "退款多久到账", "转人工"}},
	} {
		right := 0
		for _, text := range kind.texts {
			res, err := u.pipeline.Analyze(t.Context(), nlu.Request{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			if res.Scope.In != kind.out {
				right++
			} else {
				t.Logf("%s: %s is out with %.2f, %s %.2f", kind.name, text, res.Scope.Score, res.Intent.Name, res.Intent.Confidence)
			}
			if kind.out && nlu.NamesMatter(res.Intent.Name) && res.Intent.Confidence >= .77 {
				t.Errorf("%s: %s is %s with %.2f", kind.name, text, res.Intent.Name, res.Intent.Confidence)
			}
		}
		if float64(right) < kind.share*float64(len(kind.texts)) {
			t.Errorf("%s: %d of %d right", kind.name, right, len(kind.texts))
		}
	}
}
