package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress on a terminal and nothing in a pipe.
type bar struct{ b *progressbar.ProgressBar }

// newBar starts a bar of total steps on w when w is a terminal.
func newBar(w io.Writer, title string, total int) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(title),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))}
}

// add moves the bar by n. A bar that cannot be drawn is no reason to stop the work.
func (b *bar) add(n int) {
	if b.b != nil {
		_ = b.b.Add(n)
	}
}

// set moves the bar to n.
func (b *bar) set(n int) {
	if b.b != nil {
		_ = b.b.Set(n)
	}
}

// done removes the bar.
func (b *bar) done() {
	if b.b != nil {
		_ = b.b.Finish()
	}
}
