package vector

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"math"

	"github.com/yingda/yingda/internal/fault"
)

// A saved bot is a magic word, the format's version (uint32), and frames: the
// length of the payload and its CRC-32C (uint32 each), then the payload. The
// first frame is the header as JSON, the next ones hold rows, and an empty one
// ends the file. A row is the lengths of key and owner (uvarints), both, and
// the values (float32). All numbers but the uvarints are little-endian.
const (
	magic         = "YDVECTOR"
	formatVersion = 1
	// frameBytes is about how long a frame of rows is, maxFrame the longest
	// that is read: a row may be longer than a frame should be.
	frameBytes = 1 << 20
	maxFrame   = 16 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Mark says what vectors are: what was saved under one mark is loaded under no
// other.
type Mark struct {
	// Encoder is the id of the encoder that made them.
	Encoder string `json:"encoder"`
	Bot     string `json:"bot"`
	// Stamp names the state of the bot's articles that they belong to.
	Stamp string `json:"stamp"`
}

type header struct {
	Mark
	Dimension int `json:"dimension"`
	Rows      int `json:"rows"`
}

// Frozen is one bot's vectors at a moment. It does not change with the index,
// and keeps the memory of what is deleted from that.
type Frozen struct {
	dim  int
	bot  string
	snap *snapshot
}

// Freeze returns the vectors of a bot as they are now.
func (x *Index) Freeze(bot string) Frozen {
	f := Frozen{dim: x.dim, bot: bot, snap: &snapshot{}}
	if b := x.bot(bot, false); b != nil {
		f.snap = b.snap.Load()
	}
	return f
}

// Len counts the vectors.
func (f Frozen) Len() int { return f.snap.live }

// Save writes the vectors under m, whose Bot must be theirs. Its errors are
// those of w, and fault.Internal for another bot or a vector whose names are
// longer than 16 MiB.
func (f Frozen) Save(w io.Writer, m Mark) error {
	if m.Bot != f.bot {
		return fault.New(fault.Internal, "the vectors of bot %q cannot be saved as those of %q", f.bot, m.Bot)
	}
	head, err := json.Marshal(header{Mark: m, Dimension: f.dim, Rows: f.snap.live})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "the mark of the saved vectors cannot be written")
	}
	out := bufio.NewWriterSize(w, frameBytes)
	if _, err := out.Write(binary.LittleEndian.AppendUint32([]byte(magic), formatVersion)); err != nil {
		return err
	}
	if err := writeFrame(out, head); err != nil {
		return err
	}
	var payload []byte
	for _, v := range f.snap.views {
		for r := range v.rows() {
			if v.dead.has(r) {
				continue
			}
			payload = appendRow(payload, v.keys[r], v.owners[r], v.exact[r*f.dim:(r+1)*f.dim])
			if len(payload) < frameBytes {
				continue
			}
			if err := writeFrame(out, payload); err != nil {
				return err
			}
			payload = payload[:0]
		}
	}
	if len(payload) > 0 {
		if err := writeFrame(out, payload); err != nil {
			return err
		}
	}
	if err := writeFrame(out, nil); err != nil {
		return err
	}
	return out.Flush()
}

// Save writes a bot's vectors as they are now; see Frozen.Save.
func (x *Index) Save(w io.Writer, m Mark) error { return x.Freeze(m.Bot).Save(w, m) }

func appendRow(b []byte, key, owner string, values []float32) []byte {
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(len(owner)))
	b = append(b, key...)
	b = append(b, owner...)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func writeFrame(w io.Writer, payload []byte) error {
	if len(payload) > maxFrame {
		return fault.New(fault.Internal, "a vector takes %d bytes with its names, %d are the most that is saved", len(payload), maxFrame)
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(payload, castagnoli))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}
