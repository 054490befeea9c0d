package hybrid

import (
	"encoding/binary"
	"math"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/vector"
)

// Adapter is a linear map that turns a query's embedding towards the wordings
// of knowledge bases: customers and help pages word the same wish differently,
// and the difference has a direction. Stored vectors are left as they are.
type Adapter struct {
	dim int
	// rows is the matrix, row-major: output i is the inner product of row i
	// with the embedding.
	rows []float32
}

// adapterMagic begins an encoded adapter; the digit is the format version.
const adapterMagic = "YDADAPT1"

// maxDimension bounds what an adapter file may claim.
const maxDimension = 4096

// NewAdapter makes an adapter of a square matrix, row-major; it takes the
// slice over. A length that is not dim² is fault.Invalid.
func NewAdapter(dim int, rows []float32) (*Adapter, error) {
	if dim <= 0 || dim > maxDimension || len(rows) != dim*dim {
		return nil, fault.New(fault.Invalid, "an adapter of dimension %d needs %d values, not %d", dim, dim*dim, len(rows))
	}
	for i, x := range rows {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fault.New(fault.Invalid, "value %d of the adapter is not a finite number", i)
		}
	}
	return &Adapter{dim: dim, rows: rows}, nil
}

// Dimension is the length of the embeddings it maps.
func (a *Adapter) Dimension() int { return a.dim }

// Apply returns the turned embedding, L2-normalised, in a slice of its own. An
// embedding of another length is fault.Invalid.
func (a *Adapter) Apply(embedding []float32) ([]float32, error) {
	if len(embedding) != a.dim {
		return nil, fault.New(fault.Invalid, "the adapter maps vectors of %d values, not %d; fit the fusion model for this encoder", a.dim, len(embedding))
	}
	out := make([]float32, a.dim)
	sum := 0.0
	for i := range out {
		x := vector.Dot(a.rows[i*a.dim:(i+1)*a.dim], embedding)
		out[i] = x
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return out, nil
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range out {
		out[i] *= scale
	}
	return out, nil
}

// Encode writes the adapter: the magic, the dimension as a little-endian
// uint32, and the matrix as float32.
func (a *Adapter) Encode() []byte {
	out := make([]byte, 0, len(adapterMagic)+4+4*len(a.rows))
	out = append(out, adapterMagic...)
	out = binary.LittleEndian.AppendUint32(out, uint32(a.dim))
	for _, x := range a.rows {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// DecodeAdapter reads what Encode wrote; anything else is fault.Invalid.
func DecodeAdapter(data []byte) (*Adapter, error) {
	head := len(adapterMagic) + 4
	if len(data) < head || string(data[:len(adapterMagic)]) != adapterMagic {
		return nil, fault.New(fault.Invalid, "this is not an adapter file of format 1; restore it or fit the fusion model again")
	}
	dim := int(binary.LittleEndian.Uint32(data[len(adapterMagic):]))
	if dim <= 0 || dim > maxDimension || len(data)-head != 4*dim*dim {
		return nil, fault.New(fault.Invalid, "the adapter file claims dimension %d but holds %d bytes of values", dim, len(data)-head)
	}
	rows := make([]float32, dim*dim)
	for i := range rows {
		rows[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[head+4*i:]))
	}
	return NewAdapter(dim, rows)
}
