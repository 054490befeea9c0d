package hybrid

import "strings"

// asks are the words by which a question of a kind is known, in the order of
// the outside choice's features from AsksHow on. A word that begins with $
// counts at the end only.
var asks = [...][]string{
	{"怎么", "咋", "如何", "方法", "流程", "步骤", "哪里", "哪儿", "在哪", "入口", "怎样"},
	{"多久", "几天", "啥时候", "什么时候", "何时", "时间", "时效", "时长", "期限", "多长", "几点", "几号", "周期"},
	{"多少", "费用", "价格", "收费", "要钱", "运费", "几块", "免费"},
	{"能不能", "可以", "能否", "可否", "吗", "能", "是否", "支持", "行不", "$不", "$么"},
	{"为什么", "为啥", "咋回事", "原因", "怎么回事", "啥情况"},
	{"什么", "哪些", "哪个", "哪种", "范围", "条件", "标准", "区别"},
	{"谁", "人工", "联系", "电话"},
	{"不了", "没", "无法", "不能", "未", "失败", "不到", "不出"},
}

// ask fills the features of what a folded query asks.
func ask(folded string, none *NoneRow) {
	for i, words := range asks {
		for _, w := range words {
			end, last := strings.CutPrefix(w, "$")
			if last && strings.HasSuffix(folded, end) || !last && strings.Contains(folded, w) {
				none[int(AsksHow)+i] = 1
				break
			}
		}
	}
}
