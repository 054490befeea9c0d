// Package demo is a shop out of one YAML file: products, customers, orders and
// parcels whose times are relative to the clock, so that a demonstration is as
// fresh next year as today. It stands in for a real shop behind the parcel and
// order actions.
package demo

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// maxOrders is how many orders a listing returns.
const maxOrders = 20

// How soon the demo shop and its carriers promise to answer.
const (
	carrierAnswers   = 24 * time.Hour
	warehouseAnswers = 4 * time.Hour
)

// Shop is a shop that was read. It does not change and is safe for concurrent use.
type Shop struct {
	Name      string
	clock     clock.Clock
	products  map[string]Product
	customers map[string]Customer
	orders    map[string]orderRecord
	sequence  []string // order numbers as written
	parcels   map[string]parcelRecord
}

// Product is something the shop sells.
type Product struct {
	ID       string
	Name     string
	Variants []string
	Price    int64 // fen
}

// Customer is someone who buys.
type Customer struct {
	ID    string
	Name  string
	Phone string
	Level string
}

type orderRecord struct {
	order.Order
	phone                  string
	placed, paid, promised *offset
}

type parcelRecord struct {
	parcel.Parcel
	phone  string
	verify bool // the carrier wants the phone's tail
	trace  []traceRecord
	eta    *offset
}

type traceRecord struct {
	at          offset
	place, text string
}

// offset is a time relative to the clock.
type offset time.Duration

var offsetParts = regexp.MustCompile(`^([+-])(?:(\d{1,3})d)?(?:(\d{1,3})h)?(?:(\d{1,4})m)?$`)

// parseOffset reads -2d4h, +30m and the like; 0 is now.
func parseOffset(s string) (offset, error) {
	if s == "0" {
		return 0, nil
	}
	m := offsetParts.FindStringSubmatch(s)
	if m == nil || m[2]+m[3]+m[4] == "" {
		return 0, fault.New(fault.Invalid, "%q is not a time relative to now; write -2d4h, +30m or 0", s)
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if m[i+2] == "" {
			continue
		}
		n, err := strconv.Atoi(m[i+2])
		if err != nil {
			return 0, fault.Wrap(err, fault.Invalid, "%q is not a time relative to now", s)
		}
		d += time.Duration(n) * unit
	}
	if m[1] == "-" {
		d = -d
	}
	return offset(d), nil
}

// at is the time that an offset means now.
func (o *offset) at(now time.Time) time.Time {
	if o == nil {
		return time.Time{}
	}
	return now.Add(time.Duration(*o))
}

// ReadFile reads a shop from a file; see Read.
func ReadFile(path string, c clock.Clock) (*Shop, error) {
	source, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the shop file %s cannot be read", path)
	}
	return Read(path, source, c)
}

// Customers returns the customers by id.
func (s *Shop) Customers() []Customer {
	var list []Customer
	for _, c := range s.customers {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Customer) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Products returns the products by id.
func (s *Shop) Products() []Product {
	var list []Product
	for _, p := range s.products {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Product) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// Customer returns one customer: fault.NotFound for an unknown id.
func (s *Shop) Customer(id string) (Customer, error) {
	c, ok := s.customers[id]
	if !ok {
		return Customer{}, fault.New(fault.NotFound, "没有客户 %s。", id)
	}
	return c, nil
}

// Parcels is the shop as the parcel actions see it.
func (s *Shop) Parcels() parcel.Backend { return parcels{s} }

// Orders is the shop as the order actions see it.
func (s *Shop) Orders() order.Backend { return orders{s} }

// Register adds the parcel and order actions of this shop, for every bot.
func (s *Shop) Register(r *action.Registry) error {
	if err := parcel.Register(r, func(string) (parcel.Backend, error) { return s.Parcels(), nil }); err != nil {
		return err
	}
	return order.Register(r, func(string) (order.Backend, error) { return s.Orders(), nil })
}

type parcels struct{ *Shop }

var _ parcel.Backend = parcels{}

// Track finds a parcel and dates its trace.
func (s parcels) Track(ctx context.Context, q parcel.Query) (parcel.Parcel, error) {
	if err := ctx.Err(); err != nil {
		return parcel.Parcel{}, fault.Wrap(err, fault.Timeout, "查询超时。")
	}
	if err := parcel.CheckNumber(q.Number); err != nil {
		return parcel.Parcel{}, err
	}
	r, ok := s.parcels[q.Number]
	if !ok {
		return parcel.Parcel{}, fault.New(fault.NotFound, "没有运单 %s 的记录。", q.Number)
	}
	if r.verify {
		if err := verify(q.PhoneTail, r.phone); err != nil {
			return parcel.Parcel{}, err
		}
	}
	now := s.clock.Now()
	p := r.Parcel
	p.ETA = r.eta.at(now)
	p.Events = make([]parcel.Event, len(r.trace))
	for i, t := range r.trace {
		p.Events[i] = parcel.Event{At: t.at.at(now), Place: t.place, Text: t.text}
	}
	slices.SortStableFunc(p.Events, func(a, b parcel.Event) int { return b.At.Compare(a.At) })
	return p, nil
}

// Urge registers: the same parcel has the same reference, however often.
func (s parcels) Urge(ctx context.Context, u parcel.Urge) (string, time.Duration, error) {
	if _, err := s.Track(ctx, u.Query); err != nil {
		return "", 0, err
	}
	return reference("CJ", u.Number), carrierAnswers, nil
}

type orders struct{ *Shop }

var _ order.Backend = orders{}

// Orders lists a customer's orders, latest first.
func (s orders) Orders(ctx context.Context, _, customer string) ([]order.Order, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Timeout, "查询超时。")
	}
	var list []order.Order
	for _, number := range s.sequence {
		if r := s.orders[number]; r.Customer == customer {
			list = append(list, s.dated(r))
		}
	}
	slices.SortStableFunc(list, func(a, b order.Order) int { return b.PlacedAt.Compare(a.PlacedAt) })
	return list[:min(len(list), maxOrders)], nil
}

// Order finds an order. The signed-in customer sees their own; anybody else
// needs the tail of the recipient's phone.
func (s orders) Order(ctx context.Context, q order.Query) (order.Order, error) {
	if err := ctx.Err(); err != nil {
		return order.Order{}, fault.Wrap(err, fault.Timeout, "查询超时。")
	}
	r, ok := s.orders[q.Number]
	if !ok || q.Customer != "" && q.Customer != r.Customer {
		return order.Order{}, fault.New(fault.NotFound, "没有订单 %s。", q.Number)
	}
	if q.Customer == "" {
		if err := verify(q.PhoneTail, r.phone); err != nil {
			return order.Order{}, err
		}
	}
	return s.dated(r), nil
}

// Urge registers: the same order has the same reference, however often.
func (s orders) Urge(ctx context.Context, q order.Query, _ string) (string, time.Duration, error) {
	o, err := s.Order(ctx, q)
	if err != nil {
		return "", 0, err
	}
	if o.State != order.Paid {
		return "", 0, fault.New(fault.Conflict, "订单 %s 是%s，不能催发货。", o.Number, o.State.Name())
	}
	return reference("CF", o.Number), warehouseAnswers, nil
}

// dated is an order with its times as of now.
func (s *Shop) dated(r orderRecord) order.Order {
	now := s.clock.Now()
	o := r.Order
	o.PlacedAt, o.PaidAt, o.ShipBy = r.placed.at(now), r.paid.at(now), r.promised.at(now)
	return o
}

// verify compares a phone's tail.
func verify(tail, phone string) error {
	if tail == "" {
		return &action.VerifyError{}
	}
	if len(tail) != 4 || !strings.HasSuffix(phone, tail) {
		return &action.VerifyError{Wrong: true}
	}
	return nil
}

// reference is the number under which a request about subject is kept.
func reference(prefix, subject string) string {
	h := fnv.New32a()
	h.Write([]byte(subject))
	return fmt.Sprintf("%s%08d", prefix, h.Sum32()%100_000_000)
}
