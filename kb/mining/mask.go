package mining

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Kind is a kind of personal or order data.
type Kind string

// The kinds, as they stand in a masked text, in brackets.
const (
	Name     Kind = "姓名"
	Phone    Kind = "电话"
	Address  Kind = "地址"
	Order    Kind = "订单号"
	Tracking Kind = "运单号"
	Mail     Kind = "邮箱"
	Amount   Kind = "金额"
	Identity Kind = "证件号"
	Link     Kind = "链接"
	Account  Kind = "账号"
	Number   Kind = "编号"
)

// Span is a stretch of a text that must not stay: code points [Start, End).
type Span struct {
	Start, End int
	Kind       Kind
}

// Finder finds personal and order data that rules over shapes alone do not
// know, such as tracking numbers by carrier. Nil finds nothing.
type Finder func(text string) []Span

// rule masks the groups of a pattern, or all of it where it has none.
type rule struct {
	kind Kind
	re   *regexp.Regexp
}

const (
	surnames = `王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤`
	place    = `[省市区县镇乡村]`
)

// rules in the order in which they win where they overlap.
var rules = []rule{
	{Mail, regexp.MustCompile(`(?i)[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+`)},
	{Link, regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s\p{Han}，。；、！？）)】]+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|tb)(?:/[^\s\p{Han}]*)?`)},
	{Link, regexp.MustCompile(`[¥￥(（][A-Za-z0-9]{8,14}[¥￥)）]`)}, // a shared "口令"
	{Identity, regexp.MustCompile(`(?:^|[^\d])(\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?:$|[^\dA-Za-z])`)},
	{Phone, regexp.MustCompile(`(?:^|[^\d])((?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4})(?:$|[^\d])`)},
	{Phone, regexp.MustCompile(`(?:^|[^\d])(0\d{2,3}[- ]\d{7,8}|[48]00[- ]?\d{3,4}[- ]?\d{3,4})(?:$|[^\d])`)},
	{Phone, regexp.MustCompile(`(?:电话|手机|号码|联系方式|尾号)(?:尾号|后四位)?(?:号码?|是|为|[:： ])*(\d{4,11})`)},
	{Account, regexp.MustCompile(`(?i)(?:微信号?|weixin|wechat|vx|qq号?|旺旺号?|支付宝账?号?|账号|帐号|会员名|用户名|昵称|淘宝[名号])(?:是|为|[:： ])*([a-zA-Z0-9_\-]{4,30})`)},
	{Account, regexp.MustCompile(`(?:旺旺名?|会员名|用户名|昵称|淘宝名)(?:是|叫|为|[:： ])+([\p{Han}A-Za-z0-9_]{2,16})`)},
	{Tracking, regexp.MustCompile(`(?i)(?:^|[^a-z0-9])((?:sf|yt|jt|jd|zto|sto|ems|db|ky)[a-z]{0,3}\d{9,16})(?:$|[^a-z0-9])`)},
	{Order, regexp.MustCompile(`(?:订单|单子)(?:编号|号码?|是|为|[:： ])*([A-Za-z]{0,3}\d{6,24})`)},
	{Tracking, regexp.MustCompile(`(?:运单|快递单|物流单|快递|物流|单号)(?:号码?|是|为|[:： ])*([A-Za-z]{0,4}\d{9,20})`)},
	{Number, regexp.MustCompile(`(?:^|[^\d.])(\d{8,24})(?:$|[^\d])`)},
	{Number, regexp.MustCompile(`(?i)(?:^|[^a-z0-9])([a-z]{1,4}\d{8,20})(?:$|[^a-z0-9])`)},
	{Address, regexp.MustCompile(`\p{Han}{2,8}(?:省|自治区|市)[\p{Han}\d]{0,12}` + place + `[\p{Han}\dA-Za-z\-－—#（）() ]{2,40}?(?:号楼?|[室栋幢弄楼层]|单元|小区|门口|驿站|学校|大学|公司|广场|大厦|苑|花园|村)(?:[\dA-Za-z\-－]{1,8}(?:号|室|栋|单元|楼)?)*`)},
	{Address, regexp.MustCompile(`\p{Han}{1,8}[路街道巷](?:\d{1,5}号?|[一二三四五六七八九十]+号)(?:[\p{Han}\dA-Za-z\-－]{0,16}?(?:[室栋幢弄楼层号]|单元))*(?:\d{1,5}室?)?`)},
	{Address, regexp.MustCompile(`\p{Han}{2,10}(?:小区|花园|新村|家园|公寓|大厦|苑|广场)[A-Za-z]?\d{1,4}(?:[号栋幢座楼#\-－][\dA-Za-z\-－号单元栋幢楼室]*)?`)},
	{Address, regexp.MustCompile(`\d{1,4}(?:号楼|栋|幢)(?:\d{1,2}单元)?\d{1,5}(?:室|号)?|\d{1,2}单元\d{2,5}室?`)},
	{Address, regexp.MustCompile(`(?:地址|寄到|送到|寄往|收货地)(?:改成|改为|换成|是|为|[:： ])+([\p{Han}\dA-Za-z\-－]{4,50})`)},
	{Name, regexp.MustCompile(`(?:姓名|收[件货]人|联系人|名字|签收人)(?:改成|改为|换成|是|叫|为|[:： ])+([\p{Han}]{2,4})`)},
	{Name, regexp.MustCompile(`我(?:是|叫)([` + surnames + `][\p{Han}]{1,2})(?:$|[,，。;；!！ 、\d]|的订单|买的)`)},
	{Name, regexp.MustCompile(`(?:改成|改为|换成)([` + surnames + `][\p{Han}]{1,2})(?:$|[^\p{Han}])`)},
	{Name, regexp.MustCompile(`([` + surnames + `](?:先生|女士|小姐|太太|老师|师傅))`)},
	{Name, regexp.MustCompile(`(?:^|[,，;； ])([` + surnames + `][\p{Han}]{1,2})[,，; ；]*\[?(?:电话|1[3-9]\d{9})`)},
	{Amount, regexp.MustCompile(`(?:实付|实际付|付了|花了|付款了?|支付了?|退了?[您你我]?|退款了?|补[您你]|差价|返[您你]|转[您你账]?了?|打款|总共|一共|合计|共计|订单金额|赔[您你])(?:是|金额|给|[:： ¥￥])*(\d+(?:\.\d+)?)(?:元|块|rmb|RMB)`)},
	{Amount, regexp.MustCompile(`(?:实付|付了|花了|退您|退你|补您|补你|返您|返你|赔您|赔你)(?:[:： ¥￥])*(\d+(?:\.\d+)?)`)},
}

// marks are the masks of other systems, brought to ours.
var marks = map[string]Kind{
	"数字x": Number, "数字": Number, "金额x": Amount, "价格": Amount, "电话x": Phone, "手机号": Phone, "地址x": Address, "姓名x": Name,
	"站点x": Address, "日期x": Number, "时间x": Number, "时间": Number, "日期": Number, "订单x": Order, "链接x": Link, "邮箱x": Mail, "url": Link,
	"组织机构x": Name, "id": Number, "身份证号": Identity, "编号x": Number, "电话号码": Phone, "订单编号": Order, "运单编号": Tracking,
}

var (
	foreign = regexp.MustCompile(`(?i)[\[【<#{]{1,2}([\p{Han}]{2,4}x?|url|id|phone|name|order|email|address|link)\d*[\]】>#}]{1,2}`)
	emoji   = regexp.MustCompile(`#[EeＥ][-－]s\[[^\]]{1,8}\]|/:[^\s\p{Han}]{1,4}|\[[\p{Han}]{1,3}\]`)
	english = map[string]Kind{"phone": Phone, "name": Name, "order": Order, "email": Mail, "address": Address, "link": Link}
	ours    = regexp.MustCompile(`\[(?:姓名|电话|地址|订单号|运单号|邮箱|金额|证件号|链接|账号|编号)\]`)
)

// Mask returns the text with personal and order data replaced by their kind in
// brackets, "我的运单是[运单号]", and other systems' masks by ours. Amounts are
// masked where they are this order's, not where they are the shop's terms
// (满99包邮). Masking again changes nothing.
func Mask(text string, find Finder) string {
	text = strings.ToValidUTF8(norm.NFC.String(text), "�")
	text = foreign.ReplaceAllStringFunc(text, func(m string) string {
		inner := strings.ToLower(foreign.FindStringSubmatch(m)[1])
		if k, ok := marks[inner]; ok {
			return bracket(k)
		}
		if k, ok := english[inner]; ok {
			return bracket(k)
		}
		return m
	})
	text = emoji.ReplaceAllStringFunc(text, func(m string) string {
		if ours.MatchString(m) {
			return m
		}
		return ""
	})
	var spans []Span
	if find != nil {
		spans = find(text)
	}
	return replace(text, append(shapes(text), spans...))
}

func bracket(k Kind) string { return "[" + string(k) + "]" }

// shapes finds the spans of the rules, in code points.
func shapes(text string) []Span {
	at := offsets(text)
	var spans []Span
	for _, r := range rules {
		for from := 0; from < len(text); {
			m := r.re.FindStringSubmatchIndex(text[from:])
			if m == nil {
				break
			}
			start, end := m[0], m[1]
			if len(m) > 2 && m[2] >= 0 {
				start, end = m[2], m[3]
			}
			if r.kind == Address {
				start += len(leading.FindString(text[from+start : from+end]))
			}
			spans = append(spans, Span{at[from+start], at[from+end], r.kind})
			from += max(end, 1)
			for from < len(text) && !utf8.RuneStart(text[from]) {
				from++
			}
		}
	}
	return spans
}

// leading are the words before an address that a pattern took with it.
var leading = regexp.MustCompile(`^(?:\p{Han}{0,6}?(?:改成|改为|换成|寄到|送到|发到|放在|住在|地址是|地址|是|住|到|在))+`)

// offsets maps byte offsets at the borders of characters to code points.
func offsets(text string) map[int]int {
	at := make(map[int]int, len(text)+1)
	n := 0
	for i := range text {
		at[i] = n
		n++
	}
	at[len(text)] = n
	return at
}

// replace puts the kinds in place of the spans; of two that overlap the one
// earlier in the list wins, and grows when the other is of its kind or around it.
func replace(text string, spans []Span) string {
	if len(spans) == 0 {
		return text
	}
	rs := []rune(text)
	protected := ours.FindAllStringIndex(text, -1)
	at := offsets(text)
	var kept []Span
	for _, s := range spans {
		s.Start, s.End = max(s.Start, 0), min(s.End, len(rs))
		clash := s.Start >= s.End
		for _, p := range protected {
			clash = clash || s.Start < at[p[1]] && at[p[0]] < s.End
		}
		if clash {
			continue
		}
		for i, k := range kept {
			if s.Start < k.End && k.Start < s.End {
				clash = true
				if s.Kind == k.Kind || s.Start <= k.Start && s.End >= k.End {
					kept[i].Start, kept[i].End = min(s.Start, k.Start), max(s.End, k.End)
				}
				break
			}
		}
		if !clash {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	var b strings.Builder
	done := 0
	for _, s := range kept {
		if s.Start < done { // two that grew into each other are one
			done = max(done, s.End)
			continue
		}
		b.WriteString(string(rs[done:s.Start]))
		b.WriteString(bracket(s.Kind))
		done = s.End
	}
	b.WriteString(string(rs[done:]))
	return b.String()
}

// masked counts the placeholders of a text.
func masked(text string) int { return len(ours.FindAllStringIndex(text, -1)) }
