package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/yingda/yingda/kb/usage"
)

type kbUnansweredCmd struct {
	Bot   string `required:"" help:"Bot whose questions are grouped." placeholder:"BOT"`
	Limit int    `default:"50" help:"Topics at most."`
}

// Run groups the questions of the last four weeks that found no answer.
func (c *kbUnansweredCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		if err := a.openGrowth(); err != nil {
			return err
		}
		u, err := (growthDoor{a.growth, a}).Cluster(g.ctx, c.Bot)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(g.std.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "COUNT\tWEEK\tBEFORE\tQUESTION\tNEAREST\tPROBABILITY")
		for _, t := range u.Topics[:min(len(u.Topics), max(c.Limit, 0))] {
			fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\t%.2f\n", t.Count, t.ThisWeek, t.LastWeek, t.Question, t.Article, t.Probability)
		}
		return w.Flush()
	})
}

type kbUsageCmd struct {
	Bot   string `required:"" help:"Bot whose articles are listed." placeholder:"BOT"`
	List  string `default:"all" enum:"all,hot,cold,never,expired,disliked,handed" help:"all, hot, cold, never, expired, disliked or handed (answered, then a person)."`
	Days  int    `default:"28" help:"Days to count, at most 84."`
	Limit int    `default:"50" help:"Articles at most."`
}

// Run counts what is new and prints a list.
func (c *kbUsageCmd) Run(g *globals) error {
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		if err := a.openGrowth(); err != nil {
			return err
		}
		list := usage.List(c.List)
		if c.List == "all" {
			list = usage.All
		}
		lines, err := (growthDoor{a.growth, a}).Use(g.ctx, c.Bot, list, c.Days)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(g.std.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ARTICLE\tANSWERED\tSUGGESTED\tSHOWN\tTAKEN\tIGNORED\tDISLIKED\tHANDED\tPRIOR\tQUESTION")
		for _, l := range lines[:min(len(lines), max(c.Limit, 0))] {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%+.2f\t%s\n",
				l.Article, l.Answered, l.Suggested, l.Shown, l.Taken, l.Ignored, l.Disliked, l.Handed, l.Prior, l.Question)
		}
		return w.Flush()
	})
}
