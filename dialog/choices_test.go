package dialog

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/kb"
)

func TestChoicesDiffer(t *testing.T) {
	hit := func(id, question, answer string, band kb.Band) kb.Hit {
		return kb.Hit{Article: kb.Article{ID: id, Question: question, Answer: answer}, Band: band}
	}
	pl := &plan{t: Turn{Hits: []kb.Hit{
		hit("a", "怎么退货？", "七天内可以。", kb.Suggest),
		hit("b", "怎么退货呢", "另一个答案。", kb.Suggest), // reads the same
		hit("c", "不想要了", "七天内可以。", kb.Suggest),  // says the same
		hit("d", "怎么退款", "三天到账。", kb.Suggest),
		hit("e", "退货运费谁出", "看情况。", kb.Suggest),
		hit("f", "不相干", "无。", kb.Abstain),
		hit("g", "退", "短。", kb.Suggest),
		hit("h", "多余的", "第五个。", kb.Suggest),
	}}}
	titles := func(buttons []Button) (out []string) {
		for _, b := range buttons {
			out = append(out, b.Title)
		}
		return out
	}
	if d := cmp.Diff([]string{"怎么退货？", "怎么退款", "退货运费谁出", "退"}, titles(pl.choices(maxSuggestions, ""))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if d := cmp.Diff([]string{"怎么退货呢", "不想要了"}, titles(pl.choices(2, "a"))); d != "" {
		t.Errorf("without the best (-want +got)\n%s", d)
	}
	if got := pl.choices(0, ""); got != nil {
		t.Errorf("no choices asked for: %v", got)
	}
}
