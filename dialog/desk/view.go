package desk

import (
	"context"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// View is a conversation as an agent opens it.
type View struct {
	Summary dialog.Summary `json:"summary"`
	Status  dialog.Status  `json:"status"`
	// Owner is the agent while human, the bot while bot, else nobody.
	Owner dialog.Actor `json:"owner,omitzero"`
	// Reason says why the bot handed over, when it did.
	Reason   dialog.HandoffReason `json:"reason,omitempty"`
	Customer Customer             `json:"customer"`
	Packet   dialog.Packet        `json:"packet"`
	Slots    map[string]string    `json:"slots"`
	// Risk is the probability of a dissatisfied customer as of the latest
	// message, or nothing while too little was said.
	Risk *float64 `json:"risk,omitempty"`
	// Emotion is that of the latest message, where one was read.
	Emotion *nlu.Emotion `json:"emotion,omitempty"`
	// Segments are the parts of the latest message when it asks several things.
	Segments []nlu.Segment  `json:"segments,omitempty"`
	Events   []dialog.Event `json:"events"` // all, in order
	// Suggestions are empty in a closed conversation.
	Suggestions []dialog.Suggestion `json:"suggestions"`
}

// Customer is who the desk talks to.
type Customer struct {
	// ID is the shop's id of the signed-in customer, or empty.
	ID      string `json:"id,omitempty"`
	Visitor string `json:"visitor"`
	// Name is what the shop's page told, or empty: not verified.
	Name       string            `json:"name,omitempty"`
	Channel    string            `json:"channel,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Orders     []Order           `json:"orders,omitempty"` // newest first, at most five
}

// View returns what an agent must see of a conversation. The suggestions count
// as shown, as those of Suggest do; when too many are being made at once, the
// view has those that need no search.
//
// Codes: NotFound, and those of the store.
func (s *Service) View(ctx context.Context, bot, conversation string) (View, error) {
	suggestions, err := s.Suggest(ctx, bot, conversation, "")
	if err != nil && !fault.Is(err, fault.Busy) && !fault.Is(err, fault.Conflict) {
		return View{}, err
	}
	// What follows reads later: it holds the record of what was just shown.
	events, err := s.conv.Events(ctx, bot, conversation, 0)
	if err != nil {
		return View{}, err
	}
	st, err := dialog.Replay(dialog.State{}, events)
	if err != nil {
		return View{}, err
	}
	sc, err := s.scene(ctx, bot, conversation, "")
	if err != nil {
		return View{}, err
	}
	suggestions = s.current(sc, suggestions)
	v := View{
		Summary: st.Summary(), Status: st.Status, Owner: st.Owner, Packet: s.packet(st, sc.l), Slots: st.Slots,
		Events: events, Suggestions: suggestions, Risk: st.Analysis.Risk, Emotion: st.Analysis.Emotion, Segments: st.Analysis.Segments,
		Customer: Customer{
			ID: st.Customer, Visitor: st.Visitor, Name: st.Attributes["name"], Channel: st.Channel,
			Attributes: st.Attributes, Orders: s.ordersOf(ctx, st),
		},
	}
	v.Packet.Suggestions = suggestions[:min(minSuggestions, len(suggestions))]
	if st.Handoff != nil && handedOver(st) {
		v.Reason = st.Handoff.Reason
	}
	if v.Slots == nil {
		v.Slots = map[string]string{}
	}
	return v, nil
}

// current returns suggestions that belong to a scene: those made, or ones that
// need no look-up when there are none or a message came meanwhile.
func (s *Service) current(sc *scene, made []dialog.Suggestion) []dialog.Suggestion {
	if sc.st.Status == dialog.StatusClosed {
		return []dialog.Suggestion{}
	}
	if len(made) > 0 {
		if id, ok := parseID(made[0].ID); ok && id.seq == sc.l.lastMessage {
			return made
		}
		s.metrics.stale.Inc()
	}
	return s.compose(sc)
}
