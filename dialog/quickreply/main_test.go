package quickreply_test

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/dialog/quickreply"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
	"github.com/yingda/yingda/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

var (
	trainer = quickreply.Person{Bot: "demo", ID: "u_trainer", Name: "训练师", Manages: true}
	lin     = quickreply.Person{Bot: "demo", ID: "u_lin", Name: "小林"} // leads 售后
	zhou    = quickreply.Person{Bot: "demo", ID: "u_zhou", Name: "小周"}
	wu      = quickreply.Person{Bot: "demo", ID: "u_wu", Name: "小吴"} // in no team
)

var (
	ofBot  = quickreply.Shelf{Scope: quickreply.OfBot}
	ofTeam = quickreply.Shelf{Scope: quickreply.OfTeam, Owner: "售后"}
	ofLin  = quickreply.Shelf{Scope: quickreply.OfAgent, Owner: "u_lin"}
)

// newService opens a service on a database with the team 售后.
func newService(t *testing.T) *quickreply.Service {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "yingda.db"), Clock: clock.NewFake(noon), Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := quickreply.New(quickreply.Options{Store: db, IDs: &ident.Sequence{}, Sounds: func(title string) []string {
		if title == "退款话术" {
			return []string{"tuikuanhuashu", "tkhs"}
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	must(t, s.PutTeam(t.Context(), trainer, quickreply.Team{Name: "售后", Members: []quickreply.Member{{User: "u_lin", Leads: true}, {User: "u_zhou"}}}))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got error %v (%s), want %s", err, fault.CodeOf(err), code)
	}
}

// put stores a reply for somebody who may.
func put(t *testing.T, s *quickreply.Service, sh quickreply.Shelf, title, text, shortcut string) quickreply.Reply {
	t.Helper()
	r, err := s.Put(t.Context(), trainer, quickreply.Reply{Shelf: sh, Title: title, Text: text, Shortcut: shortcut})
	must(t, err)
	return r
}

func titles(list []quickreply.Offer) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.Title
	}
	return out
}
