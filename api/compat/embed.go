package compat

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"

	"golang.org/x/sync/errgroup"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

const (
	maxInputs = 256 // texts of one request
	inFlight  = 8   // texts of one request being encoded at once
)

// encode encodes texts in order. An empty list is fault.Invalid, a long one
// fault.TooLarge; the fault of a text names it.
func encode(ctx context.Context, e nlu.Encoder, texts []string) ([]nlu.Features, error) {
	switch {
	case len(texts) == 0:
		return nil, fault.New(fault.Invalid, "the input is empty")
	case len(texts) > maxInputs:
		return nil, fault.New(fault.TooLarge, "batch size %d is over the limit of %d", len(texts), maxInputs)
	}
	found := make([]nlu.Features, len(texts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for i, text := range texts {
		group.Go(func() (err error) {
			found[i], err = e.Encode(ctx, text)
			return err
		})
	}
	return found, group.Wait()
}

// OpenAI is the Embeddings API of OpenAI (platform.openai.com/docs/api-reference/embeddings).
type OpenAI struct {
	Encoder nlu.Encoder
}

// OpenAIProduct writes OpenAI's errors.
var OpenAIProduct = Product{Name: "openai", Body: func(f Failure) (int, any) {
	kind := "invalid_request_error"
	switch {
	case f.Status == 401:
		kind = "authentication_error"
	case f.Status == 429:
		kind = "rate_limit_error"
	case f.Status >= 500:
		kind = "server_error"
	}
	return f.Status, map[string]any{"error": map[string]any{"message": f.Message, "type": kind, "param": nil, "code": f.Code}}
}}

// OpenAIRequest is what a client sends. Other fields are ignored, as there.
type OpenAIRequest struct {
	Input          Strings `json:"input"`
	Model          string  `json:"model"`
	EncodingFormat string  `json:"encoding_format"` // float (the default) or base64
	Dimensions     int     `json:"dimensions"`
}

// OpenAIResponse is what it gets.
type OpenAIResponse struct {
	Object string            `json:"object"` // list
	Data   []OpenAIEmbedding `json:"data"`
	Model  string            `json:"model"`
	Usage  OpenAIUsage       `json:"usage"`
}

// OpenAIEmbedding is one vector: numbers, or base64 of float32, little endian.
type OpenAIEmbedding struct {
	Object    string `json:"object"` // embedding
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"`
}

// OpenAIUsage counts tokens.
type OpenAIUsage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// Embeddings answers POST /v1/embeddings.
func (o OpenAI) Embeddings(ctx context.Context, r OpenAIRequest) (OpenAIResponse, error) {
	if r.Dimensions != 0 && r.Dimensions != o.Encoder.Dimension() {
		return OpenAIResponse{}, fault.New(fault.Invalid, "this model's embeddings have %d dimensions; others are not offered", o.Encoder.Dimension())
	}
	var form func([]float32) any
	switch r.EncodingFormat {
	case "", "float":
		form = func(v []float32) any { return v }
	case "base64":
		form = func(v []float32) any { return packed(v) }
	default:
		return OpenAIResponse{}, fault.New(fault.Invalid, "encoding_format must be float or base64")
	}
	found, err := encode(ctx, o.Encoder, r.Input.List)
	if err != nil {
		return OpenAIResponse{}, err
	}
	out := OpenAIResponse{Object: "list", Model: o.Encoder.ID(), Data: make([]OpenAIEmbedding, len(found))}
	for i, f := range found {
		out.Data[i] = OpenAIEmbedding{Object: "embedding", Index: i, Embedding: form(f.Embedding)}
		out.Usage.PromptTokens += f.Tokens
	}
	out.Usage.TotalTokens = out.Usage.PromptTokens
	return out, nil
}

func packed(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}
