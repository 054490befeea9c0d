package importer

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/width"

	"github.com/yingda/yingda/internal/fault"
)

// column is what a column of the table holds.
type column int

const (
	ignored column = iota
	colID
	colQuestion
	colSimilar // several in a cell
	colOne     // one similar question
	colAnswer
	colCategory
	colLevel1
	colLevel2
	colLevel3
	colLevel4
	colFrom
	colUntil
	colChannels
	colTags
	colOwner
	colReview
	colThreshold
	colImages
	colLinks
	colAttachments
	colBlocks
	colVariants
)

// fields are the JSON names of the columns, for problems and mappings.
var fields = [...]string{
	"", "id", "question", "similar", "similar", "answer", "category", "category1", "category2", "category3", "category4", "valid_from", "valid_until",
	"channels", "tags", "owner", "review", "answer_at", "image", "link", "attachments", "blocks", "variants",
}

func (c column) field() string { return fields[c] }

// names are the folded names of columns.
var names = func() map[string]column {
	out := map[string]column{}
	for c, list := range map[column]string{
		colID:          "id 编号 序号id articleid 知识编号 知识id 条目编号 问题编号 faqid 主键 編號",
		colQuestion:    "question questions 问题 标题 标准问 标准问题 标准问法 主问题 主问法 title 问 知识标题 问题名称 问题标题 用户问题 客户问题 faq q query subject 問題 標題 標準問",
		colSimilar:     "similar similars similarquestion similarquestions alternatives variations 相似问 相似问题 相似问法 相似说法 扩展问 扩展问题 拓展问 其他问法 同义问 同义问法 问法 相似問 相似問題 擴展問",
		colAnswer:      "answer answers 答案 标准答案 回答 回复 答复 答 内容 知识内容 答案内容 回复内容 回答内容 解答 话术 回复话术 正文 a reply response content body 回覆 內容",
		colCategory:    "category categories 分类 类别 类目 目录 知识分类 知识目录 所属分类 分类路径 分组 栏目 group folder path 分類 類別 目錄",
		colLevel1:      "一级分类 一级目录 一级类目 分类1 category1 level1 大类 一級分類",
		colLevel2:      "二级分类 二级目录 二级类目 分类2 category2 level2 小类 二級分類",
		colLevel3:      "三级分类 三级目录 三级类目 分类3 category3 level3 三級分類",
		colLevel4:      "四级分类 四级目录 四级类目 分类4 category4 level4",
		colFrom:        "validfrom 生效时间 生效日期 开始时间 开始日期 上线时间 starttime startdate from 生效時間 開始時間",
		colUntil:       "validuntil 失效时间 失效日期 结束时间 结束日期 过期时间 到期时间 有效期 有效期至 截止时间 下线时间 endtime enddate expires until 失效時間 結束時間",
		colChannels:    "channels channel 渠道 适用渠道 生效渠道 接入渠道",
		colTags:        "tags tag 客户标签 适用客户 用户标签 人群 标签 customertags 客戶標籤",
		colOwner:       "owner 负责人 责任人 维护人 所有者 負責人",
		colReview:      "review status state 状态 审核状态 启用状态 是否启用 狀態",
		colThreshold:   "answerat threshold 阈值 回答阈值 置信度阈值 閾值",
		colImages:      "image images 图片 图片链接 图片地址 配图 圖片",
		colLinks:       "link links url 链接 相关链接 跳转链接 網址 鏈接 连接",
		colAttachments: "attachments attachment file files 附件 附件链接 文件",
		colBlocks:      "blocks 富内容 富文本块",
		colVariants:    "variants 变体 答案变体",
	} {
		for name := range strings.FieldsSeq(list) {
			out[name] = c
		}
	}
	return out
}()

// columnOf recognises a heading, whatever its width, case, blanks,
// underscores and remarks in brackets: "相似问（可多个）", "Valid_From".
func columnOf(heading string) column {
	h := foldHeading(heading)
	if i := strings.IndexAny(h, "([【"); i > 0 {
		h = h[:i]
	}
	if c, ok := names[h]; ok {
		return c
	}
	base := strings.TrimRight(h, "0123456789")
	if c := names[base]; c == colSimilar && base != h {
		if _, err := strconv.Atoi(h[len(base):]); err == nil {
			return colOne
		}
	}
	return ignored
}

// foldHeading leaves out of a heading what does not tell it from others.
func foldHeading(heading string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n_-*:：\ufeff\u200b\u200c\u200d\u2060\u00a0\u3000", r) {
			return -1
		}
		return r
	}, strings.ToLower(width.Fold.String(heading)))
}

// ignoreField in a mapping leaves a column out.
const ignoreField = "ignore"

// mapping is Options.Mapping by folded heading.
type mapping map[string]column

// newMapping checks a mapping given by the user. A field is one of Fields, or
// a name that columnOf knows.
func newMapping(given map[string]string) (mapping, error) {
	m := mapping{}
	for heading, field := range given {
		c := column(max(slices.Index(fields[:], field), 0))
		if c == ignored {
			c = columnOf(field)
		}
		if c == ignored && field != "" && field != ignoreField {
			return nil, fault.In("mapping", fault.New(fault.Invalid, "对应关系里的字段“%s”不存在，可以用：%s", clip(field, 40), strings.Join(Fields(), "、")))
		}
		m[foldHeading(heading)] = c
	}
	return m, nil
}

// of is what the column under a heading holds.
func (m mapping) of(heading string) column {
	if c, ok := m[foldHeading(heading)]; ok {
		return c
	}
	return columnOf(heading)
}

// Fields are the fields that Options.Mapping may name, besides "ignore" for a
// column to leave out: similar is for cells of several wordings, category1 to
// category4 are the levels of a category.
func Fields() []string {
	var out []string
	for _, f := range fields[1:] {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}
