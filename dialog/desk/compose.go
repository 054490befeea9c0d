package desk

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yingda/yingda/dialog"
)

// Sources of suggestions, the values of dialog.Suggestion.Source.
const (
	SourceArticle = "article"
	SourceFlow    = "flow"
	SourceState   = "state"
	SourcePhrase  = "phrase"
)

const (
	scoreStateFits = 0.93 // what was looked up answers the matter
	scoreState     = 0.5
	scoreFlow      = 0.78
	scoreFillMost  = 0.3
	scoreFillLeast = 0.05

	maxArticles = 3
	// minContained is the length from which a text counts as said when it is
	// part of a longer message.
	minContained = 20
)

// candidate is a suggestion in the making.
type candidate struct {
	key, title, text, source, article string
	// body is the text without courtesies: what is compared with what was said.
	body string
	// group names candidates of which one is enough, or is empty.
	group string
	score float64
}

// compose makes the list out of a scene: the same scene and flows give the
// same suggestions under the same ids.
func (s *Service) compose(sc *scene) []dialog.Suggestion {
	var all []candidate
	all = append(all, sc.articles()...)
	all = append(all, s.phrases.stated(sc)...)
	all = append(all, s.question(sc)...)
	all = append(all, s.phrases.fitting(sc)...)
	all = append(all, s.phrases.filling(sc)...)
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })

	list := pick(sc, all, s.opt.MaxSuggestions, false)
	if len(list) < minSuggestions {
		list = pick(sc, all, minSuggestions, true)
	}
	return list
}

// pick takes the best candidates that are new, and ones an agent ignored only
// when again is set.
func pick(sc *scene, all []candidate, limit int, again bool) []dialog.Suggestion {
	list := make([]dialog.Suggestion, 0, limit)
	taken, groups := map[string]bool{}, map[string]bool{}
	for _, c := range all {
		if len(list) == limit {
			break
		}
		folded := dialog.FoldText(cmp.Or(c.body, c.text))
		if folded == "" || taken[folded] || groups[c.group] || sc.isSaid(folded) {
			continue
		}
		id := newID(sc.st.ID, sc.l.lastMessage, sc.draft, c.source, c.key, c.text).String()
		if sc.l.ignored[id] && !again {
			continue
		}
		taken[folded], groups[c.group] = true, c.group != ""
		list = append(list, dialog.Suggestion{ID: id, Title: c.title, Text: c.text, Source: c.source, Article: c.article, Score: c.score})
	}
	return list
}

// hear folds the desk's and the bot's latest messages, once for a scene.
func (sc *scene) hear() {
	for _, line := range sc.st.Recent {
		if line.From != dialog.Agent && line.From != dialog.Bot {
			continue
		}
		folded := dialog.FoldText(line.Text)
		sc.said = append(sc.said, folded)
		if line.From == dialog.Agent {
			sc.saidByAgents = append(sc.saidByAgents, folded)
		}
	}
}

func (sc *scene) isSaid(folded string) bool {
	long := utf8.RuneCountInString(folded) >= minContained
	return slices.ContainsFunc(sc.said, func(line string) bool {
		return line == folded || long && strings.Contains(line, folded)
	})
}

// first reports whether no agent has spoken yet.
func (sc *scene) first() bool {
	return !slices.ContainsFunc(sc.st.Recent, func(l dialog.Line) bool { return l.From == dialog.Agent })
}

// articles are the answers of the knowledge base, worded for the chat.
func (sc *scene) articles() []candidate {
	var list []candidate
	for _, h := range sc.hits {
		said, ok := sc.st.Say(h.article, sc.profile, sc.now)
		body := cut(polite(plain(said.Text)), maxAnswer)
		if !ok || body == "" || len(list) == maxArticles {
			continue
		}
		text := body
		if sc.first() && !opens(body) {
			text = greeted(text)
		}
		list = append(list, candidate{
			key: h.article.ID, title: h.article.Question, text: text, body: body,
			source: SourceArticle, article: h.article.ID, score: min(max(h.score, 0), 1),
		})
	}
	return list
}

// opens reports whether a text begins as one addresses people.
func opens(text string) bool {
	for _, opening := range []string{"您好", "亲", "抱歉", "很抱歉", "非常抱歉", "不好意思", "感谢", "实在", "对不起"} {
		if strings.HasPrefix(text, opening) {
			return true
		}
	}
	return false
}

// question asks what the running flow waits for, in the flow's words, or in
// the desk's when those were said.
func (s *Service) question(sc *scene) []candidate {
	frame, running := sc.st.Active()
	if !running {
		frame = sc.l.asked
	}
	if frame.Expects == "" || frame.Slots[frame.Expects] != "" || sc.st.Slots[frame.Expects] != "" {
		return nil
	}
	var list []candidate
	for _, ask := range s.phrases.asks {
		if !slices.Contains(ask.Slots, frame.Expects) || s.phrases.slotKnown(sc, ask.Slots) {
			continue
		}
		if text, ok := s.phrases.vary(sc, ask.Texts, frame.Expects); ok {
			list = append(list, candidate{key: frame.Expects, title: ask.Title, group: ask.Group, text: text, source: SourceFlow, score: scoreFlow})
		}
	}
	if s.opt.Flows == nil || len(list) == 0 && s.phrases.slotKnown(sc, []string{frame.Expects}) {
		return list
	}
	flows, err := s.opt.Flows.For(sc.st.Bot)
	if err != nil {
		s.log.Warn("the flows of a bot cannot be read", "bot", sc.st.Bot, "error", err)
		return list
	}
	step := flows.Resume(dialog.FlowContext{
		Now: sc.now, Bot: sc.st.Bot, Shop: sc.profile.Name, Customer: sc.st.Customer, Attributes: sc.st.Attributes,
		Known: sc.st.Slots, Seed: seed(sc.st.ID, sc.st.LastVisitor.ID),
	}, frame)
	if step.Ended != "" || step.Handoff != nil || step.Frame.Step != frame.Step || len(step.Messages) == 0 {
		return list // the question needs results that are gone, or is not asked any more
	}
	return append(list, candidate{
		key: frame.Flow + "/" + frame.Expects, title: flows.Title(frame.Flow), source: SourceFlow, score: scoreFlow - 0.01,
		text: cut(polite(withChoices(step.Messages[0])), maxAnswer),
	})
}

// withChoices writes a message's buttons as numbered lines.
func withChoices(m dialog.Message) string {
	var b strings.Builder
	if m.Markdown {
		b.WriteString(plain(m.Text))
	} else {
		b.WriteString(m.Text)
	}
	for i, button := range m.Buttons {
		b.WriteString("\n" + strconv.Itoa(i+1) + ". " + button.Title)
	}
	return b.String()
}

// greeted puts a greeting before text: on the same line, or above a list.
func greeted(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if first == '·' || unicode.IsDigit(first) {
		return "您好：\n" + text
	}
	return "您好，" + text
}
