package vector

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"math"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb"
)

// Load replaces a bot's vectors by what Save wrote under the same mark. What
// was saved under another mark, in another dimension or by another version of
// the program is fault.Conflict; what is damaged fault.Invalid; both change
// nothing. It must not run beside other changes of the bot.
func (x *Index) Load(ctx context.Context, r io.Reader, m Mark) error {
	in := bufio.NewReaderSize(r, 1<<16)
	if err := readStart(in); err != nil {
		return err
	}
	head, err := readHeader(in)
	if err != nil {
		return err
	}
	switch {
	case head.Mark != m:
		return fault.New(fault.Conflict, "the saved vectors are of bot %q, encoder %s and state %s, not of bot %q, encoder %s and state %s",
			head.Bot, head.Encoder, head.Stamp, m.Bot, m.Encoder, m.Stamp)
	case head.Dimension != x.dim:
		return fault.New(fault.Conflict, "the saved vectors have %d values, the index holds vectors of %d", head.Dimension, x.dim)
	}
	b := newBot(x.dim)
	c := b.begin()
	rows := 0
	var payload []byte
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if payload, err = readFrame(in, payload); err != nil {
			return err
		}
		if len(payload) == 0 {
			break
		}
		n, err := x.takeRows(c, payload, head.Rows-rows)
		if err != nil {
			return err
		}
		rows += n
	}
	if rows != head.Rows || len(b.keys) != rows {
		return damaged("%d rows with %d keys where %d are announced", rows, len(b.keys), head.Rows)
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("there is something behind its end")
	}
	c.commit(func(s *snapshot) { x.prepare(ctx, s) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bots[m.Bot] = b
	return nil
}

func damaged(format string, args ...any) error {
	return fault.New(fault.Invalid, "the saved vectors are damaged: "+format, args...)
}

func readStart(r io.Reader) error {
	start := make([]byte, len(magic)+4)
	if _, err := io.ReadFull(r, start); err != nil {
		return torn(err)
	}
	if string(start[:len(magic)]) != magic {
		return damaged("the file begins with %q", start[:len(magic)])
	}
	if v := binary.LittleEndian.Uint32(start[len(magic):]); v != formatVersion {
		return fault.New(fault.Conflict, "the saved vectors are in format %d, this program reads %d", v, formatVersion)
	}
	return nil
}

func readHeader(r io.Reader) (header, error) {
	var h header
	payload, err := readFrame(r, nil)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(payload, &h); err != nil {
		return h, fault.Wrap(err, fault.Invalid, "the saved vectors are damaged: their header is not readable")
	}
	return h, nil
}

// readFrame reads a frame's payload into buffer, or a larger one.
func readFrame(r io.Reader, buffer []byte) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, torn(err)
	}
	n := binary.LittleEndian.Uint32(head[:4])
	if n > maxFrame {
		return nil, damaged("a part of %d bytes", n)
	}
	if int(n) > cap(buffer) {
		buffer = make([]byte, n)
	}
	buffer = buffer[:n]
	if _, err := io.ReadFull(r, buffer); err != nil {
		return nil, torn(err)
	}
	if sum := crc32.Checksum(buffer, castagnoli); sum != binary.LittleEndian.Uint32(head[4:]) {
		return nil, damaged("a checksum is wrong")
	}
	return buffer, nil
}

// torn tells the end of a file that is too short from other read errors.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("the file is cut short")
	}
	return fault.Wrap(err, fault.Unavailable, "the saved vectors cannot be read")
}

// takeRows puts the rows of a frame into the change, at most so many, and
// returns how many there were.
func (x *Index) takeRows(c *change, payload []byte, most int) (int, error) {
	values := make([]float32, x.dim)
	n, owner := 0, ""
	for ; len(payload) > 0; n++ {
		if n == most {
			return 0, damaged("it holds more rows than are announced")
		}
		keyLen, a := binary.Uvarint(payload)
		if a <= 0 {
			return 0, damaged("row %d has no length", n)
		}
		ownerLen, b := binary.Uvarint(payload[a:])
		if b <= 0 {
			return 0, damaged("row %d has no length", n)
		}
		payload = payload[a+b:]
		size := uint64(4 * x.dim)
		if left := uint64(len(payload)); keyLen == 0 || ownerLen == 0 || keyLen > left || ownerLen > left || keyLen+ownerLen+size > left {
			return 0, damaged("row %d does not fit in its part", n)
		}
		key := string(payload[:keyLen])
		if name := payload[keyLen : keyLen+ownerLen]; string(name) != owner { // neighbours share theirs
			owner = string(name)
		}
		payload = payload[keyLen+ownerLen:]
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(payload[4*i:]))
		}
		payload = payload[size:]
		if err := x.check(values); err != nil {
			return 0, damaged("row %d: %v", n, err)
		}
		c.put(kb.Vector{Key: key, Owner: owner, Embedding: values})
	}
	return n, nil
}
