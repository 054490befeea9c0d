package api

import (
	"bytes"
	"compress/gzip"
	"sync"
)

// packedAssets keeps the compressed form of each embedded file that was asked
// for. There are as many as the build has files.
type packedAssets struct{ byName sync.Map }

// pack returns content compressed with gzip, or nil when that gains nothing.
func (p *packedAssets) pack(name string, content []byte) []byte {
	once, _ := p.byName.LoadOrStore(name, sync.OnceValue(func() []byte { return gzipped(content) }))
	return once.(func() []byte)()
}

func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil { // the level is one that gzip has
		return nil
	}
	// Writing to memory does not fail.
	if _, err := w.Write(content); err != nil || w.Close() != nil || b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}
