package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// maxToken bounds what Verify looks at, in bytes.
const maxToken = 1024

// Grant is what a conversation token says.
type Grant struct {
	Bot          string
	Conversation string
	Visitor      string
	ExpiresAt    time.Time // to the second
}

type wireGrant struct {
	Bot          string `json:"b"`
	Conversation string `json:"c"`
	Visitor      string `json:"v"`
	Expires      int64  `json:"e"`
}

// Signer makes and checks conversation tokens:
// "ydt_" base64url(JSON) "." base64url(HMAC-SHA256 of what stands before the dot).
// Equal grants have equal tokens.
type Signer struct {
	secret []byte
}

// NewSigner takes the secret that all processes of an installation share; one
// under 16 bytes is fault.Invalid.
func NewSigner(secret []byte) (*Signer, error) {
	if len(secret) < 16 {
		return nil, fault.New(fault.Invalid, "the secret of the tokens has %d bytes, at least 16 are needed", len(secret))
	}
	return &Signer{secret: append([]byte(nil), secret...)}, nil
}

// Sign returns the grant's token.
func (s *Signer) Sign(g Grant) (string, error) {
	payload, err := json.Marshal(wireGrant{g.Bot, g.Conversation, g.Visitor, g.ExpiresAt.Unix()})
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "the token cannot be written")
	}
	signed := tokenPrefix + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac(signed)), nil
}

// Verify returns what a token grants. One that is not ours, was altered, or
// has expired at now is fault.Unauthenticated.
func (s *Signer) Verify(token string, now time.Time) (Grant, error) {
	signed, mac, ok := strings.Cut(token, ".")
	if !ok || len(token) > maxToken || !strings.HasPrefix(signed, tokenPrefix) {
		return Grant{}, unauthenticated()
	}
	given, err := base64.RawURLEncoding.Strict().DecodeString(mac)
	if err != nil || !hmac.Equal(given, s.mac(signed)) {
		return Grant{}, unauthenticated()
	}
	payload, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(signed, tokenPrefix))
	if err != nil {
		return Grant{}, unauthenticated()
	}
	var w wireGrant
	if err := json.Unmarshal(payload, &w); err != nil {
		return Grant{}, unauthenticated()
	}
	g := Grant{Bot: w.Bot, Conversation: w.Conversation, Visitor: w.Visitor, ExpiresAt: time.Unix(w.Expires, 0)}
	if !now.Before(g.ExpiresAt) {
		return Grant{}, unauthenticated()
	}
	return g, nil
}

func (s *Signer) mac(signed string) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte(signed))
	return h.Sum(nil)
}

// SignCustomer is how a shop vouches for its signed-in customer: the
// hexadecimal HMAC-SHA256 of the customer's id under the bot's customer secret.
func SignCustomer(secret []byte, customer string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(customer))
	return hex.EncodeToString(h.Sum(nil))
}

// VerifyCustomer reports whether signature is SignCustomer's, in constant time.
// Hexadecimal digits may be in either case.
func VerifyCustomer(secret []byte, customer, signature string) bool {
	given, err := hex.DecodeString(signature)
	if err != nil || len(given) != sha256.Size {
		return false
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(customer))
	return hmac.Equal(given, h.Sum(nil))
}
