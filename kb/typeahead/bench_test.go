package typeahead_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/typeahead"
)

// parts make questions like those of shops.
var parts = [][]string{
	{"请问", "", "", "我想知道", "你们", "麻烦问下", "亲"},
	{"退款", "运费险", "优惠券", "发票", "会员积分", "快递单号", "收货地址", "预售商品", "赠品", "七天无理由退货", "换货", "保修卡", "尺码", "颜色", "库存", "定金", "尾款", "花呗分期", "iPhone充电器", "安装师傅", "生鲜冷链", "海外仓", "店铺红包", "满减活动", "直播间价格"},
	{"什么时候到账", "怎么申请", "在哪里查看", "可以修改吗", "没有收到怎么办", "多久能发出", "需要自己付钱吗", "为什么失败了", "能不能便宜点", "过期了还能用吗", "错了怎么取消", "有什么规则", "是正品吗", "支持货到付款吗"},
	{"", "", "呢", "呀", "（急）", "谢谢"},
}

func shopArticles(n int) []kb.Article {
	random := rand.New(rand.NewPCG(7, 9))
	question := func(i int) string {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(p[random.IntN(len(p))])
		}
		return fmt.Sprintf("%s%d号", b.String(), i)
	}
	out := make([]kb.Article, n)
	for i := range out {
		out[i] = kb.Article{ID: fmt.Sprintf("a%05d", i), Question: question(i), Similar: []string{question(i), question(i)}}
	}
	return out
}

// BenchmarkPropose is one keystroke over 10 000 articles of three wordings each.
func BenchmarkPropose(b *testing.B) {
	x := typeahead.New(typeahead.Options{})
	x.Put("demo", shopArticles(10_000))
	for _, typed := range []string{
		"y", "m", "yf", "yunfei", "yunfeixian", "运", "运费", "运费xian", "退款什么时候到账", "tuikuanshenmeshihou",
		"yunfie", "tuikaunshenme", "iphnoe", "没有的说法", "qqqq", "发票 申请",
	} {
		b.Run(typed, func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				x.Propose("demo", typed, noon, 5)
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1e3, "cpu-µs/op")
		})
	}
}

// cpu is the time that the process has computed: on a busy machine the clock
// on the wall says little.
func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkPut is a base of 10 000 articles of three wordings each; it reports
// the memory that the index holds.
func BenchmarkPut(b *testing.B) {
	articles := shopArticles(10_000)
	x := typeahead.New(typeahead.Options{})
	x.Put("warm", articles[:10])
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		x = typeahead.New(typeahead.Options{})
		x.Put("demo", articles)
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/(1<<20), "MB-held")
	runtime.KeepAlive(x)
}

// BenchmarkChange replaces one article of 10 000.
func BenchmarkChange(b *testing.B) {
	articles := shopArticles(10_000)
	x := typeahead.New(typeahead.Options{})
	x.Put("demo", articles)
	i := 0
	for b.Loop() {
		x.Put("demo", articles[i%len(articles):][:1])
		i++
	}
}
