// Package parcel looks parcels up and presses for them: the actions
// parcel.track and parcel.urge over a Backend.
package parcel

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/internal/fault"
)

// State is where a parcel is, common to all carriers.
type State string

// The states, in the words of the carriers' interfaces.
const (
	Created    State = "created"    // 待揽收: a number without a trace
	Collected  State = "collected"  // 已揽收
	Transit    State = "transit"    // 运输中
	Delivering State = "delivering" // 派送中
	AtLocker   State = "locker"     // 待取件: in a locker or at a station
	Signed     State = "signed"     // 已签收
	Problem    State = "problem"    // 异常
	Returning  State = "returning"  // 退回中
	Returned   State = "returned"   // 已退回
)

var stateNames = map[State]string{
	Created: "待揽收", Collected: "已揽收", Transit: "运输中", Delivering: "派送中", AtLocker: "待取件",
	Signed: "已签收", Problem: "异常", Returning: "退回中", Returned: "已退回",
}

// Name is the state's Chinese name; empty for an unknown state.
func (s State) Name() string { return stateNames[s] }

// carrierNames are the carriers by the codes of nlu.Carrier entities.
var carrierNames = map[string]string{
	"sf": "顺丰速运", "zto": "中通快递", "yto": "圆通速递", "sto": "申通快递", "yunda": "韵达快递", "jd": "京东快递",
	"ems": "邮政EMS", "jt": "极兔速递", "deppon": "德邦快递", "cainiao": "菜鸟速递", "s10": "国际邮政",
}

// CarrierName returns a carrier's name for its code, or the code itself.
func CarrierName(code string) string {
	if name, ok := carrierNames[code]; ok {
		return name
	}
	return code
}

// Query asks for one parcel.
type Query struct {
	Bot       string
	Number    string
	Carrier   string // code, or empty
	PhoneTail string // last four digits of the recipient's phone, or empty
	Customer  string // signed in, or empty
}

// Parcel is what is known of a parcel.
type Parcel struct {
	Number  string
	Carrier string
	State   State
	// Events are newest first.
	Events []Event
	ETA    time.Time // zero when unknown
	Locker *Locker   // where to fetch it, while State is AtLocker
	// SignedBy is who took it (本人, 门卫, 家人), or empty.
	SignedBy string
	Courier  string // name and phone of the courier, or empty
}

// Event is one line of a parcel's trace.
type Event struct {
	At    time.Time
	Place string
	Text  string
}

// Locker is a place that keeps a parcel.
type Locker struct {
	Place string
	Code  string
}

// Urge asks the carrier to hurry.
type Urge struct {
	Query
	// Key is the same for repeated requests; they are registered once.
	Key string
}

// Backend knows parcels. Track and Urge fail with fault.NotFound (no such
// parcel), *action.VerifyError (the phone's tail is needed or wrong),
// fault.Invalid (not a number), fault.Unavailable or fault.Timeout.
type Backend interface {
	Track(ctx context.Context, q Query) (Parcel, error)
	// Urge registers a request and returns its reference, and by when the
	// carrier will answer.
	Urge(ctx context.Context, u Urge) (reference string, answer time.Duration, err error)
}

// Backends gives each bot its backend; fault.Unavailable when it has none.
type Backends func(bot string) (Backend, error)

// stalledAfter is how long a parcel under way may be without a trace.
const stalledAfter = 48 * time.Hour

// Register adds parcel.track and parcel.urge to a registry.
func Register(r *action.Registry, backends Backends) error {
	args := map[string]action.Arg{
		"number":  {Doc: "运单号", Required: true},
		"carrier": {Doc: "快递公司代码"},
		"tail":    {Doc: "收件人手机后四位"},
	}
	if err := r.Register(action.Spec{
		Name: "parcel.track", Doc: "查询一个包裹的物流", Args: args, Retries: 1,
		Run: func(ctx context.Context, c action.Call) (action.Result, error) {
			b, err := backends(c.Bot)
			if err != nil {
				return action.Result{}, err
			}
			p, err := b.Track(ctx, query(c))
			if err != nil {
				return action.Result{}, err
			}
			v := view(p, c.Now)
			return action.Result{Value: v, Facts: v.facts()}, nil
		},
	}); err != nil {
		return err
	}
	return r.Register(action.Spec{
		Name: "parcel.urge", Doc: "向快递公司登记催件", Args: args, Retries: 1,
		Run: func(ctx context.Context, c action.Call) (action.Result, error) {
			b, err := backends(c.Bot)
			if err != nil {
				return action.Result{}, err
			}
			reference, answer, err := b.Urge(ctx, Urge{Query: query(c), Key: c.ID})
			if err != nil {
				return action.Result{}, err
			}
			return action.Result{
				Value: map[string]any{"reference": reference, "hours": int(answer.Hours())},
				Facts: []dialog.Fact{{Name: "催件登记", Value: fmt.Sprintf("%s（%d 小时内答复）", reference, int(answer.Hours()))}},
			}, nil
		},
	})
}

func query(c action.Call) Query {
	return Query{
		Bot: c.Bot, Number: Fold(c.Args["number"]), Carrier: c.Args["carrier"], PhoneTail: c.Args["tail"], Customer: c.Customer,
	}
}

// Fold brings a tracking number to the form that backends compare: upper case,
// no blanks and hyphens.
func Fold(number string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u3000", "").Replace(number))
}

// View is a parcel as flows read it: the fields are the names in templates.
type View struct {
	Number      string `json:"number"`
	Carrier     string `json:"carrier"`
	CarrierName string `json:"carrier_name"`
	State       State  `json:"state"`
	StateName   string `json:"state_name"`
	Latest      string `json:"latest"`    // text of the newest trace, or empty
	LatestAt    string `json:"latest_at"` // 11月20日 14:30, or empty
	Place       string `json:"place"`
	IdleHours   int    `json:"idle_hours"` // since the newest trace
	Stalled     bool   `json:"stalled"`    // under way and no trace for 48 h
	Late        bool   `json:"late"`       // under way and past its ETA
	ETA         string `json:"eta"`
	LockerPlace string `json:"locker_place"`
	LockerCode  string `json:"locker_code"`
	SignedBy    string `json:"signed_by"`
	Courier     string `json:"courier"`
}

func view(p Parcel, now time.Time) View {
	v := View{
		Number: p.Number, Carrier: p.Carrier, CarrierName: CarrierName(p.Carrier), State: p.State, StateName: p.State.Name(),
		SignedBy: p.SignedBy, Courier: p.Courier,
	}
	underWay := p.State == Created || p.State == Collected || p.State == Transit || p.State == Delivering || p.State == Problem
	if len(p.Events) > 0 {
		e := p.Events[0]
		v.Latest, v.Place, v.LatestAt = e.Text, e.Place, stamp(e.At, now)
		v.IdleHours = max(0, int(now.Sub(e.At).Hours()))
		v.Stalled = underWay && now.Sub(e.At) > stalledAfter
	}
	if !p.ETA.IsZero() {
		v.ETA = p.ETA.In(now.Location()).Format("1月2日")
		v.Late = underWay && now.After(p.ETA)
	}
	if p.Locker != nil {
		v.LockerPlace, v.LockerCode = p.Locker.Place, p.Locker.Code
	}
	return v
}

// facts are the lines of a packet.
func (v View) facts() []dialog.Fact {
	facts := []dialog.Fact{{Name: "运单号", Value: v.CarrierName + " " + v.Number}, {Name: "物流状态", Value: v.StateName}}
	if v.Latest != "" {
		facts = append(facts, dialog.Fact{Name: "最新轨迹", Value: v.LatestAt + " " + v.Latest})
	}
	if v.Stalled {
		facts = append(facts, dialog.Fact{Name: "停滞", Value: fmt.Sprintf("%d 小时无更新", v.IdleHours)})
	}
	if v.ETA != "" {
		facts = append(facts, dialog.Fact{Name: "预计送达", Value: v.ETA})
	}
	if v.LockerPlace != "" {
		facts = append(facts, dialog.Fact{Name: "取件", Value: strings.TrimSpace(v.LockerPlace + " " + v.LockerCode)})
	}
	return facts
}

// stamp words a time for customers, in now's zone.
func stamp(t, now time.Time) string {
	t = t.In(now.Location())
	switch y, m, d := now.Date(); {
	case t.Year() == y && t.Month() == m && t.Day() == d:
		return "今天 " + t.Format("15:04")
	default:
		return t.Format("1月2日 15:04")
	}
}

// CheckNumber refuses what cannot be a tracking number: fault.Invalid.
func CheckNumber(number string) error {
	if n := len(number); n < 8 || n > 32 {
		return fault.New(fault.Invalid, "运单号一般有 8 到 32 位，请核对后重试。")
	}
	for _, r := range number {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return fault.New(fault.Invalid, "运单号只有字母和数字，请核对后重试。")
		}
	}
	return nil
}
