package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// maxLineBytes bounds one line of input; a longer one is an error of its own
// and the lines after it are read on.
const maxLineBytes = 1 << 20

// lineFault is what stands on standard output for a line that failed.
type lineFault struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Error struct {
		Code    fault.Code `json:"code"`
		Message string     `json:"message"`
	} `json:"error"`
}

func newLineFault(id json.RawMessage, err error) lineFault {
	var f lineFault
	f.ID = id
	f.Error.Code, f.Error.Message = fault.CodeOf(err), err.Error()
	return f
}

// eachLine reads lines, hands them to work on up to workers goroutines, and
// passes the results to emit in the order of the lines. emit's flush is true
// when no further result is at hand, so that a program that writes a line and
// waits for its answer gets it. It stops at the first error of emit or of
// reading, and when ctx ends.
func eachLine[T any](ctx context.Context, r io.Reader, workers int, work func(line []byte, err error) T, emit func(res T, flush bool) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type slot chan T
	pending := make(chan slot, max(2*workers, 2))
	admit := make(chan struct{}, workers)
	readErr := make(chan error, 1)
	go func() {
		defer close(pending)
		br := bufio.NewReaderSize(r, 64<<10)
		for {
			line, err := readLine(br)
			if errors.Is(err, io.EOF) {
				readErr <- nil
				return
			}
			var bad *fault.Error
			if err != nil && !errors.As(err, &bad) {
				readErr <- fault.Wrap(err, fault.Invalid, "the input could not be read")
				return
			}
			s := make(slot, 1)
			select {
			case pending <- s:
			case <-ctx.Done():
				readErr <- ctx.Err()
				return
			}
			select {
			case admit <- struct{}{}:
			case <-ctx.Done():
				readErr <- ctx.Err()
				return
			}
			go func() {
				s <- work(line, err)
				<-admit
			}()
		}
	}()
	for s := range pending {
		var res T
		select {
		case res = <-s:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := emit(res, len(pending) == 0); err != nil {
			return err
		}
	}
	return <-readErr
}

// readLine returns the next line without its end, as a copy. A line that is
// too long, or not UTF-8, is a fault, and reading may go on.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := br.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
			if len(line) > maxLineBytes {
				tooLong, line = true, nil
			}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		}
		break
	}
	if tooLong {
		return nil, fault.New(fault.TooLarge, "the line is longer than %d bytes; split it", maxLineBytes)
	}
	line = bytes.TrimRight(line, "\r\n")
	if !utf8.Valid(line) {
		return nil, fault.New(fault.Invalid, "the line is not UTF-8; convert the file first, e.g. iconv -f GB18030 -t UTF-8")
	}
	return line, nil
}

// jsonLines runs work over JSON Lines of In and writes one line per line, in
// order: work's result, or an error in its place. Blank lines are passed over.
// The result is errLines when any line failed.
func jsonLines[In any](g *globals, workers int, id func(In) json.RawMessage, work func(In) (any, error)) error {
	type result struct {
		line   []byte
		failed bool
	}
	out := bufio.NewWriterSize(g.std.out, 64<<10)
	failed := false
	one := func(line []byte, err error) result {
		var in In
		var res any
		if err == nil {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
			if len(bytes.TrimSpace(line)) == 0 {
				return result{}
			}
			if jsonErr := json.Unmarshal(line, &in); jsonErr != nil {
				err = fault.Wrap(jsonErr, fault.Invalid, "not a JSON object of the expected shape")
			}
		}
		if err == nil {
			res, err = work(in)
		}
		if err != nil {
			res = newLineFault(id(in), err)
		}
		b, jsonErr := encode(res)
		if jsonErr != nil {
			b, _ = encode(newLineFault(id(in), jsonErr))
			err = jsonErr
		}
		return result{b, err != nil}
	}
	err := eachLine(g.ctx, g.std.in, workers, one, func(r result, flush bool) error {
		failed = failed || r.failed
		if _, err := out.Write(r.line); err != nil {
			return err
		}
		if flush {
			return out.Flush()
		}
		return nil
	})
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil && failed {
		return errLines
	}
	return err
}

// encode is JSON with a line end and without HTML escapes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
