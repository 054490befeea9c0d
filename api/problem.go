package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yingda/yingda/internal/fault"
)

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type   string       `json:"type" doc:"always about:blank: code tells the kinds apart"`
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail" doc:"for people, in the language of Accept-Language (Chinese by default)"`
	Code   fault.Code   `json:"code" doc:"for programs" enum:"invalid,unauthenticated,forbidden,not_found,conflict,too_large,rate_limited,busy,unavailable,timeout,unsupported,internal"`
	Errors []FieldError `json:"errors,omitempty" doc:"the fields at fault"`
	// ID is what the log knows an internal error by.
	ID string `json:"id,omitempty"`

	headers http.Header
}

// FieldError says what is wrong with one field.
type FieldError struct {
	Location string `json:"location" doc:"e.g. body.messages[3].text"`
	Message  string `json:"message"`
}

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns Retry-After and WWW-Authenticate where they apply.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType makes JSON problem+json.
func (p *Problem) ContentType(ct string) string {
	if ct == "application/json" {
		return "application/problem+json"
	}
	return ct
}

// statuses map codes to HTTP: the only place that does.
var statuses = map[fault.Code]int{
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.RateLimited:     http.StatusTooManyRequests,
	fault.Busy:            http.StatusServiceUnavailable,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Timeout:         http.StatusGatewayTimeout,
	fault.Unsupported:     http.StatusNotImplemented,
	fault.Internal:        http.StatusInternalServerError,
}

// codes map back the statuses that huma chooses.
var codes = map[int]fault.Code{
	http.StatusBadRequest:            fault.Invalid,
	http.StatusRequestTimeout:        fault.Timeout,
	http.StatusNotAcceptable:         fault.Unsupported,
	http.StatusUnsupportedMediaType:  fault.Unsupported,
	http.StatusRequestEntityTooLarge: fault.TooLarge,
	http.StatusUnprocessableEntity:   fault.Invalid,
	http.StatusPreconditionFailed:    fault.Conflict,
	http.StatusMethodNotAllowed:      fault.Unsupported,
	http.StatusNotFound:              fault.NotFound,
}

// as gives an error another status than its code's.
type as struct {
	status int
	error
}

func (e as) Unwrap() error { return e.error }

// problem turns any error into what the client may see. Causes, and all of
// what has no code, go to the log under the request's id.
func problem(ctx context.Context, log *slog.Logger, err error) *Problem {
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	l := langOf(ctx)
	var f *fault.Error
	if !errors.As(err, &f) || f.Code == fault.Internal || statuses[f.Code] == 0 {
		id := requestID(ctx)
		log.ErrorContext(ctx, "internal error", "id", id, "error", err)
		p := newProblem(l, http.StatusInternalServerError, fault.Internal, "")
		p.ID = id
		return p
	}
	if f.Err != nil && (f.Code == fault.Unavailable || f.Code == fault.Timeout || f.Code == fault.Busy) {
		log.WarnContext(ctx, "request failed", "id", requestID(ctx), "code", f.Code, "error", err)
	}
	status := statuses[f.Code]
	var with as
	if errors.As(err, &with) {
		status = with.status
	}
	p := newProblem(l, status, f.Code, f.Message)
	if f.Field != "" {
		p.Errors = []FieldError{{Location: f.Field, Message: p.Detail}}
	}
	p.retryAfter(f)
	return p
}

func newProblem(l lang, status int, code fault.Code, message string) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail(l, code, message), headers: http.Header{}}
	if status == http.StatusUnauthorized {
		p.headers.Set("WWW-Authenticate", `Bearer realm="yingda"`)
	}
	return p
}

// retryAfter tells the client when to try again, in whole seconds.
func (p *Problem) retryAfter(f *fault.Error) {
	wait := f.RetryAfter
	if wait <= 0 && (f.Code == fault.Busy || f.Code == fault.RateLimited) {
		wait = time.Second
	}
	if wait > 0 {
		p.headers.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	}
}

// write answers with the problem outside of huma's operations.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errcheck // the client is gone: nobody is left to tell
}

// errUTF8 is what a body that is not UTF-8 fails with.
var errUTF8 = errors.New("the body is not valid UTF-8")

func init() {
	// huma's hooks are package variables. What it finds wrong with a request
	// becomes a Problem too; bodies are never echoed.
	huma.NewError = func(status int, _ string, _ ...error) huma.StatusError {
		return newProblem(chinese, status, codeOfStatus(status), "")
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		l := chinese
		if ctx != nil {
			l = langOf(ctx.Context())
		}
		return refused(l, status, message, errs)
	}
}

func codeOfStatus(status int) fault.Code {
	if code, ok := codes[status]; ok {
		return code
	}
	if status >= 500 {
		return fault.Internal
	}
	return fault.Invalid
}

// refused is a request that failed huma's checks.
func refused(l lang, status int, message string, errs []error) *Problem {
	for _, err := range errs {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return newProblem(l, http.StatusRequestEntityTooLarge, fault.TooLarge, tooLarge(large.Limit).in(l))
		}
	}
	switch {
	case status == http.StatusInternalServerError:
		// huma could not read the body: the connection broke.
		return newProblem(l, http.StatusBadRequest, fault.Invalid, words{"请求正文没有完整收到，请重试。", "The body did not arrive completely: retry."}.in(l))
	case status == http.StatusBadRequest && message == "request body is required":
		return newProblem(l, status, fault.Invalid, words{"缺少请求正文。", "The request needs a body."}.in(l))
	}
	p := newProblem(l, status, codeOfStatus(status), "")
	for _, err := range errs {
		p.Errors = append(p.Errors, fieldError(l, status, err))
	}
	switch status {
	case http.StatusBadRequest:
		p.Detail = words{"请求正文不是有效的 JSON（UTF-8）。", "The body is not valid JSON in UTF-8."}.in(l)
	case http.StatusUnprocessableEntity:
		p.Detail = words{"请求内容有误，请检查 errors 中列出的字段。", "The request is not valid: see errors for the fields."}.in(l)
	case http.StatusUnsupportedMediaType:
		p.Detail = words{"请求正文需要 Content-Type: application/json。", "The body needs Content-Type: application/json."}.in(l)
	}
	return p
}

func fieldError(l lang, status int, err error) FieldError {
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return FieldError{Message: fieldMessage(l, err.Error())}
	}
	message := fieldMessage(l, d.Message)
	if status == http.StatusBadRequest && d.Message == errUTF8.Error() {
		message = words{"不是有效的 UTF-8。", d.Message}.in(l)
	}
	return FieldError{Location: d.Location, Message: message}
}

func tooLarge(limit int64) words {
	size := strconv.FormatInt(limit, 10)
	return words{"请求正文超过上限（" + size + " 字节）。", "The body is over the limit of " + size + " bytes."}
}
