package importer

import (
	"bufio"
	"io"
	"slices"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/xlsx"
	"github.com/yingda/yingda/kb"
)

// guideSheet is the sheet of the template that explains its columns.
const guideSheet = "填写说明"

// examples are the rows of the template. Read leaves them out.
var examples = []kb.Article{
	{
		ID: "示例1", Question: "多久发货？", Similar: []string{"什么时候发货", "几天能发出"},
		Answer: "付款后 **48 小时**内发出，发出后会发短信通知您。", Category: "物流/发货",
	},
	{
		ID: "示例2", Question: "怎么开发票？", Similar: []string{"发票在哪开", "可以开专票吗"},
		Answer: "在“我的订单”里点击“申请发票”，填写抬头后提交，电子发票会发到您的邮箱。", Category: "发票",
	},
}

// example reports whether an article is a row of the template that was left in.
func example(a kb.Article) bool {
	return slices.ContainsFunc(examples, func(e kb.Article) bool { return e.Question == a.Question && e.Answer == a.Answer })
}

// guide explains the columns: name, needed or not, what goes into it, an example.
var guide = [][]string{
	{"列名", "必填", "怎么填", "例子"},
	{"编号", "否", "条目的唯一编号。再次导入时，编号相同的条目会被更新；留空则按问题对应", "FH001"},
	{"问题", "是", "客户会问的一句话，不超过 500 字", "多久发货？"},
	{"相似问", "否", "同一个意思的其他问法，一行一个（单元格里按 Alt+Enter 换行），也可以用 | 或 ；隔开，最多 200 个", "什么时候发货\n几天能发出"},
	{"答案", "是", "可以用 Markdown：**加粗**、[链接](https://…)。{{order.status}} 这样的变量会换成客户自己的信息", "付款后 48 小时内发出"},
	{"分类", "否", "用 / 分层，也可以分成“一级分类”“二级分类”两列", "物流/发货"},
	{"生效时间", "否", "到这个时间才会回答", "2026-11-01 00:00"},
	{"失效时间", "否", "到这个时间就不再回答；只写日期时当天仍然有效", "2026-11-11"},
	{"渠道", "否", "这一行的答案只给这些渠道的客户；同样的问题还要有一行渠道和客户标签都空着的，给其他客户", "app、web"},
	{"客户标签", "否", "这一行的答案只给有其中一个标签的客户", "会员、VIP"},
	{"阈值", "否", "0 到 1 之间：这一条有多大把握才直接回答，留空用机器人的设置", "0.8"},
	{"负责人", "否", "谁负责这一条", "小王"},
	{"状态", "否", "待审核、已审核、待更新；停用或草稿的行不会导入", "已审核"},
	{"图片", "否", "图片地址，以 https:// 开头，一行一个", "https://…/size.png"},
	{"链接", "否", "答案下面的链接：先写名称，空一格，再写地址", "查看尺码表 https://…"},
	{"附件", "否", "附件的名称和地址，写法和链接一样", "说明书.pdf https://…"},
}

// Template writes a file to fill in: the headings with two rows as examples,
// which Read leaves out while they are unchanged; a workbook also has a sheet
// that explains the columns. Faults are those of Write.
func Template(w io.Writer, format Format) error {
	if format != XLSX {
		return Write(w, format, examples)
	}
	out := bufio.NewWriter(w)
	err := xlsx.Write(out, []xlsx.Sheet{
		{Name: "知识库", Widths: []int{12, 36, 36, 60, 18, 20, 20, 12, 12, 8, 12, 10, 24, 24, 24}, Rows: func(yield func([]string) bool) {
			var heading []string
			for _, row := range guide[1:] {
				heading = append(heading, row[0])
			}
			if !yield(heading) {
				return
			}
			for _, e := range examples {
				if !yield([]string{e.ID, e.Question, joinSimilar(e.Similar), e.Answer, e.Category}) {
					return
				}
			}
		}},
		{Name: guideSheet, Widths: []int{14, 8, 70, 40}, Rows: slices.Values(guide)},
	})
	if err == nil {
		err = out.Flush()
	}
	return fault.Wrap(err, fault.Unavailable, "模板没有写完，请重试")
}
