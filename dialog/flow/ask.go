package flow

import (
	"text/template"

	"github.com/expr-lang/expr"

	"github.com/yingda/yingda/dialog"
)

// say adds a message worded by one of the variants.
func (r *run) say(variants []*template.Template, buttons []dialog.Button, i int) error {
	text, err := render(variants[i%len(variants)], r.env)
	if err != nil {
		return err
	}
	if text == "" && len(buttons) == 0 {
		return nil
	}
	if len(r.out.Messages) == maxOutputChunks { // keep the words, bound the messages
		last := &r.out.Messages[len(r.out.Messages)-1]
		last.Text += "\n" + text
		last.Buttons = append(last.Buttons, buttons...)
		return nil
	}
	r.out.Messages = append(r.out.Messages, dialog.Message{Text: text, Buttons: buttons})
	return nil
}

// ask asks a collect or choose step's question for the nth time and waits.
func (r *run) ask(n *node, nth int) error {
	r.frame.Step, r.frame.Asked = n.id, nth
	if c := n.collect; c != nil {
		r.frame.Expects = c.slot
		return r.say(c.prompt, c.buttons, min(nth, len(c.prompt))-1)
	}
	choices, err := r.choices(n.choose)
	if err != nil {
		return err
	}
	r.frame.Expects = n.choose.slot
	buttons := make([]dialog.Button, len(choices))
	for i, c := range choices {
		buttons[i] = dialog.Button{Title: c.title, Text: c.title}
	}
	return r.say(n.choose.prompt, buttons, min(nth, len(n.choose.prompt))-1)
}

// choose takes the only choice, or the one that the visitor has named already,
// skips what was chosen before, or asks.
func (r *run) choose(n *node) (next string, stop bool, err error) {
	c := n.choose
	choices, err := r.choices(c)
	if err != nil {
		return "", true, err
	}
	if told := r.frame.Slots[c.slot]; told != "" {
		for _, choice := range choices {
			if choice.value == told {
				return choice.target(n), false, nil
			}
		}
		if len(c.options) == 0 {
			return n.next, false, nil
		}
	}
	if len(c.options) == 0 && len(choices) > 1 {
		if named, _, ok := byName(choices, dialog.FoldText(r.ctx.Text)); ok { // 我的羽绒服到哪了
			r.fill(c.slot, named.value, false)
			return named.target(n), false, nil
		}
	}
	switch {
	case len(choices) == 0:
		return c.empty, false, nil
	case len(choices) == 1 && c.single:
		r.fill(c.slot, choices[0].value, false)
		return choices[0].target(n), false, nil
	default:
		return "", true, r.ask(n, 1)
	}
}

// choice is one thing to choose.
type choice struct {
	title, value string
	words        []string // by which it may be named
	option       *optionNode
}

// target is where choosing it leads.
func (c choice) target(n *node) string {
	if c.option != nil && c.option.Goto != "" {
		return c.option.Goto
	}
	return n.next
}

// choices computes what a step offers: the same for the same frame.
func (r *run) choices(c *chooseNode) ([]choice, error) {
	if len(c.options) > 0 {
		list := make([]choice, len(c.options))
		for i := range c.options {
			o := &c.options[i]
			list[i] = choice{title: o.Title, value: o.Value, words: []string{o.Title}, option: o}
		}
		return list, nil
	}
	v, err := expr.Run(c.from, r.env)
	if err != nil {
		return nil, err
	}
	items, _ := v.([]any)
	var list []choice
	for _, item := range items {
		env := make(map[string]any, len(r.env)+1)
		for k, v := range r.env {
			env[k] = v
		}
		env["item"] = item
		var ch choice
		if ch.value, err = render(c.value, env); err != nil {
			return nil, err
		}
		if ch.title, err = render(c.title, env); err != nil {
			return nil, err
		}
		ch.words = []string{ch.title, ch.value}
		for _, t := range c.match {
			word, err := render(t, env)
			if err != nil {
				return nil, err
			}
			ch.words = append(ch.words, word)
		}
		if ch.value != "" {
			list = append(list, ch)
		}
	}
	return list[:min(len(list), c.limit)], nil
}
