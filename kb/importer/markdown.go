package importer

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// ownMarkdown in the front matter marks files that Write wrote: every heading
// of level 1 is a question, and lines of answers that look like headings have
// a backslash before them.
const ownMarkdown = "应答知识库"

// section is a heading with what stands below it.
type section struct {
	line, level int
	title       string
	body        []string
}

var (
	atxHeading = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*))?$`)
	closing    = regexp.MustCompile(`[ \t]+#+[ \t]*$`)
	fence      = regexp.MustCompile("^ {0,3}(```+|~~~+)")
	property   = regexp.MustCompile(`^(?:[-*][ \t]+)?(?:\*\*)?([^:：*\s][^:：*]{0,30}?)(?:\*\*)?[ \t]*[:：](?:\*\*)?[ \t]*(.*)$`)
	item       = regexp.MustCompile(`^[ \t]*(?:[-*+]|[0-9]{1,3}[.)、])[ \t]+(.*)$`)
	emphasis   = regexp.MustCompile(`^(\*\*|__)(.+)(\*\*|__)$`)
	escapedATX = regexp.MustCompile(`^ {0,3}\\+#`)
	likeATX    = regexp.MustCompile(`^ {0,3}\\*#`)
)

// markdown reads headings as questions, or as categories where only other
// headings stand below them.
func (t *table) markdown(text string) error {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	front, skip := frontMatter(lines)
	own := slices.ContainsFunc(front, func(p [2]string) bool { return p[0] == "格式" && p[1] == ownMarkdown })
	sections := divide(lines[skip:], skip, own)
	if len(sections) == 0 {
		return fault.New(fault.Invalid, "没有找到标题：每个问题写成一行标题（如“## 多久发货”），答案写在标题下面")
	}
	var path []section
	for _, s := range sections {
		for len(path) > 0 && path[len(path)-1].level >= s.level {
			path = path[:len(path)-1]
		}
		if blank(s.body) && !own {
			path = append(path, s)
			continue
		}
		if err := t.next(); err != nil {
			return err
		}
		r := t.record(s.line)
		r.a.Question = s.title
		answer := r.properties(s.body, own)
		if own {
			answer = unescapeHeadings(answer)
		}
		if r.a.Answer == "" {
			r.a.Answer = strings.Join(answer, "\n")
		}
		if !own {
			r.defaults(front, path)
			path = append(path, s)
		}
		r.done()
	}
	return nil
}

// maxFront is how many lines front matter may have.
const maxFront = 500

// frontMatter reads the properties between two lines of dashes at the top, and
// how many lines they take.
func frontMatter(lines []string) (list [][2]string, n int) {
	if len(lines) == 0 || strings.TrimRight(lines[0], " \t") != "---" {
		return nil, 0
	}
	for i, line := range lines[1:min(len(lines), maxFront)] {
		if line = strings.TrimRight(line, " \t"); line == "---" || line == "..." {
			return list, i + 2
		}
		if m := property.FindStringSubmatch(line); m != nil {
			list = append(list, [2]string{m[1], strings.Trim(m[2], `"'`)})
		} else if m := item.FindStringSubmatch(line); m != nil && len(list) > 0 {
			list[len(list)-1][1] += "\n" + strings.Trim(m[1], `"'`)
		}
	}
	return nil, 0 // a ruler, not front matter
}

// divide cuts the lines, of which skip came before, at their headings, those
// within code not counted. A text without headings is no section.
func divide(lines []string, skip int, own bool) []section {
	var out []section
	code := ""
	for i, line := range lines {
		if m := fence.FindStringSubmatch(line); m != nil && !own {
			switch {
			case code == "":
				code = m[1]
			case strings.HasPrefix(m[1], code):
				code = ""
			}
		}
		m := atxHeading.FindStringSubmatch(line)
		if m == nil || code != "" || own && (m[1] != "#" || line[0] != '#') {
			if len(out) > 0 {
				out[len(out)-1].body = append(out[len(out)-1].body, line)
			}
			continue
		}
		title := m[2]
		if !own {
			title = strings.TrimSpace(closing.ReplaceAllString(" "+title, ""))
			if e := emphasis.FindStringSubmatch(title); e != nil && e[1] == e[3] {
				title = e[2]
			}
		}
		out = append(out, section{line: skip + i + 1, level: len(m[1]), title: title})
	}
	return out
}

// properties reads the lines "名称: 值" at the top of a section's body into r
// and returns the rest. In a file of ours they end at the first blank line.
func (r *record) properties(body []string, own bool) []string {
	i := 0
	for i < len(body) && strings.TrimSpace(body[i]) == "" {
		i++
	}
	for i < len(body) {
		if own && body[i] == "" {
			return body[i+1:]
		}
		m := property.FindStringSubmatch(body[i])
		if m == nil {
			break
		}
		c := r.t.mapping.of(m[1])
		if c == ignored || c == colQuestion || !own && (c == colLinks || c == colImages || c == colAttachments) {
			break
		}
		if i++; c == colAnswer {
			r.a.Answer = strings.TrimSpace(strings.Join(append([]string{m[2]}, body[i:]...), "\n"))
			return nil
		}
		r.set(c, m[2])
		if c != colSimilar || m[2] != "" {
			continue
		}
		for ; i < len(body); i++ {
			wording, ok := strings.CutPrefix(body[i], "- ")
			if !own {
				m := item.FindStringSubmatch(body[i])
				if ok = m != nil; ok {
					wording = m[1]
				}
			}
			if !ok {
				break
			}
			r.set(colOne, wording)
		}
	}
	return body[i:]
}

// defaults fills in what the front matter says of all, and the category from
// the headings above.
func (r *record) defaults(front [][2]string, path []section) {
	var titles []string
	for _, p := range front {
		switch c := r.t.mapping.of(p[0]); c {
		case colCategory:
			titles = append(titles, p[1])
		case colFrom, colUntil, colOwner, colReview, colThreshold, colChannels, colTags:
			r.set(c, p[1])
		}
	}
	for _, s := range path {
		titles = append(titles, s.title)
	}
	if r.a.Category == "" {
		r.a.Category = strings.Join(titles, "/")
	}
}

func unescapeHeadings(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		if escapedATX.MatchString(line) {
			at := strings.IndexByte(line, '\\')
			line = line[:at] + line[at+1:]
		}
		out[i] = line
	}
	return out
}

func escapeHeadings(answer string) string {
	lines := strings.Split(answer, "\n")
	for i, line := range lines {
		if likeATX.MatchString(line) {
			at := strings.IndexAny(line, `\#`)
			lines[i] = line[:at] + `\` + line[at:]
		}
	}
	return strings.Join(lines, "\n")
}
