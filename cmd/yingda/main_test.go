package main

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/yingda/yingda/nlu/ort"
)

// yingdaMain is main for test scripts and for tests that start the program as
// a process of its own.
func yingdaMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Environ())
	stop()
	os.Exit(code)
}

// runAsYingda is the variable that makes the test program be yingda.
const runAsYingda = "YINGDA_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runAsYingda) != "" {
		yingdaMain()
	}
	testscript.Main(m, map[string]func(){"yingda": yingdaMain})
}

// TestScripts runs the commands as a user would, without a server.
func TestScripts(t *testing.T) {
	lib, err := ort.FindLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	if lib, err = filepath.Abs(lib); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv(ort.LibraryVariable, lib)
			return nil
		},
	})
}

func TestUsageFaults(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "expected one of"},
		{[]string{"dance"}, exitUsage, "unexpected argument dance"},
		{[]string{"parse", "--loud"}, exitUsage, "unknown flag --loud"},
		{[]string{"version", "--config", "/no/such.yml"}, exitOK, ""},
		{[]string{"parse", "--config", "/no/such.yml"}, exitFault, "no configuration file"},
		{[]string{"migrate", "--data", "main.go"}, exitFault, "is a file"},
		{[]string{"migrate", "--data", "a", "--data", "b"}, exitFault, "one data folder"},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), c.args, streams{strings.NewReader(""), &out, &errs}, nil)
		if code != c.code || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%q: code %d, want %d; said\n%s", c.args, code, c.code, errs.String())
		}
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, streams{strings.NewReader(""), &out, &out}, nil); code != exitOK || !strings.Contains(out.String(), "parse") {
		t.Errorf("--help: code %d\n%s", code, out.String())
	}
}
