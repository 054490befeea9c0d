package quickreply

import (
	"context"
	"errors"
	"fmt"

	"github.com/yingda/yingda/internal/fault"
)

// Row is a reply as a file has it.
type Row struct {
	// Line is the file's, from 1.
	Line  int
	Reply Reply // without id and shelf
}

// Report says what an import did, or would do.
type Report struct {
	Rows      int       `json:"rows"`
	Added     int       `json:"added"`
	Replaced  int       `json:"replaced"`
	Unchanged int       `json:"unchanged"`
	Rejected  int       `json:"rejected"`
	Problems  []Problem `json:"problems"`
}

// Problem is why a row was not taken, and how to mend it.
type Problem struct {
	Line    int    `json:"line"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// Import adds the rows to a shelf. A row whose folder and title are those of a
// reply there replaces it. Rows that cannot be taken are in the report and the
// others are stored all together; dryRun stores nothing.
//
// Codes: Forbidden, Invalid (the shelf), Conflict (the shelf changed meanwhile).
func (s *Service) Import(ctx context.Context, p Person, sh Shelf, rows []Row, dryRun bool) (Report, error) {
	d, err := s.desk(ctx, p)
	if err != nil {
		return Report{}, err
	}
	if err := sh.check(); err != nil {
		return Report{}, err
	}
	if err := d.changes(sh); err != nil {
		return Report{}, err
	}
	there, err := s.o.Store.QuickReplies(ctx, p.Bot, []Shelf{sh})
	if err != nil {
		return Report{}, err
	}
	t := newTray(sh, nameOf(p), there)
	for _, row := range rows {
		t.take(row)
	}
	if dryRun || len(t.changed) == 0 {
		return t.report, nil
	}
	put := make([]Reply, 0, len(t.changed))
	for _, key := range t.changed {
		r := t.byTitle[key]
		if r.ID == "" {
			r.ID = s.o.IDs.New("qr")
		}
		put = append(put, r)
	}
	_, err = s.o.Store.PutQuickReplies(ctx, p.Bot, put)
	return t.report, err
}

// tray gathers the rows of an import.
type tray struct {
	shelf    Shelf
	author   string
	byTitle  map[string]Reply
	shortcut map[string]string // → key of byTitle
	lines    map[string]int    // of rows taken, by key
	changed  []string
	place    int
	report   Report
}

func newTray(sh Shelf, author string, there []Reply) *tray {
	t := &tray{
		shelf: sh, author: author, byTitle: map[string]Reply{}, shortcut: map[string]string{}, lines: map[string]int{},
		report: Report{Problems: []Problem{}},
	}
	for _, r := range there {
		t.byTitle[titleKey(r)] = r
		if r.Shortcut != "" {
			t.shortcut[r.Shortcut] = titleKey(r)
		}
		t.place = max(t.place, r.Place+1)
	}
	return t
}

func titleKey(r Reply) string { return folded(r.Folder) + "\x00" + folded(r.Title) }

func (t *tray) take(row Row) {
	t.report.Rows++
	r := row.Reply.Clean()
	r.ID, r.Version, r.Shelf, r.Author = "", 0, t.shelf, t.author
	key := titleKey(r)
	err := r.Check()
	if line, twice := t.lines[key]; err == nil && twice {
		err = fault.In("title", fault.New(fault.Invalid, "与第 %d 行同一文件夹、同一标题，请改标题或删去一行。", line))
	}
	if other, used := t.shortcut[r.Shortcut]; err == nil && r.Shortcut != "" && used && other != key {
		err = taken(r.Shortcut, t.byTitle[other].Title)
	}
	before, known := t.byTitle[key]
	if limit := limits[t.shelf.Scope]; err == nil && !known && len(t.byTitle) >= limit {
		err = full(limit)
	}
	if err != nil {
		t.reject(row.Line, err)
		return
	}
	t.lines[key] = row.Line
	r.Place = t.place
	if known {
		r.ID, r.Version, r.Place, r.Uses = before.ID, before.Version, before.Place, before.Uses
		if sameWords(before, r) {
			t.report.Unchanged++
			return
		}
		delete(t.shortcut, before.Shortcut)
		t.report.Replaced++
	} else {
		t.place++
		t.report.Added++
	}
	if r.Shortcut != "" {
		t.shortcut[r.Shortcut] = key
	}
	t.byTitle[key] = r
	t.changed = append(t.changed, key)
}

func (t *tray) reject(line int, err error) {
	t.report.Rejected++
	p := Problem{Line: line, Message: fmt.Sprint(err)}
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		p.Field, p.Message = f.Field, f.Message
	}
	t.report.Problems = append(t.report.Problems, p)
}

func sameWords(a, b Reply) bool {
	if a.Text != b.Text || a.Title != b.Title || a.Folder != b.Folder || a.Shortcut != b.Shortcut || len(a.Attachments) != len(b.Attachments) {
		return false
	}
	for i := range a.Attachments {
		if a.Attachments[i].Name != b.Attachments[i].Name || a.Attachments[i].URL != b.Attachments[i].URL {
			return false
		}
	}
	return true
}

// Export returns the replies of a shelf as a file has them.
//
// Codes: Forbidden, Invalid.
func (s *Service) Export(ctx context.Context, p Person, sh Shelf) ([]Row, error) {
	if err := sh.check(); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, p, sh, "")
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(list))
	for i, o := range list {
		rows[i] = Row{Line: i + 2, Reply: o.Reply}
	}
	return rows, nil
}
