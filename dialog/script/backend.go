package script

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/internal/fault"
)

// switchboard lets a script take a backend down or make it slow.
type switchboard struct {
	mu    sync.Mutex
	modes map[string]string
}

// check returns what a backend in its present mode fails with. Slow is told as
// the time limit having passed, so that scripts do not wait.
func (b *switchboard) check(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch b.modes[name] {
	case "down":
		return fault.New(fault.Unavailable, "the script has taken the %s backend down", name)
	case "slow":
		return fault.New(fault.Timeout, "the script has made the %s backend slow", name)
	default:
		return nil
	}
}

func (b *switchboard) set(name, mode string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.modes[name] = mode
}

// parseBackend reads "backend parcel down".
func parseBackend(rest string) (func(*session) error, error) {
	name, mode, _ := strings.Cut(rest, " ")
	if name != "parcel" && name != "order" || mode != "down" && mode != "slow" && mode != "up" {
		return nil, invalid("write backend parcel|order down|slow|up")
	}
	return func(s *session) error { s.board.set(name, mode); s.note("backend %s", rest); return nil }, nil
}

// switchedParcels and switchedOrders are a shop's backends behind the switchboard.
type switchedParcels struct {
	board *switchboard
	next  parcel.Backend
}

func (p switchedParcels) Track(ctx context.Context, q parcel.Query) (parcel.Parcel, error) {
	if err := p.board.check("parcel"); err != nil {
		return parcel.Parcel{}, err
	}
	return p.next.Track(ctx, q)
}

func (p switchedParcels) Urge(ctx context.Context, u parcel.Urge) (string, time.Duration, error) {
	if err := p.board.check("parcel"); err != nil {
		return "", 0, err
	}
	return p.next.Urge(ctx, u)
}

type switchedOrders struct {
	board *switchboard
	next  order.Backend
}

func (o switchedOrders) Orders(ctx context.Context, bot, customer string) ([]order.Order, error) {
	if err := o.board.check("order"); err != nil {
		return nil, err
	}
	return o.next.Orders(ctx, bot, customer)
}

func (o switchedOrders) Order(ctx context.Context, q order.Query) (order.Order, error) {
	if err := o.board.check("order"); err != nil {
		return order.Order{}, err
	}
	return o.next.Order(ctx, q)
}

func (o switchedOrders) Urge(ctx context.Context, q order.Query, key string) (string, time.Duration, error) {
	if err := o.board.check("order"); err != nil {
		return "", 0, err
	}
	return o.next.Urge(ctx, q, key)
}
