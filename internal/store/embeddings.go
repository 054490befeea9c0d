package store

import (
	"context"
	"encoding/binary"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
)

// The cache of embeddings is shared by all bots: a digest already says what
// was encoded, so its rows belong to bot "".

type embeddingRow struct {
	bun.BaseModel `bun:"table:embeddings"`

	Bot       string `bun:"bot"`
	EncoderID string `bun:"encoder_id"`
	Digest    string `bun:"digest"`
	Dimension int    `bun:"dimension"`
	Vector    []byte `bun:"vector"` // float32, little endian
}

// Embeddings returns the cached vectors for these digests; ones not cached are
// missing from the map, and the slices belong to the caller. A row whose
// length is not its dimension is fault.Internal: the database was damaged.
func (s *Store) Embeddings(ctx context.Context, encoderID string, digests []string) (map[string][]float32, error) {
	vectors := make(map[string][]float32, len(digests))
	for part := range slices.Chunk(digests, statementRows) {
		var rows []embeddingRow
		err := s.reader.NewSelect().Model(&rows).Column("digest", "dimension", "vector").
			Where("bot = ''").Where("encoder_id = ?", encoderID).Where("digest IN (?)", bun.List(part)).Scan(ctx)
		if err != nil {
			return nil, s.fail(err, "reading cached embeddings")
		}
		for _, r := range rows {
			if len(r.Vector) != 4*r.Dimension || r.Dimension == 0 {
				return nil, fault.New(fault.Internal, "the cached embedding %s of encoder %s is damaged (%d bytes for %d numbers); delete the rows of this encoder from table embeddings, they are made anew", r.Digest, encoderID, len(r.Vector), r.Dimension)
			}
			vectors[r.Digest] = unpackVector(r.Vector)
		}
	}
	return vectors, nil
}

// PutEmbeddings caches vectors by digest; digests already cached keep theirs.
// Vectors of different lengths, empty ones, or a length other than what the
// encoder's cached vectors have are fault.Invalid, and nothing is stored.
func (s *Store) PutEmbeddings(ctx context.Context, encoderID string, vectors map[string][]float32) error {
	if encoderID == "" {
		return fault.New(fault.Invalid, "embeddings belong to an encoder")
	}
	if len(vectors) == 0 {
		return nil
	}
	rows := make([]embeddingRow, 0, len(vectors))
	for digest, v := range vectors {
		rows = append(rows, embeddingRow{EncoderID: encoderID, Digest: digest, Dimension: len(v), Vector: packVector(v)})
		if len(v) != rows[0].Dimension || len(v) == 0 || digest == "" {
			return fault.New(fault.Invalid, "embedding %q has %d numbers, others of the same call %d", digest, len(v), rows[0].Dimension)
		}
	}
	slices.SortFunc(rows, func(a, b embeddingRow) int { // one order of locks for all writers
		if a.Digest < b.Digest {
			return -1
		}
		return 1
	})
	return s.write(ctx, "caching embeddings", func(ctx context.Context, tx bun.Tx) error {
		// All of an encoder have one length, so any of them tells it.
		var stored []int
		err := tx.NewSelect().Model((*embeddingRow)(nil)).Column("dimension").
			Where("bot = ''").Where("encoder_id = ?", encoderID).Limit(1).Scan(ctx, &stored)
		if err != nil {
			return err
		}
		if len(stored) == 1 && stored[0] != rows[0].Dimension {
			return fault.New(fault.Invalid, "encoder %s has cached vectors of another length than %d; two encoders must not share an id", encoderID, rows[0].Dimension)
		}
		for part := range slices.Chunk(rows, statementRows) {
			if _, err := tx.NewInsert().Model(&part).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func packVector(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func unpackVector(b []byte) []float32 {
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
