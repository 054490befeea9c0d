package intake

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/kb"
)

func TestPublicAddresses(t *testing.T) {
	for _, private := range []string{
		"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3", "100.64.0.1", "192.0.0.8",
		"198.18.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1",
		"::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "100::1",
	} {
		if Public(netip.MustParseAddr(private)) {
			t.Errorf("%s counts as public", private)
		}
	}
	for _, public := range []string{"1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:1.1.1.1"} {
		if !Public(netip.MustParseAddr(public)) {
			t.Errorf("%s does not count as public", public)
		}
	}
}

func TestLinksOfAnArticle(t *testing.T) {
	got := links(kb.Article{
		Answer: "看[说明](https://a.example/x_(1))。或 http://b.example/路径?x=1，也可以 https://b.example/end.\n`https://c.example`，不算：ftp://d.example javascript:alert(1)",
		Blocks: []kb.Block{
			{Kind: kb.Image, URL: "https://img.example/1.png"}, {Kind: kb.Link, URL: "/files/own.pdf"},
			{Kind: kb.Card, Image: "https://img.example/2.png", Buttons: []kb.Button{{Press: kb.OpenURL, Value: "https://btn.example"}, {Press: kb.Say, Value: "https://said.example"}}},
		},
		Variants:    []kb.Variant{{Answer: "https://v.example"}},
		Attachments: []kb.Attachment{{URL: "https://file.example/a.pdf"}},
	})
	want := map[string]string{
		"https://a.example/x_(1)": "answer", "http://b.example/路径?x=1": "answer", "https://b.example/end": "answer", "https://c.example": "answer",
		"https://img.example/1.png": "blocks[0]", "https://img.example/2.png": "blocks[2]", "https://btn.example": "blocks[2]",
		"https://v.example": "variants[0].answer", "https://file.example/a.pdf": "attachments[0]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// site answers as its paths say.
func site(t *testing.T) (*httptest.Server, *atomic.Int64) {
	var asked atomic.Int64
	mux := http.NewServeMux()
	status := func(path string, code int) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(code) })
	}
	status("/ok", 200)
	status("/login", 401)
	status("/gone", 404)
	status("/broken", 500)
	mux.HandleFunc("/getonly", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(405)
		}
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/inside", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace("http://"+r.Host+"/ok", "127.0.0.1", "127.0.0.2", 1), http.StatusFound)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s, &asked
}

func TestLinksAreAsked(t *testing.T) {
	s, _ := site(t)
	l := NewLinks(LinkOptions{Timeout: 300 * time.Millisecond, Permit: func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }})
	defer l.Close()
	var rows []Row
	paths := []string{"/ok", "/login", "/getonly", "/moved", "/gone", "/broken", "/loop", "/inside", "/slow"}
	for i, p := range paths {
		rows = append(rows, Row{Number: i + 1, Line: i + 2, Outcome: Add, Article: kb.Article{Question: "q" + p, Answer: "看 " + s.URL + p + " 和 " + s.URL + "/ok"}})
	}
	rows = append(rows, Row{Number: 99, Line: 99, Outcome: Unchanged, Article: kb.Article{Answer: s.URL + "/gone?2"}})
	told := 0
	problems, n, err := l.check(t.Context(), rows, func(done, total int) { told = max(told, done) })
	if err != nil || n != len(paths) || told != n {
		t.Fatalf("%d asked, %d told, %v", n, told, err)
	}
	got := map[string]string{}
	for _, p := range problems {
		got[p.Question] = p.Code
		if p.Mend == "" || p.Field != "answer" || p.Row == 0 {
			t.Errorf("%+v", p)
		}
	}
	want := map[string]string{"q/gone": DeadLink, "q/broken": DeadLink, "q/loop": DeadLink, "q/inside": UncheckedLink, "q/slow": DeadLink}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// By default no machine of our own network is asked, whatever its name.
func TestPrivateMachinesAreNotAsked(t *testing.T) {
	s, asked := site(t)
	l := NewLinks(LinkOptions{})
	defer l.Close()
	for _, address := range []string{s.URL + "/ok", strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/ok", strings.Replace(s.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1) + "/ok"} {
		if err := l.ask(t.Context(), address); !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

func TestLinkCheckEnds(t *testing.T) {
	s, _ := site(t)
	l := NewLinks(LinkOptions{Timeout: time.Minute, Permit: func(netip.Addr) bool { return true }})
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := l.check(ctx, []Row{{Outcome: Add, Article: kb.Article{Answer: s.URL + "/slow"}}}, func(int, int) {}); err == nil {
		t.Error("a check that was ended has found nothing wrong")
	}
}

func FuzzLinks(f *testing.F) {
	f.Add("看[说明](https://a.example/x)。")
	f.Add("http://[::1]:99999/\x00 https://" + strings.Repeat("(", 99))
	f.Fuzz(func(t *testing.T, answer string) {
		for address, field := range links(kb.Article{Answer: answer}) {
			if field != "answer" || !strings.Contains(answer, address) || !strings.HasPrefix(address, "http") {
				t.Errorf("%q in %q of %q", address, field, answer)
			}
			if _, bad := linkProblem(Row{}, field, address, context.DeadlineExceeded); !bad {
				t.Error("no problem")
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	good, err := pack([]Row{{Number: 1, Outcome: Add, Article: kb.Article{ID: "a", Question: "问"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := unpack[Row](data)
		if err != nil {
			return
		}
		again, err := pack(rows)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := unpack[Row](again); err != nil || len(back) != len(rows) {
			t.Errorf("%d rows became %d, %v", len(rows), len(back), err)
		}
	})
}
