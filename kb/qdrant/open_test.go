package qdrant

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	pb "github.com/qdrant/go-client/qdrant"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/indextest"
)

func TestSplitAddr(t *testing.T) {
	for addr, want := range map[string]string{
		"qdrant":           "qdrant 6334",
		"qdrant:7000":      "qdrant 7000",
		"10.0.0.7:6334":    "10.0.0.7 6334",
		"[::1]:6334":       "::1 6334",
		"[::1]":            "::1 6334",
		"":                 "",
		":6334":            "",
		"::1":              "",
		"http://qdrant":    "",
		"qdrant:6334/path": "",
		"qdrant:rest":      "",
		"qdrant:0":         "",
		"qdrant:65536":     "",
		"two hosts:6334":   "",
	} {
		host, port, err := splitAddr(addr)
		switch {
		case want == "" && !fault.Is(err, fault.Invalid):
			t.Errorf("%q: %s %d, %v; want fault.Invalid", addr, host, port, err)
		case want != "" && (err != nil || want != host+" "+big.NewInt(int64(port)).String()):
			t.Errorf("%q: %s %d, %v; want %s", addr, host, port, err, want)
		}
	}
}

func TestOpenRefusesBadOptions(t *testing.T) {
	for name, c := range map[string]struct {
		encoder string
		dim     int
		o       Options
	}{
		"no address":        {encoder, 8, Options{}},
		"no encoder":        {"", 8, Options{Addr: "q"}},
		"no dimension":      {encoder, 0, Options{Addr: "q"}},
		"huge dimension":    {encoder, 70000, Options{Addr: "q"}},
		"negative pool":     {encoder, 8, Options{Addr: "q", Pool: -1}},
		"huge pool":         {encoder, 8, Options{Addr: "q", Pool: 1000}},
		"negative timeout":  {encoder, 8, Options{Addr: "q", Timeout: -1}},
		"control character": {encoder, 8, Options{Addr: "q\x7f%zz:6334"}},
	} {
		if x, err := Open(t.Context(), c.encoder, c.dim, c.o); !fault.Is(err, fault.Invalid) || x != nil {
			t.Errorf("%s: %v, want fault.Invalid", name, err)
		}
	}
}

func TestOpenCreatesTheCollection(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	if x.Dimension() != 8 || !strings.HasPrefix(x.Collection(), "yingda_bge-small-zh-test-") {
		t.Errorf("dimension %d, collection %q", x.Dimension(), x.Collection())
	}
	c := f.held(x.Collection())
	if p := c.config.GetParams().GetVectorsConfig().GetParams(); p.GetSize() != 8 || p.GetDistance() != pb.Distance_Cosine {
		t.Errorf("vectors: %v", p)
	}
	if h := c.config.GetHnswConfig(); h.M == nil || *h.M != 0 || h.PayloadM == nil || *h.PayloadM != 0 || c.config.QuantizationConfig != nil {
		t.Errorf("exact searches need no graph and no copies: %v", c.config)
	}
	if !c.schema["bot"].GetParams().GetKeywordIndexParams().GetIsTenant() || c.schema["owner"] == nil {
		t.Errorf("payload indexes: %v", c.schema)
	}
	openOn(t, f, 8)
	if n := len(f.requests("Collections/Create")) + len(f.requests("Points/CreateFieldIndex")) + len(f.requests("Collections/Update")); n != 3 {
		t.Errorf("opening again changed the collection: %d changes, want 3", n)
	}
}

func TestOpenAtOnce(t *testing.T) {
	f := startFake(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			x, err := tryOpen(t.Context(), f, 8)
			if err != nil {
				t.Error(err)
				return
			}
			if err := x.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestOpenCompletesACollection(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	f.set(func(f *fake) { delete(f.collections[x.Collection()].schema, "owner") })
	y := openOn(t, f, 8)
	if err := y.Delete(t.Context(), "s", []string{"a"}); err != nil {
		t.Errorf("the owner's index was not made good: %v", err)
	}
}

func TestOpenAdaptsTheCollection(t *testing.T) {
	f := startFake(t)
	x := openOn(t, f, 8)
	if err := x.Upsert(t.Context(), []kb.Vector{{Key: "a#0", Owner: "a", Bot: "s", Embedding: []float32{1, 7: 0}}}); err != nil {
		t.Fatal(err)
	}
	config := func() *pb.CollectionConfig { return f.held(x.Collection()).config }
	y := openOn(t, f, 8, approximate)
	if c := config(); c.HnswConfig.GetPayloadM() != links || c.QuantizationConfig.GetScalar().GetType() != pb.QuantizationType_Int8 {
		t.Errorf("not made approximate: %v", c)
	}
	if n, err := y.Len(t.Context(), "s"); n != 1 || err != nil {
		t.Errorf("%d vectors after the change (%v), want 1", n, err)
	}
	openOn(t, f, 8)
	if c := config(); c.HnswConfig.GetPayloadM() != 0 || c.QuantizationConfig != nil {
		t.Errorf("not made exact again: %v", c)
	}
}

func TestEncodersAndPrefixesHaveTheirOwnCollections(t *testing.T) {
	f := startFake(t)
	v := kb.Vector{Key: "a#0", Owner: "a", Bot: "s", Embedding: []float32{1, 7: 0}}
	x := openOn(t, f, 8)
	if err := x.Upsert(t.Context(), []kb.Vector{v}); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{"another encoder": {Addr: "q", Dial: f.dial}, encoder: {Addr: "q", Dial: f.dial, Prefix: "other"}} {
		y, err := Open(t.Context(), name, 8, o)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := y.Len(t.Context(), "s"); n != 0 || err != nil {
			t.Errorf("%s with prefix %q sees %d vectors (%v)", name, o.Prefix, n, err)
		}
		if err := y.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesAnotherCollection(t *testing.T) {
	name := collectionName("yingda", encoder)
	for what, vectors := range map[string]*pb.VectorsConfig{
		"4 values":   pb.NewVectorsConfig(&pb.VectorParams{Size: 4, Distance: pb.Distance_Cosine}),
		"Dot":        pb.NewVectorsConfig(&pb.VectorParams{Size: 8, Distance: pb.Distance_Dot}),
		"one plain":  pb.NewVectorsConfigMap(map[string]*pb.VectorParams{"text": {Size: 8, Distance: pb.Distance_Cosine}}),
		"one  plain": nil,
	} {
		f := startFake(t)
		if _, err := (fakeCollections{fake: f}).Create(t.Context(), &pb.CreateCollection{CollectionName: name, VectorsConfig: vectors}); err != nil {
			t.Fatal(err)
		}
		_, err := tryOpen(t.Context(), f, 8)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), strings.TrimSpace(strings.ReplaceAll(what, "  ", " "))) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want fault.Conflict that says so", what, err)
		}
	}
}

func TestOpenChecksTheVersion(t *testing.T) {
	for version, ok := range map[string]bool{"1.13.0": true, "1.19.0": true, "v1.17.1-dev": true, "1.12.9": false, "0.11.0": false, "2.0.0": false, "": false, "latest": false} {
		f := startFake(t)
		f.set(func(f *fake) { f.version = version })
		x, err := tryOpen(t.Context(), f, 8)
		if x != nil {
			if err := x.Close(); err != nil {
				t.Error(err)
			}
		}
		if ok && err != nil || !ok && !fault.Is(err, fault.Unsupported) {
			t.Errorf("version %q: %v", version, err)
		}
		openOn(t, f, 8, func(o *Options) { o.SkipVersionCheck = true })
	}
}

func TestOpenWithoutAServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), encoder, 8, Options{Addr: addr})
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v, want fault.Unavailable", err)
	}
	for _, word := range []string{"kb.qdrant_addr", "6334", "kb.qdrant_key", addr} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not name %s", err, word)
		}
	}
}

func TestOpenOnTheRESTDoor(t *testing.T) {
	rest := httptest.NewServer(nil)
	defer rest.Close()
	_, err := Open(t.Context(), encoder, 8, Options{Addr: rest.Listener.Addr().String(), Timeout: 3 * time.Second})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "not 6333") {
		t.Errorf("%v, want fault.Unavailable that names the right port", err)
	}
}

func TestKey(t *testing.T) {
	f := startFake(t)
	f.set(func(f *fake) { f.key = "secret" })
	openOn(t, f, 8, func(o *Options) { o.APIKey = "secret" })
	for _, key := range []string{"", "wrong"} {
		_, err := tryOpen(t.Context(), f, 8, func(o *Options) { o.APIKey = key })
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "kb.qdrant_key") {
			t.Errorf("key %q: %v, want fault.Unavailable that names the setting", key, err)
		}
	}
}

func TestOpenWhenTheCollectionVanishes(t *testing.T) {
	f := startFake(t)
	f.set(func(f *fake) {
		f.fail = func(_ context.Context, method string, _ int) error {
			if method == "Collections/Get" {
				return status.Error(codes.NotFound, "gone")
			}
			return nil
		}
	})
	if _, err := tryOpen(t.Context(), f, 8); !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v, want fault.Unavailable", err)
	}
}

func TestTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"qdrant.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	f := startFake(t, grpc.Creds(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})))
	x := openOn(t, f, 8, func(o *Options) { o.TLS, o.Roots = true, roots })
	if err := x.Upsert(t.Context(), []kb.Vector{{Key: "a#0", Owner: "a", Bot: "s", Embedding: indextest.Random(source(1), 8)}}); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Options){
		"an unknown authority": func(o *Options) { o.TLS, o.Roots = true, x509.NewCertPool() },
		"another host":         func(o *Options) { o.TLS, o.Roots, o.Addr = true, roots, "other.test" },
		"no TLS":               func(*Options) {},
	} {
		if _, err := tryOpen(t.Context(), f, 8, change); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "kb.qdrant_tls") {
			t.Errorf("%s: %v, want fault.Unavailable that names the setting", name, err)
		}
	}
}
