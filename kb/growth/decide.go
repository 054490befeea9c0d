package growth

import (
	"context"
	"slices"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/mining"
)

// Decision is what a trainer makes of a proposal.
type Decision struct {
	By, Note string
	// Publish makes it an article at once instead of a draft.
	Publish bool
	// Edit, where set, is what the trainer wrote in place of what was proposed.
	Edit *Edit
}

// Edit replaces what was proposed; empty fields stay as proposed.
type Edit struct {
	Question string
	// Similar, where not nil, replaces the other wordings.
	Similar  []string
	Answer   string
	Category string
}

// Accept makes the proposal a draft or, where the decision says so, an article:
// a new article, more wordings of one, or another answer of one. A proposal
// that was decided before is fault.Conflict, an article that is gone
// fault.NotFound, one that kb.Article.Check refuses fault.Invalid.
func (s *Service) Accept(ctx context.Context, bot, id string, d Decision) (Proposal, error) {
	p, err := s.o.Store.Proposal(ctx, bot, id)
	if err == nil {
		err = decided(p)
	}
	if err != nil {
		return Proposal{}, err
	}
	p.State = Accepted
	if d.Edit != nil {
		p.State = Edited
		p.apply(*d.Edit)
	}
	article, err := s.article(ctx, bot, p, d.Edit)
	if err != nil {
		return Proposal{}, err
	}
	// The decision is stored first, under the proposal's version: of two
	// trainers one goes on. When saving then fails, it is open again.
	p.By, p.Note, p.DecidedAt, p.Became, p.Published = d.By, d.Note, s.o.Clock.Now().UTC(), article.ID, d.Publish
	claimed, err := s.put(ctx, bot, p)
	if err != nil {
		return Proposal{}, err
	}
	if d.Publish {
		_, _, err = s.o.Base.Change(ctx, bot, kb.Change{Author: d.By, Note: "来自对话的建议 " + p.ID, Put: []kb.Article{article}})
	} else {
		_, err = s.o.Base.SaveDraft(ctx, bot, kb.Draft{Article: article, Author: d.By})
	}
	if err == nil {
		return claimed, nil
	}
	open := claimed
	open.State, open.By, open.Note, open.Became, open.Published, open.DecidedAt = Open, "", "", "", false, time.Time{}
	if _, again := s.put(context.WithoutCancel(ctx), bot, open); again != nil {
		s.o.Logger.Error("a proposal could not be opened again", "proposal", id, "error", again)
	}
	return Proposal{}, err
}

// Edit changes an open proposal and leaves it open; the same faults as Accept.
func (s *Service) Edit(ctx context.Context, bot, id string, e Edit) (Proposal, error) {
	p, err := s.o.Store.Proposal(ctx, bot, id)
	if err == nil {
		err = decided(p)
	}
	if err != nil {
		return Proposal{}, err
	}
	p.apply(e)
	p.Revised = true
	return s.put(ctx, bot, p)
}

// Reject remembers that a proposal is not wanted; one decided before is
// fault.Conflict.
func (s *Service) Reject(ctx context.Context, bot, id string, d Decision) (Proposal, error) {
	p, err := s.o.Store.Proposal(ctx, bot, id)
	if err == nil {
		err = decided(p)
	}
	if err != nil {
		return Proposal{}, err
	}
	p.State, p.By, p.Note, p.DecidedAt = Rejected, d.By, d.Note, s.o.Clock.Now().UTC()
	return s.put(ctx, bot, p)
}

func (s *Service) put(ctx context.Context, bot string, p Proposal) (Proposal, error) {
	stored, err := s.o.Store.PutProposals(ctx, bot, []Proposal{p})
	if err != nil {
		return Proposal{}, err
	}
	if len(stored) != 1 {
		return Proposal{}, fault.New(fault.Internal, "one proposal was stored as %d", len(stored))
	}
	return stored[0], nil
}

func (p *Proposal) apply(e Edit) {
	if e.Question != "" {
		p.Question = e.Question
	}
	if e.Similar != nil {
		p.Similar = e.Similar
	}
	if e.Answer != "" {
		p.Answer = e.Answer
	}
}

// article is what the base would hold after the proposal.
func (s *Service) article(ctx context.Context, bot string, p Proposal, e *Edit) (kb.Article, error) {
	a := kb.Article{ID: s.o.IDs.New("art"), Bot: bot, Question: p.Question, Similar: p.Similar, Answer: p.Answer}
	if p.Kind != mining.NewArticle {
		old, err := s.o.Base.Get(ctx, bot, p.Article)
		if err != nil {
			return kb.Article{}, err
		}
		a = old
		wordings := append([]string{p.Question}, p.Similar...)
		if p.Kind == mining.Contradicts {
			a.Answer = p.Answer
			wordings = nil
		}
		known := map[string]bool{}
		for _, w := range old.Phrasings() {
			known[w] = true
		}
		a.Similar = slices.Clone(old.Similar)
		for _, w := range wordings {
			if !known[w] && len(a.Similar) < kb.MaxSimilar {
				known[w] = true
				a.Similar = append(a.Similar, w)
			}
		}
	}
	if e != nil && e.Category != "" {
		a.Category = e.Category
	}
	a = a.Clean()
	return a, a.Check()
}
