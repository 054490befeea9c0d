package demo

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/dialog/internal/yamldoc"
	"github.com/yingda/yingda/internal/clock"
)

// MaxBytes is the most a shop file may have.
const MaxBytes = 1 << 20

// file is a shop as it is written; training-data/demo/shop.yaml explains each key.
type file struct {
	Shop     string `yaml:"shop"`
	Products []struct {
		ID       string   `yaml:"id"`
		Name     string   `yaml:"name"`
		Variants []string `yaml:"variants"`
		Price    string   `yaml:"price"`
	} `yaml:"products"`
	Customers []struct {
		ID    string `yaml:"id"`
		Name  string `yaml:"name"`
		Phone string `yaml:"phone"`
		Level string `yaml:"level"`
	} `yaml:"customers"`
	Orders  []orderFile  `yaml:"orders"`
	Parcels []parcelFile `yaml:"parcels"`
}

type orderFile struct {
	Number   string      `yaml:"number"`
	Customer string      `yaml:"customer"`
	State    order.State `yaml:"state"`
	Items    []struct {
		Product  string `yaml:"product"`
		Variant  string `yaml:"variant"`
		Quantity int    `yaml:"quantity"`
	} `yaml:"items"`
	Amount   string   `yaml:"amount"`
	Placed   string   `yaml:"placed"`
	Paid     string   `yaml:"paid"`
	ShipBy   string   `yaml:"ship_by"`
	Parcels  []string `yaml:"parcels"`
	Progress string   `yaml:"progress"`
}

type parcelFile struct {
	Number  string       `yaml:"number"`
	Carrier string       `yaml:"carrier"`
	State   parcel.State `yaml:"state"`
	Phone   string       `yaml:"phone"`
	Verify  *bool        `yaml:"verify"`
	ETA     string       `yaml:"eta"`
	Locker  *struct {
		Place string `yaml:"place"`
		Code  string `yaml:"code"`
	} `yaml:"locker"`
	SignedBy string `yaml:"signed_by"`
	Courier  string `yaml:"courier"`
	Trace    []struct {
		At    string `yaml:"at"`
		Place string `yaml:"place"`
		Text  string `yaml:"text"`
	} `yaml:"trace"`
}

var (
	orderNumber = regexp.MustCompile(`^YX\d{12}$`)
	phoneNumber = regexp.MustCompile(`^1[3-9]\d{9}$`)
)

// Read reads a shop; name is the file's name in errors, whose Field is
// "name:line". All faults of the content are reported, joined. Codes: Invalid;
// TooLarge over MaxBytes.
func Read(name string, source []byte, c clock.Clock) (*Shop, error) {
	r := &reader{shop: &Shop{
		clock: c, products: map[string]Product{}, customers: map[string]Customer{},
		orders: map[string]orderRecord{}, parcels: map[string]parcelRecord{},
	}}
	var err error
	if r.Doc, err = yamldoc.Read(name, source, MaxBytes, &r.file); err != nil {
		return nil, err
	}
	if r.shop.Name = r.file.Shop; r.shop.Name == "" {
		r.Fail("$.shop", "shop is missing: the name that customers see")
	}
	r.people()
	r.goods()
	for i := range r.file.Parcels {
		r.parcel(i)
	}
	for i := range r.file.Orders {
		r.order(i)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return r.shop, nil
}

// reader builds a shop and gathers the faults of its file.
type reader struct {
	*yamldoc.Doc
	file file
	shop *Shop
}

func (r *reader) people() {
	for i, c := range r.file.Customers {
		at := fmt.Sprintf("$.customers[%d]", i)
		if _, twice := r.shop.customers[c.ID]; c.ID == "" || twice {
			r.Fail(at, "the customer needs an id of its own, not %q", c.ID)
		}
		if !phoneNumber.MatchString(c.Phone) {
			r.Fail(at+".phone", "%q is not a mobile number of 11 digits; put it in quotes", c.Phone)
		}
		r.shop.customers[c.ID] = Customer{ID: c.ID, Name: c.Name, Phone: c.Phone, Level: c.Level}
	}
}

func (r *reader) goods() {
	for i, p := range r.file.Products {
		at := fmt.Sprintf("$.products[%d]", i)
		if _, twice := r.shop.products[p.ID]; p.ID == "" || p.Name == "" || twice {
			r.Fail(at, "the product needs a name and an id of its own, not %q", p.ID)
		}
		r.shop.products[p.ID] = Product{ID: p.ID, Name: p.Name, Variants: p.Variants, Price: r.amount(at+".price", p.Price)}
	}
}

func (r *reader) amount(at, text string) int64 {
	var y order.Yuan
	if err := y.UnmarshalText([]byte(text)); err != nil {
		r.FailErr(at, err)
	}
	return int64(y)
}

// time reads an offset; the empty text is none.
func (r *reader) time(at, text string) *offset {
	if text == "" {
		return nil
	}
	o, err := parseOffset(text)
	if err != nil {
		r.FailErr(at, err)
	}
	return &o
}

func (r *reader) parcel(i int) {
	p := r.file.Parcels[i]
	at := fmt.Sprintf("$.parcels[%d]", i)
	number := parcel.Fold(p.Number)
	if err := parcel.CheckNumber(number); err != nil {
		r.FailErr(at+".number", err)
	}
	if _, twice := r.shop.parcels[number]; twice {
		r.Fail(at+".number", "the parcel %s is listed already", number)
	}
	if p.State.Name() == "" {
		r.Fail(at+".state", "unknown state %q; known are created, collected, transit, delivering, locker, signed, problem, returning, returned", p.State)
	}
	if parcel.CarrierName(p.Carrier) == p.Carrier {
		r.Fail(at+".carrier", "unknown carrier %q; use a code like sf, zto, yto, sto, yunda, jd, ems, jt, deppon", p.Carrier)
	}
	rec := parcelRecord{
		Parcel: parcel.Parcel{Number: number, Carrier: p.Carrier, State: p.State, SignedBy: p.SignedBy, Courier: p.Courier},
		phone:  p.Phone, verify: p.Carrier == "sf", eta: r.time(at+".eta", p.ETA),
	}
	if p.Verify != nil {
		rec.verify = *p.Verify
	}
	if p.Phone != "" && !phoneNumber.MatchString(p.Phone) {
		r.Fail(at+".phone", "%q is not a mobile number of 11 digits; put it in quotes", p.Phone)
	}
	if p.Locker != nil {
		rec.Locker = &parcel.Locker{Place: p.Locker.Place, Code: p.Locker.Code}
	}
	if (p.State == parcel.AtLocker) != (p.Locker != nil) {
		r.Fail(at, "locker and the state locker belong together")
	}
	for j, t := range p.Trace {
		where := fmt.Sprintf("%s.trace[%d]", at, j)
		o := r.time(where+".at", t.At)
		if o == nil || t.Text == "" {
			r.Fail(where, "a trace needs at and text")
			continue
		}
		rec.trace = append(rec.trace, traceRecord{at: *o, place: t.Place, text: t.Text})
	}
	r.shop.parcels[number] = rec
}

func (r *reader) order(i int) {
	o := r.file.Orders[i]
	at := fmt.Sprintf("$.orders[%d]", i)
	if !orderNumber.MatchString(o.Number) {
		r.Fail(at+".number", "%q is not an order number: YX and 12 digits", o.Number)
	}
	if _, twice := r.shop.orders[o.Number]; twice {
		r.Fail(at+".number", "the order %s is listed already", o.Number)
	}
	who, ok := r.shop.customers[o.Customer]
	if !ok {
		r.Fail(at+".customer", "unknown customer %q", o.Customer)
	}
	if o.State.Name() == "" {
		r.Fail(at+".state", "unknown state %q; known are unpaid, paid, shipped, completed, cancelled, refunding, refunded", o.State)
	}
	rec := orderRecord{
		Order: order.Order{Number: o.Number, Customer: o.Customer, State: o.State, Progress: o.Progress},
		phone: who.Phone, placed: r.time(at+".placed", o.Placed), paid: r.time(at+".paid", o.Paid), promised: r.time(at+".ship_by", o.ShipBy),
	}
	if rec.placed == nil {
		r.Fail(at, "placed is missing: when the order was made, like -2d4h")
	}
	rec.Items, rec.Amount = r.items(at, o)
	rec.Order.Parcels = r.refs(at, o, who.Phone)
	r.shop.orders[o.Number] = rec
	r.shop.sequence = append(r.shop.sequence, o.Number)
}

// items reads an order's lines and its amount: the written one, or their sum.
func (r *reader) items(at string, o orderFile) ([]order.Item, int64) {
	var (
		items []order.Item
		sum   int64
	)
	for j, it := range o.Items {
		where := fmt.Sprintf("%s.items[%d]", at, j)
		p, ok := r.shop.products[it.Product]
		if !ok {
			r.Fail(where+".product", "unknown product %q", it.Product)
		}
		if it.Variant != "" && !slices.Contains(p.Variants, it.Variant) {
			r.Fail(where+".variant", "%q has no variant %q", p.Name, it.Variant)
		}
		if it.Quantity < 0 || it.Quantity > 999 {
			r.Fail(where+".quantity", "%d is not a quantity", it.Quantity)
		}
		n := max(1, it.Quantity)
		items = append(items, order.Item{Product: p.Name, Variant: it.Variant, Quantity: n})
		sum += p.Price * int64(n)
	}
	if len(items) == 0 {
		r.Fail(at, "items is missing: what was bought")
	}
	if o.Amount != "" {
		sum = r.amount(at+".amount", o.Amount)
	}
	return items, sum
}

// refs reads an order's parcels; they go to the customer's phone unless they
// have one of their own.
func (r *reader) refs(at string, o orderFile, phone string) []order.Ref {
	var refs []order.Ref
	for j, number := range o.Parcels {
		number = parcel.Fold(number)
		rec, ok := r.shop.parcels[number]
		if !ok {
			r.Fail(fmt.Sprintf("%s.parcels[%d]", at, j), "unknown parcel %q; list it under parcels", number)
			continue
		}
		if rec.phone == "" {
			rec.phone = phone
			r.shop.parcels[number] = rec
		}
		refs = append(refs, order.Ref{Carrier: rec.Carrier, Number: number})
	}
	return refs
}
