package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const (
	maxNLUText  = 2000  // code points of a text to understand
	maxExpect   = 128   // code points of the name of an intent or slot
	maxCutText  = 10000 // code points of a text to segment
	maxParallel = 8     // texts of a batch being understood at once
)

func (s *Server) nluRoutes() {
	tags := []string{"NLU"}
	handle(s, huma.Operation{
		OperationID: "parse", Method: http.MethodPost, Path: "/v1/nlu/parse", Tags: tags,
		Summary:     "理解一条消息：意图、情感、实体",
		Description: "Scores are calibrated probabilities. text has at most 2000 code points; offsets count code points.",
	}, toNLU, s.parse)
	handle(s, huma.Operation{
		OperationID: "parse-batch", Method: http.MethodPost, Path: "/v1/nlu/parse/batch", Tags: tags,
		Summary: "理解一批消息（最多 64 条）", Description: "A message that fails has an error in its place; the others are not affected.",
	}, toNLU, s.parseBatch)
	handle(s, huma.Operation{
		OperationID: "segment", Method: http.MethodPost, Path: "/v1/nlu/segment", Tags: tags,
		Summary: "分词（最多 64 条）",
	}, toNLU, s.segment)
}

// ParseRequest is a message to understand.
type ParseRequest struct {
	ID   string `json:"id,omitempty" maxLength:"128" doc:"returned as it is"`
	Text string `json:"text"`
	Prev string `json:"prev,omitempty" doc:"the turn before it, read where the text alone cannot tell"`
	// Expect has at most 16 words, as the dialog's own have.
	Expect []string `json:"expect,omitempty" maxItems:"16" doc:"what the dialog waits for: intents, or the name of a slot"`
}

// ParseResult is what a message means.
type ParseResult struct {
	ID        string        `json:"id,omitempty"`
	Text      string        `json:"text"`
	Intent    nlu.Intent    `json:"intent"`
	Intents   []nlu.Intent  `json:"intents" nullable:"false" doc:"best first"`
	Sentiment nlu.Sentiment `json:"sentiment"`
	Entities  []nlu.Entity  `json:"entities" nullable:"false"`
	Scope     *nlu.Scope    `json:"scope,omitempty" doc:"whether it is for a shop's desk at all; out of it the intent is out_of_scope"`
	Segments  []nlu.Segment `json:"segments,omitempty" nullable:"false" doc:"the parts of a message that asks for several things"`
	Emotion   *nlu.Emotion  `json:"emotion,omitempty"`
}

type parseInput struct{ Body ParseRequest }

type parseOutput struct{ Body ParseResult }

func (s *Server) parse(ctx context.Context, in *parseInput) (*parseOutput, error) {
	result, err := s.understand(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return &parseOutput{Body: result}, nil
}

func (s *Server) understand(ctx context.Context, r ParseRequest) (ParseResult, error) {
	if err := checkText("text", r.Text, maxNLUText); err != nil {
		return ParseResult{}, err
	}
	if r.Prev != "" {
		if err := checkText("prev", r.Prev, maxNLUText); err != nil {
			return ParseResult{}, err
		}
	}
	for i, e := range r.Expect {
		if err := checkText(fmt.Sprintf("expect[%d]", i), e, maxExpect); err != nil {
			return ParseResult{}, err
		}
	}
	got, err := s.o.Language.Analyzer.Analyze(ctx, nlu.Request{
		Text: r.Text, Prev: r.Prev, Expect: r.Expect, Bot: auth.From(ctx).Bot, Now: s.o.Clock.Now(),
	})
	if err != nil {
		return ParseResult{}, err
	}
	return ParseResult{
		ID: r.ID, Text: r.Text, Intent: got.Intent, Intents: list(got.Intents), Sentiment: got.Sentiment, Entities: list(got.Entities),
		Scope: got.Scope, Segments: got.Segments, Emotion: got.Emotion,
	}, nil
}

type parseBatchInput struct {
	Body struct {
		Messages []ParseRequest `json:"messages" minItems:"1" maxItems:"64" nullable:"false"`
	}
}

// BatchResult is a ParseResult, or the error of its message.
type BatchResult struct {
	ID string `json:"id,omitempty"`
	*ParseResult
	Error *BatchError `json:"error,omitempty"`
}

// TransformSchema describes that a failed message has neither text nor meaning.
func (BatchResult) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Required = nil
	return s
}

// BatchError says why a message of a batch was not understood.
type BatchError struct {
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

type parseBatchOutput struct {
	Body struct {
		Results []BatchResult `json:"results" nullable:"false" doc:"one per message, in their order"`
	}
}

func (s *Server) parseBatch(ctx context.Context, in *parseBatchInput) (*parseBatchOutput, error) {
	out := new(parseBatchOutput)
	out.Body.Results = make([]BatchResult, len(in.Body.Messages))
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for i, message := range in.Body.Messages {
		group.Go(func() error {
			out.Body.Results[i] = s.batchResult(ctx, message)
			return nil
		})
	}
	return out, group.Wait()
}

func (s *Server) batchResult(ctx context.Context, message ParseRequest) BatchResult {
	result, err := s.understand(ctx, message)
	if err != nil {
		p := problem(ctx, s.log, err)
		return BatchResult{ID: message.ID, Error: &BatchError{Code: p.Code, Detail: p.Detail}}
	}
	return BatchResult{ID: message.ID, ParseResult: &result}
}

type segmentInput struct {
	Body struct {
		Texts []string `json:"texts" minItems:"1" maxItems:"64" nullable:"false"`
	}
}

// Segmented is a text and its words.
type Segmented struct {
	Text   string `json:"text"`
	Tokens []Word `json:"tokens" nullable:"false"`
}

// Word is one word; offsets count code points.
type Word struct {
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Pos   string `json:"pos,omitempty" doc:"part of speech of the dictionary"`
}

type segmentOutput struct {
	Body struct {
		Results []Segmented `json:"results" nullable:"false"`
	}
}

func (s *Server) segment(_ context.Context, in *segmentInput) (*segmentOutput, error) {
	out := new(segmentOutput)
	out.Body.Results = make([]Segmented, len(in.Body.Texts))
	for i, text := range in.Body.Texts {
		if err := checkText(fmt.Sprintf("texts[%d]", i), text, maxCutText); err != nil {
			return nil, err
		}
		tokens := s.o.Language.Segmenter.Segment(text)
		words := make([]Word, len(tokens))
		for j, t := range tokens {
			words[j] = Word{Text: t.Text, Start: t.Start, End: t.End, Pos: t.Pos}
		}
		out.Body.Results[i] = Segmented{Text: text, Tokens: words}
	}
	return out, nil
}
