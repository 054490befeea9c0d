package growth

import (
	"context"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/mining"
	"github.com/yingda/yingda/kb/vector"
)

func dimension(found []mining.Proposal) int {
	if len(found) == 0 {
		return 0
	}
	return len(found[0].Embedding)
}

func vectorOf(id string, v []float32) []kb.Vector {
	return []kb.Vector{{Key: id, Owner: id, Embedding: v}}
}

// merge sorts what was found into what is stored and returns what to store.
func (s *Service) merge(ctx context.Context, index *vector.Index, stored map[string]Proposal, found []mining.Proposal, same float64) (put []Proposal, added, renewed, known int, err error) {
	for _, f := range found {
		hits, err := index.Search(ctx, "", f.Embedding, 1)
		if err != nil {
			return nil, 0, 0, 0, err
		}
		if len(hits) > 0 && hits[0].Cosine >= same {
			old := stored[hits[0].Key]
			switch {
			case old.State == Open:
				delete(stored, old.ID) // another group of this run is another proposal
				if err := index.Delete(ctx, "", []string{old.ID}); err != nil {
					return nil, 0, 0, 0, err
				}
				if old.Revised { // what a trainer wrote stays
					f.Question, f.Similar, f.Answer = old.Question, old.Similar, old.Answer
				}
				old.Proposal = f
				put = append(put, old)
				renewed++
				continue
			case old.State != Rejected || f.Evidence.Count < 2*old.Evidence.Count:
				known++
				continue
			}
		}
		put = append(put, Proposal{ID: s.o.IDs.New("prop"), State: Open, Proposal: f})
		added++
	}
	return put, added, renewed, known, nil
}
