package ort

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/yingda/yingda/internal/fault"
)

// blockSizes are the sizes in which rows are packed, as many of the largest as
// fit first; fewer rows than the smallest are scanned in Go. Large blocks cost
// least per row, small ones keep what is left for Go short.
var blockSizes = [...]int{largeBlock, 1 << 11, smallBlock}

// largeBlock is the largest size, the one that may be packed coarsely; smallBlock
// the smallest that is packed at all.
const (
	largeBlock = 1 << 15
	smallBlock = 1 << 8
)

// Scanner finds the rows of int8 matrices with the largest inner products. It
// packs the rows of a matrix into native sessions the first time it sees them
// and forgets them when the matrix is collected. It is safe for concurrent use.
//
// A scan is bound by the memory it reads, so rows whose dimension is a multiple
// of 256 are packed in four bits, half of what they take themselves: a block
// yields four times the rows that are wanted, and those are scored again as
// they are. A row is missed only where rounding pushes it behind that many
// others; measured on random vectors, none of the best ten was (docs/adr/0006).
//
// A matrix is known by the address of its first value: rows that were scanned
// once must never change, and rows may only be added behind them, within the
// same Go-allocated array.
type Scanner struct {
	env *Environment

	mu       sync.Mutex
	matrices map[weak.Pointer[int8]]*packed
	closed   bool
}

// NewScanner returns an empty Scanner; Close it before the Environment.
func (e *Environment) NewScanner() *Scanner {
	return &Scanner{env: e, matrices: map[weak.Pointer[int8]]*packed{}}
}

// packed is what the Scanner knows of one matrix.
type packed struct {
	dim int
	// packing is held by who packs rows; scans go on meanwhile with the blocks
	// that there were.
	packing sync.Mutex
	// mu guards blocks and closed, and is held for reading while a scan uses
	// the blocks.
	mu     sync.RWMutex
	blocks []block // adjacent, from row 0
	closed bool
}

// block is a session over the rows [from, from+rows).
type block struct {
	session    *Session
	from, rows int
	dim        int
	coarse     bool
}

func (p *packed) covered() int {
	if len(p.blocks) == 0 {
		return 0
	}
	last := p.blocks[len(p.blocks)-1]
	return last.from + last.rows
}

// Scan returns the k rows of matrix (rows × dim, row-major) with the largest
// inner products with query (dim values), best first, with those products;
// fewer when there are fewer rows. The products are exact. Sizes that do not
// agree are fault.Internal; an ended context is its cause.
func (s *Scanner) Scan(ctx context.Context, matrix []int8, rows, dim int, query []int8, k int) ([]int32, []int64, error) {
	if dim <= 0 || rows < 0 || len(matrix) < rows*dim || len(query) != dim {
		return nil, nil, fault.New(fault.Internal, "a matrix of %d values and a query of %d do not make %d rows of %d", len(matrix), len(query), rows, dim)
	}
	k = min(k, rows)
	if k <= 0 {
		return nil, nil, ctx.Err()
	}
	best := &selection{k: k}
	next := 0
	if rows >= smallBlock {
		p, err := s.known(matrix, dim)
		if err != nil {
			return nil, nil, err
		}
		if err := p.extend(ctx, s.env, matrix, rows); err != nil {
			return nil, nil, err
		}
		defer p.mu.RUnlock()
		q := newQuestion(matrix, query)
		for _, b := range p.blocks {
			if b.from+b.rows > rows {
				break
			}
			if err := b.scan(ctx, q, best); err != nil {
				return nil, nil, err
			}
			next = b.from + b.rows
		}
	}
	for ; next < rows; next++ {
		if next%smallBlock == 0 && ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		best.offer(dot(matrix[next*dim:(next+1)*dim], query), int64(next))
	}
	scores, indices := best.take()
	return scores, indices, nil
}

// known returns the entry of the matrix, which may be new.
func (s *Scanner) known(matrix []int8, dim int) (*packed, error) {
	key := weak.Make(&matrix[0])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errScannerClosed()
	}
	p := s.matrices[key]
	if p == nil {
		p = &packed{dim: dim}
		s.matrices[key] = p
		runtime.AddCleanup(&matrix[0], s.forget, key)
	}
	if p.dim != dim {
		return nil, fault.New(fault.Internal, "the matrix was scanned with %d columns before, now with %d", p.dim, dim)
	}
	return p, nil
}

// forget frees what belongs to a collected matrix. Its sessions cannot be in
// use: a scan keeps its matrix alive.
func (s *Scanner) forget(key weak.Pointer[int8]) {
	s.mu.Lock()
	p := s.matrices[key]
	delete(s.matrices, key)
	s.mu.Unlock()
	if p != nil {
		// Nobody waits for this; a session that does not close is lost memory, no wrong result.
		_ = p.close()
	}
}

// Close frees every session. Scans that go on finish first.
func (s *Scanner) Close() error {
	s.mu.Lock()
	s.closed = true
	all := s.matrices
	s.matrices = map[weak.Pointer[int8]]*packed{}
	s.mu.Unlock()
	var faults []error
	for _, p := range all {
		faults = append(faults, p.close())
	}
	return errors.Join(faults...)
}

func (p *packed) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	faults := closeBlocks(p.blocks)
	p.blocks = nil
	return faults
}

func closeBlocks(blocks []block) error {
	var faults []error
	for _, b := range blocks {
		faults = append(faults, b.session.Close())
	}
	return errors.Join(faults...)
}

// Prepare packs the first rows of a matrix, so that the next scan need not.
// Scans of the matrix go on meanwhile. Its faults are those of Scan.
func (s *Scanner) Prepare(ctx context.Context, matrix []int8, rows, dim int) error {
	if dim <= 0 || rows < 0 || len(matrix) < rows*dim {
		return fault.New(fault.Internal, "a matrix of %d values does not hold %d rows of %d", len(matrix), rows, dim)
	}
	if rows < smallBlock {
		return ctx.Err()
	}
	p, err := s.known(matrix, dim)
	if err != nil {
		return err
	}
	if err := p.extend(ctx, s.env, matrix, rows); err != nil {
		return err
	}
	p.mu.RUnlock()
	return nil
}

// extend packs rows that are not packed yet, as far as they fill blocks. It
// returns with mu held for reading unless it fails.
func (p *packed) extend(ctx context.Context, env *Environment, matrix []int8, rows int) error {
	p.mu.RLock()
	if p.covered() >= rows-rows%smallBlock {
		return nil
	}
	p.mu.RUnlock()
	if err := p.pack(ctx, env, matrix, rows); err != nil {
		return err
	}
	p.mu.RLock()
	return nil
}

func (p *packed) pack(ctx context.Context, env *Environment, matrix []int8, rows int) error {
	p.packing.Lock()
	defer p.packing.Unlock()
	// Only the holder of packing changes blocks, but for close.
	p.mu.RLock()
	old := slices.Clone(p.blocks)
	done := p.covered() >= rows-rows%smallBlock // another was faster
	p.mu.RUnlock()
	if done {
		return nil
	}
	same, next := 0, 0
	sizes := plan(rows)
	for same < len(old) && same < len(sizes) && old[same].rows == sizes[same] {
		next += sizes[same]
		same++
	}
	var fresh []block
	for _, size := range sizes[same:] {
		if ctx.Err() != nil {
			return errors.Join(context.Cause(ctx), closeBlocks(fresh))
		}
		b, err := newBlock(env, matrix, next, size, p.dim)
		if err != nil {
			return errors.Join(err, closeBlocks(fresh))
		}
		fresh = append(fresh, b)
		next += size
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return errors.Join(errScannerClosed(), closeBlocks(fresh))
	}
	p.blocks = slices.Concat(old[:same], fresh)
	p.mu.Unlock()
	// No scan uses them any more: it would have held mu.
	return closeBlocks(old[same:])
}

func errScannerClosed() error {
	return fault.New(fault.Unavailable, "the vector scanner is closed: the program is stopping; try again")
}

// plan returns the sizes of the blocks for so many rows.
func plan(rows int) []int {
	var sizes []int
	for _, size := range blockSizes {
		for ; rows >= size; rows -= size {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// selection keeps the k best rows. Offers come in runs, so it collects and cuts.
type selection struct {
	k     int
	items []scored
	floor int32 // below this nothing can enter, once full
	full  bool
}

type scored struct {
	score int32
	row   int64
}

func (s *selection) offer(score int32, row int64) {
	if s.full && score <= s.floor {
		return
	}
	s.items = append(s.items, scored{score, row})
	if len(s.items) >= 2*s.k+64 {
		s.cut()
	}
}

func (s *selection) cut() {
	slices.SortFunc(s.items, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	if len(s.items) >= s.k {
		s.items = s.items[:s.k]
		s.floor, s.full = s.items[s.k-1].score, true
	}
}

func (s *selection) take() ([]int32, []int64) {
	s.cut()
	scores, rows := make([]int32, len(s.items)), make([]int64, len(s.items))
	for i, it := range s.items {
		scores[i], rows[i] = it.score, it.row
	}
	return scores, rows
}
