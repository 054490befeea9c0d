package demo_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/demo"
	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	shopdata "github.com/yingda/yingda/training-data/demo"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

func readShop(t *testing.T) (*demo.Shop, *clock.Fake) {
	t.Helper()
	c := clock.NewFake(noon)
	s, err := demo.Read("shop.yaml", shopdata.Shop, c)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// The shapes of the carriers' numbers.
var shapes = map[string]*regexp.Regexp{
	"sf": regexp.MustCompile(`^SF[A-Z0-9]\d{12}$`), "zto": regexp.MustCompile(`^7[3-68]\d{12}$`), "yto": regexp.MustCompile(`^YT\d{13}$`),
	"sto": regexp.MustCompile(`^(77|43)\d{12,15}$`), "yunda": regexp.MustCompile(`^[34]\d{14}$`), "jd": regexp.MustCompile(`^JD[A-Z0-9]{2}\d{11}$`),
	"ems": regexp.MustCompile(`^[981]\d{12}$`), "jt": regexp.MustCompile(`^JT\d{13}$`), "deppon": regexp.MustCompile(`^DPK\d{12}$`),
}

func TestBuiltinShopIsComplete(t *testing.T) {
	s, _ := readShop(t)
	if n := len(s.Products()); n < 12 {
		t.Errorf("%d products, want 12 at least", n)
	}
	if n := len(s.Customers()); n < 6 {
		t.Errorf("%d customers, want 6 at least", n)
	}
	orderStates, parcelStates, carriers := map[order.State]int{}, map[parcel.State]int{}, map[string]int{}
	total := 0
	for _, c := range s.Customers() {
		list, err := s.Orders().Orders(t.Context(), "demo", c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			total++
			orderStates[o.State]++
			for _, ref := range o.Parcels {
				carriers[ref.Carrier]++
				if !shapes[ref.Carrier].MatchString(ref.Number) {
					t.Errorf("%s is not a number of %s", ref.Number, ref.Carrier)
				}
				p, err := track(s, ref.Number, c.Phone[7:])
				var verify *action.VerifyError
				if errors.As(err, &verify) && verify.Wrong {
					continue // a gift to another phone
				}
				if err != nil {
					t.Errorf("Track(%s): %v", ref.Number, err)
				}
				parcelStates[p.State]++
			}
		}
	}
	if total < 20 {
		t.Errorf("%d orders, want 20 at least", total)
	}
	for _, state := range []order.State{order.Unpaid, order.Paid, order.Shipped, order.Completed, order.Cancelled, order.Refunding, order.Refunded} {
		if orderStates[state] == 0 {
			t.Errorf("no order is %s", state)
		}
	}
	for _, state := range []parcel.State{parcel.Created, parcel.Collected, parcel.Transit, parcel.Delivering, parcel.AtLocker, parcel.Signed, parcel.Problem, parcel.Returning} {
		if parcelStates[state] == 0 {
			t.Errorf("no parcel is %s", state)
		}
	}
	if len(carriers) < 6 {
		t.Errorf("parcels of %d carriers, want 6 at least", len(carriers))
	}
}

func track(s *demo.Shop, number, tail string) (parcel.Parcel, error) {
	return s.Parcels().Track(context.Background(), parcel.Query{Number: number, PhoneTail: tail})
}

func TestTrackWantsTheTailOfSF(t *testing.T) {
	s, _ := readShop(t)
	for _, tt := range []struct {
		tail    string
		wrong   bool
		refused bool
	}{{"", false, true}, {"0000", true, true}, {"821", true, true}, {"8821", false, false}} {
		_, err := track(s, "SF1083621940577", tt.tail)
		var verify *action.VerifyError
		if got := errors.As(err, &verify); got != tt.refused {
			t.Errorf("tail %q: refused = %t (%v), want %t", tt.tail, got, err, tt.refused)
		} else if got && verify.Wrong != tt.wrong {
			t.Errorf("tail %q: wrong = %t, want %t", tt.tail, verify.Wrong, tt.wrong)
		}
		if tt.refused && !fault.Is(err, fault.Invalid) {
			t.Errorf("tail %q: code %s, want invalid", tt.tail, fault.CodeOf(err))
		}
	}
}

func TestTimesFollowTheClock(t *testing.T) {
	s, c := readShop(t)
	first, err := track(s, "78412503617724", "")
	if err != nil {
		t.Fatal(err)
	}
	c.Advance(30 * 24 * time.Hour)
	later, err := track(s, "78412503617724", "")
	if err != nil {
		t.Fatal(err)
	}
	if moved := later.Events[0].At.Sub(first.Events[0].At); moved != 30*24*time.Hour {
		t.Errorf("the trace moved by %s, want 30 days", moved)
	}
	if idle := c.Now().Sub(later.Events[0].At); idle != 77*time.Hour {
		t.Errorf("idle for %s, want 77 h", idle)
	}
	if !later.Events[0].At.After(later.Events[1].At) {
		t.Error("the trace is not newest first")
	}
}

func TestOrdersAreSeenByTheirCustomerOnly(t *testing.T) {
	s, _ := readShop(t)
	for _, tt := range []struct {
		name string
		q    order.Query
		code fault.Code
	}{
		{"own", order.Query{Number: "YX202611210023", Customer: "c1001"}, ""},
		{"of another", order.Query{Number: "YX202611210023", Customer: "c1002"}, fault.NotFound},
		{"of another, with the tail", order.Query{Number: "YX202611210023", Customer: "c1002", PhoneTail: "8821"}, fault.NotFound},
		{"nobody", order.Query{Number: "YX202611210023"}, fault.Invalid},
		{"nobody with the tail", order.Query{Number: "YX202611210023", PhoneTail: "8821"}, ""},
		{"unknown", order.Query{Number: "YX999999999999", Customer: "c1001"}, fault.NotFound},
	} {
		if _, err := s.Orders().Order(t.Context(), tt.q); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		}
	}
}

func TestOrdersAreLatestFirst(t *testing.T) {
	s, _ := readShop(t)
	list, err := s.Orders().Orders(t.Context(), "demo", "c1001")
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(list); i++ {
		if list[i].PlacedAt.After(list[i-1].PlacedAt) {
			t.Errorf("order %d was placed after the one before it", i)
		}
	}
}

func TestUrgingTwiceHasOneReference(t *testing.T) {
	s, _ := readShop(t)
	q := parcel.Query{Number: "78412503617724"}
	a, _, err := s.Parcels().Urge(t.Context(), parcel.Urge{Query: q, Key: "1"})
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := s.Parcels().Urge(t.Context(), parcel.Urge{Query: q, Key: "2"})
	if err != nil || a != b {
		t.Errorf("references %q and %q (%v), want one", a, b, err)
	}
	if _, _, err := s.Orders().Urge(t.Context(), order.Query{Number: "YX202611210023", Customer: "c1001"}, "1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("urging a shipped order: %v, want conflict", err)
	}
	if ref, hours, err := s.Orders().Urge(t.Context(), order.Query{Number: "YX202611220007", Customer: "c1001"}, "1"); err != nil || ref == "" || hours == 0 {
		t.Errorf("urging a paid order: %q, %s, %v", ref, hours, err)
	}
}

const small = `shop: 小店
products:
  - {id: p1, name: 杯子, variants: [白], price: "9.90"}
customers:
  - {id: c1, name: 甲, phone: "13800000001"}
parcels:
  - {number: YT1234567890123, carrier: yto, state: transit, trace: [{at: -1h, text: 出发}]}
orders:
  - {number: YX202601010001, customer: c1, state: shipped, items: [{product: p1, variant: 白}], placed: -1d, parcels: [YT1234567890123]}
`

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, old, new, line, want string }{
		{"unknown key", "shop: 小店", "shop: 小店\nowner: x", ":2", "owner"},
		{"no name", "shop: 小店", "shop: ''", ":1", "shop is missing"},
		{"price", `"9.90"`, `"9.9.0"`, ":3", "not an amount"},
		{"phone", "13800000001", "1380000", ":5", "mobile number"},
		{"carrier", "carrier: yto", "carrier: xyz", ":7", "unknown carrier"},
		{"parcel state", "state: transit", "state: flying", ":7", "unknown state"},
		{"tracking number", "YT1234567890123, carrier", "YT12345中6789, carrier", ":7", "字母和数字"},
		{"time", "at: -1h", "at: yesterday", ":7", "relative to now"},
		{"locker", "state: transit", "state: locker", ":7", "belong together"},
		{"order number", "YX202601010001", "YX1", ":9", "order number"},
		{"customer", "customer: c1", "customer: c9", ":9", "unknown customer"},
		{"product", "product: p1", "product: p9", ":9", "unknown product"},
		{"variant", "variant: 白}", "variant: 黑}", ":9", "no variant"},
		{"order state", "state: shipped", "state: gone", ":9", "unknown state"},
		{"parcel", "parcels: [YT1234567890123]", "parcels: [YT0000000000000]", ":9", "unknown parcel"},
		{"placed", "placed: -1d, ", "", ":9", "placed is missing"},
		{"wrong type", "placed: -1d", "placed: [1]", ":9", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.Replace(small, tt.old, tt.new, 1)
			_, err := demo.Read("s.yaml", []byte(source), clock.System{})
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v, want invalid", err)
			}
			if text := err.Error(); !strings.Contains(text, "s.yaml"+tt.line) || !strings.Contains(text, tt.want) {
				t.Errorf("error %q, want s.yaml%s and %q", text, tt.line, tt.want)
			}
		})
	}
	if _, err := demo.Read("s.yaml", []byte(small), clock.System{}); err != nil {
		t.Errorf("the unchanged shop: %v", err)
	}
	if _, err := demo.Read("s.yaml", make([]byte, demo.MaxBytes+1), clock.System{}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a huge file: %v, want too_large", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add(shopdata.Shop[:2000])
	f.Fuzz(func(t *testing.T, source []byte) {
		s, err := demo.Read("s.yaml", source, clock.NewFake(noon))
		if (s == nil) == (err == nil) {
			t.Fatalf("shop %v with error %v", s, err)
		}
	})
}
