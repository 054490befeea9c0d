package training

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/head"
	"github.com/yingda/yingda/nlu/ort"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// letters is an encoder that counts characters; some calls are refused as
// busy, and hold keeps all of them until it is closed.
type letters struct {
	busy atomic.Int64
	hold chan struct{}
}

const width = 32

func (l *letters) Encode(ctx context.Context, text string) (nlu.Features, error) {
	if l.hold != nil {
		select {
		case <-l.hold:
		case <-ctx.Done():
			return nlu.Features{}, ctx.Err()
		}
	}
	if l.busy.Add(-1) >= 0 {
		return nlu.Features{}, fault.New(fault.Busy, "full")
	}
	if text == "坏" {
		return nlu.Features{}, fault.New(fault.Invalid, "bad text")
	}
	if text == "崩" {
		return nlu.Features{}, errors.New("a defect")
	}
	v := make([]float32, width)
	for _, r := range text {
		v[int(r)%width]++
	}
	return nlu.Features{Embedding: v, State: v, EncoderID: "enc-1"}, nil
}

func (l *letters) EncodePair(ctx context.Context, text, _ string) (nlu.Features, error) {
	return l.Encode(ctx, text)
}
func (*letters) ID() string          { return "enc-1" }
func (*letters) Dimension() int      { return width }
func (*letters) StateDimension() int { return width }

// messages are n examples of each of two labels.
func messages(n int) []head.Example {
	var out []head.Example
	for i := range n {
		out = append(out,
			head.Example{Text: fmt.Sprintf("我要退货退款%c", rune(0x4e00+i)), Label: "退货"},
			head.Example{Text: fmt.Sprintf("快递到哪里了%c", rune(0x4e00+i)), Label: "物流"})
	}
	return out
}

type fixture struct {
	*Trainer
	encoder  *letters
	registry *head.Registry
}

func open(t *testing.T) *fixture {
	t.Helper()
	lib, err := ort.FindLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	env, err := ort.Open(lib)
	if err != nil {
		t.Fatal(err)
	}
	rt := head.NewORT(env)
	f := &fixture{encoder: &letters{}}
	dir := t.TempDir()
	for name, labels := range map[string][2]string{head.IntentHead: {"a", "b"}, head.SentimentHead: {"negative", "positive"}} {
		x, ex := head.Matrix{Rows: 8, Cols: width, Data: make([]float32, 8*width)}, make([]head.Example, 8)
		for i := range ex {
			x.Row(i)[i%2*5+i/4] = 1
			ex[i] = head.Example{Text: fmt.Sprint(i), Label: labels[i%2]}
		}
		m, r, err := head.Train(t.Context(), x, ex, head.Options{L2: 1})
		if err == nil {
			_, err = head.Save(filepath.Join(dir, models.HeadsDir, name), m, r, head.About{Name: name, Task: name, Encoder: "enc-1"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	src, err := models.NewSource(dir)
	if err == nil {
		f.registry, err = head.OpenRegistry(rt, src, filepath.Join(t.TempDir(), "heads"), head.Space{Encoder: "enc-1", Embedding: width, State: width})
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Trainer = New(Options{Encoder: f.encoder, Space: f.registry.Space(), Runtime: rt, Registry: f.registry, Clock: clock.System{}, IDs: ident.NewULID(clock.System{})})
	t.Cleanup(func() {
		if err := errors.Join(f.Close(), rt.Close(), env.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

func quiet(string, float64) {}

func TestTrainKeepsActivatesAndCompares(t *testing.T) {
	f := open(t)
	f.encoder.busy.Store(5)
	first, err := f.Train(t.Context(), Request{Bot: "shop", Name: "intent", Examples: messages(20), Activate: true}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if first.Findings.Accuracy < 0.95 || first.Findings.Method != head.LeaveOneOut {
		t.Errorf("%+v", first.Findings.Report)
	}
	wrong := messages(20)
	for i := range wrong {
		wrong[i].Label = []string{"退货", "物流", "物流"}[i%3]
	}
	second, err := f.Train(t.Context(), Request{Bot: "shop", Name: "intent", Examples: wrong}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Versions("shop", "intent")
	if err != nil || len(list) != 2 {
		t.Fatalf("%d versions, %v", len(list), err)
	}
	for _, v := range list {
		if v.Active != (v.ID == first.Version) {
			t.Errorf("%s active: %v", v.ID, v.Active)
		}
	}
	c, err := f.Compare(t.Context(), "shop", "intent", "", second.Version, messages(15), nil)
	if err != nil || c.Verdict != "a" || c.A.ID != first.Version || c.B.ID != second.Version {
		t.Errorf("%+v, %v", c, err)
	}
	if data, err := f.Report("shop", "intent", second.Version); err != nil || !strings.Contains(string(data), `"suspicious_labels"`) {
		t.Errorf("the kept report: %.80s, %v", data, err)
	}
	if r, err := f.Evaluate(t.Context(), "shop", "intent", first.Version, messages(10)); err != nil || r.Accuracy < 0.95 {
		t.Errorf("accuracy %v, %v", r.Accuracy, err)
	}
	if err := f.Activate("shop", "intent", second.Version); err != nil {
		t.Fatal(err)
	}
	if id, err := f.Rollback("shop", "intent"); err != nil || id != first.Version {
		t.Errorf("rolled back to %s, %v", id, err)
	}
	for _, id := range []string{"none-1"} {
		if _, err := f.Compare(t.Context(), "shop", "intent", id, "", messages(2), nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("comparing %s: %v", id, err)
		}
	}
}

func TestRequestsThatCannotBeServed(t *testing.T) {
	f := open(t)
	some := messages(2)
	for says, r := range map[string]Request{
		"name":        {Name: "Mein Kopf", Examples: some},
		"risk":        {Name: "risk", Examples: some},
		"no labelled": {Name: "intent"},
		"balance":     {Name: "intent", Examples: some, Balance: 2},
		"l2":          {Name: "intent", Examples: some, L2: -1},
		"sentiment":   {Name: "sentiment", Examples: some},
	} {
		if _, err := f.Submit(r); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	_, err := f.Train(t.Context(), Request{Name: "intent", Examples: append(messages(3), head.Example{Text: "坏", Label: "x"})}, quiet)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "message 7") {
		t.Errorf("a text that cannot be read: %v", err)
	}
}

// until waits for a job to be as wanted.
func until(t *testing.T, f *fixture, id string, want func(Job) bool) Job {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		j, err := f.Job("shop", "intent", id)
		if err != nil {
			t.Fatal(err)
		}
		if want(j) {
			return j
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job stays %+v", j)
		}
	}
}

func TestJobs(t *testing.T) {
	f := open(t)
	f.encoder.hold = make(chan struct{})
	request := Request{Bot: "shop", Name: "intent", Examples: messages(10), Activate: true}
	var ids []string
	for range maxWaiting + 1 {
		j, err := f.Submit(request)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, j.ID)
		until(t, f, ids[0], func(j Job) bool { return j.State == Running })
	}
	if _, err := f.Submit(request); !fault.Is(err, fault.Busy) {
		t.Errorf("one job too many: %v", err)
	}
	if j, err := f.Cancel("shop", "intent", ids[2]); err != nil || j.State != Cancelled || j.Ended == nil {
		t.Errorf("cancelling a job that waits: %+v, %v", j, err)
	}
	if _, err := f.Cancel("shop", "intent", ids[0]); err != nil {
		t.Fatal(err)
	}
	until(t, f, ids[0], func(j Job) bool { return j.State == Cancelled })
	close(f.encoder.hold)
	j := until(t, f, ids[1], Job.over)
	if j.State != Done || j.Progress != 1 || j.Version == "" || j.Findings == nil || j.Findings.Examples != 20 || j.Started == nil {
		t.Errorf("%+v", j)
	}
	until(t, f, ids[maxWaiting], Job.over)
	if h, err := f.registry.Head("shop", "intent"); err != nil || h.Manifest().ID != j.Version {
		t.Errorf("the active head: %v, %v", h, err)
	}
	if _, err := f.Job("other", "intent", ids[1]); !fault.Is(err, fault.NotFound) {
		t.Errorf("another bot's job: %v", err)
	}
	if list := f.Jobs("shop", "intent"); len(list) != maxWaiting+1 || list[0].ID != ids[maxWaiting] || list[3].Findings != nil {
		t.Errorf("%d jobs", len(list))
	}
}

func TestJobsFailInPlainWords(t *testing.T) {
	f := open(t)
	for text, want := range map[string]fault.Code{"坏": fault.Invalid, "崩": fault.Internal} {
		j, err := f.Submit(Request{Bot: "shop", Name: "intent", Examples: append(messages(3), head.Example{Text: text, Label: "x"})})
		if err != nil {
			t.Fatal(err)
		}
		if j = until(t, f, j.ID, Job.over); j.State != Failed || j.Code != want || j.Error == "" || strings.Contains(j.Error, "defect") {
			t.Errorf("%+v", j)
		}
	}
}

func TestCloseEndsJobs(t *testing.T) {
	f := open(t)
	f.encoder.hold = make(chan struct{})
	j, err := f.Submit(Request{Bot: "shop", Name: "intent", Examples: messages(5)})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if j, err = f.Job("shop", "intent", j.ID); err != nil || j.State != Cancelled {
		t.Errorf("%+v, %v", j, err)
	}
	if _, err := f.Submit(Request{Bot: "shop", Name: "intent", Examples: messages(5)}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("submitting to a closed trainer: %v", err)
	}
}

func TestOldJobsAreForgotten(t *testing.T) {
	f := open(t)
	var last string
	for range keptJobs + 5 {
		j, err := f.Submit(Request{Bot: "shop", Name: "intent", Examples: []head.Example{{Text: "坏", Label: "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		last = j.ID
		until(t, f, last, Job.over)
	}
	if n := len(f.Jobs("shop", "intent")); n != keptJobs {
		t.Errorf("%d jobs are remembered", n)
	}
}
