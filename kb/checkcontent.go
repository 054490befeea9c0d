package kb

import (
	"fmt"
	"mime"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The limits of what goes with an answer, in characters or in number.
const (
	MaxVariants    = 20
	MaxBlocks      = 10 // of an answer
	MaxButtons     = 10 // of a block
	MaxAttachments = 10
	MaxAudience    = 20  // channels or tags of a variant
	MaxTag         = 64  // of a channel or a tag
	MaxTitle       = 100 // of a block, an attachment's name or a button's label
	MaxBlockText   = 1000
	MaxURL         = 2000
	MaxOwner       = 100
)

// FilePath begins the path of one of the desk's own files.
const FilePath = "/files/"

var flowName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// cleanContent trims the texts of variants, blocks and attachments, in copies.
func (a *Article) cleanContent() {
	a.Owner = oneLine(a.Owner)
	a.Blocks = cleanBlocks(a.Blocks)
	variants := slices.Clone(a.Variants)
	for i := range variants {
		v := &variants[i]
		v.Answer, v.Blocks = cleanText(v.Answer), cleanBlocks(v.Blocks)
		v.Channels, v.Tags = cleanNames(v.Channels), cleanNames(v.Tags)
	}
	a.Variants = orNil(variants)
	attachments := slices.Clone(a.Attachments)
	for i := range attachments {
		t := &attachments[i]
		t.Name, t.URL, t.MIME = oneLine(t.Name), strings.TrimSpace(t.URL), strings.TrimSpace(t.MIME)
	}
	a.Attachments = orNil(attachments)
}

func cleanBlocks(blocks []Block) []Block {
	out := slices.Clone(blocks)
	for i := range out {
		b := &out[i]
		b.Title, b.Text = oneLine(b.Title), cleanText(b.Text)
		b.URL, b.Image = strings.TrimSpace(b.URL), strings.TrimSpace(b.Image)
		b.Buttons = orNil(slices.Clone(b.Buttons))
		for j := range b.Buttons {
			b.Buttons[j].Label, b.Buttons[j].Value = oneLine(b.Buttons[j].Label), oneLine(b.Buttons[j].Value)
		}
	}
	return orNil(out)
}

// cleanNames trims names and leaves out empty and doubled ones.
func cleanNames(names []string) []string {
	var out []string
	for _, n := range names {
		if n = oneLine(n); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

func cleanText(s string) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s))
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// content adds the flaws of what an article says beside its answer.
func (f *flaws) content(a Article) {
	f.answer("answer", "答案", a.Answer)
	f.blocks("blocks", "", a.Blocks)
	f.many("variants", "答案变体", len(a.Variants), MaxVariants)
	for i, v := range a.Variants {
		field, name := fmt.Sprintf("variants[%d]", i), fmt.Sprintf("第 %d 个答案变体", i+1)
		f.answer(field+".answer", name+"的答案", v.Answer)
		f.names(field+".channels", name+"的渠道", v.Channels)
		f.names(field+".tags", name+"的客户标签", v.Tags)
		f.period(field+".valid_until", name+"的", v.ValidFrom, v.ValidUntil)
		f.blocks(field+".blocks", name+"的", v.Blocks)
	}
	f.many("attachments", "附件", len(a.Attachments), MaxAttachments)
	for i, t := range a.Attachments {
		field, name := fmt.Sprintf("attachments[%d]", i), fmt.Sprintf("第 %d 个附件", i+1)
		f.text(field+".name", name+"的名称", t.Name, MaxTitle, true)
		f.url(field+".url", name+"的地址", t.URL, true)
		if t.MIME != "" {
			if kind, _, err := mime.ParseMediaType(t.MIME); err != nil || !strings.Contains(kind, "/") || len(t.MIME) > MaxTitle {
				f.add(field+".mime", "bad_mime", "%s的文件类型无效，应形如 application/pdf", name)
			}
		}
		if t.Bytes < 0 {
			f.add(field+".bytes", "bad_number", "%s的大小不能是负数", name)
		}
	}
	// The negation refuses NaN too.
	if !(a.AnswerAt >= 0 && a.AnswerAt < 1) {
		f.add("answer_at", "bad_number", "自动回答的概率门槛应在 0 与 1 之间，不填则用机器人的门槛")
	}
	f.text("owner", "负责人", a.Owner, MaxOwner, false)
	switch a.Review {
	case Unreviewed, InReview, Approved, Outdated:
	default:
		f.add("review", "unknown", "审核状态 %q 无效，可用：review、approved、outdated", a.Review)
	}
}

// answer adds the flaws of a Markdown text with slots.
func (f *flaws) answer(field, name, s string) {
	f.text(field, name, s, MaxAnswer, true)
	f.slots(field, name, s)
}

func (f *flaws) slots(field, name, s string) {
	if bad, ok := badSlot(s); ok {
		f.add(field, "bad_slot", "%s里的变量 %s 写法有误，应形如 {{order.status}}", name, bad)
	}
}

func (f *flaws) many(field, name string, n, limit int) {
	if n > limit {
		f.add(field, "too_many", "有 %d 个%s，最多 %d 个", n, name, limit)
	}
}

func (f *flaws) names(field, name string, names []string) {
	f.many(field, name, len(names), MaxAudience)
	for i, n := range names {
		f.text(fmt.Sprintf("%s[%d]", field, i), name, n, MaxTag, true)
	}
}

func (f *flaws) period(field, of string, from, until *time.Time) {
	if from != nil && until != nil && !from.Before(*until) {
		f.add(field, "bad_period", "%s失效时间必须晚于生效时间", of)
	}
}

func (f *flaws) blocks(field, of string, blocks []Block) {
	f.many(field, of+"内容块", len(blocks), MaxBlocks)
	for i, b := range blocks {
		f.block(fmt.Sprintf("%s[%d]", field, i), fmt.Sprintf("%s第 %d 个内容块", of, i+1), b)
	}
}

func (f *flaws) block(field, name string, b Block) {
	switch b.Kind {
	case Image, Link, Card, Buttons:
	default:
		f.add(field+".kind", "unknown", "%s的类型 %q 无效，可用：image、link、card、buttons", name, b.Kind)
		return
	}
	f.text(field+".title", name+"的标题", b.Title, MaxTitle, b.Kind == Link || b.Kind == Card)
	f.slots(field+".title", name+"的标题", b.Title)
	f.text(field+".text", name+"的文字", b.Text, MaxBlockText, false)
	f.slots(field+".text", name+"的文字", b.Text)
	f.url(field+".url", name+"的地址", b.URL, b.Kind == Image || b.Kind == Link)
	f.url(field+".image", name+"的图片地址", b.Image, false)
	if b.Kind == Buttons && len(b.Buttons) == 0 {
		f.add(field+".buttons", "missing", "%s没有按钮", name)
	}
	f.many(field+".buttons", name+"的按钮", len(b.Buttons), MaxButtons)
	for i, button := range b.Buttons {
		f.button(fmt.Sprintf("%s.buttons[%d]", field, i), fmt.Sprintf("%s的第 %d 个按钮", name, i+1), button)
	}
}

func (f *flaws) button(field, name string, b Button) {
	f.text(field+".label", name+"的文字", b.Label, MaxTitle, true)
	f.slots(field+".label", name+"的文字", b.Label)
	switch b.Press {
	case Say:
		f.text(field+".value", name+"要发送的话", b.Value, MaxQuestion, true)
		f.slots(field+".value", name+"要发送的话", b.Value)
	case OpenURL:
		f.url(field+".value", name+"的地址", b.Value, true)
	case StartFlow:
		if !flowName.MatchString(b.Value) {
			f.add(field+".value", "bad_flow", "%s要启动的流程名 %q 无效：小写字母开头，只含小写字母、数字和下划线", name, b.Value)
		}
	case AskHuman:
	default:
		f.add(field+".press", "unknown", "%s的动作 %q 无效，可用：say、url、flow、human", name, b.Press)
	}
}

// url adds the flaws of an address: https, or one of the desk's own files.
func (f *flaws) url(field, name, s string, required bool) {
	f.text(field, name, s, MaxURL, required)
	if s == "" {
		return
	}
	f.slots(field, name, s)
	if !validURL(slotPattern.ReplaceAllString(s, "0")) {
		f.add(field, "bad_url", "%s无效，应以 https:// 开头，或是本站文件 %s…", name, FilePath)
	}
}

func validURL(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if u.Scheme == "https" {
		return u.Hostname() != "" && u.User == nil
	}
	return u.Scheme == "" && u.Host == "" && strings.HasPrefix(u.Path, FilePath) && path.Clean(u.Path) == u.Path && len(u.Path) > len(FilePath)
}
