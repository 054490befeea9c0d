package api

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/yingda/yingda/api/auth"
	"github.com/yingda/yingda/api/stream"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// Server is the HTTP door. It is safe for concurrent use.
type Server struct {
	o       Options
	log     *slog.Logger
	router  *gin.Engine
	api     huma.API
	auth    *auth.Authenticator
	source  stream.Source
	feeds   *stream.Feeds
	desk    *stream.Desk
	metrics *metrics
	assets  packedAssets

	visitors, typists, callers, logins *limiter

	streams  chan struct{} // taken while a stream is open
	draining chan struct{} // closed when streams are to end
	drain    sync.Once
}

// New checks o and builds the routes. A missing part is fault.Invalid.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	secret, err := o.Directory.Secret(ctx, "", store.TokenSecret)
	if err != nil {
		return nil, err
	}
	signer, err := auth.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, log: o.Logger, streams: make(chan struct{}, o.MaxStreams), draining: make(chan struct{})}
	if s.auth, err = auth.NewAuthenticator(o.Directory, signer, o.Clock, o.Logger); err != nil {
		return nil, err
	}
	if err := s.limits(); err != nil {
		return nil, err
	}
	if s.metrics, err = newMetrics(o.Registerer); err != nil {
		return nil, err
	}
	if err := s.routes(); err != nil {
		return nil, err
	}
	s.source = stream.Source{Reader: o.Conversations, Bus: o.Bus}
	s.feeds = stream.NewFeeds(o.Bus, o.Directory, o.Logger)
	s.desk = &stream.Desk{
		Source: s.source, Feeds: s.feeds, Suggest: s.suggest,
		Clock: o.Clock, Log: o.Logger, Stop: s.draining,
	}
	return s, nil
}

func (s *Server) limits() error {
	var errs [4]error
	s.visitors, errs[0] = perMinute(s.o.Clock, s.o.VisitorPerMin)
	s.typists, errs[1] = perMinute(s.o.Clock, 10*s.o.VisitorPerMin)
	s.callers, errs[2] = newLimiter(s.o.Clock, float64(s.o.APIPerSec), s.o.APIPerSec)
	s.logins, errs[3] = perMinute(s.o.Clock, s.o.LoginPerMin)
	return errors.Join(errs[:]...)
}

// Handler returns the routes, for tests and for mounting elsewhere. Close ends
// what they started.
func (s *Server) Handler() http.Handler { return s.router }

// Serve answers on ln until ctx ends, then stops gracefully: streams end with
// a hint to reconnect, requests in flight have ShutdownTimeout to finish. It
// returns nil after such a stop. It closes ln and the Server.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler:           s.router,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case err := <-served:
		s.Close()
		return fault.Wrap(err, fault.Unavailable, "cannot serve on %s", ln.Addr())
	case <-ctx.Done():
	}
	s.endStreams()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.ShutdownTimeout)
	defer cancel()
	err := server.Shutdown(ending)
	if err != nil { // requests that did not finish are cut off
		err = errors.Join(err, server.Close())
	}
	<-served
	s.Close()
	return fault.Wrap(err, fault.Timeout, "requests were still running after %s", s.o.ShutdownTimeout)
}

// Close ends all streams and returns when their feeds have stopped.
func (s *Server) Close() {
	s.endStreams()
	s.feeds.Close()
}

func (s *Server) endStreams() { s.drain.Do(func() { close(s.draining) }) }

// admitStream takes a place for a stream; release gives it back. fault.Busy
// when too many are open.
func (s *Server) admitStream(kind string) (release func(), err error) {
	select {
	case s.streams <- struct{}{}:
	default:
		return nil, &fault.Error{Code: fault.Busy, Message: "连接数已满，请稍后再试。", RetryAfter: 5 * time.Second}
	}
	gauge := s.metrics.streams.WithLabelValues(kind)
	gauge.Inc()
	return func() {
		gauge.Dec()
		<-s.streams
	}, nil
}
