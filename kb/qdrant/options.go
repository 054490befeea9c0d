package qdrant

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
)

// Options says where the server is and how to use it; all but Addr may be zero.
type Options struct {
	// Addr is host:port of the server's gRPC door; without a port it is 6334.
	Addr string
	// APIKey is sent with every request; without TLS it travels in the clear.
	APIKey string
	// TLS encrypts the connections (1.3 or later).
	TLS bool
	// Roots are the authorities that may have signed the server's
	// certificate; nil means the machine's.
	Roots *x509.CertPool
	// Prefix begins the names of the collections; "" means "yingda". Servers
	// shared by several installations need one each.
	Prefix string
	// Pool is the number of connections; 0 means 3.
	Pool int
	// Retries is how often a request is sent again while the server cannot be
	// reached; 0 means 3, negative never.
	Retries int
	// Timeout bounds one request with all its repetitions; 0 means 5 s. An
	// upsert, a deletion or a look-up of many vectors takes several requests.
	Timeout time.Duration
	// SkipVersionCheck opens an index on a server of any version.
	SkipVersionCheck bool
	// Approximate searches by a graph over int8 copies of the vectors, built
	// per bot, and scores four times as many as were asked for again in
	// float32. It pays from some hundred thousand vectors of one bot on. It
	// may be changed between two starts: the collection is adapted.
	Approximate bool
	// Clock times the pauses between repetitions; nil means clock.System.
	Clock clock.Clock
	// Random spreads those pauses: it returns values in [0, 1). Nil means math/rand.
	Random func() float64
	// Dial opens the connections, for servers behind a tunnel or a socket;
	// addr is Addr with its port. Nil means TCP.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
}

const (
	defaultPort = "6334"
	// maxAnswer bounds one answer of the server, in bytes: a page of vectors
	// is about one MiB, the keys of 10 000 hits about two.
	maxAnswer = 64 << 20
)

// withDefaults returns o with its zero values replaced, or fault.Invalid.
func (o Options) withDefaults() (Options, error) {
	host, port, err := splitAddr(o.Addr)
	if err != nil {
		return o, err
	}
	o.Addr = net.JoinHostPort(host, strconv.Itoa(port))
	if o.Prefix == "" {
		o.Prefix = "yingda"
	}
	if o.Pool == 0 {
		o.Pool = 3
	}
	if o.Retries == 0 {
		o.Retries = 3
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.Pool < 0 || o.Pool > 64 {
		return o, fault.New(fault.Invalid, "a pool of %d connections to Qdrant; write a number from 1 to 64", o.Pool)
	}
	if o.Timeout < 0 {
		return o, fault.New(fault.Invalid, "the time limit of Qdrant's requests is %v; write a positive duration", o.Timeout)
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o, nil
}

// splitAddr takes host:port apart; IPv6 addresses are in brackets.
func splitAddr(addr string) (host string, port int, err error) {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "Qdrant's address %q %s; write host:port of its gRPC door, which is %s by default", addr, why, defaultPort)
	}
	if addr == "" {
		return "", 0, bad("is empty")
	}
	if strings.ContainsAny(addr, "/ ") {
		return "", 0, bad("is not host:port")
	}
	h, p, err := net.SplitHostPort(addr)
	if err != nil {
		if h, p, err = net.SplitHostPort(addr + ":" + defaultPort); err != nil {
			return "", 0, bad("is not host:port")
		}
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 1 || port > 65535 {
		return "", 0, bad("has no port from 1 to 65535")
	}
	if h == "" {
		return "", 0, bad("has no host")
	}
	return h, port, nil
}

// connect makes the client; o has its defaults. Connections are opened by the
// first request.
func (o Options) connect() (*pb.Client, error) {
	host, port, err := splitAddr(o.Addr)
	if err != nil {
		return nil, err
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // the client joins host and port by a colon
	}
	dial := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
		// A server that comes back is found within the repetitions of a request.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: o.Timeout,
		}),
	}
	if o.Dial != nil {
		host = "passthrough:///" + host
		dial = append(dial, grpc.WithContextDialer(o.Dial))
	}
	config := &pb.Config{
		Host: host, Port: port, APIKey: o.APIKey, UseTLS: o.TLS,
		GrpcOptions: dial, PoolSize: uint(o.Pool),
		SkipCompatibilityCheck: true, // Open checks, with the caller's context
	}
	if o.TLS && o.Roots != nil {
		config.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: o.Roots}
	}
	client, err := pb.NewClient(config)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "the connection to Qdrant cannot be set up; check kb.qdrant_addr")
	}
	return client, nil
}
