package parcel

import (
	"context"
	"time"

	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/internal/fault"
)

// HTTPOptions say where a shop's own system answers for parcels.
type HTTPOptions struct {
	// TrackURL is asked by GET. Placeholders: {number}, {carrier}, {tail},
	// {customer}, {bot}.
	TrackURL string
	// UrgeURL is sent {"number","carrier","tail","customer"} by POST with an
	// Idempotency-Key; empty means that urging is not offered.
	UrgeURL string
	remote.Options
}

// HTTP is a Backend over a shop's own system. It answers to TrackURL with
//
//	{"number":"SF1020304050607","carrier":"sf","state":"transit",
//	 "events":[{"at":"2026-11-20T14:30:00+08:00","place":"杭州","text":"已发往上海"}],
//	 "eta":"2026-11-22T18:00:00+08:00","locker":{"place":"丰巢 3 号柜","code":"82736451"},
//	 "signed_by":"","courier":""}
//
// events newest first, state one of the States, eta and locker optional; to
// UrgeURL with {"reference":"CJ1024","answer_hours":24}. Other fields are
// refused; errors are those of remote.Client.
type HTTP struct {
	options HTTPOptions
	client  *remote.Client
}

var _ Backend = (*HTTP)(nil)

var placeholders = []string{"number", "carrier", "tail", "customer", "bot"}

// NewHTTP checks the addresses and returns the backend: fault.Invalid for a
// template that cannot be used.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	if err := remote.CheckURL(o.TrackURL, placeholders...); err != nil {
		return nil, fault.In("track_url", err)
	}
	if o.UrgeURL != "" {
		if err := remote.CheckURL(o.UrgeURL, placeholders...); err != nil {
			return nil, fault.In("urge_url", err)
		}
	}
	return &HTTP{options: o, client: remote.New(o.Options)}, nil
}

// Close drops idle connections.
func (h *HTTP) Close() { h.client.Close() }

func (q Query) values() map[string]string {
	return map[string]string{"number": q.Number, "carrier": q.Carrier, "tail": q.PhoneTail, "customer": q.Customer, "bot": q.Bot}
}

// Track asks the shop's system.
func (h *HTTP) Track(ctx context.Context, q Query) (Parcel, error) {
	if err := CheckNumber(q.Number); err != nil {
		return Parcel{}, err
	}
	var answer struct {
		Number  string `json:"number"`
		Carrier string `json:"carrier"`
		State   State  `json:"state"`
		Events  []struct {
			At    time.Time `json:"at"`
			Place string    `json:"place"`
			Text  string    `json:"text"`
		} `json:"events"`
		ETA    *time.Time `json:"eta"`
		Locker *struct {
			Place string `json:"place"`
			Code  string `json:"code"`
		} `json:"locker"`
		SignedBy string `json:"signed_by"`
		Courier  string `json:"courier"`
	}
	if err := h.client.Get(ctx, remote.Expand(h.options.TrackURL, q.values()), &answer); err != nil {
		return Parcel{}, err
	}
	if answer.State.Name() == "" {
		return Parcel{}, fault.New(fault.Unavailable, "the backend's answer has the unknown state %q", answer.State)
	}
	p := Parcel{Number: answer.Number, Carrier: answer.Carrier, State: answer.State, SignedBy: answer.SignedBy, Courier: answer.Courier}
	if p.Number == "" {
		p.Number = q.Number
	}
	for _, e := range answer.Events {
		p.Events = append(p.Events, Event{At: e.At, Place: e.Place, Text: e.Text})
	}
	if answer.ETA != nil {
		p.ETA = *answer.ETA
	}
	if answer.Locker != nil {
		p.Locker = &Locker{Place: answer.Locker.Place, Code: answer.Locker.Code}
	}
	return p, nil
}

// Urge tells the shop's system; fault.Unsupported without UrgeURL.
func (h *HTTP) Urge(ctx context.Context, u Urge) (string, time.Duration, error) {
	if h.options.UrgeURL == "" {
		return "", 0, fault.New(fault.Unsupported, "这家店铺没有开通催件。")
	}
	var answer struct {
		Reference   string `json:"reference"`
		AnswerHours int    `json:"answer_hours"`
	}
	body := map[string]string{"number": u.Number, "carrier": u.Carrier, "tail": u.PhoneTail, "customer": u.Customer}
	if err := h.client.Post(ctx, remote.Expand(h.options.UrgeURL, u.values()), u.Key, body, &answer); err != nil {
		return "", 0, err
	}
	return answer.Reference, time.Duration(answer.AnswerHours) * time.Hour, nil
}
