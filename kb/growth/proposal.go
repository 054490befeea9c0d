package growth

import (
	"context"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/mining"
)

// State is what became of a proposal.
type State string

// The states.
const (
	Open     State = "open"
	Accepted State = "accepted" // as it was
	Edited   State = "edited"   // and then accepted
	Rejected State = "rejected"
)

// Proposal is a mining.Proposal that is kept.
type Proposal struct {
	ID    string `json:"id"`
	State State  `json:"state" enum:"open,accepted,edited,rejected"`
	mining.Proposal
	// Revised is true when a trainer changed it while it was open.
	Revised bool `json:"revised,omitempty"`
	// By is who decided, Note why; DecidedAt is zero while it is open.
	By        string    `json:"by,omitempty"`
	Note      string    `json:"note,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	// Became is the article that it became or changed, Published whether at
	// once or as a draft.
	Became    string    `json:"became,omitempty"`
	Published bool      `json:"published,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Version counts changes from 1.
	Version int `json:"version"`
}

// Filter selects proposals; zero fields do not restrict.
type Filter struct {
	Kind  mining.ProposalKind
	State State
	Limit int // 0 means 50; at most 500
	// Offset leaves out the best.
	Offset int
}

// Store keeps proposals and reports.
type Store interface {
	// Proposals returns proposals, the highest rank first.
	Proposals(ctx context.Context, bot string, f Filter) ([]Proposal, error)
	// Proposal returns one; fault.NotFound.
	Proposal(ctx context.Context, bot, id string) (Proposal, error)
	// PutProposals adds those of Version 0 and replaces the others, all or
	// none; one whose Version is not the stored one is fault.Conflict. It
	// returns them as stored.
	PutProposals(ctx context.Context, bot string, proposals []Proposal) ([]Proposal, error)
	// GrowthReport returns the report of a name and when it was made;
	// fault.NotFound.
	GrowthReport(ctx context.Context, bot, name string) ([]byte, time.Time, error)
	// PutGrowthReport replaces a report.
	PutGrowthReport(ctx context.Context, bot, name string, body []byte) error
}

func decided(p Proposal) error {
	if p.State == Open {
		return nil
	}
	return fault.New(fault.Conflict, "这条建议已经处理过了（%s，%s），请重新读取", p.State, p.By)
}
