package desk

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkSuggest makes suggestions beside an Analyzer and a Retriever that
// cost nothing: what is measured is the desk's own work.
func BenchmarkSuggest(b *testing.B) {
	for _, messages := range []int{2, 50} {
		for _, draft := range []string{"", "发票怎么开"} {
			b.Run(fmt.Sprintf("messages=%d/draft=%v", messages, draft != ""), func(b *testing.B) {
				d := newDesk(b, withOrders(shipped))
				id := d.start("c1", "什么时候发货", "转人工")
				d.claim(id, lin)
				for range messages - 2 {
					d.say(id, "怎么退货")
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.Suggest(context.Background(), "demo", id, draft); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkReply(b *testing.B) {
	d := newDesk(b)
	id := stages["mine"](d)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%500 == 499 { // a conversation has an end
			b.StopTimer()
			id = stages["mine"](d)
			b.StartTimer()
		}
		if _, err := d.Reply(context.Background(), Reply{Bot: "demo", Conversation: id, Agent: lin, Text: "好的", ClientID: fmt.Sprint(n)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkView(b *testing.B) {
	d := newDesk(b, withOrders(shipped))
	id := d.start("c1", "快递到哪了", "SF1234567890123", "什么时候发货", "转人工")
	d.claim(id, lin)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.View(context.Background(), "demo", id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	answer := strings.Repeat("现货 **48 小时内**发出，见[订单页](https://shop.example)。\n\n1. 申请\n2. 寄回\n\n", 4)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		cut(polite(plain(answer)), maxAnswer)
	}
}
