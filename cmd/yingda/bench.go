package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yingda/yingda/bench"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/ort"
)

type benchCmd struct {
	Messages int   `default:"100" help:"Messages per round."`
	Rounds   int   `default:"25" help:"Rounds; the figures are their medians."`
	Vectors  []int `default:"10000,100000" help:"Vectors of the search, several sizes."`
	Million  bool  `help:"Search a million vectors too: some minutes and 6 GB."`
	Search   bool  `help:"Measure the search alone."`
	NoServer bool  `help:"Do not start a server to measure its idle memory."`
	Batching bool  `help:"Measure batching alone."`
}

// Bounds of the checks, as ratios of the raw ONNX Runtime loop or as stated.
const (
	analyzerShare = 0.85
	httpShare     = 0.65
	idleMemoryMB  = 450
)

// Run measures understanding, serving, batching, search and memory, and fails when a bound is missed.
func (c *benchCmd) Run(g *globals) error {
	cfg, err := g.load()
	if err != nil {
		return err
	}
	if c.Search {
		return c.searchAlone(g, cfg)
	}
	cfg.Server.APIPerSec = 1 << 20
	cfg.Log.Level = "error"
	a, err := openApp(g.ctx, cfg, appOptions{log: newLogger(cfg.Log, g.std.err), temporary: true, demo: true})
	if err != nil {
		return err
	}
	shared, err := c.batching(g.ctx, a)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	checks := shared.checks()
	var results []bench.Result
	var searched []bench.SearchFigures
	if !c.Batching {
		var serving, search []bench.Check
		if results, serving, err = c.serving(g.ctx, a); err != nil {
			return errors.Join(err, a.Close())
		}
		if searched, search, err = c.search(g.ctx, a.language.environment, a.cfg.KB); err != nil {
			return errors.Join(err, a.Close())
		}
		checks = slices.Concat(serving, checks, search)
	}
	if err := a.Close(); err != nil {
		return err
	}
	if !c.NoServer && !c.Batching {
		idle, err := idleMemory(g.ctx)
		if err != nil {
			return err
		}
		checks = append(checks, idle)
	}
	fmt.Fprintf(g.std.out, "%s, %d CPUs\n\n", cpuName(), runtime.NumCPU())
	if err := shared.print(g.std.out); err != nil {
		return err
	}
	if !c.Batching {
		if err := bench.PrintSearch(g.std.out, searched); err != nil {
			return err
		}
		fmt.Fprintf(g.std.out, "%d messages, medians of %d rounds in turns\n\n", c.Messages, c.Rounds)
	}
	if len(checks) > 0 {
		if err := bench.Print(g.std.out, results, checks); err != nil {
			return err
		}
	}
	return verdict(checks)
}

// verdict fails when a bound is missed.
func verdict(checks []bench.Check) error {
	for _, check := range checks {
		if !check.Holds() {
			return errLines
		}
	}
	return nil
}

// searchAlone measures the search without a service around it.
func (c *benchCmd) searchAlone(g *globals, cfg config.Config) error {
	lib, err := ort.FindLibrary(cfg.ORTLib)
	if err != nil {
		return err
	}
	env, err := ort.Open(lib)
	if err != nil {
		return err
	}
	all, checks, err := c.search(g.ctx, env, cfg.KB)
	if err = errors.Join(err, env.Close()); err != nil {
		return err
	}
	fmt.Fprintf(g.std.out, "%s, %d CPUs\n\n", cpuName(), runtime.NumCPU())
	if err := bench.PrintSearch(g.std.out, all); err != nil {
		return err
	}
	if err := bench.Print(g.std.out, nil, checks); err != nil {
		return err
	}
	return verdict(checks)
}

// messages are wordings of the demo's articles, spread over the whole base.
func (c *benchCmd) messages(ctx context.Context, a *app) ([]string, error) {
	articles, err := a.store.Articles(ctx, demoBot)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, art := range articles {
		all = append(all, art.Phrasings()...)
	}
	if len(all) < 10 {
		return nil, fault.New(fault.Internal, "the demo has %d wordings", len(all))
	}
	out := make([]string, c.Messages)
	for i := range out {
		out[i] = all[(i*7919)%len(all)]
	}
	return out, nil
}

// serving compares the raw loop, the Analyzer and HTTP over the same messages.
func (c *benchCmd) serving(ctx context.Context, a *app) ([]bench.Result, []bench.Check, error) {
	messages, err := c.messages(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	ids := make([][]int64, len(messages))
	for i, m := range messages {
		if ids[i], _, err = a.language.encoder.Tokenize(m); err != nil {
			return nil, nil, err
		}
	}
	now := time.Now()
	raw := func(ctx context.Context, i int) error {
		_, err := a.language.encoder.Run(ctx, ids[i])
		return err
	}
	analyze := func(ctx context.Context, i int) error {
		_, err := a.language.pipeline.Analyze(ctx, nlu.Request{Text: messages[i], Now: now})
		return err
	}
	door, err := openDoor(ctx, a, messages)
	if err != nil {
		return nil, nil, err
	}
	cores := runtime.GOMAXPROCS(0)
	results, err := bench.Compare(ctx, []bench.Contender{
		{Name: "raw ONNX Runtime loop", Concurrency: 1, Do: raw},
		{Name: "raw ONNX Runtime loop", Concurrency: cores, Do: raw},
		{Name: "Analyzer", Concurrency: 1, Do: analyze},
		{Name: "Analyzer", Concurrency: cores, Do: analyze},
		{Name: "HTTP /v1/nlu/parse", Concurrency: 1, Do: door.parse},
		{Name: "HTTP /v1/nlu/parse", Concurrency: 8, Do: door.parse},
	}, c.Messages, c.Rounds)
	if err = errors.Join(err, door.close()); err != nil {
		return nil, nil, err
	}
	share := func(of, to int) float64 { return results[of].PerSecond / results[to].PerSecond }
	all := "raw loop on all cores"
	return results, []bench.Check{
		{Name: "Analyzer, 1 at a time, of the raw loop", Value: share(2, 0), Bound: analyzerShare},
		{Name: "Analyzer, all cores, of the " + all, Value: share(3, 1), Bound: analyzerShare},
		{Name: "HTTP, 1 at a time, of the raw loop", Value: share(4, 0), Bound: httpShare},
		{Name: "HTTP, 8 at a time, of the " + all + " (client on the same cores)", Value: share(5, 1), Bound: httpShare},
	}, nil
}

// door is a server on loopback and the connections to it.
type door struct {
	address  string
	requests [][]byte
	stop     context.CancelFunc
	served   chan error
	conns    sync.Pool
	mu       sync.Mutex
	open     []net.Conn
}

func openDoor(ctx context.Context, a *app, messages []string) (*door, error) {
	server, err := a.server(ctx)
	if err != nil {
		return nil, err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	key, err := readDemoKey(a.cfg, demoServiceKey)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	serving, stop := context.WithCancel(ctx)
	d := &door{address: ln.Addr().String(), stop: stop, served: make(chan error, 1)}
	go func() { d.served <- server.Serve(serving, ln) }()
	for _, m := range messages {
		body, err := json.Marshal(map[string]string{"text": m})
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.requests = append(d.requests, fmt.Appendf(nil,
			"POST /v1/nlu/parse HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			d.address, key, len(body), body))
	}
	return d, nil
}

// parse sends message i over a kept connection and reads the whole answer.
func (d *door) parse(ctx context.Context, i int) error {
	c, ok := d.conns.Get().(*connection)
	if !ok {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", d.address)
		if err != nil {
			return err
		}
		d.mu.Lock()
		d.open = append(d.open, conn)
		d.mu.Unlock()
		c = &connection{conn, bufio.NewReader(conn)}
	}
	if _, err := c.conn.Write(d.requests[i]); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"intents"`)) {
		return fault.New(fault.Internal, "the server answered %s: %.200s", resp.Status, body)
	}
	d.conns.Put(c)
	return nil
}

type connection struct {
	conn   net.Conn
	reader *bufio.Reader
}

func (d *door) close() error {
	var errs []error
	for _, c := range d.open {
		errs = append(errs, c.Close())
	}
	d.stop()
	return errors.Join(append(errs, <-d.served)...)
}

// idleMemory starts this program as a server with the demo shop and reads its
// resident memory once it has been ready for a while.
func idleMemory(ctx context.Context) (bench.Check, error) {
	check := bench.Check{Name: "idle server, resident memory", Bound: idleMemoryMB, AtMost: true, Unit: "MB"}
	self, err := os.Executable()
	if err != nil {
		return check, err
	}
	dir, err := os.MkdirTemp("", "yingda-bench-*")
	if err != nil {
		return check, err
	}
	defer os.RemoveAll(dir)
	address := filepath.Join(dir, "address")
	cmd := exec.CommandContext(ctx, self, "serve", "--demo", "--data", filepath.Join(dir, "data"), "--listen", "127.0.0.1:0", "--address-file", address)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		return check, err
	}
	stop := func() error { return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()) }
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(address); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return check, errors.Join(fault.New(fault.Timeout, "the server was not ready within a minute"), stop())
		}
	}
	time.Sleep(3 * time.Second)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err = errors.Join(err, stop()); err != nil {
		return check, fault.Wrap(err, fault.Unsupported, "resident memory is read from /proc; leave it out with --no-server")
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "VmRSS:" {
			kb, err := strconv.ParseFloat(f[1], 64)
			check.Value = math.Round(kb / 1024)
			return check, err
		}
	}
	return check, fault.New(fault.Internal, "/proc tells no VmRSS")
}

func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
