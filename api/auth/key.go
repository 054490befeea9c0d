package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

const (
	keyPrefix     = "yd_"
	sessionPrefix = "yds_"
	tokenPrefix   = "ydt_"
)

// NewKey makes an API key "yd_<role>_<43 characters>". It is shown once: the
// store gets its Hash. A role that keys cannot have is fault.Invalid.
func NewKey(role Role) (string, error) {
	if !slices.Contains(KeyRoles, role) {
		return "", fault.New(fault.Invalid, "a key's role is visitor, agent, trainer or service, not %q", role)
	}
	return keyPrefix + string(role) + "_" + random(), nil
}

// NewSession makes a session token.
func NewSession() string { return sessionPrefix + random() }

// Hash is how a key or session token is stored and looked up: the hexadecimal
// SHA-256. With 256 random bits behind it nothing slower is needed.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func random() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Mask shortens a secret for logs: enough to tell two apart, nothing to use.
func Mask(secret string) string {
	for _, prefix := range []string{sessionPrefix, tokenPrefix} {
		if strings.HasPrefix(secret, prefix) {
			return prefix + "…"
		}
	}
	if rest, ok := strings.CutPrefix(secret, keyPrefix); ok {
		if role, _, ok := strings.Cut(rest, "_"); ok && slices.Contains(KeyRoles, Role(role)) {
			return keyPrefix + role + "_…"
		}
	}
	return "…"
}
