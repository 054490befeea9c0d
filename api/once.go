package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// once runs fn for the first request under an idempotency key; repeats get the
// same answer. Without a key it just runs fn.
//
// fault.Invalid: the key was used for another request. fault.Conflict: the
// first request is still running. When fn fails, the key is free again.
func once[T any](ctx context.Context, s *Server, operation, key string, request any, fn func() (T, error)) (T, error) {
	var zero T
	if key == "" {
		return fn()
	}
	content, err := json.Marshal(request)
	if err != nil {
		return zero, fault.Wrap(err, fault.Internal, "a request cannot be digested")
	}
	sum := sha256.Sum256(content)
	caller := auth.From(ctx)
	attempt := store.Attempt{
		Bot: caller.Bot, Scope: operation + ":" + string(caller.Means) + ":" + caller.ID,
		Key: key, Digest: hex.EncodeToString(sum[:]),
	}
	recorded, replay, err := s.o.Directory.BeginAttempt(ctx, attempt)
	if fault.Is(err, fault.Invalid) {
		return zero, reusedKey()
	}
	if err != nil {
		return zero, err
	}
	if replay {
		var out T
		err := json.Unmarshal(recorded.Body, &out)
		return out, fault.Wrap(err, fault.Internal, "a recorded answer cannot be read")
	}
	return finish(ctx, s, attempt, fn)
}

// finish runs fn and records its answer under the attempt.
func finish[T any](ctx context.Context, s *Server, attempt store.Attempt, fn func() (T, error)) (T, error) {
	out, err := fn()
	// The outcome is recorded even when the client has gone.
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err != nil {
		if freed := s.o.Directory.AbandonAttempt(after, attempt); freed != nil {
			s.log.WarnContext(ctx, "cannot free an idempotency key", "error", freed)
		}
		return out, err
	}
	body, err := json.Marshal(out)
	if err == nil {
		err = s.o.Directory.FinishAttempt(after, attempt, store.Recorded{Status: http.StatusCreated, Body: body})
	}
	if err != nil { // done all the same: a repeat within a minute is refused as still running
		s.log.ErrorContext(ctx, "cannot record an answer under its idempotency key", "error", err)
	}
	return out, nil
}
