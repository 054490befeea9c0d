package qdrant

import (
	"context"
	"errors"
	"maps"
	"net"
	"sync"
	"testing"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
)

// fake is a Qdrant server in memory: the calls that Index makes, with real
// filters and cosines, behind the real wire format. Its switches may be set
// while it serves.
type fake struct {
	listener *bufconn.Listener

	mu          sync.Mutex
	collections map[string]*fakeCollection
	seen        map[string][]proto.Message // requests by method name

	version string
	key     string // the API key it wants; "" wants none
	old     bool   // answers vectors as servers before 1.16 do
	down    bool   // refuses connections
	// fail is asked before each request is served; its error is the answer.
	fail func(ctx context.Context, method string, n int) error
	// mangle may change a reply before it is sent.
	mangle func(reply any)
}

// startFake serves until the test ends.
func startFake(t testing.TB, options ...grpc.ServerOption) *fake {
	t.Helper()
	f := &fake{
		listener:    bufconn.Listen(1 << 20),
		collections: map[string]*fakeCollection{},
		seen:        map[string][]proto.Message{},
		version:     "1.17.1",
	}
	server := grpc.NewServer(append(options, grpc.UnaryInterceptor(f.intercept), grpc.MaxRecvMsgSize(64<<20))...)
	pb.RegisterQdrantServer(server, fakeHealth{fake: f})
	pb.RegisterCollectionsServer(server, fakeCollections{fake: f})
	pb.RegisterPointsServer(server, fakePoints{fake: f})
	served := make(chan error, 1)
	go func() { served <- server.Serve(f.listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Errorf("the fake server ended: %v", err)
		}
	})
	return f
}

// set changes switches.
func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// requests returns what a method was asked so far.
func (f *fake) requests(method string) []proto.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]proto.Message(nil), f.seen[method]...)
}

func (f *fake) dial(ctx context.Context, _ string) (net.Conn, error) {
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	if down {
		return nil, errors.New("connection refused by the fake")
	}
	return f.listener.DialContext(ctx)
}

func (f *fake) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	f.mu.Lock()
	method := info.FullMethod[len("/qdrant."):]
	f.seen[method] = append(f.seen[method], proto.Clone(request.(proto.Message)))
	n, key, fail, mangle := len(f.seen[method]), f.key, f.fail, f.mangle
	f.mu.Unlock()
	if method != "Qdrant/HealthCheck" && key != "" {
		md, _ := metadata.FromIncomingContext(ctx)
		if got := md.Get("api-key"); len(got) != 1 || got[0] != key {
			return nil, status.Error(codes.Unauthenticated, "Invalid API key or JWT")
		}
	}
	if fail != nil {
		if err := fail(ctx, method, n); err != nil {
			return nil, err
		}
	}
	reply, err := handle(ctx, request)
	if err == nil && mangle != nil {
		mangle(reply)
	}
	return reply, err
}

func (f *fake) collection(name string) (*fakeCollection, error) {
	c := f.collections[name]
	if c == nil {
		return nil, status.Errorf(codes.NotFound, "Not found: Collection `%s` doesn't exist!", name)
	}
	return c, nil
}

// held returns a collection for a look at its settings.
func (f *fake) held(name string) fakeCollection {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := *f.collections[name]
	c.config, c.schema = proto.Clone(c.config).(*pb.CollectionConfig), maps.Clone(c.schema)
	return c
}

type fakeHealth struct {
	pb.UnimplementedQdrantServer
	*fake
}

func (f fakeHealth) HealthCheck(context.Context, *pb.HealthCheckRequest) (*pb.HealthCheckReply, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &pb.HealthCheckReply{Title: "qdrant - vector search engine", Version: f.version}, nil
}

type fakeCollections struct {
	pb.UnimplementedCollectionsServer
	*fake
}

func (f fakeCollections) Get(_ context.Context, r *pb.GetCollectionInfoRequest) (*pb.GetCollectionInfoResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	info := &pb.CollectionInfo{Status: pb.CollectionStatus_Green, Config: c.config, PayloadSchema: c.schema}
	return &pb.GetCollectionInfoResponse{Result: proto.Clone(info).(*pb.CollectionInfo)}, nil
}

func (f fakeCollections) Create(_ context.Context, r *pb.CreateCollection) (*pb.CollectionOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.collections[r.GetCollectionName()] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Collection `%s` already exists!", r.GetCollectionName())
	}
	f.collections[r.GetCollectionName()] = &fakeCollection{
		config: &pb.CollectionConfig{
			Params:             &pb.CollectionParams{VectorsConfig: r.GetVectorsConfig()},
			HnswConfig:         r.GetHnswConfig(),
			QuantizationConfig: r.GetQuantizationConfig(),
		},
		schema: map[string]*pb.PayloadSchemaInfo{},
		points: map[string]*fakePoint{},
	}
	return &pb.CollectionOperationResponse{Result: true}, nil
}

func (f fakeCollections) Update(_ context.Context, r *pb.UpdateCollection) (*pb.CollectionOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.collection(r.GetCollectionName())
	if err != nil {
		return nil, err
	}
	if h := r.GetHnswConfig(); h != nil {
		c.config.HnswConfig.M, c.config.HnswConfig.PayloadM = h.M, h.PayloadM
	}
	switch q := r.GetQuantizationConfig().GetQuantization().(type) {
	case *pb.QuantizationConfigDiff_Scalar:
		c.config.QuantizationConfig = pb.NewQuantizationScalar(q.Scalar)
	case *pb.QuantizationConfigDiff_Disabled:
		c.config.QuantizationConfig = nil
	}
	return &pb.CollectionOperationResponse{Result: true}, nil
}

func (f fakeCollections) Delete(_ context.Context, r *pb.DeleteCollection) (*pb.CollectionOperationResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.collections, r.GetCollectionName())
	return &pb.CollectionOperationResponse{Result: true}, nil
}
