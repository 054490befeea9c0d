package api_test

import (
	"encoding/json"
	"testing"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
)

func TestRating(t *testing.T) {
	f := open(t, nil)
	c := f.start()
	got := read[struct{ Replies []dialog.Message }](f, f.say(c, "怎么退货"))
	if len(got.Replies) == 0 {
		t.Fatal("no reply")
	}
	path := "/v1/conversations/" + c.Conversation + "/messages/"
	rate := func(message string, useful bool, status int) {
		t.Helper()
		f.wants(f.call("POST", path+message+"/rating", c.Token, map[string]any{"useful": useful}), status)
	}
	id := got.Replies[0].ID
	for _, useful := range []bool{true, true, false} { // said twice, then otherwise
		rate(id, useful, 204)
	}
	f.problem(f.call("POST", path+"unknown/rating", c.Token, map[string]any{"useful": true}), 404, fault.NotFound)
	f.wants(f.call("POST", path+id+"/rating", f.start().Token, map[string]any{"useful": true}), 404)
	f.wants(f.call("POST", path+id+"/rating", c.Token, map[string]any{}), 422)

	f.wants(f.call("POST", "/v1/conversations/"+c.Conversation+"/close", c.Token, nil), 200)
	rate(id, true, 204)

	events, err := f.manager.Events(t.Context(), "demo", c.Conversation, 0)
	f.must(err)
	var ratings []dialog.Rating
	for _, e := range events {
		if e.Type != dialog.MessageRated {
			continue
		}
		var r dialog.Rating
		f.must(json.Unmarshal(e.Data, &r))
		ratings = append(ratings, r)
		if e.Public() || e.Actor.Kind != dialog.Visitor || r.Message != id || len(r.Articles) != 1 || r.Articles[0] != "art_return" {
			t.Errorf("%+v %+v", e, r)
		}
	}
	if len(ratings) != 3 || !ratings[0].Useful || ratings[1].Useful || !ratings[2].Useful {
		t.Errorf("ratings %+v", ratings)
	}
}
