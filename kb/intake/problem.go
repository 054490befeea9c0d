package intake

import (
	"context"
	"slices"

	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// Codes of the problems that a check finds by itself, beside importer.Problem's.
const (
	SameArticle   = "same_article"    // two rows mean one article of the base: refused
	OtherAnswer   = "other_answer"    // another article answers the same question differently
	Duplicate     = "duplicate"       // another article has the same question and answer
	NewAnswer     = "new_answer"      // the row replaces the answer of the article with its question
	SameWording   = "same_wording"    // a wording is another article's too
	NearCopy      = "near_copy"       // a wording means nearly the same as another article's
	DeadLink      = "dead_link"       // an address does not answer
	UncheckedLink = "unchecked_link"  // an address that is not asked
	TooManyCopies = "too_many_copies" // further near copies are not listed
	TooManyLinks  = "too_many_links"  // further addresses were not asked
)

// maxPage bounds what one page of rows or problems holds.
const maxPage = 500

// Problem is something about a row that a person should know. A row that was
// refused is not imported, one with warnings is.
type Problem struct {
	importer.Problem
	// Row is the Number of the row; 0 for a refused one or the whole file.
	Row int `json:"row,omitempty"`
	// Question is the row's, to know it by.
	Question string `json:"question,omitempty"`
	// Other is the id of the article that the row collides with; OtherLine is
	// set, with the OtherSheet of a workbook, where that is a row of the same file.
	Other      string `json:"other,omitempty"`
	OtherSheet string `json:"other_sheet,omitempty"`
	OtherLine  int    `json:"other_line,omitempty"`
}

// ProblemFilter selects problems of a job; zero fields do not restrict.
type ProblemFilter struct {
	Severity importer.Severity
	Code     string
	// Offset skips problems; Limit bounds them, 0 means 100, at most 500.
	Offset, Limit int
}

// Problems returns problems in the order of the file, and how many match in
// all. A job that has not been checked yet has none. fault.NotFound: no such
// job, or its report is gone.
func (s *Service) Problems(ctx context.Context, bot, id string, f ProblemFilter) ([]Problem, int, error) {
	all, err := s.problems(ctx, bot, id)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(p Problem) bool {
		return f.Severity != "" && p.Severity != f.Severity || f.Code != "" && p.Code != f.Code
	})
	from, to := page(len(all), f.Offset, f.Limit)
	return all[from:to], len(all), nil
}

// page returns the bounds of a page of n things.
func page(n, offset, limit int) (from, to int) {
	if limit <= 0 {
		limit = 100
	}
	limit = min(limit, maxPage)
	from = min(max(0, offset), n)
	return from, min(n, from+limit)
}

func (s *Service) problems(ctx context.Context, bot, id string) ([]Problem, error) {
	entry, err := s.o.Store.Import(ctx, bot, id)
	if err != nil || entry.Job.Summary == nil {
		return nil, err
	}
	return part[Problem](ctx, s.o.Store, entry.Job, jobs.PartProblems)
}

// Rows returns rows of a checked file with their outcomes, and how many there
// are in all. Faults are those of Problems.
func (s *Service) Rows(ctx context.Context, bot, id string, f RowFilter) ([]Row, int, error) {
	entry, err := s.o.Store.Import(ctx, bot, id)
	if err != nil || entry.Job.Summary == nil {
		return nil, 0, err
	}
	rows, err := part[Row](ctx, s.o.Store, entry.Job, jobs.PartRows)
	if err != nil {
		return nil, 0, err
	}
	rows = slices.DeleteFunc(rows, func(r Row) bool { return f.Outcome != "" && r.Outcome != f.Outcome })
	from, to := page(len(rows), f.Offset, f.Limit)
	return rows[from:to], len(rows), nil
}

// RowFilter selects rows as ProblemFilter does problems.
type RowFilter struct {
	Outcome       Outcome
	Offset, Limit int
}
