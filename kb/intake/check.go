package intake

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/yingda/yingda/kb"
	"github.com/yingda/yingda/kb/importer"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// check reads the file, compares it with the base and returns the parts that
// are kept of it. The base is not touched.
func (r *run) check() (map[string][]byte, error) {
	job := r.job()
	table, err := r.read(job)
	if err != nil {
		return nil, err
	}
	err = r.save(r.ctx, nil, func(e *jobs.Entry) { e.Job.State = jobs.Checking })
	if err != nil {
		return nil, err
	}
	report, err := r.s.inspect(r.ctx, job.Bot, table, inspection{links: job.CheckLinks, stage: r.stage, tell: r.tell})
	if err != nil {
		return nil, err
	}
	rows, err := pack(report.Rows)
	if err != nil {
		return nil, err
	}
	problems, err := pack(report.Problems)
	if err != nil {
		return nil, err
	}
	originals, err := pack([]leftovers{report.Leftovers})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entry.Job.Summary = &report.Summary
	return map[string][]byte{jobs.PartRows: rows, jobs.PartProblems: problems, jobs.PartOriginals: originals}, nil
}

func (r *run) read(job jobs.Job) (importer.Table, error) {
	file, err := r.s.o.Store.ImportPart(r.ctx, job.Bot, job.ID, jobs.PartFile)
	if err != nil {
		return importer.Table{}, err
	}
	r.stage(jobs.StageReading, 0, 0.2, 0)
	return r.s.o.Read(r.ctx, bytes.NewReader(file), importer.Options{
		Format: importer.Format(job.Format), Name: job.File, Mapping: job.Mapping, Sheet: job.Sheet,
		Now: r.s.o.Clock.Now(), Progress: func(rows int) { r.tell(rows, 0) },
	})
}

// inspection is how a table is to be inspected.
type inspection struct {
	links bool
	stage func(stage jobs.Stage, base, share float64, total int)
	tell  func(done, total int)
}

// findings are what an inspection found.
type findings struct {
	Summary   jobs.Summary
	Rows      []Row
	Problems  []Problem
	Leftovers leftovers
}

// leftovers are what a file says of the rows that are not taken, and its columns.
type leftovers struct {
	Headings  []string            `json:"headings"`
	Fields    []string            `json:"fields"`
	Originals []importer.Original `json:"originals"`
}

// inspect compares a table with the base.
func (s *Service) inspect(ctx context.Context, bot string, table importer.Table, how inspection) (findings, error) {
	// The revision is read first: what changes while the articles are read is
	// seen as a change since the check.
	revision, err := s.o.Articles.LastRevision(ctx, bot)
	if err != nil {
		return findings{}, err
	}
	at := s.o.Clock.Now()
	articles, err := s.o.Articles.Articles(ctx, bot)
	if err != nil {
		return findings{}, err
	}
	c := compare(newStock(articles), table, func() string { return s.o.IDs.New("art") })
	out := findings{Rows: c.rows, Problems: problemsOf(table)}
	out.Problems = append(out.Problems, c.problems...)
	room := max(0, importer.MaxOriginals-len(table.Originals))
	out.Leftovers = leftovers{table.Headings, table.Fields, append(table.Originals, c.rejected[:min(room, len(c.rejected))]...)}

	encoded := 0.75
	if how.links {
		encoded = 0.5
	}
	how.stage(jobs.StageEncoding, 0.2, encoded, 0)
	copies, err := s.near(ctx, c.rows, articles, how)
	if err != nil {
		return findings{}, err
	}
	out.Problems = append(out.Problems, copies...)
	links := 0
	if how.links {
		var dead []Problem
		how.stage(jobs.StageLinks, 0.2+encoded, 1-0.2-encoded, 0)
		if dead, links, err = s.o.Links.check(ctx, c.rows, how.tell); err != nil {
			return findings{}, err
		}
		out.Problems = append(out.Problems, dead...)
	}
	sortProblems(out.Problems, table)
	out.Summary = summarise(table, out, len(c.rejected))
	out.Summary.NearCopies, out.Summary.Links = len(copies), links
	out.Summary.Revision, out.Summary.CheckedAt = revision, at
	return out, nil
}

// problemsOf are the problems that reading the file found, with the good rows'
// numbers unknown yet: a warning is joined to its row by its place.
func problemsOf(table importer.Table) []Problem {
	out := make([]Problem, len(table.Problems))
	for i, p := range table.Problems {
		out[i].Problem = p
	}
	return out
}

// sortProblems puts problems into the order of the file, those of the whole
// file first and refusals before warnings in a row.
func sortProblems(list []Problem, table importer.Table) {
	sheets := make(map[string]int, len(table.Sheets))
	for i, sheet := range table.Sheets {
		sheets[sheet.Name] = i
	}
	rank := func(p Problem) int {
		if p.Severity == importer.Refused {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(sheets[a.Sheet], sheets[b.Sheet]), cmp.Compare(a.Line, b.Line), cmp.Compare(rank(a), rank(b)))
	})
}

// summarise counts, and joins the problems of good rows to them.
func summarise(table importer.Table, f findings, rejected int) jobs.Summary {
	out := jobs.Summary{
		Format: string(table.Format), Encoding: string(table.Encoding),
		Rows: table.Count, Rejected: table.Rejected + rejected, Fields: table.Fields,
	}
	for _, s := range table.Sheets {
		out.Sheets = append(out.Sheets, jobs.Sheet{Name: s.Name, Rows: s.Rows, Skipped: s.Skipped})
	}
	type at struct {
		sheet string
		line  int
	}
	byPlace := make(map[at]*Row, len(f.Rows))
	for i := range f.Rows {
		r := &f.Rows[i]
		byPlace[at{r.Sheet, r.Line}] = r
		out.Wordings += len(r.Article.Similar) + 1
		switch r.Outcome {
		case Add:
			out.Added++
		case Replace:
			out.Replaced++
		case Unchanged:
			out.Unchanged++
		}
	}
	for i := range f.Problems {
		p := &f.Problems[i]
		if p.Severity == importer.Refused {
			out.Errors++
			continue
		}
		out.Warnings++
		if r := byPlace[at{p.Sheet, p.Line}]; r != nil {
			p.Row, p.Question = r.Number, r.Article.Question
		}
	}
	return out
}

// toWrite are the articles of rows that an application writes.
func toWrite(rows []Row, choice jobs.Choice) []kb.Article {
	var out []kb.Article
	for _, r := range rows {
		if r.Outcome == Unchanged || r.Outcome == Replace && choice.OnConflict == jobs.Skip {
			continue
		}
		if len(choice.Rows) > 0 {
			if _, ok := slices.BinarySearch(choice.Rows, r.Number); !ok {
				continue
			}
		}
		out = append(out, r.Article)
	}
	return out
}
