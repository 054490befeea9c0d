package api

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// limitedCallers bounds the callers that a limiter remembers. One that was
// pushed out begins anew with a full burst.
const limitedCallers = 16384

// limiter bounds how often each caller does something.
type limiter struct {
	clock   clock.Clock
	rate    rate.Limit
	burst   int
	callers *lru.Cache[string, *rate.Limiter]
}

// newLimiter allows perSecond with bursts of burst; perSecond ≤ 0 allows all.
func newLimiter(c clock.Clock, perSecond float64, burst int) (*limiter, error) {
	callers, err := lru.New[string, *rate.Limiter](limitedCallers)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the memory of a rate limiter cannot be made")
	}
	return &limiter{clock: c, rate: rate.Limit(perSecond), burst: max(1, burst), callers: callers}, nil
}

// perMinute allows n a minute, all of them at once if need be.
func perMinute(c clock.Clock, n int) (*limiter, error) { return newLimiter(c, float64(n)/60, n) }

// allow is fault.RateLimited, with the time to wait, when caller does it too often.
func (l *limiter) allow(caller string) error {
	if l.rate <= 0 {
		return nil
	}
	bucket, ok := l.callers.Get(caller)
	if !ok {
		fresh := rate.NewLimiter(l.rate, l.burst)
		if before, had, _ := l.callers.PeekOrAdd(caller, fresh); had {
			bucket = before
		} else {
			bucket = fresh
		}
	}
	now := l.clock.Now()
	if bucket.AllowN(now, 1) {
		return nil
	}
	missing := 1 - bucket.TokensAt(now)
	wait := time.Duration(missing / float64(l.rate) * float64(time.Second))
	return &fault.Error{Code: fault.RateLimited, Message: "请求过于频繁，请稍后再试。", RetryAfter: wait}
}
