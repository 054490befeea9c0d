package desk

import (
	"context"
	"time"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/nlu"
)

// Conversations is dialog.Manager, as the desk needs it.
type Conversations interface {
	State(ctx context.Context, bot, conversation string) (dialog.State, error)
	Events(ctx context.Context, bot, conversation string, after int64) ([]dialog.Event, error)
	Summaries(ctx context.Context, f dialog.Filter) ([]dialog.Summary, error)
	Do(ctx context.Context, bot, conversation string, fn func(dialog.State) ([]dialog.Draft, error)) (dialog.State, []dialog.Event, error)
}

var _ Conversations = (*dialog.Manager)(nil)

// Analyzer understands what the visitor is typing.
type Analyzer interface {
	Analyze(ctx context.Context, req nlu.Request) (nlu.Result, error)
}

// Retriever finds articles.
type Retriever interface {
	Search(ctx context.Context, q kb.Query) ([]kb.Hit, error)
}

// Articles reads articles by id. With it the candidates recorded with a
// message are enough, and the message is not encoded a second time.
type Articles interface {
	// Article returns one; fault.NotFound when the bot has none with this id.
	Article(ctx context.Context, bot, id string) (kb.Article, error)
}

// Orders knows what a customer bought.
type Orders interface {
	// Orders returns a customer's latest orders, newest first. A customer
	// without any has an empty list and no error.
	Orders(ctx context.Context, bot, customer string) ([]Order, error)
}

// Order is what an agent should see of an order. Fields that are not known are
// empty; texts are in Chinese, ready to be read to the customer.
type Order struct {
	Number   string    `json:"number"`
	Status   string    `json:"status"` // 待发货, 已发货, 已签收, 退款中 …
	Title    string    `json:"title,omitempty"`
	Amount   string    `json:"amount,omitempty"` // yuan as a decimal, "59.90"
	PlacedAt time.Time `json:"placed_at,omitzero"`
	// Open is true until the order is received, cancelled or refunded.
	Open           bool   `json:"open,omitempty"`
	Carrier        string `json:"carrier,omitempty"`
	TrackingNumber string `json:"tracking_number,omitempty"`
	// Parcel is the latest news of the parcel.
	Parcel string `json:"parcel,omitempty"`
}
