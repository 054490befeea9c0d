package base

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
)

// Report says what an import did, or would do.
type Report struct {
	Rows      int                `json:"rows"` // read, the heading not counted
	Added     int                `json:"added"`
	Replaced  int                `json:"replaced"`
	Unchanged int                `json:"unchanged"`
	Rejected  int                `json:"rejected"`
	Problems  []importer.Problem `json:"problems"` // never nil
}

// Import reads a file of articles (see package importer) and stores its good
// rows in one change; the bad ones, and warnings, are in the report. A row
// without an id replaces the article with the same question. dryRun only
// reports. Faults are those of importer.ReadContext; where storing fails,
// nothing is stored. Package intake does the same as a job, with more checks.
func (s *Service) Import(ctx context.Context, bot string, format importer.Format, file io.Reader, dryRun bool) (Report, error) {
	table, err := importer.ReadContext(ctx, file, importer.Options{Format: format, Now: s.opts.Clock.Now()})
	if err != nil {
		return Report{Problems: []importer.Problem{}}, err
	}
	report := Report{Rows: table.Count, Rejected: table.Rejected, Problems: table.Problems}
	if report.Problems == nil {
		report.Problems = []importer.Problem{}
	}
	b, err := s.open(ctx, bot)
	if err != nil {
		return report, err
	}
	if err := b.lock(ctx); err != nil {
		return report, err
	}
	defer b.unlock()
	added, replaced := s.compare(bot, table, &report)
	report.Added, report.Replaced = len(added), len(replaced)
	if dryRun || len(added)+len(replaced) == 0 {
		return report, nil
	}
	for i := range added {
		if added[i].ID == "" {
			added[i].ID = s.opts.IDs.New("art")
		}
	}
	if _, _, err := s.change(ctx, bot, b, kb.Change{Note: "导入", Put: append(added, replaced...)}); err != nil {
		report.Added, report.Replaced = 0, 0
		return report, err
	}
	return report, nil
}

// compare divides rows into new articles and changed ones; rows that say what
// is stored already are counted. What the file does not speak of stays as it is
// stored. Two rows that mean the same article are a problem of the second.
func (s *Service) compare(bot string, table importer.Table, report *Report) (added, replaced []kb.Article) {
	byID, byQuestion := map[string]kb.Article{}, map[string]kb.Article{}
	for _, a := range s.opts.Index.Articles(bot) {
		byID[a.ID] = a
		if _, ok := byQuestion[a.Question]; !ok {
			byQuestion[a.Question] = a
		}
	}
	taken := map[string]int{}
	for _, row := range table.Rows {
		a := row.Article
		a.Bot = bot
		old, known := byID[a.ID]
		if a.ID == "" {
			if old, known = byQuestion[a.Question]; known {
				a.ID = old.ID
			}
		}
		if line, ok := taken[a.ID]; ok && a.ID != "" {
			report.Rejected++
			report.Problems = append(report.Problems, importer.Problem{
				Sheet: row.Sheet, Line: row.Line, Field: "id", Severity: importer.Refused, Code: "duplicate_id",
				Message: "与第 " + strconv.Itoa(line) + " 行是同一个知识条目（编号 " + a.ID + "）", Mend: "把两行合并，或给其中一行另一个编号",
			})
			continue
		}
		taken[a.ID] = row.Line
		if known {
			var flaws []kb.Flaw
			if a, flaws = table.Over(row, old); len(flaws) > 0 && !old.Same(a) {
				report.Rejected++
				report.Problems = append(report.Problems, importer.Misfits(row, flaws)...)
				continue
			}
			a.Bot = bot
		}
		switch {
		case !known:
			added = append(added, a)
		case old.Same(a):
			report.Unchanged++
		default:
			replaced = append(replaced, a)
		}
	}
	if len(table.Rows) > 0 && table.Rows[0].Sheet == "" { // workbooks have an order of their own
		slices.SortStableFunc(report.Problems, func(a, b importer.Problem) int { return a.Line - b.Line })
	}
	return added, replaced
}

// Export writes all articles of a bot so that Import reads them back. Faults
// are those of importer.Write.
func (s *Service) Export(ctx context.Context, bot string, format importer.Format, w io.Writer) error {
	if _, err := s.open(ctx, bot); err != nil {
		return err
	}
	return importer.Write(w, format, s.opts.Index.Articles(bot))
}
