// Package compat answers in the shapes of other products, so that their
// clients work unchanged: Rasa's HTTP and REST channel, OpenAI's and Text
// Embeddings Inference's embeddings, KServe's health, Dify's external
// knowledge. Requests and errors are the originals'; what an original offers
// and this does not is said in an error, never passed over.
package compat

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// Failure is an error, already mapped to HTTP, that a product puts in its own shape.
type Failure struct {
	Status  int
	Code    fault.Code
	Message string
}

// Product is how one of the originals writes errors.
type Product struct {
	Name string
	// Body returns the JSON of an error and the status it goes with.
	Body func(f Failure) (status int, body any)
}

// Fail answers with an error in the product's shape.
func (p Product) Fail(w http.ResponseWriter, f Failure) {
	status, body := p.Body(f)
	Write(w, status, body)
}

// Write answers with JSON.
func Write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) //nolint:errcheck // the client is gone: nobody is left to tell
}

// Read decodes a JSON body in UTF-8. What is not one is fault.Invalid; a body
// over the limit is fault.TooLarge.
func Read(r *http.Request, into any) error {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "the body is over the limit of %d bytes", large.Limit)
	case err != nil:
		return fault.New(fault.Invalid, "the body did not arrive completely")
	case !utf8.Valid(body):
		return fault.New(fault.Invalid, "the body is not valid UTF-8")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fault.New(fault.Invalid, "the body is not the JSON that is expected here: %s", about(err))
	}
	return nil
}

// about says what is wrong with JSON without Go's type names.
func about(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		if kind.Field == "" {
			return "a " + kind.Value + " in an unexpected place"
		}
		return kind.Field + " must not be a " + kind.Value
	}
	var own *fault.Error
	if errors.As(err, &own) {
		return own.Message
	}
	return "malformed"
}

// Strings is a JSON string or a list of strings.
type Strings struct {
	List []string
	// Single is true for a lone string.
	Single bool
}

// UnmarshalJSON reads either form.
func (s *Strings) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*s = Strings{List: []string{one}, Single: true}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return fault.New(fault.Invalid, "expected a string or a list of strings")
	}
	*s = Strings{List: many}
	return nil
}
