package quickreply

import (
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
)

// Scene is what a reply's slots are filled from.
type Scene struct {
	State dialog.State
	// Agent is who will send the reply.
	Agent dialog.Actor
	// Profile is the bot's.
	Profile dialog.Profile
	// Now is in the shop's time zone.
	Now time.Time
}

// sources are where the value of a slot may have been told beside what actions
// found (dialog.State.Value): slots of flows, names of facts, attributes of the
// page. The first that has one wins.
type sources struct {
	slots, facts, attributes []string
}

var known = map[string]sources{
	"customer.name":    {attributes: []string{"name", "customer_name", "nick"}},
	"customer.phone":   {slots: []string{"phone"}, attributes: []string{"phone"}},
	"order.id":         {slots: []string{"order_number", "order"}, facts: []string{"订单号"}, attributes: []string{"order", "order_number"}},
	"order.status":     {facts: []string{"订单状态"}},
	"order.product":    {facts: []string{"商品"}, attributes: []string{"product"}},
	"order.amount":     {facts: []string{"金额", "订单金额"}},
	"parcel.number":    {slots: []string{"tracking_number", "number"}, facts: []string{"运单号", "运单"}, attributes: []string{"tracking_number"}},
	"parcel.carrier":   {facts: []string{"快递公司", "承运商"}},
	"parcel.status":    {facts: []string{"物流状态", "状态"}},
	"parcel.latest":    {facts: []string{"最新轨迹"}},
	"parcel.eta":       {facts: []string{"预计送达", "预计到达"}},
	"product.name":     {slots: []string{"product"}, facts: []string{"商品"}, attributes: []string{"product"}},
	"refund.status":    {facts: []string{"退款状态", "退款进度"}},
	"refund.amount":    {facts: []string{"退款金额"}},
	"conversation.url": {attributes: []string{"page", "url"}},
}

// SlotNames returns the slots that can be filled, sorted.
func SlotNames() []string {
	names := []string{"agent.name", "shop.name", "bot.name", "customer.id", "time.date", "time.greeting"}
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Value returns what is known under a slot's name; false when nothing is. Names
// beyond SlotNames are those of dialog.State.Value.
func (sc Scene) Value(name string) (string, bool) {
	var v string
	switch name {
	case "agent.name":
		v = sc.Agent.Name
	case "time.date":
		v = sc.Now.Format("2006年1月2日")
	case "time.greeting":
		v = dialog.Salutation(sc.Now.Hour())
	default:
		v = sc.told(name)
	}
	v = strings.Join(strings.Fields(v), " ")
	return v, v != ""
}

func (sc Scene) told(name string) string {
	if v, ok := sc.State.Value(sc.Profile, name); ok {
		return v
	}
	at := known[name]
	for _, slot := range at.slots {
		if v := sc.State.Slots[slot]; v != "" {
			return v
		}
	}
	for _, fact := range at.facts {
		for _, f := range sc.State.Facts {
			if f.Name == fact && f.Value != "" {
				return f.Value
			}
		}
	}
	for _, attribute := range at.attributes {
		if v := sc.State.Attributes[attribute]; v != "" {
			return v
		}
	}
	return ""
}

// Fill puts what is known into the slots of text. Slots without a value stay
// as they are written and are returned by name, in order, each once. Values
// that themselves look like slots are not filled again.
func (sc Scene) Fill(text string) (filled string, missing []string) {
	names := kb.Slots(text)
	if len(names) == 0 {
		return text, nil
	}
	values := map[string]string{}
	for _, name := range names {
		if v, ok := sc.Value(name); ok {
			values[name] = strings.NewReplacer("{{", "｛｛", "}}", "｝｝").Replace(v)
		} else {
			missing = append(missing, name)
		}
	}
	// FillPlain keeps a text with missing values apart from nothing: what it
	// does not know is given back in braces, once.
	filled, _ = kb.FillPlain(text, func(name string) (string, bool) {
		if v, ok := values[name]; ok {
			return v, true
		}
		return "{{" + name + "}}", true
	}, nil)
	return filled, missing
}
