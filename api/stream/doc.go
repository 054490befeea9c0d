// Package stream brings what happens in conversations to browsers: server-sent
// events for visitors, a WebSocket for the desk.
//
// A stream goes by the store's sequence numbers. The bus only says that
// something is new: what it skipped, repeated or brought out of order is read
// from the store, so that a reader gets every event once and in order,
// whatever it resumes from.
package stream
