package eval

import (
	"fmt"
	"html"
	"strings"
)

// The diagram's square, in units of the picture, and what is around it.
const (
	side   = 300
	margin = 50
)

// SVG draws the reliability diagram: for each bin of confidence the share that
// is right, filled the darker the more predictions the bin has, against the
// diagonal on which confidence can be believed (DeGroot and Fienberg, "The
// Comparison and Evaluation of Forecasters", 1983).
func (r Reliability) SVG() string {
	var b strings.Builder
	width, height := side+2*margin, side+2*margin
	x := func(v float64) float64 { return margin + v*side }
	y := func(v float64) float64 { return margin + (1-v)*side }
	total := 0
	for _, bin := range r.Bins {
		total += bin.Count
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="13">%s, %s</text>`+"\n", margin, html.EscapeString(r.Contender), html.EscapeString(r.Head))
	fmt.Fprintf(&b, `<text x="%d" y="38">%d predictions, expected calibration error %.3f</text>`+"\n", margin, total, r.Error)
	for i, bin := range r.Bins {
		if bin.Count == 0 {
			continue
		}
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#2a6fbb" fill-opacity="%.2f" stroke="#2a6fbb"><title>%d predictions, confidence %.3f, right %.3f</title></rect>`+"\n",
			x(float64(i)/Bins), y(bin.Right), float64(side)/Bins, bin.Right*side, 0.15+0.85*float64(bin.Count)/float64(total), bin.Count, bin.Confidence, bin.Right)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="2.5" fill="#c0392b"/>`+"\n", x(bin.Confidence), y(bin.Right))
	}
	fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#555" stroke-dasharray="4 3"/>`+"\n", x(0), y(0), x(1), y(1))
	fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="none" stroke="#333"/>`+"\n", margin, margin, side, side)
	for _, tick := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n", x(tick), margin+side+15, tick)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", margin-6, y(tick)+4, tick)
	}
	fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">confidence</text>`+"\n", x(0.5), margin+side+34)
	fmt.Fprintf(&b, `<text x="14" y="%.1f" text-anchor="middle" transform="rotate(-90 14 %.1f)">share right</text>`+"\n", y(0.5), y(0.5))
	b.WriteString("</svg>\n")
	return b.String()
}

// File is the name of the diagram's file.
func (r Reliability) File() string { return r.Contender + "-" + r.Head + ".svg" }
