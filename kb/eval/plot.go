package eval

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"

	"github.com/yingda/yingda/internal/fault"
)

// The picture's measures, in pixels.
const (
	plotWidth, plotHeight          = 900, 560
	plotLeft, plotTop              = 70, 30
	plotRight, plotBottom          = 870, 500
	pixel                          = 2 // of a glyph
	plotFloor, plotCeiling float64 = 0, 0.5
)

// inks are the methods' colours, in their order.
var inks = []color.NRGBA{{200, 120, 30, 255}, {120, 140, 60, 255}, {60, 120, 200, 255}, {190, 40, 60, 255}, {110, 60, 160, 255}}

// PNG draws the coverage–risk curves: to the right the share of answerable
// questions that get a right answer, upwards the share of answers that are
// wrong, up to a half. Lines at 5 and 10 % mark the usual limits. An empty
// report is fault.Invalid.
func (r Report) PNG() ([]byte, error) {
	if len(r.Methods) == 0 {
		return nil, fault.New(fault.Invalid, "the report is empty")
	}
	img := image.NewNRGBA(image.Rect(0, 0, plotWidth, plotHeight))
	paper, grid, dark := color.NRGBA{255, 255, 255, 255}, color.NRGBA{228, 228, 228, 255}, color.NRGBA{40, 40, 40, 255}
	for i := range img.Pix {
		img.Pix[i] = paper.R
	}
	x := func(share float64) int { return plotLeft + int(math.Round(share*(plotRight-plotLeft))) }
	y := func(wrong float64) int {
		wrong = min(max(wrong, plotFloor), plotCeiling)
		return plotBottom - int(math.Round(wrong/plotCeiling*(plotBottom-plotTop)))
	}
	for i := 0; i <= 10; i++ {
		share := float64(i) / 10
		line(img, x(share), plotTop, x(share), plotBottom, grid)
		write(img, fmt.Sprintf("%d%%", 10*i), x(share)-10, plotBottom+10, dark)
		wrong := share * plotCeiling
		line(img, plotLeft, y(wrong), plotRight, y(wrong), grid)
		write(img, fmt.Sprintf("%d%%", 5*i), plotLeft-46, y(wrong)-5, dark)
	}
	for _, limit := range []float64{0.05, 0.10} {
		line(img, plotLeft, y(limit), plotRight, y(limit), color.NRGBA{160, 160, 160, 255})
	}
	write(img, "RIGHT ANSWERS TO THE ANSWERABLE", plotLeft+250, plotBottom+34, dark)
	write(img, "WRONG OF THE ANSWERS GIVEN", plotLeft, 8, dark)
	for i, c := range r.Curves().Curves {
		ink := inks[i%len(inks)]
		fromX, fromY := -1, 0
		for _, p := range c.Points {
			toX, toY := x(p.Coverage), y(p.WrongShare)
			if fromX >= 0 {
				for thick := range 2 {
					line(img, fromX, fromY+thick, toX, toY+thick, ink)
				}
			}
			fromX, fromY = toX, toY
		}
		write(img, c.Method, plotLeft+20, plotTop+14+18*i, ink)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "the picture cannot be drawn")
	}
	return b.Bytes(), nil
}

// line draws by the digital differential analyser.
func line(img *image.NRGBA, x0, y0, x1, y1 int, c color.NRGBA) {
	n := max(abs(x1-x0), abs(y1-y0), 1)
	for i := range n + 1 {
		img.SetNRGBA(x0+(x1-x0)*i/n, y0+(y1-y0)*i/n, c)
	}
}

func abs(n int) int { return max(n, -n) }

// write puts a text in capitals; characters without a glyph are blanks.
func write(img *image.NRGBA, text string, left, top int, c color.NRGBA) {
	for _, r := range strings.ToUpper(text) {
		glyph := glyphs[r]
		for row := 0; row < len(glyph)/3; row++ {
			for col := range 3 {
				if glyph[3*row+col] != '#' {
					continue
				}
				for i := range pixel * pixel {
					img.SetNRGBA(left+col*pixel+i%pixel, top+row*pixel+i/pixel, c)
				}
			}
		}
		left += 4 * pixel
	}
}

// glyphs are 3 by 5 pixels, row by row.
var glyphs = map[rune]string{
	'0': "#### ## ## ####", '1': " # ##  #  # ###", '2': "###  #####  ###", '3': "###  ####  ####", '4': "# ## ####  #  #",
	'5': "####  ###  ####", '6': "####  #### ####", '7': "###  #  #  #  #", '8': "#### ##### ####", '9': "#### ####  ####",
	'A': " # # ##### ## #", 'B': "## # ### # ### ", 'C': " ###  #  #   ##", 'D': "## # ## ## ### ", 'E': "####  ## #  ###",
	'F': "####  ## #  #  ", 'G': " ###  # ## # ##", 'H': "# ## ##### ## #", 'I': "### #  #  # ###", 'J': "  #  #  ## # # ",
	'K': "# ## ### # ## #", 'L': "#  #  #  #  ###", 'M': "# ######## ## #", 'N': "## # ## ## ## #", 'O': "#### ## ## ####",
	'P': "## # ### #  #  ", 'Q': " # # ## # ## ##", 'R': "## # ### # ## #", 'S': " ###   #   ### ", 'T': "### #  #  #  # ",
	'U': "# ## ## ## ####", 'V': "# ## ## ## # # ", 'W': "# ## ########  ", 'X': "# ## # # # ## #", 'Y': "# ## # #  #  # ",
	'Z': "###  # # #  ###", '%': "# #  # # #  # #", '(': " # #  #  #   # ", ')': " #   #  #  # # ",
}
