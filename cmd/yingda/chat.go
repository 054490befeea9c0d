package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

type chatCmd struct {
	Bot      string `default:"demo" help:"Bot to talk to."`
	Customer string `help:"Customer who is signed in (demo shop: c1001 to c1007)." placeholder:"ID"`
	Shop     string `help:"Demo shop file." placeholder:"FILE"`
	Trace    bool   `help:"Show how each message was understood and what was decided."`
}

// Run talks until the input ends: one message a line.
func (c *chatCmd) Run(g *globals) (err error) {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if c.Shop != "" {
		cfg.Shop.File = c.Shop
	}
	a, err := openApp(g.ctx, cfg, appOptions{log: quietLogger(cfg.Log, g.std.err), demo: c.Bot == demoBot})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	profile, err := a.bots.profile(c.Bot)
	if err != nil {
		return noBot(c.Bot, err)
	}
	out, err := a.manager.Start(g.ctx, dialog.StartRequest{Bot: c.Bot, Visitor: a.ids.New("visitor"), Customer: c.Customer, Channel: "terminal"})
	if err != nil {
		return err
	}
	fmt.Fprintf(g.std.out, "%s：%s\n", profile.BotName, profile.Greeting)
	if len(profile.Menu) > 0 {
		fmt.Fprintf(g.std.out, "    ［%s］\n", strings.Join(profile.Menu, "］［"))
	}
	talk := &talk{g: g, app: a, bot: c.Bot, name: profile.BotName, conversation: out.State.ID, trace: c.Trace}
	return talk.run()
}

type talk struct {
	g                       *globals
	app                     *app
	bot, name, conversation string
	trace                   bool
}

func (t *talk) run() error {
	prompt := ""
	if f, ok := t.g.std.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		prompt = "> "
	}
	in := bufio.NewReader(t.g.std.in)
	for {
		if _, err := io.WriteString(t.g.std.out, prompt); err != nil {
			return err
		}
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && len(line) == 0 {
			continue
		}
		if err == nil {
			err = t.say(string(line))
		}
		var f *fault.Error
		if errors.As(err, &f) && f.Code != fault.Internal {
			_, err = fmt.Fprintf(t.g.std.out, "！%s\n", f.Message)
		}
		if err != nil {
			return err
		}
	}
}

// say sends one message and prints what came back.
func (t *talk) say(text string) error {
	out, err := t.app.manager.Receive(t.g.ctx, dialog.Incoming{Bot: t.bot, Conversation: t.conversation, Text: text})
	if err != nil {
		return err
	}
	if t.trace {
		for _, e := range out.Events {
			if _, err := fmt.Fprintf(t.g.std.out, "    %s %s\n", e.Type, e.Data); err != nil {
				return err
			}
		}
	}
	for _, m := range out.Replies {
		fmt.Fprintf(t.g.std.out, "%s：%s\n", t.name, m.Text)
		for i, b := range m.Buttons {
			fmt.Fprintf(t.g.std.out, "    %d. %s\n", i+1, b.Title)
		}
	}
	if len(out.Replies) == 0 {
		_, err = fmt.Fprintf(t.g.std.out, "    （%s，机器人不再作答）\n", statusName(out.State.Status))
	}
	return err
}

func statusName(s dialog.Status) string {
	switch s {
	case dialog.StatusQueued:
		return "排队等待人工"
	case dialog.StatusHuman:
		return "人工接待中"
	case dialog.StatusClosed:
		return "会话已结束"
	default:
		return "机器人接待中"
	}
}
