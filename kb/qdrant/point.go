package qdrant

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"

	pb "github.com/qdrant/go-client/qdrant"

	"github.com/yingda/yingda/kb"
)

// The payload fields of a point.
const (
	fieldBot   = "bot"
	fieldOwner = "owner"
	fieldKey   = "key"
	// fieldDigest tells whether a point is the one that is wanted, without its
	// vector, which the server does not keep bit by bit.
	fieldDigest = "digest"
)

// digest is the first 16 bytes of SHA-256 over the owner, a zero byte and the
// values as little-endian float32.
func digest(v kb.Vector) string {
	b := make([]byte, 0, len(v.Owner)+1+4*len(v.Embedding))
	b = append(append(b, v.Owner...), 0)
	for _, f := range v.Embedding {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// pointID is a UUID of version 8 (RFC 9562, section 5.8) made of the first 16
// bytes of SHA-256 over the length of bot as 8 big-endian bytes, bot, and key.
func pointID(bot, key string) *pb.PointId {
	h := sha256.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(bot)))
	h.Write(n[:])
	h.Write([]byte(bot))
	h.Write([]byte(key))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	s := hex.EncodeToString(u)
	return pb.NewIDUUID(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

// point is v as the server keeps it. It shares v's embedding, which is
// serialised before the request returns.
func point(v kb.Vector) *pb.PointStruct {
	return &pb.PointStruct{
		Id:      pointID(v.Bot, v.Key),
		Vectors: pb.NewVectorsDense(v.Embedding),
		Payload: map[string]*pb.Value{
			fieldBot:    pb.NewValueString(v.Bot),
			fieldOwner:  pb.NewValueString(v.Owner),
			fieldKey:    pb.NewValueString(v.Key),
			fieldDigest: pb.NewValueString(digest(v)),
		},
	}
}

// payload reads a point's key and owner.
func (x *Index) payload(id *pb.PointId, fields map[string]*pb.Value) (key, owner string, err error) {
	key, owner = fields[fieldKey].GetStringValue(), fields[fieldOwner].GetStringValue()
	if key == "" || owner == "" {
		return "", "", x.nonsense("point %v has no key or no owner", id)
	}
	return key, owner, nil
}

// scored reads a search's hit.
func (x *Index) scored(p *pb.ScoredPoint) (kb.VectorHit, error) {
	key, owner, err := x.payload(p.GetId(), p.GetPayload())
	if err != nil {
		return kb.VectorHit{}, err
	}
	c := float64(p.GetScore())
	if math.IsNaN(c) || math.IsInf(c, 0) {
		return kb.VectorHit{}, x.nonsense("point %v scores %v", p.GetId(), c)
	}
	return kb.VectorHit{Key: key, Owner: owner, Cosine: c}, nil
}

// retrieved reads a point with its vector, which the server keeps normalised,
// and scores it against query, whose norm is given.
func (x *Index) retrieved(p *pb.RetrievedPoint, query []float32, norm float64) (kb.VectorHit, error) {
	key, owner, err := x.payload(p.GetId(), p.GetPayload())
	if err != nil {
		return kb.VectorHit{}, err
	}
	out := p.GetVectors().GetVector()
	v := out.GetDense().GetData()
	if v == nil {
		v = out.GetData() //nolint:staticcheck // older servers fill this field only
	}
	if len(v) != x.dim {
		return kb.VectorHit{}, x.nonsense("point %v has a vector of %d values, not %d", p.GetId(), len(v), x.dim)
	}
	c := dot(query, v)
	if norm > 0 {
		c /= norm
	}
	if math.IsNaN(c) || math.IsInf(c, 0) {
		return kb.VectorHit{}, x.nonsense("point %v has a vector that is not finite", p.GetId())
	}
	return kb.VectorHit{Key: key, Owner: owner, Cosine: c}, nil
}

// dot is the inner product of two vectors of equal length.
func dot(a, b []float32) float64 {
	var s0, s1 float64
	i := 0
	for ; i+2 <= len(a); i += 2 {
		s0 += float64(a[i]) * float64(b[i])
		s1 += float64(a[i+1]) * float64(b[i+1])
	}
	if i < len(a) {
		s0 += float64(a[i]) * float64(b[i])
	}
	return s0 + s1
}

// filter selects a bot's points; owners, if any are given, select further.
func filter(bot string, owners ...string) *pb.Filter {
	f := &pb.Filter{Must: []*pb.Condition{pb.NewMatchKeyword(fieldBot, bot)}}
	if len(owners) > 0 {
		f.Must = append(f.Must, pb.NewMatchKeywords(fieldOwner, owners...))
	}
	return f
}
