package desk

import "testing"

func TestSuggestionID(t *testing.T) {
	id := newID("conv_1", 7, "", SourceArticle, "k1", "您好")
	back, ok := parseID(id.String())
	if !ok || back != id {
		t.Fatalf("%s reads as %+v, %v", id, back, ok)
	}
	if !back.of("conv_1") || back.of("conv_2") || !back.says("您好") || back.says("您好。") {
		t.Errorf("%+v does not know what it is of", back)
	}
	for name, other := range map[string]suggestionID{
		"conversation": newID("conv_2", 7, "", SourceArticle, "k1", "您好"),
		"message":      newID("conv_1", 8, "", SourceArticle, "k1", "您好"),
		"draft":        newID("conv_1", 7, "发票", SourceArticle, "k1", "您好"),
		"source":       newID("conv_1", 7, "", SourcePhrase, "k1", "您好"),
		"key":          newID("conv_1", 7, "", SourceArticle, "k2", "您好"),
		"text":         newID("conv_1", 7, "", SourceArticle, "k1", "您"),
	} {
		if other.String() == id.String() {
			t.Errorf("another %s has the same id", name)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(newID("conv_1", 7, "", SourceArticle, "k1", "您好").String())
	for _, bad := range []string{"", "sug", "sug____", "sug_000000000000_-1_000000000000_000000000000", "sug_000000000000_01_000000000000_000000000000", "article:k1"} {
		if _, ok := parseID(bad); ok {
			f.Errorf("%q passes for an id", bad)
		}
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := parseID(text); ok && (id.String() != text || id.seq < 0) {
			t.Errorf("%q reads as %+v", text, id)
		}
	})
}
