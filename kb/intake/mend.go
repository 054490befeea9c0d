package intake

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// spot is a place in a file.
type spot struct {
	sheet string
	line  int
}

// mending is a file of what is to be mended.
type mending struct {
	columns importer.Columns
	// sheets counts the sheets by their first problem, which is their order.
	sheets   map[string]int
	problems map[spot][]Problem
	rows     map[spot][]string
}

// WriteProblems writes the rows that have problems as CSV for Excel: what is
// wrong, how to mend it, and the row in the columns that the file has, so that
// the mended rows can be uploaded as they are. Rows that were refused stand
// there as in the file; rows with warnings as they were understood. A row with
// several problems stands once. Faults are those of Problems; a writer that
// fails is fault.Unavailable.
func (s *Service) WriteProblems(ctx context.Context, bot, id string, w io.Writer) error {
	m, err := s.mending(ctx, bot, id)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fault.Wrap(err, fault.Unavailable, "报告没有写完，请重试")
	}
	out := csv.NewWriter(w)
	err = out.Write(append(importer.NoteHeadings(), m.columns.Headings()...))
	for _, row := range m.table() {
		if err == nil {
			err = out.Write(row)
		}
	}
	out.Flush()
	return fault.Wrap(cmp.Or(err, out.Error()), fault.Unavailable, "报告没有写完，请重试")
}

// mending collects what a job's check left to mend.
func (s *Service) mending(ctx context.Context, bot, id string) (mending, error) {
	problems, err := s.problems(ctx, bot, id)
	if err != nil {
		return mending{}, err
	}
	e, err := s.o.Store.Import(ctx, bot, id)
	if err != nil {
		return mending{}, err
	}
	var left leftovers
	if e.Job.Summary != nil {
		list, err := part[leftovers](ctx, s.o.Store, e.Job, jobs.PartOriginals)
		if err == nil && len(list) != 1 {
			err = fault.New(fault.Internal, "the rows of import %s are damaged in the database", id)
		}
		if err != nil {
			return mending{}, err
		}
		left = list[0]
	}
	m := mending{sheets: map[string]int{}, problems: map[spot][]Problem{}, rows: map[spot][]string{}}
	if m.columns, err = importer.NewColumns(left.Headings, left.Fields, e.Job.Mapping); err != nil {
		return m, err
	}
	byNumber := map[int]spot{}
	for _, p := range problems {
		here := spot{p.Sheet, p.Line}
		if _, ok := m.sheets[p.Sheet]; !ok {
			m.sheets[p.Sheet] = len(m.sheets)
		}
		m.problems[here] = append(m.problems[here], p)
		if p.Row > 0 {
			byNumber[p.Row] = here
		}
	}
	for _, o := range left.Originals {
		m.rows[spot{o.Sheet, o.Line}] = m.columns.Original(o)
	}
	rows, err := s.tableOf(ctx, bot, id)
	for _, r := range rows {
		if here, ok := byNumber[r.Number]; ok && m.rows[here] == nil {
			m.rows[here] = m.columns.Cells(r.Article)
		}
	}
	return m, err
}

// table are the lines of the file, in the order of the file that was uploaded.
func (m mending) table() [][]string {
	var order []spot
	for here := range m.problems {
		order = append(order, here)
	}
	for here := range m.rows {
		if m.problems[here] == nil { // goes on with a row that has them
			order = append(order, here)
		}
	}
	slices.SortFunc(order, func(a, b spot) int {
		return cmp.Or(cmp.Compare(m.sheets[a.sheet], m.sheets[b.sheet]), cmp.Compare(a.sheet, b.sheet), cmp.Compare(a.line, b.line))
	})
	out := make([][]string, len(order))
	for i, here := range order {
		row := m.rows[here]
		if row == nil {
			row = make([]string, len(m.columns.Headings()))
		}
		out[i] = append(explain(here.sheet, here.line, m.problems[here]), row...)
	}
	return out
}

// explain writes the problems of one row as cells under NoteHeadings.
func explain(sheet string, line int, list []Problem) []string {
	level := ""
	var why, how []string
	for _, p := range list {
		switch {
		case p.Severity == importer.Refused:
			level = "错误"
		case level == "":
			level = "提醒"
		}
		why = append(why, p.Message)
		if p.Mend != "" && !slices.Contains(how, p.Mend) {
			how = append(how, p.Mend)
		}
	}
	where := ""
	if line > 0 {
		where = strconv.Itoa(line)
	}
	return []string{harmless(sheet), where, level, harmless(strings.Join(why, "\n")), harmless(strings.Join(how, "\n"))}
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}
