// Command dictgen writes nlu/segment/dict: the general dictionary cut from
// the one that comes with gse, and the table of simplified characters read off
// OpenCC's converter. Run it by go generate after either module changes.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longbridgeapp/opencc"
)

// minFreq is the least frequency of a word that is kept; see dict/README.md
// for what that costs and saves.
const minFreq = 4

func main() {
	dir := "dict"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir); err != nil {
		log.Fatal(err)
	}
}

func run(dir string) error {
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/go-ego/gse").Output()
	if err != nil {
		return fmt.Errorf("locate gse: %w", err)
	}
	src, err := os.Open(filepath.Join(strings.TrimSpace(string(out)), "data", "dict", "zh", "s_1.txt"))
	if err != nil {
		return err
	}
	defer src.Close()
	var words, pairs bytes.Buffer
	if err := trim(&words, src, minFreq); err != nil {
		return err
	}
	if err := simplify(&pairs); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "zh.txt"), words.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "t2s.txt"), pairs.Bytes(), 0o644)
}

// trim copies the lines "word freq pos" whose frequency is at least least and
// whose word a text can hold.
func trim(dst io.Writer, src io.Reader, least float64) error {
	w := bufio.NewWriter(dst)
	lines := bufio.NewScanner(src)
	for n := 1; lines.Scan(); n++ {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		freq, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if freq < least && utf8.RuneCountInString(fields[0]) > 1 {
			continue
		}
		if _, err := fmt.Fprintln(w, strings.Join(fields[:min(len(fields), 3)], " ")); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// simplify writes every character whose simplified form is another single
// character, with that form behind it.
func simplify(dst io.Writer) error {
	converter, err := opencc.New("t2s")
	if err != nil {
		return err
	}
	for r := rune(0x2E80); r < 0x32000; r++ {
		if !unicode.Is(unicode.Han, r) {
			continue
		}
		to, err := converter.Convert(string(r))
		if err != nil {
			return fmt.Errorf("convert %q: %w", r, err)
		}
		// Some forms are traditional forms of yet another character (薴 苧 苎):
		// the table holds the end of the chain, so that folding twice changes nothing.
		for {
			next, err := converter.Convert(to)
			if err != nil {
				return fmt.Errorf("convert %q: %w", to, err)
			}
			if next == to {
				break
			}
			to = next
		}
		if to == string(r) || utf8.RuneCountInString(to) != 1 {
			continue
		}
		if _, err := fmt.Fprintf(dst, "%c%s\n", r, to); err != nil {
			return err
		}
	}
	return nil
}
