// Package order looks orders up and presses for their shipping: the actions
// order.list, order.get and order.urge over a Backend.
package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/dialog/action/parcel"
	"github.com/yingda/yingda/internal/fault"
)

// State is where an order stands.
type State string

// The states.
const (
	Unpaid    State = "unpaid"    // 待付款
	Paid      State = "paid"      // 待发货
	Shipped   State = "shipped"   // 已发货
	Completed State = "completed" // 已完成
	Cancelled State = "cancelled" // 已取消
	Refunding State = "refunding" // 退款中
	Refunded  State = "refunded"  // 已退款
)

var stateNames = map[State]string{
	Unpaid: "待付款", Paid: "待发货", Shipped: "已发货", Completed: "已完成", Cancelled: "已取消", Refunding: "退款中", Refunded: "已退款",
}

// Name is the state's Chinese name; empty for an unknown state.
func (s State) Name() string { return stateNames[s] }

// Order is what a shop knows of an order.
type Order struct {
	Number   string
	Customer string
	State    State
	Items    []Item
	// Amount is what was paid or is due, in fen.
	Amount   int64
	PlacedAt time.Time
	PaidAt   time.Time // zero while unpaid
	ShipBy   time.Time // promised; zero when none
	Parcels  []Ref
	// Progress says how a refund stands, or is empty.
	Progress string
}

// Item is one line of an order.
type Item struct {
	Product  string
	Variant  string
	Quantity int
}

// Ref names a parcel of an order.
type Ref struct {
	Carrier string
	Number  string
}

// Query asks for one order. One of another customer is fault.NotFound; without
// a signed-in customer the backend wants the phone's tail.
type Query struct {
	Bot       string
	Number    string
	Customer  string
	PhoneTail string
}

// Backend knows orders. Its faults are those of parcel.Backend.
type Backend interface {
	// Orders returns a customer's orders, latest first, at most 20.
	Orders(ctx context.Context, bot, customer string) ([]Order, error)
	Order(ctx context.Context, q Query) (Order, error)
	// Urge asks the warehouse to ship sooner; key is the same for repeated requests.
	Urge(ctx context.Context, q Query, key string) (reference string, answer time.Duration, err error)
}

// Backends gives each bot its backend; fault.Unavailable when it has none.
type Backends func(bot string) (Backend, error)

// Register adds order.list, order.get and order.urge to a registry.
func Register(r *action.Registry, backends Backends) error {
	one := map[string]action.Arg{"number": {Doc: "订单号", Required: true}, "tail": {Doc: "手机后四位"}}
	for _, s := range []action.Spec{
		{
			Name: "order.list", Doc: "客户的订单", Retries: 1,
			Args: map[string]action.Arg{"only": {Doc: "open（未完成）、shipped（已发货且未签收）或空"}},
			Run:  with(backends, list),
		},
		{Name: "order.get", Doc: "查询一个订单", Args: one, Retries: 1, Run: with(backends, get)},
		{Name: "order.urge", Doc: "登记催发货", Args: one, Retries: 1, Run: with(backends, urge)},
	} {
		if err := r.Register(s); err != nil {
			return err
		}
	}
	return nil
}

// with looks the bot's backend up before an action runs.
func with(backends Backends, run func(context.Context, Backend, action.Call) (action.Result, error)) func(context.Context, action.Call) (action.Result, error) {
	return func(ctx context.Context, c action.Call) (action.Result, error) {
		b, err := backends(c.Bot)
		if err != nil {
			return action.Result{}, err
		}
		return run(ctx, b, c)
	}
}

func list(ctx context.Context, b Backend, c action.Call) (action.Result, error) {
	if c.Customer == "" {
		return action.Result{}, fault.New(fault.Forbidden, "没有登录的客户，无法列出订单。")
	}
	orders, err := b.Orders(ctx, c.Bot, c.Customer)
	if err != nil {
		return action.Result{}, err
	}
	items := []View{}
	for _, o := range orders {
		if !included(o, c.Args["only"]) {
			continue
		}
		items = append(items, view(o, c.Now))
	}
	return action.Result{Value: map[string]any{"items": items, "count": len(items)}}, nil
}

// included reports whether an order belongs to a selection.
func included(o Order, only string) bool {
	switch only {
	case "open":
		return o.State == Unpaid || o.State == Paid || o.State == Shipped || o.State == Refunding
	case "shipped":
		return o.State == Shipped && len(o.Parcels) > 0
	default:
		return true
	}
}

func get(ctx context.Context, b Backend, c action.Call) (action.Result, error) {
	o, err := b.Order(ctx, query(c))
	if err != nil {
		return action.Result{}, err
	}
	v := view(o, c.Now)
	return action.Result{Value: v, Facts: v.facts()}, nil
}

func urge(ctx context.Context, b Backend, c action.Call) (action.Result, error) {
	reference, answer, err := b.Urge(ctx, query(c), c.ID)
	if err != nil {
		return action.Result{}, err
	}
	return action.Result{
		Value: map[string]any{"reference": reference, "hours": int(answer.Hours())},
		Facts: []dialog.Fact{{Name: "催发货登记", Value: fmt.Sprintf("%s（%d 小时内答复）", reference, int(answer.Hours()))}},
	}, nil
}

func query(c action.Call) Query {
	return Query{Bot: c.Bot, Number: Fold(c.Args["number"]), Customer: c.Customer, PhoneTail: c.Args["tail"]}
}

// Fold brings an order number to the form that backends compare.
func Fold(number string) string { return parcel.Fold(number) }

// View is an order as flows read it: the fields are the names in templates.
type View struct {
	Number      string `json:"number"`
	State       State  `json:"state"`
	StateName   string `json:"state_name"`
	Product     string `json:"product"` // the first item's name
	Content     string `json:"content"` // all items, one line
	Amount      string `json:"amount"`  // yuan, 59.90
	PlacedAt    string `json:"placed_at"`
	ShipBy      string `json:"ship_by"`
	Overdue     bool   `json:"overdue"` // paid and past ShipBy
	Carrier     string `json:"carrier"`
	CarrierName string `json:"carrier_name"`
	Tracking    string `json:"tracking"` // the first parcel's number, or empty
	Parcels     int    `json:"parcels"`
	Progress    string `json:"progress"`
}

func view(o Order, now time.Time) View {
	v := View{
		Number: o.Number, State: o.State, StateName: o.State.Name(), Amount: fmt.Sprintf("%d.%02d", o.Amount/100, o.Amount%100),
		PlacedAt: o.PlacedAt.In(now.Location()).Format("1月2日"), Parcels: len(o.Parcels), Progress: o.Progress,
	}
	var lines []string
	for i, it := range o.Items {
		if i == 0 {
			v.Product = it.Product
		}
		line := strings.TrimSpace(it.Product + " " + it.Variant)
		if it.Quantity > 1 {
			line += fmt.Sprintf(" ×%d", it.Quantity)
		}
		lines = append(lines, line)
	}
	v.Content = strings.Join(lines, "、")
	if !o.ShipBy.IsZero() {
		v.ShipBy = o.ShipBy.In(now.Location()).Format("1月2日 15:04")
		v.Overdue = o.State == Paid && now.After(o.ShipBy)
	}
	if len(o.Parcels) > 0 {
		v.Carrier, v.Tracking = o.Parcels[0].Carrier, o.Parcels[0].Number
		v.CarrierName = parcel.CarrierName(v.Carrier)
	}
	return v
}

// facts are the lines of a packet.
func (v View) facts() []dialog.Fact {
	facts := []dialog.Fact{
		{Name: "订单号", Value: v.Number}, {Name: "订单状态", Value: v.StateName}, {Name: "商品", Value: v.Content},
		{Name: "实付", Value: v.Amount + " 元"},
	}
	if v.Tracking != "" {
		facts = append(facts, dialog.Fact{Name: "运单", Value: v.CarrierName + " " + v.Tracking})
	}
	if v.Progress != "" {
		facts = append(facts, dialog.Fact{Name: "退款进度", Value: v.Progress})
	}
	return facts
}
