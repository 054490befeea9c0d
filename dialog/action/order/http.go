package order

import (
	"context"
	"math"
	"time"

	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/internal/fault"
)

// HTTPOptions say where a shop's own system answers for orders.
type HTTPOptions struct {
	// ListURL, asked by GET, may hold {customer} and {bot}; OrderURL may hold
	// {number}, {tail}, {customer} and {bot}.
	ListURL, OrderURL string
	// UrgeURL is sent {"number","tail","customer"} by POST with an
	// Idempotency-Key; empty means that urging is not offered.
	UrgeURL string
	remote.Options
}

// HTTP is a Backend over a shop's own system. It answers to OrderURL with
//
//	{"number":"YX202611180023","customer":"c1001","state":"shipped","amount":"59.90",
//	 "items":[{"product":"保温杯","variant":"500ml","quantity":1}],
//	 "placed_at":"2026-11-18T10:00:00+08:00","paid_at":"…","ship_by":"…",
//	 "parcels":[{"carrier":"sf","number":"SF1020304050607"}],"progress":""}
//
// paid_at, ship_by, parcels and progress optional; to ListURL with
// {"orders":[…]}; to UrgeURL with {"reference":"CF1024","answer_hours":4}.
// Other fields are refused; errors are those of remote.Client. It is the
// shop's system that decides whether customer or tail may see the order.
type HTTP struct {
	options HTTPOptions
	client  *remote.Client
}

var _ Backend = (*HTTP)(nil)

// NewHTTP checks the addresses and returns the backend: fault.Invalid for a
// template that cannot be used.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	for _, u := range []struct {
		field, template string
		allowed         []string
	}{
		{"list_url", o.ListURL, []string{"customer", "bot"}},
		{"order_url", o.OrderURL, []string{"number", "tail", "customer", "bot"}},
		{"urge_url", o.UrgeURL, []string{"number", "tail", "customer", "bot"}},
	} {
		if u.field == "urge_url" && u.template == "" {
			continue
		}
		if err := remote.CheckURL(u.template, u.allowed...); err != nil {
			return nil, fault.In(u.field, err)
		}
	}
	return &HTTP{options: o, client: remote.New(o.Options)}, nil
}

// Close drops idle connections.
func (h *HTTP) Close() { h.client.Close() }

func (q Query) values() map[string]string {
	return map[string]string{"number": q.Number, "tail": q.PhoneTail, "customer": q.Customer, "bot": q.Bot}
}

// wire is an order as the shop's system sends it.
type wire struct {
	Number   string `json:"number"`
	Customer string `json:"customer"`
	State    State  `json:"state"`
	Amount   Yuan   `json:"amount"`
	Items    []struct {
		Product  string `json:"product"`
		Variant  string `json:"variant"`
		Quantity int    `json:"quantity"`
	} `json:"items"`
	PlacedAt time.Time  `json:"placed_at"`
	PaidAt   *time.Time `json:"paid_at"`
	ShipBy   *time.Time `json:"ship_by"`
	Parcels  []struct {
		Carrier string `json:"carrier"`
		Number  string `json:"number"`
	} `json:"parcels"`
	Progress string `json:"progress"`
}

func (w wire) order() (Order, error) {
	if w.Number == "" || w.State.Name() == "" {
		return Order{}, fault.New(fault.Unavailable, "the backend's answer lacks a number or has the unknown state %q", w.State)
	}
	o := Order{
		Number: w.Number, Customer: w.Customer, State: w.State, Amount: int64(w.Amount), PlacedAt: w.PlacedAt, Progress: w.Progress,
	}
	for _, it := range w.Items {
		o.Items = append(o.Items, Item{Product: it.Product, Variant: it.Variant, Quantity: it.Quantity})
	}
	for _, p := range w.Parcels {
		o.Parcels = append(o.Parcels, Ref{Carrier: p.Carrier, Number: p.Number})
	}
	if w.PaidAt != nil {
		o.PaidAt = *w.PaidAt
	}
	if w.ShipBy != nil {
		o.ShipBy = *w.ShipBy
	}
	return o, nil
}

// Orders asks the shop's system.
func (h *HTTP) Orders(ctx context.Context, bot, customer string) ([]Order, error) {
	var answer struct {
		Orders []wire `json:"orders"`
	}
	address := remote.Expand(h.options.ListURL, map[string]string{"customer": customer, "bot": bot})
	if err := h.client.Get(ctx, address, &answer); err != nil {
		return nil, err
	}
	var list []Order
	for _, w := range answer.Orders[:min(len(answer.Orders), 20)] {
		o, err := w.order()
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, nil
}

// Order asks the shop's system.
func (h *HTTP) Order(ctx context.Context, q Query) (Order, error) {
	var w wire
	if err := h.client.Get(ctx, remote.Expand(h.options.OrderURL, q.values()), &w); err != nil {
		return Order{}, err
	}
	return w.order()
}

// Urge tells the shop's system; fault.Unsupported without UrgeURL.
func (h *HTTP) Urge(ctx context.Context, q Query, key string) (string, time.Duration, error) {
	if h.options.UrgeURL == "" {
		return "", 0, fault.New(fault.Unsupported, "这家店铺没有开通催发货。")
	}
	var answer struct {
		Reference   string `json:"reference"`
		AnswerHours int    `json:"answer_hours"`
	}
	body := map[string]string{"number": q.Number, "tail": q.PhoneTail, "customer": q.Customer}
	if err := h.client.Post(ctx, remote.Expand(h.options.UrgeURL, q.values()), key, body, &answer); err != nil {
		return "", 0, err
	}
	return answer.Reference, time.Duration(answer.AnswerHours) * time.Hour, nil
}

// Yuan is an amount in fen, written in yuan: "59.90" or 59.9 in JSON and YAML.
type Yuan int64

// UnmarshalText reads a decimal of yuan with at most two places.
func (y *Yuan) UnmarshalText(text []byte) error {
	v, err := parseYuan(string(text))
	if err != nil {
		return err
	}
	*y = Yuan(v)
	return nil
}

// UnmarshalJSON reads a string or a number.
func (y *Yuan) UnmarshalJSON(data []byte) error {
	if n := len(data); n >= 2 && data[0] == '"' && data[n-1] == '"' {
		data = data[1 : n-1]
	}
	return y.UnmarshalText(data)
}

// parseYuan reads a decimal exactly; floats would lose fen.
func parseYuan(s string) (int64, error) {
	var fen int64
	places := -1
	for i, r := range s {
		switch {
		case r == '.' && places < 0 && i > 0:
			places = 0
		case r >= '0' && r <= '9' && places < 2 && fen < math.MaxInt64/1000:
			fen = fen*10 + int64(r-'0')
			if places >= 0 {
				places++
			}
		default:
			return 0, fault.New(fault.Invalid, "%q is not an amount in yuan; write 59.90", s)
		}
	}
	if s == "" {
		return 0, fault.New(fault.Invalid, "the amount is empty; write 59.90")
	}
	for p := max(places, 0); p < 2; p++ {
		fen *= 10
	}
	return fen, nil
}
