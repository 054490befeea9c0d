package compat

import (
	"context"
	"net/http"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/nlu"
)

// TEI is Hugging Face's Text Embeddings Inference
// (huggingface.github.io/text-embeddings-inference): /embed, /info, /health.
type TEI struct {
	Encoder   nlu.Encoder
	Version   string
	MaxTokens int
}

// TEIProduct writes TEI's errors.
var TEIProduct = Product{Name: "tei", Body: func(f Failure) (int, any) {
	status, kind := f.Status, "Validation"
	switch f.Code {
	case fault.Invalid:
		status = http.StatusUnprocessableEntity
	case fault.Busy, fault.RateLimited:
		status, kind = http.StatusTooManyRequests, "Overloaded"
	case fault.Unavailable, fault.Timeout, fault.Internal:
		status, kind = http.StatusFailedDependency, "Backend"
	case fault.Unauthenticated, fault.Forbidden:
		kind = "Unauthorized"
	}
	return status, map[string]string{"error": f.Message, "error_type": kind}
}}

// TEIRequest is what a client of /embed sends.
type TEIRequest struct {
	Inputs    Strings `json:"inputs"`
	Normalize *bool   `json:"normalize"` // true when missing
	Truncate  bool    `json:"truncate"`
}

// Embed answers POST /embed: one vector per input, normalised. As there, an
// input that is too long is an error unless truncate is set.
func (t TEI) Embed(ctx context.Context, r TEIRequest) ([][]float32, error) {
	if r.Normalize != nil && !*r.Normalize {
		return nil, fault.New(fault.Invalid, "normalize=false is not offered: the model's embeddings are normalised")
	}
	found, err := encode(ctx, t.Encoder, r.Inputs.List)
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(found))
	for i, f := range found {
		if f.Truncated && !r.Truncate {
			return nil, fault.New(fault.TooLarge, "`inputs` must have less than %d tokens; set truncate to cut them", t.MaxTokens+1)
		}
		vectors[i] = f.Embedding
	}
	return vectors, nil
}

// TEIInfo is the answer of GET /info.
type TEIInfo struct {
	ModelID             string         `json:"model_id"`
	ModelSHA            *string        `json:"model_sha"`
	ModelDtype          string         `json:"model_dtype"`
	ModelType           map[string]any `json:"model_type"`
	MaxConcurrent       int            `json:"max_concurrent_requests"`
	MaxInputLength      int            `json:"max_input_length"`
	MaxBatchTokens      int            `json:"max_batch_tokens"`
	MaxClientBatchSize  int            `json:"max_client_batch_size"`
	TokenizationWorkers int            `json:"tokenization_workers"`
	Version             string         `json:"version"`
	AutoTruncate        bool           `json:"auto_truncate"`
	MaxBatchRequests    *int           `json:"max_batch_requests"` // null: no bound
}

// Info answers GET /info.
func (t TEI) Info() TEIInfo {
	return TEIInfo{
		ModelID: t.Encoder.ID(), ModelDtype: "int8", ModelType: map[string]any{"embedding": map[string]string{"pooling": "cls"}},
		MaxConcurrent: 512, MaxInputLength: t.MaxTokens, MaxBatchTokens: t.MaxTokens, MaxClientBatchSize: maxInputs,
		TokenizationWorkers: 1, Version: t.Version,
	}
}
