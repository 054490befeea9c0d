// Nearcopy lists the authored texts that are too like a text of a measuring
// file: nothing that measures may teach.
//
//	go run ./training-data/check/nearcopy --against FILE [--against FILE] …
//
// Texts are compared by their runs of four characters (a Jaccard index of 0.6
// is a copy; texts under four characters are compared as a whole) and, unless
// --encoder none is given, by the cosine of their embeddings (0.95). A line
// names the authored text and where the measuring text stands; the measuring
// text itself is never printed, so that authors do not read it.
//
// It exits with 0 when there is none, 1 when there are some, and 2 when it
// could not look.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu/encoder"
	"github.com/yingda/yingda/nlu/ort"
	"github.com/yingda/yingda/training-data/check"
)

// The exit statuses.
const (
	clean = iota
	offended
	broken
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// repeated is a flag that may be given several times.
type repeated []string

func (r *repeated) String() string { return strings.Join(*r, " ") }

func (r *repeated) Set(s string) error {
	*r = append(*r, s)
	return nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("nearcopy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var against repeated
	flags.Var(&against, "against", "a measuring `FILE` of JSON lines with text, query, question or similar; may be repeated")
	data := flags.String("data", "training-data", "the authored `FOLDER`")
	folder := flags.String("encoder", "built-in", "a `FOLDER` of models whose encoder compares meanings; built-in: the shipped one; none: compare characters only")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return clean
		}
		return broken
	}
	n, err := look(ctx, *data, against, *folder, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "nearcopy:", err)
		return broken
	case n > 0:
		return offended
	}
	return clean
}

// look prints the offenders and the totals and returns how many there are.
func look(ctx context.Context, data string, against []string, folder string, stdout io.Writer) (int, error) {
	if len(against) == 0 {
		return 0, fault.New(fault.Invalid, "name a measuring file with --against")
	}
	var measured []check.Row
	for _, name := range against {
		rows, err := readMeasured(name)
		if err != nil {
			return 0, fault.In(name, err)
		}
		measured = append(measured, rows...)
	}
	authored, err := check.ReadAuthored(os.DirFS(data))
	if err != nil {
		return 0, fault.In(data, err)
	}
	var same []check.Finding
	if folder != "none" {
		if same, err = compare(ctx, folder, authored, measured); err != nil {
			return 0, err
		}
	}
	found := check.Merge(check.Copies(authored, measured), same)
	out := bufio.NewWriter(stdout)
	for _, f := range found {
		fmt.Fprintf(out, "%s:%d: %q is %.2f like %s:%d\n", f.Row.File, f.Row.Line, f.Row.Text, f.Score, f.Other.File, f.Other.Line)
	}
	fmt.Fprintf(out, "%d authored texts, %d measuring texts, %d too alike\n", len(authored), len(measured), len(found))
	return len(found), out.Flush()
}

func readMeasured(name string) (rows []check.Row, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err = check.ReadMeasured(f)
	for i := range rows {
		rows[i].File = name
	}
	return rows, err
}

// compare finds the authored texts that mean what a measuring text means.
func compare(ctx context.Context, folder string, authored, measured []check.Row) (found []check.Finding, err error) {
	if folder == "built-in" {
		folder = ""
	}
	source, err := models.NewSource(folder)
	if err != nil {
		return nil, err
	}
	model, err := source.Load(models.EncoderDir)
	if err != nil {
		return nil, err
	}
	lib, err := ort.FindLibrary(os.Getenv(ort.LibraryVariable))
	if err != nil {
		return nil, err
	}
	env, err := ort.Open(lib)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	enc, err := encoder.New(env, model, encoder.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, enc.Close()) }()
	return check.Close(ctx, embedder{enc}, authored, measured)
}

// embedder makes the encoder's embeddings a check.Embedder.
type embedder struct{ *encoder.Encoder }

// Embed returns the text's embedding; its errors are the encoder's.
func (e embedder) Embed(ctx context.Context, text string) ([]float32, error) {
	f, err := e.Encode(ctx, text)
	return f.Embedding, err
}
