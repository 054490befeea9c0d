package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// openImports starts the queue of imports; solo works on this process's own only.
func (a *app) openImports(solo bool) (err error) {
	a.imports, err = intake.New(intake.Options{
		Store: a.store, Articles: a.store, Base: a.knowledge.Service, Clock: a.clock, IDs: a.ids, Logger: a.log, Solo: solo,
	})
	if err == nil {
		a.onClose(a.imports.Close)
	}
	return err
}

// importDoor is the queue of imports as the API speaks of it.
type importDoor struct {
	*intake.Service
	knowledge *knowledge
}

var _ api.Imports = importDoor{}

// Export implements api.Imports.
func (d importDoor) Export(ctx context.Context, bot string, format importer.Format, w io.Writer) error {
	return d.knowledge.Export(ctx, bot, format, w)
}

type kbImportCmd struct {
	File       string            `arg:"" help:"XLSX, CSV, TSV, JSON Lines, JSON, Markdown, Rasa YAML or HTML file; - is standard input." placeholder:"FILE"`
	Bot        string            `required:"" help:"Bot that gets the articles." placeholder:"BOT"`
	Format     string            `default:"auto" enum:"auto,xlsx,csv,tsv,jsonl,json,md,rasa,html" help:"Format of the file; found out by default."`
	Map        map[string]string `mapsep:"none" help:"What a column holds whose heading is not recognised; several times." placeholder:"HEADING=FIELD"`
	Sheet      string            `help:"Read this sheet of a workbook only." placeholder:"NAME"`
	DryRun     bool              `help:"Only report what the import would do."`
	Skip       bool              `help:"Leave articles as they are that the base has already, instead of replacing them."`
	CheckLinks bool              `help:"Ask every web address in the answers whether it answers."`
	Problems   string            `help:"Write the rows with problems to this CSV file, to mend and import again." placeholder:"FILE"`
	Yes        bool              `short:"y" help:"Do not ask before writing."`
}

// shownProblems is how many problems the terminal is told.
const shownProblems = 50

// Run checks the file, shows what was found, and writes it: all of it, or
// nothing when it is interrupted. Rejected rows make it fail.
func (c *kbImportCmd) Run(g *globals) error {
	data, err := c.read(g.std.in)
	if err != nil {
		return err
	}
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		if err := a.openImports(true); err != nil {
			return err
		}
		job, err := a.imports.Submit(g.ctx, intake.Request{Bot: c.Bot, Author: "cli", Body: data, Source: jobs.Source{
			File: filepath.Base(c.File), Format: c.Format, Mapping: c.Map, Sheet: c.Sheet, CheckLinks: c.CheckLinks,
		}})
		if err != nil {
			return err
		}
		i := importing{g: g, s: a.imports, bot: c.Bot, id: job.ID}
		if job, err = i.follow("checking"); err != nil {
			return err
		}
		return c.finish(i, job)
	})
}

func (c *kbImportCmd) read(in io.Reader) ([]byte, error) {
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, fault.Wrap(err, fault.NotFound, "cannot open %s", c.File)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, importer.MaxBytes+1))
	return data, fault.Wrap(err, fault.Unavailable, "cannot read %s", c.File)
}

// finish shows what the check found and applies it, unless that is not wanted.
func (c *kbImportCmd) finish(i importing, job jobs.Job) error {
	if err := i.show(job.Summary); err != nil {
		return err
	}
	if c.Problems != "" {
		err := writeWhole(c.Problems, func(w io.Writer) error { return i.s.WriteProblems(i.g.ctx, i.bot, i.id, w) })
		if err != nil {
			return err
		}
	}
	sum, verb := *job.Summary, "imported"
	write := sum.Added + sum.Replaced
	choice := jobs.Choice{OnConflict: jobs.Replace}
	skipped := 0
	if c.Skip {
		choice.OnConflict = jobs.Skip
		skipped, sum.Replaced = sum.Replaced, 0
		write -= skipped
	}
	switch ok, err := c.agreed(i.g, write); {
	case err != nil:
		return errors.Join(err, i.drop())
	case c.DryRun || !ok:
		verb = "dry run"
		if err := i.drop(); err != nil {
			return err
		}
	default:
		if _, err := i.s.Apply(i.g.ctx, i.bot, i.id, choice); err != nil {
			return err
		}
		if job, err = i.follow("writing"); err != nil {
			return err
		}
	}
	line := fmt.Sprintf("%s: %d rows, %d added, %d replaced, %d unchanged, %d rejected", verb, sum.Rows, sum.Added, sum.Replaced, sum.Unchanged, sum.Rejected)
	if skipped > 0 {
		line += fmt.Sprintf(", %d skipped", skipped)
	}
	if job.Revision > 0 {
		line += fmt.Sprintf(" (revision %d)", job.Revision)
	}
	_, err := fmt.Fprintln(i.g.std.out, line)
	if err == nil && sum.Rejected > 0 {
		return errLines
	}
	return err
}

// agreed asks the person at the terminal whether n articles are to be written;
// where nobody sits there, nobody is asked.
func (c *kbImportCmd) agreed(g *globals, n int) (bool, error) {
	f, ok := g.std.in.(*os.File)
	if c.Yes || c.DryRun || n == 0 || c.File == "-" || !ok || !term.IsTerminal(int(f.Fd())) {
		return true, nil
	}
	if _, err := fmt.Fprintf(g.std.err, "Write %d articles? [y/N] ", n); err != nil {
		return false, err
	}
	answer := make(chan string, 1)
	go func() { // a read of the terminal does not end with the context
		line, err := bufio.NewReader(f).ReadString('\n')
		if err != nil {
			line = ""
		}
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case a := <-answer:
		return a == "y" || a == "yes", nil
	case <-g.ctx.Done():
		return false, g.ctx.Err()
	}
}

// importing is a job that a command waits for.
type importing struct {
	g       *globals
	s       *intake.Service
	bot, id string
}

// follow shows the job's progress until it stands still. An interrupted
// command cancels it and says what became of the base.
func (i importing) follow(title string) (jobs.Job, error) {
	const steps = 1000
	b := newBar(i.g.std.err, title, steps)
	defer b.done()
	ctx, interrupted := i.g.ctx, i.g.ctx.Done()
	for {
		job, err := i.s.Job(ctx, i.bot, i.id)
		switch {
		case ctx.Err() != nil: // and comes again with a context that does not end
		case err != nil:
			return job, err
		case job.State == jobs.Ready && job.Error == "", job.State == jobs.Done:
			if interrupted == nil && job.State == jobs.Done {
				fmt.Fprintln(i.g.std.err, "yingda: the interruption came too late: everything has been written")
			}
			return job, nil
		case job.State == jobs.Cancelled:
			fmt.Fprintln(i.g.std.err, "yingda: cancelled: nothing was changed")
			return job, i.g.ctx.Err()
		case !job.State.Busy():
			return job, fault.New(job.Code, "%s", job.Error)
		}
		b.set(int(job.Progress * steps))
		select {
		case <-interrupted:
			interrupted = nil
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(context.WithoutCancel(i.g.ctx), time.Minute)
			defer cancel()
			if _, err := i.s.Cancel(ctx, i.bot, i.id); err != nil {
				return job, err
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// drop ends a job that was only to be checked.
func (i importing) drop() error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(i.g.ctx), 10*time.Second)
	defer cancel()
	_, err := i.s.Cancel(ctx, i.bot, i.id)
	return err
}

// show prints the problems, errors first, and a table of what was found.
func (i importing) show(sum *jobs.Summary) error {
	out := bufio.NewWriter(i.g.std.out)
	left := shownProblems
	total := 0
	for _, severity := range []importer.Severity{importer.Refused, importer.Warning} {
		list, n, err := i.s.Problems(i.g.ctx, i.bot, i.id, intake.ProblemFilter{Severity: severity, Limit: max(1, left)})
		if err != nil {
			return err
		}
		total += n
		for _, p := range list[:min(left, len(list))] {
			left--
			fmt.Fprintln(out, problemLine(p))
		}
	}
	if more := total - (shownProblems - left); more > 0 {
		fmt.Fprintf(out, "… and %d more; --problems FILE writes them all\n", more)
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "format\t%s\n", strings.TrimSpace(sum.Format+" "+sum.Encoding))
	for _, sheet := range sum.Sheets {
		if sheet.Skipped != "" {
			fmt.Fprintf(t, "sheet %s\tskipped: %s\n", sheet.Name, sheet.Skipped)
		} else {
			fmt.Fprintf(t, "sheet %s\t%d rows\n", sheet.Name, sheet.Rows)
		}
	}
	fmt.Fprintf(t, "wordings\t%d\n", sum.Wordings)
	fmt.Fprintf(t, "errors\t%d\n", sum.Errors)
	fmt.Fprintf(t, "warnings\t%d, %d of them near copies\n", sum.Warnings, sum.NearCopies)
	if sum.Links > 0 {
		fmt.Fprintf(t, "addresses asked\t%d\n", sum.Links)
	}
	return errors.Join(t.Flush(), out.Flush())
}

func problemLine(p intake.Problem) string {
	where := "file"
	if p.Line > 0 {
		where = fmt.Sprintf("line %d", p.Line)
	}
	if p.Sheet != "" {
		where = p.Sheet + " " + where
	}
	line := fmt.Sprintf("%s %s: %s: %s (%s)", where, p.Field, p.Severity, p.Message, p.Code)
	if p.Mend != "" {
		line += " → " + p.Mend
	}
	return line
}

type kbExportCmd struct {
	Bot    string `required:"" help:"Bot whose articles are exported." placeholder:"BOT"`
	Format string `enum:",xlsx,csv,tsv,jsonl,json,md,rasa,html" default:"" help:"xlsx, csv, tsv, jsonl, json, md, rasa or html; by default what the ending of --out says, else jsonl."`
	Out    string `help:"File to write instead of standard output." placeholder:"FILE"`
}

// Run writes all articles.
func (c *kbExportCmd) Run(g *globals) error {
	format := importer.Format(c.Format)
	if format == "" {
		format = formatOfName(c.Out)
	}
	return g.withApp(func(a *app) error {
		if _, err := a.bots.profile(c.Bot); err != nil {
			return noBot(c.Bot, err)
		}
		export := func(w io.Writer) error { return a.knowledge.Export(g.ctx, c.Bot, format, w) }
		if c.Out == "" {
			return export(g.std.out)
		}
		return writeWhole(c.Out, export)
	})
}

// formatOfName is what a file's ending says, JSON Lines where it says nothing.
func formatOfName(name string) importer.Format {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
	switch ending {
	case "yml", "yaml":
		return importer.Rasa
	case "htm":
		return importer.HTML
	case "markdown":
		return importer.Markdown
	}
	for _, f := range importer.Formats() {
		if string(f) == ending {
			return f
		}
	}
	return importer.JSONL
}

// writeWhole writes a file whole, or leaves what was there.
func writeWhole(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".yingda-*")
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "cannot write %s", name)
	}
	out := bufio.NewWriter(f)
	err = errors.Join(write(out), out.Flush(), f.Chmod(0o644), f.Close()) //nolint:gosec // a file for people
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
