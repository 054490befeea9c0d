package flow

import "testing"

func TestBuiltinFlowsAreRead(t *testing.T) {
	flows, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewSet(flows...)
	if err != nil {
		t.Fatal(err)
	}
	for intent, want := range map[string]string{
		"parcel_track": "parcel_track", "parcel_delay": "parcel_track", "parcel_lost": "parcel_track",
		"order_query": "order_query", "ship_urge": "order_query", "human_agent": "handoff",
	} {
		if got, ok := set.ByIntent(intent); !ok || got != want {
			t.Errorf("ByIntent(%s) = %q, want %q", intent, got, want)
		}
	}
	for _, f := range flows {
		if f.Title() == "" || f.Version() == "" {
			t.Errorf("flow %s has title %q and version %q", f.Name(), f.Title(), f.Version())
		}
		if _, ok := BuiltinSource(f.Name()); !ok {
			t.Errorf("the source of %s is not offered", f.Name())
		}
	}
}
