package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/compat"
	"github.com/yingda/yingda/internal/fault"
)

// checkTimeout bounds how long /readyz waits for a part.
const checkTimeout = 2 * time.Second

// Check returns nil when a part works.
type Check func(ctx context.Context) error

// operationRoutes are what operators and their machines ask for.
func (s *Server) operationRoutes() {
	handle(s, huma.Operation{
		OperationID: "healthz", Method: http.MethodGet, Path: "/healthz", Tags: []string{"Operation"}, Summary: "进程是否存活",
	}, toAll, func(context.Context, *struct{}) (*healthOutput, error) {
		out := new(healthOutput)
		out.Body.Status, out.Body.Version = "ok", s.o.Version
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "readyz", Method: http.MethodGet, Path: "/readyz", Tags: []string{"Operation"},
		Summary: "能否接待：逐项检查，任一失败为 503",
	}, toAll, s.readyz)
	if s.o.Metrics != nil {
		s.router.GET("/metrics", gin.WrapH(s.o.Metrics))
	}
}

type healthOutput struct {
	Body struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}
}

// PartState is how a part of the service is.
type PartState struct {
	OK bool `json:"ok"`
	// Code and Detail say what is wrong.
	Code   fault.Code `json:"code,omitempty"`
	Detail string     `json:"detail,omitempty"`
	TookMS float64    `json:"took_ms"`
}

type readyOutput struct {
	Status int
	Body   struct {
		Ready bool                 `json:"ready"`
		Parts map[string]PartState `json:"parts"`
	}
}

func (s *Server) readyz(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	out := new(readyOutput)
	out.Body.Parts, out.Body.Ready = s.checkAll(ctx)
	out.Status = readyStatus(out.Body.Ready)
	return out, nil
}

func readyStatus(ready bool) int {
	if ready {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// checkAll asks all parts at once. A server that is stopping is not ready.
func (s *Server) checkAll(ctx context.Context) (map[string]PartState, bool) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		parts = make(map[string]PartState, len(s.o.Ready))
		ready = true
	)
	select {
	case <-s.draining:
		ready = false
		parts["server"] = PartState{Code: fault.Unavailable, Detail: "stopping"}
	default:
	}
	for name, check := range s.o.Ready {
		wg.Add(1)
		go func() {
			defer wg.Done()
			start := time.Now()
			err := check(ctx)
			state := PartState{OK: err == nil, TookMS: float64(time.Since(start).Microseconds()) / 1000}
			if err != nil {
				p := problem(ctx, s.log, err)
				state.Code, state.Detail = p.Code, p.Detail
			}
			mu.Lock()
			defer mu.Unlock()
			parts[name] = state
			ready = ready && state.OK
		}()
	}
	wg.Wait()
	return parts, ready
}

// health answers TEI's /health: an empty body, 200 or 503.
func (s *Server) health(c *gin.Context) {
	_, ready := s.checkAll(c.Request.Context())
	if !ready {
		compat.Write(c.Writer, http.StatusServiceUnavailable, map[string]string{"error": "unhealthy", "error_type": "unhealthy"})
		return
	}
	c.Status(http.StatusOK)
}
