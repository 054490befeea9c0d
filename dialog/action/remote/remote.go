// Package remote is the HTTP client of actions that ask a shop's own system:
// URL templates, JSON of a stated shape, bounded answers, and no way into
// private networks unless the operator allows it.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/yingda/yingda/dialog/action"
	"github.com/yingda/yingda/internal/fault"
)

// Options configure a Client.
type Options struct {
	// Headers go with every request: Authorization and the like.
	Headers map[string]string
	// Timeout of one request; 0 means 3 s.
	Timeout time.Duration
	// AllowPrivate permits loopback, link-local and private addresses: for
	// systems inside the operator's own network.
	AllowPrivate bool
	// MaxBytes of an answer; 0 means 1 MiB.
	MaxBytes int64
}

// Client calls a shop's system. It is safe for concurrent use.
type Client struct {
	options Options
	http    *http.Client
}

// New returns a Client. Redirects are not followed: they would escape the
// configured address.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 20
	}
	dialer := &net.Dialer{Timeout: o.Timeout}
	if !o.AllowPrivate {
		dialer.Control = refusePrivate
	}
	return &Client{options: o, http: &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// shared are address blocks that netip does not count as private.
var shared = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
}

// refusePrivate runs after the name was resolved, for every address tried: a
// name that points inwards is refused like an address that does.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || slices.ContainsFunc(shared, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return errPrivate
	}
	return nil
}

var errPrivate = fault.New(fault.Forbidden, "the backend's address is private; set allow_private for systems in your own network")

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// CheckURL refuses a URL template that is not http or https, has placeholders
// beyond those allowed, or has them in its host.
func CheckURL(template string, allowed ...string) error {
	u, err := url.Parse(template)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fault.New(fault.Invalid, "%q is not an http or https address", template)
	}
	if strings.ContainsAny(u.Host, "{}") || u.User != nil {
		return fault.New(fault.Invalid, "%q has a placeholder or a password in its host; put credentials into headers", template)
	}
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(allowed, m[1]) {
			return fault.New(fault.Invalid, "%q has the unknown placeholder {%s}; known are %s", template, m[1], strings.Join(allowed, ", "))
		}
	}
	return nil
}

// Expand fills a URL template: values are escaped, so that they cannot leave
// their place in the path or the query.
func Expand(template string, values map[string]string) string {
	path, query, _ := strings.Cut(template, "?")
	fill := func(s string, escape func(string) string) string {
		return placeholder.ReplaceAllStringFunc(s, func(m string) string { return escape(values[m[1:len(m)-1]]) })
	}
	path = fill(path, url.PathEscape)
	if query == "" {
		return path
	}
	return path + "?" + fill(query, url.QueryEscape)
}

// problem is the JSON a backend may send with an error status.
type problem struct {
	// Verify is needed or wrong when the phone's tail decides.
	Verify  string `json:"verify"`
	Message string `json:"message"`
}

// Get asks for address and decodes the answer into v, whose unknown fields are
// refused. Status codes become faults: 404 NotFound, 400 and 422 Invalid, 403
// with {"verify":"needed"|"wrong"} *action.VerifyError, 409 Conflict, 429
// RateLimited, everything else Unavailable; no answer in time is Timeout.
func (c *Client) Get(ctx context.Context, address string, v any) error {
	return c.do(ctx, http.MethodGet, address, "", nil, v)
}

// Post sends body as JSON under an idempotency key, and reads like Get.
func (c *Client) Post(ctx context.Context, address, key string, body, v any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the request cannot be written")
	}
	return c.do(ctx, http.MethodPost, address, key, data, v)
}

func (c *Client) do(ctx context.Context, method, address, key string, body []byte, v any) error {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the backend's address is not usable")
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	for name, value := range c.options.Headers {
		req.Header.Set(name, value)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return connectionFault(err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up
	data, err := io.ReadAll(io.LimitReader(resp.Body, c.options.MaxBytes+1))
	if err != nil {
		return connectionFault(err)
	}
	if int64(len(data)) > c.options.MaxBytes {
		return fault.New(fault.TooLarge, "the backend's answer has more than %d bytes", c.options.MaxBytes)
	}
	if resp.StatusCode/100 != 2 {
		return statusFault(resp, data)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fault.Wrap(err, fault.Unavailable, "the backend's answer has not the documented shape")
	}
	return nil
}

func connectionFault(err error) error {
	var refused *fault.Error
	if errors.As(err, &refused) {
		return refused
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return fault.Wrap(err, fault.Timeout, "the backend did not answer in time")
	}
	return fault.Wrap(err, fault.Unavailable, "the backend cannot be reached")
}

func statusFault(resp *http.Response, data []byte) error {
	var p problem
	_ = json.Unmarshal(data, &p) // an error page need not be JSON
	if resp.StatusCode == http.StatusForbidden && (p.Verify == "needed" || p.Verify == "wrong") {
		return &action.VerifyError{Wrong: p.Verify == "wrong"}
	}
	e := fault.New(fault.Unavailable, "the backend answered with status %d", resp.StatusCode)
	switch resp.StatusCode {
	case http.StatusNotFound:
		e.Code = fault.NotFound
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		e.Code = fault.Invalid
	case http.StatusConflict:
		e.Code = fault.Conflict
	case http.StatusTooManyRequests:
		e.Code = fault.RateLimited
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			e.RetryAfter = time.Duration(seconds) * time.Second
		}
	}
	return e
}
