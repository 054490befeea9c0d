package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/nlu/ort"
)

// process is the real program, serving.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	log     *bytes.Buffer
	address string
}

// startProcess serves the data folder and waits until it is ready.
func startProcess(t *testing.T, data string) *process {
	t.Helper()
	lib, err := ort.FindLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "address")
	p := &process{t: t, log: &bytes.Buffer{}}
	p.cmd = exec.CommandContext(context.Background(), os.Args[0], "serve", "--demo", "--data", data, "--listen", "127.0.0.1:0", "--address-file", file)
	p.cmd.Env = append(os.Environ(), runAsYingda+"=1", ort.LibraryVariable+"="+lib, "YINGDA_SERVER_VISITOR_PER_MINUTE=1000000", "YINGDA_LOG_LEVEL=warn")
	p.cmd.Stdout, p.cmd.Stderr = io.Discard, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(file); err == nil {
			p.address = string(b)
			return p
		}
		if time.Now().After(deadline) {
			p.kill()
			t.Fatalf("the server did not become ready:\n%s", p.log)
		}
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // says "killed", as intended
}

// stop asks the program to end and waits.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the server ended with %v:\n%s", err, p.log)
	}
}

// call sends a request and decodes the answer; an answer that did not arrive whole is an error.
func call(ctx context.Context, method, url, token string, in, out any) (int, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, json.Unmarshal(got, out)
}

// customer is one visitor who writes on, and remembers what was acknowledged.
type customer struct {
	id, token string
	next      int
	unsure    []int             // sent and not acknowledged: sent again, under their keys, after the crash
	acked     map[string]string // client id → message id
	replies   map[string]bool   // ids of replies received
	total     *atomic.Int64     // of all customers' acknowledged messages
}

type received struct {
	Message dialog.Message   `json:"message"`
	Replies []dialog.Message `json:"replies"`
}

func (c *customer) send(ctx context.Context, address string, n int) error {
	texts := []string{"在吗", "多久发货", "我的快递到哪了", "算了", "运费怎么算", "可以开发票吗"}
	key := "k" + strconv.Itoa(n)
	var got received
	code, err := call(ctx, http.MethodPost, "http://"+address+"/v1/conversations/"+c.id+"/messages", c.token,
		map[string]string{"text": texts[n%len(texts)], "client_id": key}, &got)
	if err == nil && code != http.StatusOK {
		err = fmt.Errorf("status %d", code)
	}
	if err != nil {
		return err
	}
	if before, ok := c.acked[key]; ok && before != got.Message.ID {
		return fmt.Errorf("message %s was acknowledged as %s, then as %s", key, before, got.Message.ID)
	}
	c.acked[key] = got.Message.ID
	c.total.Add(1)
	for _, r := range got.Replies {
		c.replies[r.ID] = true
	}
	return nil
}

// talk sends until the server is gone: first what was left open, then on.
func (c *customer) talk(ctx context.Context, address string) {
	for len(c.unsure) > 0 {
		if c.send(ctx, address, c.unsure[0]) != nil {
			return
		}
		c.unsure = c.unsure[1:]
	}
	for ctx.Err() == nil {
		n := c.next
		c.next++
		if c.send(ctx, address, n) != nil {
			c.unsure = append(c.unsure, n)
			return
		}
	}
}

// verify compares what the server holds with what it acknowledged.
func (c *customer) verify(t *testing.T, address string) {
	t.Helper()
	var got struct{ Events []dialog.Event }
	code, err := call(t.Context(), http.MethodGet, "http://"+address+"/v1/conversations/"+c.id, c.token, nil, &got)
	if err != nil || code != http.StatusOK {
		t.Fatalf("reading %s: %d, %v", c.id, code, err)
	}
	messages, keys, last := map[string]int{}, map[string]int{}, int64(0)
	for _, e := range got.Events {
		if e.Seq <= last {
			t.Errorf("event %d comes after event %d", e.Seq, last)
		}
		last = e.Seq
		if e.Type != dialog.MessageReceived && e.Type != dialog.MessageSent {
			continue
		}
		var m dialog.Message
		if err := json.Unmarshal(e.Data, &m); err != nil {
			t.Fatal(err)
		}
		messages[m.ID]++
		if e.Type == dialog.MessageReceived {
			keys[m.ClientID]++
		}
	}
	for key, id := range c.acked {
		if messages[id] != 1 || keys[key] != 1 {
			t.Errorf("%s: the acknowledged message %s (%s) is there %d times, its key %d times", c.id, key, id, messages[id], keys[key])
		}
	}
	for key, n := range keys {
		if n != 1 {
			t.Errorf("%s: the message %s is there %d times", c.id, key, n)
		}
	}
	for id := range c.replies {
		if messages[id] != 1 {
			t.Errorf("%s: the reply %s is there %d times", c.id, id, messages[id])
		}
	}
}

// Whatever was acknowledged survives kill -9 under load, and what is sent again
// is not doubled. YINGDA_CRASHES sets how often the server is killed.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	crashes := 2
	if s := os.Getenv("YINGDA_CRASHES"); s != "" {
		var err error
		if crashes, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	if testing.Short() {
		t.Skip("starts and kills the real program")
	}
	data := t.TempDir()
	p := startProcess(t, data)
	key, err := os.ReadFile(keyFile(config.Config{Data: data}, demoBot, auth.Visitor))
	if err != nil {
		t.Fatal(err)
	}
	var total atomic.Int64
	customers := make([]*customer, 6)
	for i := range customers {
		var got struct{ Conversation, Token string }
		code, err := call(t.Context(), http.MethodPost, "http://"+p.address+"/v1/conversations", strings.TrimSpace(string(key)), map[string]string{"channel": "web"}, &got)
		if err != nil || code != http.StatusCreated {
			t.Fatalf("starting a conversation: %d, %v", code, err)
		}
		customers[i] = &customer{id: got.Conversation, token: got.Token, acked: map[string]string{}, replies: map[string]bool{}, total: &total}
	}
	rng := rand.New(rand.NewPCG(1, 9))
	for range crashes {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, c := range customers {
			wg.Go(func() { c.talk(ctx, p.address) })
		}
		loaded := total.Load() + 20
		for deadline := time.Now().Add(2 * time.Minute); total.Load() < loaded; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("only %d messages were acknowledged in two minutes", total.Load()-loaded+20)
				break
			}
		}
		time.Sleep(time.Duration(rng.IntN(700)) * time.Millisecond)
		p.kill()
		cancel()
		wg.Wait()
		p = startProcess(t, data)
		for _, c := range customers {
			c.verify(t, p.address)
		}
	}
	// What was left open goes out once more, and is there once.
	for _, c := range customers {
		for _, n := range c.unsure {
			if err := c.send(t.Context(), p.address, n); err != nil {
				t.Errorf("sending %d again: %v", n, err)
			}
		}
		c.verify(t, p.address)
	}
	t.Logf("%d crashes, %d acknowledged messages, all there once", crashes, total.Load())
	p.stop()
}
