package segment

import (
	"bufio"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/yingda/yingda/internal/fault"
)

// StopWords reads words that carry no meaning for a search: one a line, #
// before a word begins a comment. The keys of the set are folded as Token.Term is. A line of
// several words or of invalid UTF-8 is fault.Invalid and named in Field; a
// reader that fails is fault.Unavailable.
func StopWords(r io.Reader) (map[string]struct{}, error) {
	set := map[string]struct{}{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		fields := fieldsOf(lines.Text())
		switch {
		case len(fields) == 0:
			continue
		case !utf8.ValidString(fields[0]):
			return nil, fault.In("line "+strconv.Itoa(n), fault.New(fault.Invalid, "not valid UTF-8; save the list as UTF-8"))
		case len(fields) > 1:
			return nil, fault.In("line "+strconv.Itoa(n), fault.New(fault.Invalid, "several words; put one word on a line"))
		}
		set[Fold(fields[0])] = struct{}{}
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the list of stop words could not be read")
	}
	return set, nil
}
