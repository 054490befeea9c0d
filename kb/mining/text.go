package mining

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold is the form by which wordings are compared: NFKC, lower case, letters
// and digits only. Placeholders keep their words.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToLower(norm.NFKC.String(s)))
}

// fillers are forms of address and particles that say nothing.
var fillers = regexp.MustCompile(`亲爱[哒的滴]|亲亲|客官|掌柜的?|小二|宝贝儿|您好|你好|[亲哦呢哈嗯恩呀啊哒滴嘛啦噢喔呐哟诶额唉嘻呵]`)

// core is what remains of a message without forms of address and particles.
func core(s string) string { return fillers.ReplaceAllString(fold(s), "") }

// asking are the signs of a question.
var asking = regexp.MustCompile(`[?？吗么]|什么|怎么|如何|怎样|多少|多久|多长|多大|多重|几[天个点时号件片包斤块层袋月次日种款]|哪|谁|为何|能不能|可不可以|可以不|有没有|是不是|会不会|要不要|能否|是否|行不行|好不好|啥|咋|有没|呢$|不$|没$`)

// isAsking reports whether a message is in the form of a question.
func isAsking(s string) bool { return asking.MatchString(norm.NFKC.String(strings.TrimSpace(s))) }

// pointing are words that stand for what only the conversation shows: a
// product, a picture, what was said before.
var pointing = regexp.MustCompile(`[这那][个款种把件双套条只张些样边里组箱包瓶本块支家次]|^[这那][是有要也就还不能会]?|它|上面|下面|上边|下边|前面的|刚才|刚刚|图片|截图|照片|链接|第[一二三四五12345][个款种张]|昨天|前天|你和|^(是啊|对的|对|还有|另外|也|再|又|然后|所以|但|而且|因为|不是|不过|可是|就是|如果是|都是|都|只|才)|我说|你说|你们说|什么意思|哪[个种款](呢|啊)?$|同[款样]|其他的|别的`)

// exempt are uses of pointing words that need no context.
var exempt = regexp.MustCompile(`这个月|那个月|这[个些]活动|这[几两]天|这里发|这边发|你[们家]?这[里边]|那边|再次|只要|都[有是](什么|哪)|都支持|也可以用`)

// pointsBack reports whether a question needs what was said before it.
func pointsBack(s string) bool {
	return pointing.MatchString(exempt.ReplaceAllString(fold(s), "。"))
}

// runes counts characters.
func runes(s string) int { return len([]rune(s)) }
