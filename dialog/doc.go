// Package dialog holds conversations: append-only events, the state folded from
// them, and the Manager that decides what the bot says next.
//
// A conversation is handled by one goroutine at a time. The policy is a pure
// function of state, understanding and hits; actions run outside of it, and
// their results come back as events. Replaying the events of a conversation
// gives the same state, always.
package dialog
