package mining

import (
	"regexp"
	"strings"
)

// burst is what one side said in a row.
type burst struct {
	role     Role
	messages []string
	article  string // the last turn's with one
}

// bursts joins turns; empty messages and exact repeats within a burst go.
func bursts(turns []Turn) []burst {
	var out []burst
	for _, t := range turns {
		text := strings.TrimSpace(t.Text)
		if text == "" || t.Role != Customer && t.Role != Agent && t.Role != Bot {
			continue
		}
		if n := len(out); n == 0 || out[n-1].role != t.Role {
			out = append(out, burst{role: t.Role})
		}
		b := &out[len(out)-1]
		if n := len(b.messages); n == 0 || b.messages[n-1] != text {
			b.messages = append(b.messages, text)
		}
		if t.Article != "" {
			b.article = t.Article
		}
	}
	return out
}

// empty are cores of messages that answer nothing: greetings, thanks, promises
// to look, agreement.
var empty = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`在的?|在呢|有人|人呢`, `好的?|好了|行的?|收到|知道了?|明白了?|了解|ok|可以了|没事的?|没关系的?`,
	`(?:请|麻烦)?稍等(?:一?下|片刻|会儿?)?`, `等一?下|马上(?:来|就好)?|看一?下|(?:我|这边|这里)?(?:帮|给|为)?您?(?:看|查|核实|核对)(?:询|看)?(?:一?下|下先)`,
	`不客气的?|不用客气|客气了?|应该的|谢谢.{0,6}|感谢.{0,12}|多谢.{0,4}|祝.{0,14}|欢迎.{0,14}|再见|拜拜|晚安|88`,
	`(?:有|请问)?(?:什么|啥)(?:可以|能|需要)?(?:帮|为|可以帮)?.{0,6}(?:您|到您|你)的?`, `很?高兴(?:能?为您)?服务.{0,6}`, `不好意思(?:了|啊)?|抱歉|对不起|实在抱歉`,
	`\d{1,3}|[a-z]{1,3}`,
}, "|") + `)*$`)

// holding are messages that only put the customer off, or answer for this
// order alone.
var holding = regexp.MustCompile(`稍等|等等?[一我]?下|^马上|帮[您你亲]?(?:看|查|核实|催|问|登记|反馈|备注|修改|改|申请|处理|记录|联系)|给[您你亲]?(?:看|查|核实|催|问|登记|备注|改|修改|处理|记录|联系|反馈)|(?:已经?|刚刚?)(?:帮|给|为|跟|和)|我(?:看|查|问|核实)[一下看]|核对一?下|收货(?:信息|地址)|^(?:已经?)?(?:改好|备注|登记|修改|退款|发货|发出|关闭|处理|付款|拍下)(?:了|好了|完毕)|(?:发|拍|截|报)(?:个|张|一下|一张|给)?.{0,4}(?:图|照片|截图)|链接|改好|提交下?订单|(?:发|报|说|给)(?:我|一?下|小二).{0,3}(?:地址|订单|单号|电话)|(?:地址|订单号|单号|电话|图片|照片).{0,4}(?:发|报|给)`)

// isIdle reports whether an agent's message answers nothing.
func isIdle(message string) bool { return empty.MatchString(core(message)) }

// isHolding reports whether an agent's message puts the customer off or speaks
// of what the agent did for this order.
func isHolding(message string) bool { return holding.MatchString(fold(message)) }

// plain are answers that say only yes or no.
var plain = regexp.MustCompile(`^(?:是|是的|对|对的|可以|可以的|能|能的|会|会的|有|有的|没|没有|没有的|不|不是|不是的|不可以|不可以的|不行|不行的|不能|不能的|不会|不会的|都是|都是的|都有|都有的|都可以|都可以的|都没有|不支持|支持|支持的|需要|需要的|不需要|不用|不用的|包的|包邮的?|不包|应该是的?|应该可以的?|应该会的?|是这样的?|差不多)$`)

// isPlain reports whether an answer says only yes or no.
func isPlain(answer string) bool { return plain.MatchString(core(answer)) }

// returning are questions that an agent asks to be able to answer.
var returning = regexp.MustCompile(`(?:哪里|哪儿|哪个|哪款|哪种|什么|多少|几[件个款套条天]|多大|怎么).{0,8}[呢的吗呀啊?？]*$|吗[?？]?$|[?？]$|^请问`)

// asksBack reports whether all that an agent said is a question.
func asksBack(messages []string) bool {
	if len(messages) == 0 {
		return false
	}
	for _, m := range messages {
		if !returning.MatchString(strings.TrimSpace(m)) {
			return false
		}
	}
	return true
}

// says returns the messages of an agent's burst that may answer something.
func (b burst) says() []string {
	var out []string
	for _, m := range b.messages {
		if !isIdle(m) && !isHolding(m) {
			out = append(out, m)
		}
	}
	return out
}

var (
	thanking    = regexp.MustCompile(`^(?:好|好的|行|行的|可以|可以的|嗯|嗯嗯|知道|知道了|明白|明白了|谢|谢谢|感谢|多谢|ok|了解|了解了|收到|辛苦|辛苦了|拍了|付了|下单了|已拍|买了|你|您|了|麻烦|麻烦了|那好|那行|这样)+$`)
	complaining = regexp.MustCompile(`没用|不是这个|不对|听不懂|看不懂|答非所问|没回答|敷衍|投诉|差评|太差|骗|退货|无语|什么态度|不满意|没说清|没懂`)
)

// isThanks reports whether a customer's message only thanks or agrees.
func isThanks(message string) bool {
	c := core(message)
	return thanking.MatchString(c) || c == "" && fold(message) != ""
}

// isComplaint reports whether a customer rejects what was said.
func isComplaint(message string) bool { return complaining.MatchString(fold(message)) }
