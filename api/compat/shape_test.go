package compat

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// shape is a value as JSON, indented, with its keys in Go's order.
func shape(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wants(t *testing.T, got any, want string) {
	t.Helper()
	if d := cmp.Diff(want, shape(t, got)); d != "" {
		t.Errorf("unexpected shape (-want +got):\n%s", d)
	}
}

// parcel is an Analyzer that finds one number.
type parcel struct{ bare bool }

func (p parcel) Analyze(_ context.Context, r nlu.Request) (nlu.Result, error) {
	if p.bare {
		return nlu.Result{}, nil
	}
	return nlu.Result{
		Intent: nlu.Intent{Name: "parcel_track", Confidence: 0.75}, Intents: []nlu.Intent{{Name: "parcel_track", Confidence: 0.75}, {Name: "ship_urge", Confidence: 0.125}},
		Entities: []nlu.Entity{{Type: nlu.TrackingNumber, Start: 2, End: 4, Text: "ＹＴ", Value: "YT", Confidence: 0.5}},
		Tokens:   []nlu.Token{{Text: "查", Start: 0, End: 1}, {Text: "下", Start: 1, End: 2}, {Text: "ＹＴ", Start: 2, End: 4}},
	}, nil
}

func TestRasaParseShape(t *testing.T) {
	rasa := Rasa{Analyzer: parcel{}, Clock: clock.NewFake(time.Unix(0, 0))}
	got, err := rasa.Parse(t.Context(), "demo", RasaParseRequest{Text: "查下ＹＴ"})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, got, `{
 "text": "查下ＹＴ",
 "intent": {
  "name": "parcel_track",
  "confidence": 0.75
 },
 "entities": [
  {
   "entity": "tracking_number",
   "start": 2,
   "end": 4,
   "value": "YT",
   "confidence": 0.5,
   "confidence_entity": 0.5,
   "extractor": "YingdaEntityExtractor"
  }
 ],
 "text_tokens": [
  [
   0,
   1
  ],
  [
   1,
   2
  ],
  [
   2,
   4
  ]
 ],
 "intent_ranking": [
  {
   "name": "parcel_track",
   "confidence": 0.75
  },
  {
   "name": "ship_urge",
   "confidence": 0.125
  }
 ]
}`)
	rasa.Analyzer = parcel{bare: true}
	bare, err := rasa.Parse(t.Context(), "demo", RasaParseRequest{Text: "x", MessageID: "m1"})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, bare, `{
 "text": "x",
 "intent": {
  "name": "",
  "confidence": 0
 },
 "entities": [],
 "text_tokens": [],
 "intent_ranking": [],
 "message_id": "m1"
}`)
}

func TestOpenAIShape(t *testing.T) {
	got, err := OpenAI{Encoder: wide{}}.Embeddings(t.Context(), OpenAIRequest{Input: Strings{List: []string{"abc"}}})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, got, `{
 "object": "list",
 "data": [
  {
   "object": "embedding",
   "index": 0,
   "embedding": [
    3
   ]
  }
 ],
 "model": "wide",
 "usage": {
  "prompt_tokens": 1,
  "total_tokens": 1
 }
}`)
	if got := packed([]float32{1, -2}); got != "AACAPwAAAMA=" {
		t.Errorf("base64 of 1 and -2 is %s", got)
	}
}

func TestDifyShape(t *testing.T) {
	asked := 0
	d := Dify{Search: func(_ context.Context, bot, text string, limit int) ([]kb.Hit, error) {
		asked = limit
		if bot != "demo" || text != "怎么退货" {
			return nil, fault.New(fault.Internal, "asked %s for %q", bot, text)
		}
		return []kb.Hit{
			{Article: kb.Article{ID: "a1", Question: "退货", Answer: "七天"}, Phrase: "怎么退", Score: 0.5, Band: kb.Suggest},
			{Article: kb.Article{ID: "a2", Question: "换货", Answer: "十天"}, Score: 0.25, Band: kb.Abstain},
		}, nil
	}}
	r := DifyRequest{Knowledge: "demo", Query: "怎么退货"}
	r.Setting.TopK, r.Setting.Threshold = 7, 0.3
	got, err := d.Retrieve(t.Context(), "demo", r)
	if err != nil || asked != 7 {
		t.Fatal(asked, err)
	}
	wants(t, got, `{
 "records": [
  {
   "content": "退货\n七天",
   "score": 0.5,
   "title": "退货",
   "metadata": {
    "article_id": "a1",
    "band": "suggest",
    "category": "",
    "matched": "怎么退"
   }
  }
 ]
}`)
}

func TestTEIShapes(t *testing.T) {
	wants(t, TEI{Encoder: wide{}, Version: "1.0", MaxTokens: 128}.Info(), `{
 "model_id": "wide",
 "model_sha": null,
 "model_dtype": "int8",
 "model_type": {
  "embedding": {
   "pooling": "cls"
  }
 },
 "max_concurrent_requests": 512,
 "max_input_length": 128,
 "max_batch_tokens": 128,
 "max_client_batch_size": 256,
 "tokenization_workers": 1,
 "version": "1.0",
 "auto_truncate": false,
 "max_batch_requests": null
}`)
	status, body := TEIProduct.Body(Failure{Status: 422, Code: fault.Invalid, Message: "m"})
	wants(t, []any{status, body}, `[
 422,
 {
  "error": "m",
  "error_type": "Validation"
 }
]`)
}

func TestRasaAndKServeShapes(t *testing.T) {
	status, body := RasaProduct.Body(Failure{Status: 422, Code: fault.Invalid, Message: "m"})
	wants(t, []any{status, body}, `[
 400,
 {
  "code": 400,
  "message": "m",
  "reason": "BadRequest",
  "status": "failure",
  "version": "3.6.20"
 }
]`)
	rasa := Rasa{Model: "heads-7"}
	wants(t, []any{rasa.Hello(), rasa.Version(), rasa.Status(), KServeLive(), KServeReady(false)}, `[
 {
  "status": "ok"
 },
 {
  "minimum_compatible_version": "3.5.0",
  "version": "3.6.20"
 },
 {
  "model_file": "heads-7",
  "model_id": "heads-7",
  "num_active_training_jobs": 0
 },
 {
  "live": true
 },
 {
  "ready": false
 }
]`)
}
