package order_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/order"
	"github.com/yingda/yingda/dialog/action/remote"
	"github.com/yingda/yingda/internal/fault"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))

// fixed is a backend with given orders.
type fixed struct {
	orders []order.Order
	err    error
}

func (f fixed) Orders(context.Context, string, string) ([]order.Order, error) { return f.orders, f.err }

func (f fixed) Order(context.Context, order.Query) (order.Order, error) {
	if f.err != nil {
		return order.Order{}, f.err
	}
	return f.orders[0], nil
}

func (f fixed) Urge(context.Context, order.Query, string) (string, time.Duration, error) {
	return "CF1", 4 * time.Hour, f.err
}

func run(t *testing.T, b order.Backend, name, customer string, args map[string]string) dialog.ActionResult {
	t.Helper()
	r := action.NewRegistry()
	if err := order.Register(r, func(string) (order.Backend, error) { return b, nil }); err != nil {
		t.Fatal(err)
	}
	return r.Do(context.Background(), dialog.ActionRequest{ActionCall: dialog.ActionCall{Action: name, Args: args}, Customer: customer, Now: noon})
}

var all = []order.Order{
	{Number: "YX1", State: order.Shipped, Parcels: []order.Ref{{Carrier: "sf", Number: "SF1"}}, Items: []order.Item{{Product: "保温杯", Variant: "墨绿", Quantity: 2}, {Product: "饭盒", Quantity: 1}}, Amount: 17805},
	{Number: "YX2", State: order.Paid, ShipBy: noon.Add(-time.Hour)}, {Number: "YX3", State: order.Completed}, {Number: "YX4", State: order.Unpaid},
	{Number: "YX5", State: order.Shipped},
}

func TestListSelects(t *testing.T) {
	for only, want := range map[string][]string{"": {"YX1", "YX2", "YX3", "YX4", "YX5"}, "open": {"YX1", "YX2", "YX4", "YX5"}, "shipped": {"YX1"}} {
		got := run(t, fixed{orders: all}, "order.list", "c1", map[string]string{"only": only})
		var v struct {
			Items []order.View `json:"items"`
			Count int          `json:"count"`
		}
		if err := json.Unmarshal(got.Result, &v); err != nil {
			t.Fatal(err)
		}
		numbers := []string{}
		for _, o := range v.Items {
			numbers = append(numbers, o.Number)
		}
		if diff := cmp.Diff(want, numbers); diff != "" || v.Count != len(want) {
			t.Errorf("only %q (-want +got):\n%s", only, diff)
		}
	}
	if got := run(t, fixed{orders: all}, "order.list", "", nil); got.Fault != "forbidden" {
		t.Errorf("nobody's orders: fault %q, want forbidden", got.Fault)
	}
}

func TestGetView(t *testing.T) {
	got := run(t, fixed{orders: all}, "order.get", "c1", map[string]string{"number": "yx1"})
	var v order.View
	if err := json.Unmarshal(got.Result, &v); err != nil {
		t.Fatal(err)
	}
	if v.Content != "保温杯 墨绿 ×2、饭盒" || v.Amount != "178.05" || v.Tracking != "SF1" || v.CarrierName != "顺丰速运" || v.StateName != "已发货" {
		t.Errorf("view %+v", v)
	}
	if len(got.Facts) != 5 {
		t.Errorf("facts %v", got.Facts)
	}
	got = run(t, fixed{orders: all[1:]}, "order.get", "c1", map[string]string{"number": "yx2"})
	if err := json.Unmarshal(got.Result, &v); err != nil || !v.Overdue {
		t.Errorf("an order past its promise is not overdue: %+v, %v", v, err)
	}
}

func TestFaultsReachTheFlow(t *testing.T) {
	for _, name := range []string{"order.get", "order.urge", "order.list"} {
		if got := run(t, fixed{err: fault.New(fault.Unavailable, "x")}, name, "c1", map[string]string{"number": "YX1"}); got.Fault != "unavailable" {
			t.Errorf("%s: fault %q", name, got.Fault)
		}
	}
	if got := run(t, fixed{orders: all}, "order.urge", "c1", map[string]string{"number": "YX2"}); string(got.Result) != `{"hours":4,"reference":"CF1"}` {
		t.Errorf("urged: %s %s", got.Result, got.Fault)
	}
}

func TestYuan(t *testing.T) {
	for text, want := range map[string]int64{"59.90": 5990, "59.9": 5990, "59": 5900, "0.01": 1, "0": 0, "1234567.89": 123456789} {
		var y order.Yuan
		if err := y.UnmarshalText([]byte(text)); err != nil || int64(y) != want {
			t.Errorf("%s = %d, %v; want %d", text, y, err, want)
		}
		if err := json.Unmarshal([]byte(`"`+text+`"`), &y); err != nil || int64(y) != want {
			t.Errorf("%q = %d, %v", text, y, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "1.234", ".5", "1.2.3", "99999999999999999999", "1e3"} {
		var y order.Yuan
		if err := y.UnmarshalText([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %d, %v; want invalid", text, y, err)
		}
	}
}

// shop answers as a shop's system does.
func shop(t *testing.T, status int, body string) *order.HTTP {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	h, err := order.NewHTTP(order.HTTPOptions{
		ListURL: s.URL + "/orders?customer={customer}", OrderURL: s.URL + "/orders/{number}?tail={tail}", UrgeURL: s.URL + "/urge/{number}",
		Options: remote.Options{AllowPrivate: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close(); s.Close() })
	return h
}

const one = `{"number":"YX202611180023","customer":"c1","state":"shipped","amount":"59.90","items":[{"product":"保温杯","variant":"","quantity":1}],
	"placed_at":"2026-11-18T10:00:00+08:00","paid_at":"2026-11-18T10:01:00+08:00","ship_by":null,"parcels":[{"carrier":"sf","number":"SF1"}],"progress":""}`

func TestHTTP(t *testing.T) {
	o, err := shop(t, 200, one).Order(t.Context(), order.Query{Number: "YX202611180023"})
	if err != nil || o.Amount != 5990 || len(o.Parcels) != 1 || o.PaidAt.IsZero() || !o.ShipBy.IsZero() {
		t.Errorf("%+v, %v", o, err)
	}
	list, err := shop(t, 200, `{"orders":[`+one+`]}`).Orders(t.Context(), "demo", "c1")
	if err != nil || len(list) != 1 {
		t.Errorf("%d orders, %v", len(list), err)
	}
	ref, answer, err := shop(t, 200, `{"reference":"CF9","answer_hours":4}`).Urge(t.Context(), order.Query{Number: "YX1"}, "k")
	if err != nil || ref != "CF9" || answer != 4*time.Hour {
		t.Errorf("%s %s %v", ref, answer, err)
	}
}

func TestHTTPFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		code   fault.Code
	}{
		"none": {404, "", fault.NotFound}, "tail": {403, `{"verify":"wrong"}`, fault.Invalid}, "no number": {200, `{"state":"paid"}`, fault.Unavailable},
		"state": {200, `{"number":"YX1","state":"lost"}`, fault.Unavailable}, "amount": {200, `{"number":"YX1","state":"paid","amount":"-1"}`, fault.Unavailable},
	} {
		h := shop(t, tt.status, tt.body)
		if _, err := h.Order(t.Context(), order.Query{Number: "YX1"}); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	if _, err := shop(t, 200, `{"orders":[{"number":"","state":"paid"}]}`).Orders(t.Context(), "demo", "c1"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a broken list: %v", err)
	}
	h, err := order.NewHTTP(order.HTTPOptions{ListURL: "https://x/{customer}", OrderURL: "https://x/{number}"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Urge(t.Context(), order.Query{}, ""); !fault.Is(err, fault.Unsupported) {
		t.Errorf("without UrgeURL: %v, want unsupported", err)
	}
	for _, o := range []order.HTTPOptions{{}, {ListURL: "https://x/"}, {ListURL: "https://x/{number}", OrderURL: "https://x/"}} {
		if _, err := order.NewHTTP(o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v, want invalid", o, err)
		}
	}
}

func FuzzYuan(f *testing.F) {
	f.Add("59.90")
	f.Add("-1")
	f.Fuzz(func(t *testing.T, text string) {
		var y order.Yuan
		if err := y.UnmarshalText([]byte(text)); err == nil && y < 0 {
			t.Errorf("%q is %d", text, y)
		}
	})
}
