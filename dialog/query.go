package dialog

import (
	"slices"
	"time"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// The built-in intents by which a message asks for nothing that articles hold,
// and the one that asks about a single product.
var (
	idleIntents = []string{
		nlu.OutOfScope, "abuse", "affirm", "deny", "goodbye", "greeting", "inform", "praise", "thanks", "unclear", "wait",
	}
	specificIntent = "product_info"
)

// telling are the types of entities that tell articles apart; numbers, dates
// and amounts seldom have one value in a message and in an article.
var telling = []nlu.EntityType{nlu.Province, nlu.City, nlu.Carrier, nlu.Size}

// Query is what a message that was understood asks the knowledge base of a
// bot. Everybody who searches by an analysed text makes the query here, so that
// tests, evaluation and conversations judge alike. The caller adds Limit and
// what the conversation knows: Topic and Previous. It shares res's slices.
func Query(bot string, res nlu.Result, now time.Time) kb.Query {
	q := kb.Query{
		Bot: bot, Text: res.Text, Embedding: res.Features.Embedding, EncoderID: res.Features.EncoderID,
		Terms: res.Terms(), At: now, Entities: Telling(res.Entities),
	}
	for _, i := range res.Intents {
		if slices.Contains(idleIntents, i.Name) {
			q.Idle += i.Confidence
		}
		if i.Name == specificIntent {
			q.Specific = i.Confidence
		}
	}
	q.Idle = min(q.Idle, 1)
	return q
}

// Telling returns the entities by which articles are told apart, as the
// knowledge base has them.
func Telling(entities []nlu.Entity) []kb.Entity {
	var out []kb.Entity
	for _, e := range entities {
		if slices.Contains(telling, e.Type) && e.Value != "" {
			out = append(out, kb.Entity{Type: string(e.Type), Value: e.Value})
		}
	}
	return out
}

// About completes a query with what the conversation is about: the article
// that the visitor was given last, and what the visitor said before; and with
// whom an answer is for.
func (s State) About(q kb.Query) kb.Query {
	who := s.Audience(q.At)
	q.Channel, q.Tags = who.Channel, who.Tags
	if n := len(s.Shown); n > 0 {
		q.Topic.Article = s.Shown[n-1].Article
	}
	for _, l := range slices.Backward(s.Recent) {
		if l.From == Visitor && l.Text != q.Text {
			q.Previous = l.Text
			break
		}
	}
	return q
}
