package main

import (
	"bytes"
	"context"
	"io"
	"path"

	"github.com/yingda/yingda/api"
	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/base"
	"github.com/yingda/yingda/kb/hybrid"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/vector"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
	"github.com/yingda/yingda/nlu/segment"
	"github.com/yingda/yingda/training-data/lexicon"
)

// Names within a fusion model's folder.
const (
	faqFusion   = "faq"
	adapterFile = "adapter.bin"
)

// knowledge is the knowledge base's service.
type knowledge struct {
	*base.Service
	// risks is what share of wrong answers the bots accept.
	risks *risks
	// help is what stands before a ticket.
	help *helpDesk
}

// openKnowledge opens the indexes and loads the bots' articles.
func (a *app) openKnowledge(ctx context.Context) error {
	model, err := a.language.fusion(a.cfg.KB)
	if err != nil {
		return err
	}
	stop, err := stopWords()
	if err != nil {
		return err
	}
	vectors, err := a.openVectors(ctx)
	if err != nil {
		return err
	}
	accepted := newRisks(a.store, a.bots.profile, a.clock, a.log)
	empty := func(vectors hybrid.Vectors) (*hybrid.Index, error) {
		return hybrid.New(model, hybrid.Options{
			Vectors: vectors, Encoder: a.language.encoder.ID(), Stop: stop, Simplify: segment.Simplify,
			Context: asker{u: a.language}, Extract: a.language.extract, Risk: accepted.share, Prior: &a.ranking,
		})
	}
	index, err := empty(vectors.Vectors)
	if err != nil {
		return err
	}
	helping := newHelpDesk(a.store, &a.ranking)
	service, err := base.New(base.Options{
		Follower: helping, Snapshots: vectors.snapshots, Reconciler: vectors.reconciler,
		Store: a.store, Index: index, Phraser: phraser{a.language}, Clock: a.clock, IDs: a.ids, Workers: workers(),
		Scratch: func() (*hybrid.Index, error) {
			return empty(vector.New(a.language.encoder.Dimension(), vector.Options{}))
		},
	})
	if err != nil {
		return err
	}
	reader := func(bot string) kb.Reader { return asker{a.language, bot} }
	if err := helping.attach(service, reader, vectors.Vectors); err != nil {
		return err
	}
	vectors.follow(service)
	accepted.index, accepted.base, accepted.reader = index, service, reader
	a.knowledge = &knowledge{service, accepted, helping}
	ids := make([]string, len(a.bots.list))
	for i, b := range a.bots.list {
		ids[i] = b.Bot
	}
	return service.Open(ctx, ids...)
}

// fusion loads the model that turns evidence into a probability, with the
// operator's thresholds over its own.
func (u *understanding) fusion(cfg config.KB) (hybrid.Model, error) {
	folder, err := u.source.Load(path.Join(models.FusionDir, faqFusion))
	if err != nil {
		return hybrid.Model{}, err
	}
	if err := folder.Manifest.Fits(u.encoder.Model(), u.encoder.Dimension()); err != nil {
		return hybrid.Model{}, err
	}
	params, err := folder.Read(models.ParametersFile)
	if err != nil {
		return hybrid.Model{}, err
	}
	var adapter []byte
	if folder.Manifest.Has(adapterFile) {
		if adapter, err = folder.Read(adapterFile); err != nil {
			return hybrid.Model{}, err
		}
	}
	m, err := hybrid.Decode(params, adapter)
	if err != nil {
		return m, fault.In(folder.Dir(), err)
	}
	// The model was fitted on the weights; folding options change the vectors'
	// id, and the operator who sets them accepts the small shift.
	m.Encoder = u.encoder.ID()
	if cfg.AnswerAt > 0 {
		m.Thresholds.Answer = cfg.AnswerAt
	}
	if cfg.SuggestAt > 0 {
		m.Thresholds.Suggest = cfg.SuggestAt
	}
	return m, m.Validate()
}

func stopWords() (map[string]struct{}, error) {
	return segment.StopWords(bytes.NewReader(lexicon.StopWords))
}

// phraser prepares wordings with the encoder and the segmenter.
type phraser struct{ u *understanding }

var _ kb.Phraser = phraser{}

// EncoderID implements kb.Phraser.
func (p phraser) EncoderID() string { return p.u.encoder.ID() }

// Phrase implements kb.Phraser.
func (p phraser) Phrase(ctx context.Context, text string) (kb.Phrase, error) {
	f, err := p.u.encoder.EncodeBatch(ctx, []string{text})
	if err != nil {
		return kb.Phrase{}, err
	}
	return kb.Phrase{Embedding: f[0].Embedding, Terms: p.Terms(text)}, nil
}

// Terms implements kb.Phraser.
func (p phraser) Terms(text string) []string { return nlu.Terms(p.u.segmenter.Segment(text)) }

// importFile imports one file; format is csv or jsonl.
func (k *knowledge) importFile(ctx context.Context, bot, format string, r io.Reader, dryRun bool) (base.Report, error) {
	return k.Service.Import(ctx, bot, importer.Format(format), r, dryRun)
}

// articleDoor is the knowledge base as the API speaks of it.
type articleDoor struct{ *knowledge }

func (k *knowledge) door() api.Articles { return articleDoor{k} }

// List implements api.Articles.
func (d articleDoor) List(ctx context.Context, bot string, f api.ArticleFilter) ([]kb.Article, string, error) {
	return d.Service.List(ctx, bot, base.Filter(f))
}

// Import implements api.Articles.
func (d articleDoor) Import(ctx context.Context, bot string, format importer.Format, file io.Reader, dryRun bool) (api.ImportReport, error) {
	r, err := d.Service.Import(ctx, bot, format, file, dryRun)
	return api.ImportReport(r), err
}
