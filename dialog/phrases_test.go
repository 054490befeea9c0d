package dialog_test

import (
	"strings"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func phrases(t testing.TB) *dialog.Phrases {
	t.Helper()
	p, err := dialog.BuiltinPhrases()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// each checks a list of messages, one a line, against a question.
func each(t *testing.T, name string, ask func(string) bool, want bool, lines string) {
	t.Helper()
	for _, text := range strings.Fields(lines) {
		if got := ask(text); got != want {
			t.Errorf("%s(%s) = %t, want %t", name, text, got, want)
		}
	}
}

func TestAsksPerson(t *testing.T) {
	p := phrases(t)
	ask := func(text string) bool { return p.AsksPerson(strings.ReplaceAll(text, "_", " "), nil) }
	each(t, "AsksPerson", ask, true, `
		转人工 人工 人工客服 人工服务 我要人工 找人工 要人工客服 转人工！！！ 人_工 转_人_工 人工呢 人工在吗 人工客服在吗 请转人工谢谢 快转人工
		能不能转人工 怎么转人工 为什么不能转人工 怎么不给转人工 转人功 转人公 轉人工 ＲＥＮＧＯＮＧ rengong zhuanrengong zrg RG
		找真人 真人客服 我要真人 活人 有没有活人 来个活人 真人在吗 转接 帮我转接 转客服 找客服 叫客服出来 接客服 换个客服 派个客服
		客服小姐姐来一个 客服小姐姐在吗 来个客服 叫你们经理 叫你们经理出来 找你们主管 我要见负责人 让领导来 转主管 联系店长 你们老板出来
		给我回个电话 给我回电 打电话给我 不要机器人 不想和机器人说话 跟机器人说不清 换个人来 找个人处理 agent human
		speak_to_a_human i_want_to_talk_to_a_real_person customer_service_rep
	`)
	each(t, "AsksPerson", ask, false, `
		不要人工 不用转人工 不需要人工客服 先不转人工 别转人工 不想找客服 不用人工了 人工费多少 安装人工费 人工费用怎么算 人工智能音箱有吗
		纯手工的吗 人工客服几点上班 人工客服工作时间 人工客服电话多少 真人实拍吗 有真人上身图吗 真人秀 你好 在吗 有人吗
		你是机器人吗 你是真人吗 运费多少 怎么退货 客服态度真差 我要投诉 老板大气 草坪是人工草坪吗 我的快递到哪了 😀 12315
	`)
	if !p.AsksPerson("我要找小二", []string{"找小二"}) {
		t.Error("a bot's own wording does not count")
	}
	if p.AsksPerson("不用找小二", []string{"找小二"}) {
		t.Error("a bot's own wording counts though it is refused")
	}
	if p.AsksPerson("你好", []string{""}) {
		t.Error("an empty wording counts")
	}
}

func TestDeclinesPerson(t *testing.T) {
	p := phrases(t)
	each(t, "DeclinesPerson", p.DeclinesPerson, true, `不要人工 不用转人工 不用转人工了 不需要人工客服 先不转人工 别转人工 不想找客服 不转了 取消排队 不排了`)
	each(t, "DeclinesPerson", p.DeclinesPerson, false, `转人工 不要人工费 能不能转人工 为什么不能转人工 不用了 不要了`)
}

func TestCancels(t *testing.T) {
	p := phrases(t)
	each(t, "Cancels", p.Cancels, true, `算了 算了吧 不查了 算了不查了 不用了 不用了谢谢 不问了 没事了 先这样 退出 取消 那算了 不需要了`)
	each(t, "Cancels", p.Cancels, false, `我要取消订单 取消订单 不想要了能退吗 运费怎么算了 算了多少钱 查快递 不查快递了查订单`)
}

func TestCorrects(t *testing.T) {
	p := phrases(t)
	each(t, "Corrects", p.Corrects, true, `不是这个，是YT1 不对 打错了 单号打错了 写错了 不好意思输错了 错了 应该是8821 改成YT1 啊不是 发错单号了`)
	each(t, "Corrects", p.Corrects, false, `你们发错货了 我的快递不对劲吗 质量不是很好 查快递 对 收到的东西不对`)
}

func TestYesAndNo(t *testing.T) {
	p := phrases(t)
	each(t, "Affirms", p.Affirms, true, `好 好的 嗯 嗯嗯 是的 对 可以 行 要 OK 好的谢谢 没问题 转吧 那就麻烦你了 催一下`)
	each(t, "Affirms", p.Affirms, false, `不好 好贵 对不起 是不是坏的 行李箱多少钱 可以退吗 要多久 不用 中通`)
	each(t, "Denies", p.Denies, true, `不 不是 不用 不用了 不要 没有 不需要 不了 NO 算了 不用了谢谢`)
	each(t, "Denies", p.Denies, false, `不知道 不是这个是那个 没有收到货 不要钱吗 好的 别家更便宜`)
}

func TestThreatens(t *testing.T) {
	p := phrases(t)
	each(t, "Threatens", p.Threatens, true, `再不处理打12315 12315见 我打12345了 找消协 发到小红书曝光 我要起诉 黑猫投诉 要求退一赔三 申请平台介入 我要找媒体 告你们`)
	each(t, "Threatens", p.Threatens, false, `怎么投诉快递员呢 我要退货 物流太慢 好评 中评 烟雾报警器多少钱 多媒体音箱 我要投诉你们 平台券怎么用 发到北京 SF1234567890123 YT8812315004417 12345 订单YX202612315001`)
}

func TestComplains(t *testing.T) {
	p := phrases(t)
	each(t, "Complains", p.Complains, true, `我要投诉你们 投诉你 我就给差评 已经报警了 我要举报 差评定了`)
	each(t, "Complains", p.Complains, false, `怎么投诉快递员呢 好评返现 物流太慢 我要退货`)
}

func TestBegins(t *testing.T) {
	p := phrases(t)
	each(t, "Begins", p.Begins, true, `那个 请问 请问一下 我想问一下 问一下 咨询一下 亲 嗯 我有个问题 额`)
	each(t, "Begins", p.Begins, false, `请问运费多少 那个杯子 我的快递 你好 问题很多`)
}

func TestOrdinal(t *testing.T) {
	p := phrases(t)
	for text, want := range map[string]int{
		"1": 0, "第一个": 0, "第1个": 0, "选2": 1, "二": 1, "我要第三个": 2, "第三单吧": 2, "看第4个": 3, "最后一个": 3, "最后那个": 3, "①": 0, "２": 1, "第二个订单": 1,
	} {
		if got, ok := p.Ordinal(text, 4); !ok || got != want {
			t.Errorf("Ordinal(%s) = %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"5", "第九个", "8821", "12", "一共多少钱", "一直不动", "最后什么时候发", "", "两件", "0"} {
		if got, ok := p.Ordinal(text, 4); ok {
			t.Errorf("Ordinal(%s) = %d, want none", text, got)
		}
	}
	if _, ok := p.Ordinal("最后一个", 0); ok {
		t.Error("the last of none")
	}
}

func TestReadPhrasesRefuses(t *testing.T) {
	for name, source := range map[string]string{"unknown key": "wishes: [x]", "not an expression": "cancel: ['(']", "not YAML": "\t:"} {
		if _, err := dialog.ReadPhrases([]byte(source)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestCheckReplies(t *testing.T) {
	if err := dialog.CheckReplies(map[string][]string{"greeting": {"您好，{{.Shop}}"}}); err != nil {
		t.Error(err)
	}
	for name, replies := range map[string]map[string][]string{
		"unknown key": {"hello": {"x"}}, "no wordings": {"greeting": {}}, "not a template": {"greeting": {"{{"}}, "unknown variable": {"greeting": {"{{.Price}}"}},
	} {
		if err := dialog.CheckReplies(replies); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func FuzzPhrases(f *testing.F) {
	for _, s := range []string{"转人工", "\xff", "第二个", "不用了", "人工费", "😀", strings.Repeat("人", 500)} {
		f.Add(s)
	}
	p := phrases(f)
	f.Fuzz(func(t *testing.T, text string) {
		if p.AsksPerson(text, nil) && p.DeclinesPerson(text) {
			t.Errorf("%q both asks for a person and declines one", text)
		}
		p.Cancels(text)
		p.Corrects(text)
		if i, ok := p.Ordinal(text, 4); ok && (i < 0 || i > 3) {
			t.Errorf("%q is choice %d of 4", text, i)
		}
	})
}

// TestHintsCoverTheExpressions: a message that an expression matches holds a
// hint; the tables above would fail otherwise, this says which hint is missing.
func TestHintsCoverTheExpressions(t *testing.T) {
	p := phrases(t)
	for _, text := range strings.Fields(`转人工 真人 活人 转接 找客服 叫经理出来 领导呢让领导来 回电给我 不要机器人 换个人来 来个活的 zrg human live_agent 取消排队 不排了`) {
		if !p.AsksPerson(text, nil) && !p.DeclinesPerson(text) {
			t.Errorf("%s is neither asking nor declining", text)
		}
	}
}

func BenchmarkPhrases(b *testing.B) {
	p := phrases(b)
	for b.Loop() {
		p.AsksPerson("你好我想问一下我买的羽绒服什么时候能发货呀", nil)
	}
}
