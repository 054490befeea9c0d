package parcel_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/internal/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// fixed is a backend with one answer.
type fixed struct {
	parcel parcel.Parcel
	err    error
	asked  *parcel.Query
}

func (f fixed) Track(_ context.Context, q parcel.Query) (parcel.Parcel, error) {
	if f.asked != nil {
		*f.asked = q
	}
	return f.parcel, f.err
}

func (f fixed) Urge(context.Context, parcel.Urge) (string, time.Duration, error) {
	return "CJ1", 24 * time.Hour, f.err
}

// run runs an action over a backend.
func run(t *testing.T, b parcel.Backend, name string, args map[string]string) dialog.ActionResult {
	t.Helper()
	r := action.NewRegistry()
	if err := parcel.Register(r, func(bot string) (parcel.Backend, error) {
		if bot != "demo" {
			return nil, fault.New(fault.Unavailable, "no backend")
		}
		return b, nil
	}); err != nil {
		t.Fatal(err)
	}
	return r.Do(context.Background(), dialog.ActionRequest{ActionCall: dialog.ActionCall{Action: name, Args: args}, Bot: "demo", Customer: "c1", Now: noon})
}

func at(ago time.Duration) []parcel.Event {
	return []parcel.Event{{At: noon.Add(-ago), Place: "杭州", Text: "已发出"}, {At: noon.Add(-ago - time.Hour), Text: "已揽收"}}
}

func TestTrackView(t *testing.T) {
	for _, tt := range []struct {
		name          string
		p             parcel.Parcel
		stalled, late bool
		latestAt      string
	}{
		{"fresh", parcel.Parcel{State: parcel.Transit, Events: at(5 * time.Hour), ETA: noon.Add(time.Hour)}, false, false, "今天 07:00"},
		{"just under two days", parcel.Parcel{State: parcel.Transit, Events: at(48 * time.Hour)}, false, false, "11月20日 12:00"},
		{"stalled", parcel.Parcel{State: parcel.Transit, Events: at(49 * time.Hour)}, true, false, "11月20日 11:00"},
		{"late", parcel.Parcel{State: parcel.Delivering, Events: at(time.Hour), ETA: noon.Add(-time.Hour)}, false, true, "今天 11:00"},
		{"signed long ago", parcel.Parcel{State: parcel.Signed, Events: at(90 * time.Hour), ETA: noon.Add(-99 * time.Hour)}, false, false, "11月18日 18:00"},
		{"no trace", parcel.Parcel{State: parcel.Created}, false, false, ""},
	} {
		got := run(t, fixed{parcel: tt.p}, "parcel.track", map[string]string{"number": "YT1234567890123"})
		var v parcel.View
		if err := json.Unmarshal(got.Result, &v); err != nil {
			t.Fatal(err)
		}
		if v.Stalled != tt.stalled || v.Late != tt.late || v.LatestAt != tt.latestAt || v.StateName == "" {
			t.Errorf("%s: %+v", tt.name, v)
		}
		if len(got.Facts) < 2 {
			t.Errorf("%s: facts %v", tt.name, got.Facts)
		}
	}
}

func TestTrackAsksFolded(t *testing.T) {
	var asked parcel.Query
	run(t, fixed{asked: &asked}, "parcel.track", map[string]string{"number": " sf1083-6219 40577 ", "tail": "8821", "carrier": "sf"})
	want := parcel.Query{Bot: "demo", Number: "SF1083621940577", Carrier: "sf", PhoneTail: "8821", Customer: "c1"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
}

func TestFaultsReachTheFlow(t *testing.T) {
	for _, code := range []fault.Code{fault.NotFound, fault.Timeout, fault.Unavailable} {
		for _, name := range []string{"parcel.track", "parcel.urge"} {
			if got := run(t, fixed{err: fault.New(code, "x")}, name, map[string]string{"number": "YT1234567890123"}); got.Fault != string(code) {
				t.Errorf("%s: fault %q, want %s", name, got.Fault, code)
			}
		}
	}
	if got := run(t, fixed{}, "parcel.urge", map[string]string{"number": "YT1234567890123"}); string(got.Result) != `{"hours":24,"reference":"CJ1"}` {
		t.Errorf("urged: %s %s", got.Result, got.Fault)
	}
}

func TestCheckNumber(t *testing.T) {
	for number, ok := range map[string]bool{"YT1234567890123": true, "78412503617724": true, "1234567": false, "YT12345中678": false, "yt123456789": false, "": false} {
		if err := parcel.CheckNumber(number); (err == nil) != ok {
			t.Errorf("%s: %v", number, err)
		}
	}
}

// shop answers as a shop's system does.
func shop(t *testing.T, status int, body string, check func(*http.Request)) *parcel.HTTP {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if check != nil {
			check(r)
		}
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	h, err := parcel.NewHTTP(parcel.HTTPOptions{
		TrackURL: s.URL + "/parcels/{number}?tail={tail}&customer={customer}", UrgeURL: s.URL + "/urge/{number}", Options: remote.Options{AllowPrivate: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(); s.Close() })
	return h
}

func TestHTTPTrack(t *testing.T) {
	h := shop(t, 200, `{"number":"SF1083621940577","carrier":"sf","state":"locker","events":[{"at":"2026-11-22T09:00:00+08:00","place":"杭州","text":"已存入"}],
		"eta":"2026-11-22T18:00:00+08:00","locker":{"place":"丰巢","code":"82736451"},"signed_by":"","courier":"刘"}`, func(r *http.Request) {
		if r.URL.Path != "/parcels/SF1083621940577" || r.URL.Query().Get("tail") != "8821" || r.URL.Query().Get("customer") != "c1" {
			t.Errorf("asked %s", r.URL)
		}
	})
	p, err := h.Track(t.Context(), parcel.Query{Number: "SF1083621940577", PhoneTail: "8821", Customer: "c1"})
	if err != nil || p.Locker.Code != "82736451" || p.ETA.IsZero() || len(p.Events) != 1 || p.State != parcel.AtLocker {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestHTTPTrackFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		code   fault.Code
	}{
		{"none", 404, "", fault.NotFound}, {"tail", 403, `{"verify":"needed"}`, fault.Invalid}, {"state", 200, `{"state":"flying"}`, fault.Unavailable},
		{"shape", 200, `{"state":"transit","owner":"x"}`, fault.Unavailable}, {"down", 503, "", fault.Unavailable},
	} {
		if _, err := shop(t, tt.status, tt.body, nil).Track(t.Context(), parcel.Query{Number: "YT1234567890123"}); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	h := shop(t, 200, "{}", func(*http.Request) { t.Error("a broken number was sent on") })
	if _, err := h.Track(t.Context(), parcel.Query{Number: "../x"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a broken number: %v", err)
	}
}

func TestHTTPUrge(t *testing.T) {
	h := shop(t, 200, `{"reference":"CJ9","answer_hours":12}`, func(r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get("Idempotency-Key") != "k" {
			t.Errorf("asked %s with key %q", r.Method, r.Header.Get("Idempotency-Key"))
		}
	})
	ref, answer, err := h.Urge(t.Context(), parcel.Urge{Query: parcel.Query{Number: "YT1234567890123"}, Key: "k"})
	if err != nil || ref != "CJ9" || answer != 12*time.Hour {
		t.Errorf("%s %s %v", ref, answer, err)
	}
	none, err := parcel.NewHTTP(parcel.HTTPOptions{TrackURL: "https://shop.example/{number}"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := none.Urge(t.Context(), parcel.Urge{}); !fault.Is(err, fault.Unsupported) {
		t.Errorf("without UrgeURL: %v, want unsupported", err)
	}
	for _, o := range []parcel.HTTPOptions{{}, {TrackURL: "https://x/{card}"}, {TrackURL: "https://x/", UrgeURL: "ftp://x"}} {
		if _, err := parcel.NewHTTP(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v, want invalid", o, err)
		}
	}
}
