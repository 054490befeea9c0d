package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"

	"github.com/yingda/yingda/nlu/head"
)

// Matrix counts how often each label (row) was taken for each (column).
type Matrix struct {
	Labels []string
	Counts [][]int
}

// NewMatrix counts predictions; labels are those of the report, in its order.
func NewMatrix(r head.Report) Matrix {
	m := Matrix{}
	index := map[string]int{}
	for i, c := range r.Classes {
		index[c.Label] = i
		m.Labels = append(m.Labels, c.Label)
		m.Counts = append(m.Counts, make([]int, len(r.Classes)))
	}
	for _, p := range r.Predictions {
		m.Counts[index[p.Truth]][index[p.Label]]++
	}
	return m
}

// share is the part of a row's messages in a cell.
func (m Matrix) share(i, j int) float64 {
	total := 0
	for _, n := range m.Counts[i] {
		total += n
	}
	return float64(m.Counts[i][j]) / float64(max(1, total))
}

// shade is a cell's colour: blue on the diagonal, red beside it, by the square
// root of the share, so that rare confusions show.
func (m Matrix) shade(i, j int) color.NRGBA {
	v := math.Sqrt(m.share(i, j))
	fade := func(to uint8) uint8 { return uint8(255 - v*float64(255-to)) }
	if i == j {
		return color.NRGBA{fade(37), fade(99), fade(200), 255}
	}
	return color.NRGBA{fade(200), fade(40), fade(40), 255}
}

// Sizes of the picture in pixels.
const (
	cellSize   = 22
	marginSize = 30
)

// PNG draws the matrix. Rows and columns carry the numbers of the labels in
// their order, from 1: HTML shows the names.
func (m Matrix) PNG() ([]byte, error) {
	n := len(m.Labels)
	size := marginSize + n*cellSize + 1
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	fill(img, img.Bounds(), color.NRGBA{255, 255, 255, 255})
	dark := color.NRGBA{40, 40, 40, 255}
	for i := range n {
		number := fmt.Sprint(i + 1)
		digits(img, number, marginSize-4-4*len(number), marginSize+i*cellSize+8, dark)
		digits(img, number, marginSize+i*cellSize+(cellSize-4*len(number))/2, marginSize-9, dark)
		for j := range n {
			x, y := marginSize+j*cellSize, marginSize+i*cellSize
			fill(img, image.Rect(x, y, x+cellSize, y+cellSize), color.NRGBA{225, 225, 225, 255})
			fill(img, image.Rect(x+1, y+1, x+cellSize, y+cellSize), m.shade(i, j))
			if c := m.Counts[i][j]; c > 0 {
				ink := dark
				if m.share(i, j) > 0.4 {
					ink = color.NRGBA{255, 255, 255, 255}
				}
				text := fmt.Sprint(c)
				digits(img, text, x+(cellSize-4*len(text))/2+1, y+9, ink)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

func fill(img *image.NRGBA, r image.Rectangle, c color.NRGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetNRGBA(x, y, c)
		}
	}
}

// figures are the digits in 3 by 5 points, a row in three bits.
var figures = [10][5]byte{
	{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7}, {5, 5, 7, 1, 1},
	{7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1}, {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7},
}

// digits writes a number with its upper left corner at x, y.
func digits(img *image.NRGBA, number string, x, y int, c color.NRGBA) {
	for k, r := range number {
		for row, bits := range figures[r-'0'] {
			for col := range 3 {
				if bits&(4>>col) != 0 {
					img.SetNRGBA(x+4*k+col, y+row, c)
				}
			}
		}
	}
}

//go:embed matrix.html
var matrixPage string

var matrixTemplate = template.Must(template.New("matrix").Funcs(template.FuncMap{
	"next":    func(i int) int { return i + 1 },
	"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
}).Parse(matrixPage))

// HTML is a page with the matrix, the figures of every label and the mistakes,
// complete in itself.
func HTML(title string, r head.Report, examples []head.Example) ([]byte, error) {
	m := NewMatrix(r)
	type cell struct {
		Count       int
		Truth, Says string
		Share       float64
		Style       template.CSS
	}
	type mistake struct {
		Text, Truth, Says string
		Confidence        float64
	}
	page := struct {
		Title    string
		Report   head.Report
		Rows     [][]cell
		Mistakes []mistake
	}{Title: title, Report: r}
	for i, counts := range m.Counts {
		row := make([]cell, len(counts))
		for j, n := range counts {
			c := m.shade(i, j)
			ink := "#222"
			if m.share(i, j) > 0.4 {
				ink = "#fff"
			}
			row[j] = cell{n, m.Labels[i], m.Labels[j], m.share(i, j), template.CSS(fmt.Sprintf("background:#%02x%02x%02x;color:%s", c.R, c.G, c.B, ink))}
		}
		page.Rows = append(page.Rows, row)
	}
	for i, p := range r.Predictions {
		if p.Label != p.Truth {
			page.Mistakes = append(page.Mistakes, mistake{examples[i].Text, p.Truth, p.Label, p.Confidence})
		}
	}
	var b bytes.Buffer
	err := matrixTemplate.Execute(&b, page)
	return b.Bytes(), err
}
