// Package auth says who calls: by API key, by a user's session, or by a
// visitor's conversation token.
//
// Keys and session tokens carry 256 random bits and are stored as SHA-256;
// passwords are stored as argon2id. Conversation tokens are signed, not stored:
// they reach one conversation, until they expire.
package auth

import (
	"context"
	"slices"

	"github.com/yingda/yingda/internal/fault"
)

// Role says what a caller may do.
type Role string

// The roles. Keys have one of the first four; users are agents, trainers or admins.
const (
	Visitor Role = "visitor" // a publishable key: begins conversations, nothing else
	Agent   Role = "agent"
	Trainer Role = "trainer"
	Service Role = "service"
	Admin   Role = "admin"
)

// KeyRoles are the roles that an API key may have.
var KeyRoles = []Role{Visitor, Agent, Trainer, Service}

// UserRoles are the roles that a user may have.
var UserRoles = []Role{Agent, Trainer, Admin}

// Means is how a caller proved who it is.
type Means string

// The means.
const (
	ByKey     Means = "key"
	BySession Means = "session"
	ByToken   Means = "token" // a visitor's conversation token
)

// Caller is who makes a request.
type Caller struct {
	Means Means
	Role  Role
	// ID is the key's or the user's id; of a visitor, the visitor's.
	ID   string
	Name string // for people
	Bot  string
	// Conversation is the only one that a conversation token reaches.
	Conversation string
}

// May reports whether the caller has one of the roles; an admin has all but
// Visitor and Service, which are for machines. A conversation token has none.
func (c Caller) May(roles ...Role) bool {
	if c.Means == ByToken {
		return false
	}
	if slices.Contains(roles, c.Role) {
		return true
	}
	return c.Role == Admin && (slices.Contains(roles, Agent) || slices.Contains(roles, Trainer))
}

type contextKey struct{}

// With returns a context that carries the caller.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the caller that With put there; the zero Caller when there is none.
func From(ctx context.Context) Caller {
	c, _ := ctx.Value(contextKey{}).(Caller)
	return c
}

func unauthenticated() error {
	return fault.New(fault.Unauthenticated, "凭证无效或已过期，请重新登录或检查密钥。")
}
