package auth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// Cookie is the name of the cookie that holds a session token.
const Cookie = "yingda_session"

// Credential returns what a request brings: the Authorization header, else the
// session cookie. query additionally allows ?token=, for EventSource and
// WebSocket, which cannot set headers; it comes before the cookie.
func Credential(r *http.Request, query bool) (credential string, cookie bool) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		return strings.TrimSpace(rest), false
	}
	if query {
		if token := r.URL.Query().Get("token"); token != "" {
			return token, false
		}
	}
	if c, err := r.Cookie(Cookie); err == nil && c.Value != "" {
		return c.Value, true
	}
	return "", false
}

// CheckOrigin refuses requests that a foreign page made a browser send: the
// Origin must be the host that was asked, or an allowed one ("https://shop.example").
// A request without Origin passes unless required: only browsers send it.
// fault.Forbidden otherwise.
func CheckOrigin(r *http.Request, allowed []string, required bool) error {
	origin := r.Header.Get("Origin")
	if origin == "" && !required {
		return nil
	}
	if SameOrigin(r) || slices.Contains(allowed, origin) {
		return nil
	}
	return fault.New(fault.Forbidden, "请求来自其他网站（Origin），已拒绝。")
}

// SameOrigin reports whether the request's Origin is the host it asked for.
func SameOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
