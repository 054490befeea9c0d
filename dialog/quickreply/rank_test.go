package quickreply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/kb"
)

type attachment = kb.Attachment

func asFault(err error) *fault.Error {
	f := &fault.Error{}
	errors.As(err, &f)
	return f
}

func TestRecommendedFirst(t *testing.T) {
	s := newService(t)
	put(t, s, ofBot, "发货时间", "付款后 48 小时内发货。", "fh")
	put(t, s, ofBot, "退款话术", "退款审核通过后 1–3 个工作日原路退回。", "tk")
	put(t, s, ofBot, "运费说明", "满 59 元包邮。", "yf")
	sc := quickreply.Scene{Now: noon, State: dialog.State{LastVisitor: dialog.Message{Text: "我的退款什么时候到账"}}}
	for _, c := range []struct{ asked, query, want string }{
		{"", "", "退款话术"}, {"包邮吗", "", "运费说明"}, {"今天能发货吗", "", "发货时间"},
		{"", "yf", "运费说明"}, {"", "/YF", "运费说明"}, {"", "tkhs", "退款话术"}, {"", "tuikuan", "退款话术"}, {"", "说明", "运费说明"}, {"", "48 小时", "发货时间"},
	} {
		list, err := s.For(t.Context(), zhou, sc, c.asked, c.query)
		must(t, err)
		if len(list) == 0 || list[0].Title != c.want {
			t.Errorf("%q %q: %v, want %s first", c.asked, c.query, titles(list), c.want)
		}
	}
	list, err := s.For(t.Context(), zhou, sc, "", "没有这样的")
	must(t, err)
	if len(list) != 0 {
		t.Errorf("nothing fits, yet %v", titles(list))
	}
}

func TestFill(t *testing.T) {
	sc := quickreply.Scene{
		Profile: dialog.Profile{Name: "云栖优品"}, Agent: dialog.Actor{Name: "小林"}, Now: noon,
		State: dialog.State{
			Customer: "c1001", Slots: map[string]string{"order_number": "YX202611210023"},
			Facts: []dialog.Fact{{Name: "订单状态", Value: "已发货"}}, Attributes: map[string]string{"name": "{{order.id}} 张\n三"},
		},
	}
	for _, c := range []struct {
		text, want string
		missing    []string
	}{
		{"没有空格", "没有空格", nil},
		{"{{time.greeting}}，我是{{ shop.name }}的{{agent.name}}", "中午好，我是云栖优品的小林", nil},
		{"订单 {{order.id}} {{order.status}}", "订单 YX202611210023 已发货", nil},
		{"{{parcel.eta}}前送到，{{customer.id}}，{{parcel.eta}}", "{{parcel.eta}}前送到，c1001，{{parcel.eta}}", []string{"parcel.eta"}},
		{"{{customer.name}}您好", "｛｛order.id｝｝ 张 三您好", nil},
		{"{{time.date}}", "2026年11月22日", nil},
		{"{{ nobody.knows }}", "{{nobody.knows}}", []string{"nobody.knows"}},
	} {
		got, missing := sc.Fill(c.text)
		if got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
		if d := cmp.Diff(c.missing, missing); d != "" {
			t.Errorf("%q misses (-want +got):\n%s", c.text, d)
		}
	}
	if n := len(quickreply.SlotNames()); n < 15 {
		t.Errorf("%d slots are known", n)
	}
}

func FuzzFill(f *testing.F) {
	f.Add("{{customer.name}}，{{order.id}}", "张三")
	f.Add("{{{{order.id}}}}", "{{order.id}}")
	f.Fuzz(func(t *testing.T, text, value string) {
		sc := quickreply.Scene{Now: noon, State: dialog.State{Attributes: map[string]string{"name": value}}}
		filled, missing := sc.Fill(text)
		left := kb.Slots(filled)
		for _, name := range missing {
			if !strings.Contains(filled, "{{"+name+"}}") {
				t.Fatalf("%q: %s is missing and not shown in %q", text, name, filled)
			}
		}
		if len(left) > len(missing) && !strings.Contains(value, "{") && !strings.Contains(text, "{{{") {
			t.Fatalf("%q became %q with slots %v, reported %v", text, filled, left, missing)
		}
	})
}

func TestGreetingByHour(t *testing.T) {
	for hour, want := range map[int]string{3: "晚上好", 8: "早上好", 12: "中午好", 15: "下午好", 20: "晚上好"} {
		sc := quickreply.Scene{Now: noon.Add(time.Duration(hour-12) * time.Hour)}
		if got, _ := sc.Value("time.greeting"); got != want {
			t.Errorf("%d:00 says %s, want %s", hour, got, want)
		}
	}
}

// shelfOf answers with one list, whoever asks.
type shelfOf struct {
	quickreply.Store
	list []quickreply.Reply
}

func (s shelfOf) QuickReplies(context.Context, string, []quickreply.Shelf) ([]quickreply.Reply, error) {
	return s.list, nil
}

func (s shelfOf) TeamsOf(context.Context, string, string) ([]quickreply.Membership, error) {
	return nil, nil
}

func BenchmarkFor(b *testing.B) {
	list := make([]quickreply.Reply, 2000)
	for i := range list {
		list[i] = quickreply.Reply{ID: fmt.Sprint(i), Shelf: ofBot, Title: fmt.Sprint("第", i, "条退款与发货的话术"), Text: strings.Repeat("{{customer.name}}您好，退款审核通过后原路退回。", 3)}
	}
	s, err := quickreply.New(quickreply.Options{Store: shelfOf{list: list}, IDs: &ident.Sequence{}})
	if err != nil {
		b.Fatal(err)
	}
	sc := quickreply.Scene{Now: noon, State: dialog.State{LastVisitor: dialog.Message{Text: "我的退款什么时候到账"}}}
	for b.Loop() {
		if _, err := s.For(b.Context(), zhou, sc, "", ""); err != nil {
			b.Fatal(err)
		}
	}
}
