package head

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/yingda/yingda/internal/fault"
)

// GramsFile holds the character grams of a head, beside its graph.
const GramsFile = "grams.bin"

// gramsMagic begins a GramsFile, its version last.
const gramsMagic = "YDGRAMS1"

// encode is the table as bytes, little-endian: magic; uint32 classes, grams,
// counts; float64 slope; float64 total of each class; then of each gram its
// uint64 hash and uint16 number of counts, and of each count uint16 class and
// float32.
func (g *grams) encode() []byte {
	b := []byte(gramsMagic)
	for _, n := range []int{len(g.totals), len(g.hashes), len(g.count)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(g.slope))
	for _, t := range g.totals {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(t))
	}
	for i, h := range g.hashes {
		b = binary.LittleEndian.AppendUint64(b, h)
		b = binary.LittleEndian.AppendUint16(b, uint16(g.starts[i+1]-g.starts[i]))
	}
	for i, c := range g.class {
		b = binary.LittleEndian.AppendUint16(b, c)
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(g.count[i]))
	}
	return b
}

// decodeGrams reads what encode wrote; anything else is fault.Invalid.
func decodeGrams(data []byte, classes int) (*grams, error) {
	bad := fault.New(fault.Invalid, "%s is damaged, or of another version: train the head again", GramsFile)
	rest, ok := bytes.CutPrefix(data, []byte(gramsMagic))
	if !ok || len(rest) < 20 {
		return nil, bad
	}
	le := binary.LittleEndian
	c, n, m := uint64(le.Uint32(rest)), uint64(le.Uint32(rest[4:])), uint64(le.Uint32(rest[8:]))
	g := &grams{slope: math.Float64frombits(le.Uint64(rest[12:]))}
	rest = rest[20:]
	if c != uint64(classes) || c > math.MaxUint16 || uint64(len(rest)) != 8*c+10*n+6*m || !finite(g.slope) {
		return nil, bad
	}
	for range c {
		t := math.Float64frombits(le.Uint64(rest))
		if rest = rest[8:]; !finite(t) || t < 0 {
			return nil, bad
		}
		g.totals = append(g.totals, t)
	}
	g.hashes, g.starts = make([]uint64, n), make([]uint32, n+1)
	sum := uint64(0)
	for i := range g.hashes {
		g.hashes[i], g.starts[i] = le.Uint64(rest), uint32(sum)
		sum += uint64(le.Uint16(rest[8:]))
		rest = rest[10:]
		if sum > m || i > 0 && g.hashes[i] <= g.hashes[i-1] {
			return nil, bad
		}
	}
	if g.starts[n] = uint32(sum); sum != m {
		return nil, bad
	}
	g.class, g.count = make([]uint16, m), make([]float32, m)
	for i := range g.class {
		g.class[i], g.count[i] = le.Uint16(rest), math.Float32frombits(le.Uint32(rest[2:]))
		rest = rest[6:]
		if uint64(g.class[i]) >= c || !finite(float64(g.count[i])) || g.count[i] <= 0 {
			return nil, bad
		}
	}
	g.prepare()
	return g, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
