package intake

import (
	"crypto/sha256"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// signature is the signs of the projections.
type signature [signatureBits / 64]uint64

// differing counts the bits in which two signatures differ.
func (s *signature) differing(o *signature) int {
	n := 0
	for i := range s {
		n += bits.OnesCount64(s[i] ^ o[i])
	}
	return n
}

func (s *signature) band(i int) uint16 {
	at := i * bandBits
	return uint16(s[at/64] >> (at % 64)) //nolint:gosec // the low 16 bits are wanted
}

// signer makes signatures of embeddings of one dimension. A projection is a
// row of a random rotation: signs turned, Walsh-Hadamard transform, twice.
type signer struct {
	size   int // the dimension, up to a power of two
	flips  [][2][]float32
	buffer []float32
}

func newSigner(dimension int) *signer {
	s := &signer{size: 1}
	for s.size < dimension {
		s.size *= 2
	}
	random := rand.New(rand.NewPCG(20260301, 384)) //nolint:gosec // the same signatures every time
	for range (signatureBits + s.size - 1) / s.size {
		var two [2][]float32
		for i := range two {
			two[i] = make([]float32, s.size)
			for j := range two[i] {
				two[i][j] = float32(1 - 2*int(random.Uint64()>>63)) //nolint:gosec // one bit
			}
		}
		s.flips = append(s.flips, two)
	}
	s.buffer = make([]float32, s.size)
	return s
}

func (s *signer) sign(embedding []float32) signature {
	var out signature
	at := 0
	for _, flips := range s.flips {
		clear(s.buffer)
		copy(s.buffer, embedding)
		for _, f := range flips {
			for i := range s.buffer {
				s.buffer[i] *= f[i]
			}
			hadamard(s.buffer)
		}
		for _, x := range s.buffer {
			if at == signatureBits {
				return out
			}
			if x > 0 {
				out[at/64] |= 1 << (at % 64)
			}
			at++
		}
	}
	return out
}

// hadamard is the Walsh-Hadamard transform in place, without its scale; the
// length is a power of two.
func hadamard(v []float32) {
	for h := 1; h < len(v); h *= 2 {
		for i := 0; i < len(v); i += 2 * h {
			a, b := v[i:i+h], v[i+h:i+2*h]
			for j := range a {
				a[j], b[j] = a[j]+b[j], a[j]-b[j]
			}
		}
	}
}

// memory keeps signatures of texts, so that a small file can be compared with
// a large base without reading all its embeddings each time.
type memory struct {
	mu   sync.Mutex
	seen map[[16]byte]signature
}

// remembered bounds a memory, which takes about 100 bytes each; a full one
// begins anew.
const remembered = 400_000

func keyOf(text string) [16]byte {
	sum := sha256.Sum256([]byte(text))
	return [16]byte(sum[:16])
}

func (m *memory) get(text string) (signature, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.seen[keyOf(text)]
	return s, ok
}

func (m *memory) put(text string, s signature) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil || len(m.seen) >= remembered {
		m.seen = map[[16]byte]signature{}
	}
	m.seen[keyOf(text)] = s
}
