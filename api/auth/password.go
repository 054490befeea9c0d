package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/yingda/yingda/internal/fault"
)

// The cost of a password, as OWASP's password storage cheat sheet sets it for
// argon2id: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonSalt   = 16
	argonKey    = 32
)

// Bounds of a password in code points.
const (
	minPassword = 8
	maxPassword = 128
)

// hashing bounds the passwords being hashed at once, and with them the memory.
var hashing = make(chan struct{}, 4)

// HashPassword returns password's argon2id hash in PHC format
// ($argon2id$v=19$m=…,t=…,p=…$salt$hash). A password under 8 or over 128
// characters, or not UTF-8, is fault.Invalid.
func HashPassword(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return "", fault.In("password", fault.New(fault.Invalid, "密码需要 %d 到 %d 个字符。", minPassword, maxPassword))
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) //nolint:errcheck // crypto/rand.Read never returns an error: it ends the program
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonLanes, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// VerifyPassword reports whether password has this hash, in constant time. A
// hash it cannot read is fault.Internal; too many at once is fault.Busy.
func VerifyPassword(ctx context.Context, hash, password string) (bool, error) {
	h, err := readHash(hash)
	if err != nil {
		return false, fault.Wrap(err, fault.Internal, "a stored password hash cannot be read; set the password again")
	}
	if len(password) > 4*maxPassword {
		return false, nil
	}
	timeout := time.NewTimer(2 * time.Second)
	defer timeout.Stop()
	select {
	case hashing <- struct{}{}:
		defer func() { <-hashing }()
	case <-timeout.C:
		return false, &fault.Error{Code: fault.Busy, Message: "登录的人太多，请稍后再试。", RetryAfter: 2 * time.Second}
	case <-ctx.Done():
		return false, fault.Wrap(ctx.Err(), fault.Timeout, "登录超时，请重试。")
	}
	key := argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1, nil
}

type argonHash struct {
	memory, time uint32
	lanes        uint8
	salt, key    []byte
}

var errHash = errors.New("not an argon2id hash")

// readHash reads the PHC format; costs beyond what this program could have
// written by far are refused, so that a stored hash cannot stop it.
func readHash(s string) (argonHash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return argonHash{}, errHash
	}
	var h argonHash
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.lanes); n != 3 || err != nil {
		return argonHash{}, errHash
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return argonHash{}, errHash
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return argonHash{}, errHash
	}
	if h.memory < 8 || h.memory > 1<<20 || h.time < 1 || h.time > 32 || h.lanes < 1 || h.lanes > 16 || len(h.key) < 16 || len(h.key) > 64 || len(h.salt) < 8 {
		return argonHash{}, errHash
	}
	return h, nil
}
