package mining

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// figure is a number with its unit.
var figure = regexp.MustCompile(`([0-9]+(?:\.[0-9]+)?|[零一二两三四五六七八九十百半]{1,4})(?:个)?(小时|工作日|天|日|元|块|折|%|个月|月|年|分钟|点|周)`)

// units that mean the same.
var units = map[string]string{"块": "元", "日": "天", "工作日": "天", "个月": "月"}

// figures are the numbers of a text by unit; hours of whole days are days.
func figures(text string) map[string]map[float64]bool {
	out := map[string]map[float64]bool{}
	for _, f := range figure.FindAllStringSubmatch(strings.ToLower(norm.NFKC.String(text)), -1) {
		n, ok := number(f[1])
		if !ok {
			continue
		}
		unit := f[2]
		if u, same := units[unit]; same {
			unit = u
		}
		if unit == "小时" && n >= 24 {
			unit, n = "天", n/24
		}
		if unit == "周" {
			unit, n = "天", 7*n
		}
		if out[unit] == nil {
			out[unit] = map[float64]bool{}
		}
		out[unit][n] = true
	}
	return out
}

var digits = map[rune]float64{'零': 0, '一': 1, '二': 2, '两': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// number reads a decimal or a Chinese numeral below a thousand.
func number(s string) (float64, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return n, true
	}
	if s == "半" {
		return 0.5, true
	}
	total, last := 0.0, -1.0
	for _, r := range s {
		switch r {
		case '十', '百':
			scale := 10.0
			if r == '百' {
				scale = 100
			}
			if last < 0 {
				last = 1
			}
			total += last * scale
			last = -1
		default:
			d, ok := digits[r]
			if !ok {
				return 0, false
			}
			last = d
		}
	}
	if last > 0 {
		total += last
	}
	return total, true
}

// figuresClash reports whether two texts give different numbers for one unit:
// the same unit in both and no number in common.
func figuresClash(a, b string) bool {
	x, y := figures(a), figures(b)
	for unit, values := range x {
		others, ok := y[unit]
		if !ok {
			continue
		}
		common := false
		for v := range values {
			common = common || others[v]
		}
		if !common {
			return true
		}
	}
	return false
}

// Answers to yes-or-no questions. What matters stands in the first clause.
var (
	saysNo  = regexp.MustCompile(`^(?:抱歉|不好意思|很抱歉|对不起|暂时|目前|现在|本店|我们|这款|这个|都|是|的)*(?:不可以|不能|不行|不支持|不提供|不会|不是|不包|不送|不用|不需要|不接受|不参加|不参与|没有|没|无法|暂不|不)`)
	saysYes = regexp.MustCompile(`^(?:当然|目前|现在|本店|我们|这款|这个|都|是的|对的)*(?:可以|能|行|支持|提供|会|是|包|送|需要|接受|有|对|好)`)
	clauses = regexp.MustCompile(`[,，。;；!！\n]`)
	yesNo   = regexp.MustCompile(`吗|么[?？]?$|能不能|可不可以|有没有|是不是|会不会|要不要|能否|是否|可以不|行不行|支不支持|不[?？]?$|没[?？]?$`)
)

// verdict is what an answer says to a yes-or-no question: 1 yes, -1 no, 0 neither.
func verdict(answer string) int {
	for _, clause := range clauses.Split(strings.NewReplacer("*", "", "#", "", "`", "").Replace(answer), -1) {
		c := core(clause)
		switch {
		case c == "":
			continue
		case saysNo.MatchString(c):
			return -1
		case saysYes.MatchString(c):
			return 1
		}
		return 0
	}
	return 0
}

// clash says in which way two answers to a question contradict each other, in
// Chinese, or is empty.
func clash(question, a, b string) string {
	if yesNo.MatchString(question) && verdict(a)*verdict(b) < 0 {
		return "肯定与否定相反"
	}
	if figuresClash(a, b) {
		return "数字不一致"
	}
	return ""
}
