package bench

import "math"

// Synthetic makes vectors with the crowding of sentence embeddings: a direction
// that all share, one for each topic, and each row's own, so that two rows of a
// topic have a cosine of about 0.69 and others about 0.31. They are a function
// of their number alone, and bench/peers/vectors.py makes the same ones.
type Synthetic struct {
	dim, topics int
	shared      []float32
}

// rowsOfTopic is how many rows share a topic on the average.
const rowsOfTopic = 50

// What a vector is made of, before it is normalised.
const (
	sharedPart = 0.55
	topicPart  = 0.60
	ownPart    = 0.55
)

// Streams of random numbers.
const (
	streamShared uint64 = iota << 56
	streamTopic
	streamRow
	streamQuery
	streamTopicOfRow
	streamTopicOfQuery
)

// NewSynthetic makes vectors of dim values for an index of n rows.
func NewSynthetic(n, dim int) *Synthetic {
	s := &Synthetic{dim: dim, topics: max(n/rowsOfTopic, 1), shared: make([]float32, dim)}
	s.add(s.shared, streamShared, 0, sharedPart)
	return s
}

// Row is row i of the index, L2-normalised.
func (s *Synthetic) Row(i int) []float32 { return s.vector(i, streamRow, streamTopicOfRow) }

// Query is query i, of some topic but none of the rows, L2-normalised.
func (s *Synthetic) Query(i int) []float32 { return s.vector(i, streamQuery, streamTopicOfQuery) }

func (s *Synthetic) vector(i int, own, topicOf uint64) []float32 {
	v := make([]float32, s.dim)
	copy(v, s.shared)
	topic := splitMix(topicOf^uint64(i)) % uint64(s.topics)
	s.add(v, streamTopic, topic, topicPart)
	s.add(v, own, uint64(i), ownPart)
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := float32(math.Sqrt(sum))
	for j := range v {
		v[j] /= norm
	}
	return v
}

// add adds a vector of about the length part, whose values are nearly normally
// distributed: each is the sum of four 16-bit numbers.
func (s *Synthetic) add(v []float32, stream, row uint64, part float64) {
	scale := float32(part / (65536 * math.Sqrt(1.0/3) * math.Sqrt(float64(s.dim))))
	at := stream ^ row*uint64(s.dim)
	for j := range v {
		z := splitMix(at + uint64(j))
		sum := int64(z&0xffff) + int64(z>>16&0xffff) + int64(z>>32&0xffff) + int64(z>>48)
		v[j] += float32(sum-2*65535) * scale
	}
}

// splitMix is the output function of Steele, Lea and Flood's SplitMix64 (2014).
func splitMix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
