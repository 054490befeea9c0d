package intake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// pack writes a list as compressed JSON Lines, the way parts of a job are kept.
func pack[T any](list []T) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	e := json.NewEncoder(z)
	e.SetEscapeHTML(false)
	for i := range list {
		if err := e.Encode(&list[i]); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "the report of an import cannot be written")
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads what pack wrote; anything else is fault.Internal.
func unpack[T any](data []byte) ([]T, error) {
	damaged := func(err error) error {
		return fault.Wrap(err, fault.Internal, "the report of an import is damaged in the database")
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	var out []T
	for d := json.NewDecoder(z); ; {
		var v T
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, damaged(err)
		}
		out = append(out, v)
	}
}

// part reads a part of a job.
func part[T any](ctx context.Context, store Store, j jobs.Job, name string) ([]T, error) {
	data, err := store.ImportPart(ctx, j.Bot, j.ID, name)
	if err != nil {
		return nil, err
	}
	return unpack[T](data)
}
