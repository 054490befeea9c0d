package base

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/yingda/yingda/internal/fault"
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

// importBatch is how many articles of an import are stored in one transaction.
const importBatch = 500

// Import reads a file of articles (see package importer) and stores its good
// rows; the bad ones are in the report. A row without an id replaces the
// article with the same question. dryRun only reports. Faults are those of
// importer.Read; when storing fails half-way, the report says what was done.
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
	added, replaced := s.compare(bot, table.Rows, &report)
	if dryRun {
		report.Added, report.Replaced = len(added), len(replaced)
		return report, nil
	}
	for _, part := range []struct {
		articles []kb.Article
		count    *int
	}{{added, &report.Added}, {replaced, &report.Replaced}} {
		for batch := range slices.Chunk(part.articles, importBatch) {
			for i := range batch {
				if batch[i].ID == "" {
					batch[i].ID = s.opts.IDs.New("art")
				}
			}
			if _, err := s.put(ctx, bot, b, batch); err != nil {
				return report, fault.Wrap(err, fault.CodeOf(err), "导入中断，已写入 %d 条", report.Added+report.Replaced)
			}
			*part.count += len(batch)
		}
	}
	return report, nil
}

// compare divides rows into new articles and changed ones; rows that say what
// is stored already are counted. Two rows that mean the same article are a
// problem of the second.
func (s *Service) compare(bot string, rows []importer.Row, report *Report) (added, replaced []kb.Article) {
	byID, byQuestion := map[string]kb.Article{}, map[string]kb.Article{}
	for _, a := range s.opts.Index.Articles(bot) {
		byID[a.ID] = a
		if _, ok := byQuestion[a.Question]; !ok {
			byQuestion[a.Question] = a
		}
	}
	taken := map[string]int{}
	for _, row := range rows {
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
			report.Problems = append(report.Problems, importer.Problem{Line: row.Line, Field: "id", Code: "duplicate_id",
				Message: "与第 " + strconv.Itoa(line) + " 行是同一个知识条目（编号 " + a.ID + "）"})
			continue
		}
		taken[a.ID] = row.Line
		switch {
		case !known:
			added = append(added, a)
		case same(old, a):
			report.Unchanged++
		default:
			replaced = append(replaced, a)
		}
	}
	slices.SortStableFunc(report.Problems, func(a, b importer.Problem) int { return a.Line - b.Line })
	return added, replaced
}

// same reports whether two articles say the same.
func same(a, b kb.Article) bool {
	return a.Question == b.Question && a.Answer == b.Answer && a.Category == b.Category &&
		slices.Equal(a.Similar, b.Similar) && equal(a.ValidFrom, b.ValidFrom) && equal(a.ValidUntil, b.ValidUntil)
}

func equal(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// Export writes all articles of a bot so that Import reads them back. Faults
// are those of importer.Write.
func (s *Service) Export(ctx context.Context, bot string, format importer.Format, w io.Writer) error {
	if _, err := s.open(ctx, bot); err != nil {
		return err
	}
	return importer.Write(w, format, s.opts.Index.Articles(bot))
}
