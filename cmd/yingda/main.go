// Command yingda is the whole of Yingda in one binary: the service, and the
// commands that read, train, measure and maintain it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Environ())
	stop()
	os.Exit(code)
}

// streams are the three standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit codes.
const (
	exitOK    = 0
	exitFault = 1 // something went wrong, or a line did
	exitUsage = 2 // the command line is wrong
)

// errLines ends a command whose output tells of its faulty lines already.
var errLines = errors.New("some lines failed")

// globals are the flags that every command takes.
type globals struct {
	Config string `help:"Configuration file (YAML); every key is documented by 'yingda config'." placeholder:"FILE" env:"YINGDA_CONFIG"`
	// Data is given once as a folder; the training commands take their files by
	// the same name, told apart by what lies there.
	Data []string `help:"Data folder; overrides the configuration's. For 'intents': also the files of labelled messages." sep:"none" placeholder:"DIR"`

	ctx     context.Context
	std     streams
	environ []string
	// takesFiles is set by commands whose --data may name files.
	takesFiles bool
}

// load reads the configuration with the flags applied.
func (g *globals) load() (config.Config, error) {
	cfg, err := config.Load(g.Config, g.environ)
	if err != nil {
		return cfg, err
	}
	folders, files := g.data()
	if len(files) > 0 && !g.takesFiles {
		return cfg, fault.In("--data", fault.New(fault.Invalid, "%s is a file; give the folder where yingda keeps its data", files[0]))
	}
	if len(folders) > 1 {
		return cfg, fault.In("--data", fault.New(fault.Invalid, "%s and %s: give one data folder", folders[0], folders[1]))
	}
	if len(folders) == 1 {
		cfg.Data = folders[0]
	}
	return cfg, nil
}

// data divides the values of --data into folders, existing or not, and files.
func (g *globals) data() (folders, files []string) {
	for _, d := range g.Data {
		if info, err := os.Stat(d); err == nil && info.Mode().IsRegular() {
			files = append(files, d)
		} else {
			folders = append(folders, d)
		}
	}
	return folders, files
}

type cli struct {
	globals

	Serve   serveCmd   `cmd:"" help:"Serve the API and the pages."`
	Chat    chatCmd    `cmd:"" help:"Talk to a bot in the terminal."`
	Parse   parseCmd   `cmd:"" help:"Understand messages: JSON Lines {id?,text,prev?,expect?} in, results out. prev is the turn before, expect what the dialog waits for."`
	Segment segmentCmd `cmd:"" help:"Cut lines of text into words."`
	Embed   embedCmd   `cmd:"" help:"Turn texts into vectors: JSON Lines {id?,text} in, {id,embedding} out."`
	KB      kbCmd      `cmd:"" name:"kb" help:"Import, export, search and fit the knowledge base."`
	Intents intentsCmd `cmd:"" help:"Train and evaluate classifiers."`
	Eval    evalCmd    `cmd:"" help:"Measure understanding, retrieval and dialogues."`
	Models  modelsCmd  `cmd:"" help:"List and verify the models."`
	Migrate migrateCmd `cmd:"" help:"Bring the database to this version's schema."`
	Key     keyCmd     `cmd:"" help:"Create and revoke API keys."`
	User    userCmd    `cmd:"" help:"Add agents and trainers."`
	Doctor  doctorCmd  `cmd:"" help:"Say what is missing and how to fix it."`
	Bench   benchCmd   `cmd:"" help:"Measure speed and memory against their bounds."`
	Conf    confCmd    `cmd:"" name:"config" help:"Print the documented configuration."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, std streams, environ []string) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("yingda"),
		kong.Description("Yingda 应答: a customer-service desk for online shops."),
		kong.Writers(std.out, std.err),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(std.err, "yingda:", err)
		return exitUsage
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help was asked for and printed
		return exit
	}
	if err != nil {
		fmt.Fprintln(std.err, "yingda:", err)
		return exitUsage
	}
	c.ctx, c.std, c.environ = ctx, std, environ
	err = k.Run(&c.globals)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errLines):
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(std.err, "yingda: interrupted")
	default:
		fmt.Fprintln(std.err, "yingda:", err)
		if fault.CodeOf(err) == fault.Unavailable {
			fmt.Fprintln(std.err, "       'yingda doctor' looks over the whole installation.")
		}
	}
	return exitFault
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(g *globals) error {
	_, err := fmt.Fprintln(g.std.out, "yingda", version)
	return err
}

type confCmd struct{}

// Run prints the documented example configuration.
func (confCmd) Run(g *globals) error {
	_, err := g.std.out.Write(config.Example)
	return err
}
