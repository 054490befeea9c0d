package store

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/intake/jobs"
)

// pieceBytes is how much of a part one row holds: statements stay small
// whatever is uploaded.
const pieceBytes = 512 << 10

type importRow struct {
	bun.BaseModel `bun:"table:imports"`

	Bot      string `bun:"bot"`
	ID       string `bun:"id"`
	State    string `bun:"state"`
	Runner   string `bun:"runner"`
	Beat     int64  `bun:"beat"`
	Revision int64  `bun:"revision"`
	Job      string `bun:"job"` // JSON
	Created  int64  `bun:"created"`
	Updated  int64  `bun:"updated"`
	Version  int    `bun:"version"`
}

type importPartRow struct {
	bun.BaseModel `bun:"table:import_parts"`

	Bot   string `bun:"bot"`
	ID    string `bun:"id"`
	Part  string `bun:"part"`
	Piece int    `bun:"piece"`
	Data  []byte `bun:"data"`
}

func rowOfImport(e jobs.Entry) (importRow, error) {
	if e.Job.Bot == "" || e.Job.ID == "" {
		return importRow{}, fault.New(fault.Invalid, "an import needs a bot and an id")
	}
	packed, err := json.Marshal(e.Job)
	if err != nil {
		return importRow{}, fault.Wrap(err, fault.Internal, "import %s cannot be written", e.Job.ID)
	}
	return importRow{
		Bot: e.Job.Bot, ID: e.Job.ID, State: string(e.Job.State), Runner: e.Runner, Beat: nanos(e.Beat), Revision: e.Before,
		Job: string(packed), Created: nanos(e.Job.Created), Updated: nanos(e.Updated), Version: e.Version,
	}, nil
}

func (r *importRow) entry() (jobs.Entry, error) {
	e := jobs.Entry{Runner: r.Runner, Beat: instant(r.Beat), Before: r.Revision, Version: r.Version, Updated: instant(r.Updated)}
	if err := json.Unmarshal([]byte(r.Job), &e.Job); err != nil {
		return e, fault.Wrap(err, fault.Internal, "import %q is damaged in the database", r.ID)
	}
	e.Job.Bot = r.Bot
	return e, nil
}

// AddImport stores a new job with its file and returns its entry, with Version
// 1. An id that the bot has already is fault.Conflict.
func (s *Store) AddImport(ctx context.Context, e jobs.Entry, file []byte) (jobs.Entry, error) {
	e.Version, e.Updated = 1, s.now()
	row, err := rowOfImport(e)
	if err != nil {
		return jobs.Entry{}, err
	}
	err = s.write(ctx, "storing an import", func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return putImportPart(ctx, tx, e.Job, jobs.PartFile, file)
	})
	if err != nil {
		return jobs.Entry{}, err
	}
	return e, nil
}

// SaveImport replaces an entry, and the given parts of its job, and returns it
// with Version raised. Another Version than the stored one is fault.Conflict
// and changes nothing.
func (s *Store) SaveImport(ctx context.Context, e jobs.Entry, parts map[string][]byte) (jobs.Entry, error) {
	seen := e.Version
	e.Version, e.Updated = seen+1, s.now()
	row, err := rowOfImport(e)
	if err != nil {
		return jobs.Entry{}, err
	}
	err = s.write(ctx, "saving an import", func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model(&row).ExcludeColumn("bot", "id", "created").
			Where("bot = ?", row.Bot).Where("id = ?", row.ID).Where("version = ?", seen).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.Conflict, "import %s has changed since version %d; read it again", row.ID, seen)
		}
		for part, data := range parts {
			if err := putImportPart(ctx, tx, e.Job, part, data); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return jobs.Entry{}, err
	}
	return e, nil
}

// putImportPart replaces a part of a job.
func putImportPart(ctx context.Context, tx bun.Tx, j jobs.Job, part string, data []byte) error {
	_, err := tx.NewDelete().Model((*importPartRow)(nil)).Where("bot = ?", j.Bot).Where("id = ?", j.ID).Where("part = ?", part).Exec(ctx)
	if err != nil {
		return err
	}
	n := 0
	for piece := range slices.Chunk(data, pieceBytes) {
		if _, err := tx.NewInsert().Model(&importPartRow{Bot: j.Bot, ID: j.ID, Part: part, Piece: n, Data: piece}).Exec(ctx); err != nil {
			return err
		}
		n++
	}
	return nil
}

// Import returns a job's entry; fault.NotFound when the bot has none with this id.
func (s *Store) Import(ctx context.Context, bot, id string) (jobs.Entry, error) {
	var row importRow
	err := s.reader.NewSelect().Model(&row).Where("bot = ?", bot).Where("id = ?", id).Scan(ctx)
	if err != nil {
		return jobs.Entry{}, s.fail(none(err, "没有这个导入任务"), "reading an import")
	}
	return row.entry()
}

// ImportPart returns a part of a job; fault.NotFound when it has none, or not any more.
func (s *Store) ImportPart(ctx context.Context, bot, id, part string) ([]byte, error) {
	var out bytes.Buffer
	for piece := 0; ; piece++ {
		var row importPartRow
		err := s.fail(s.reader.NewSelect().Model(&row).Column("data").
			Where("bot = ?", bot).Where("id = ?", id).Where("part = ?", part).Where("piece = ?", piece).Scan(ctx), "reading a part of an import")
		switch {
		case fault.Is(err, fault.NotFound) && piece > 0:
			return out.Bytes(), nil
		case fault.Is(err, fault.NotFound):
			return nil, fault.New(fault.NotFound, "这个导入任务的文件和报告已经没有了（只保留 7 天），请重新上传")
		case err != nil:
			return nil, err
		}
		out.Write(row.Data)
	}
}

// Imports returns the newest jobs of a bot, the newest first.
func (s *Store) Imports(ctx context.Context, bot string, limit int) ([]jobs.Entry, error) {
	var rows []importRow
	err := s.reader.NewSelect().Model(&rows).Where("bot = ?", bot).Order("created DESC", "id DESC").Limit(int64(limit)).Scan(ctx)
	return importEntries(rows, s.fail(err, "listing imports"))
}

// OpenImports returns the jobs of all bots that have work to do, the oldest first.
func (s *Store) OpenImports(ctx context.Context) ([]jobs.Entry, error) {
	var rows []importRow
	busy := []jobs.State{jobs.Waiting, jobs.Reading, jobs.Checking, jobs.Applying}
	err := s.reader.NewSelect().Model(&rows).Where("state IN (?)", bun.List(busy)).Order("created", "id").Scan(ctx)
	return importEntries(rows, s.fail(err, "listing imports"))
}

func importEntries(rows []importRow, err error) ([]jobs.Entry, error) {
	if err != nil {
		return nil, err
	}
	out := make([]jobs.Entry, len(rows))
	for i := range rows {
		if out[i], err = rows[i].entry(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PruneImports removes the files and reports of jobs that were last written
// before parts and have nothing left to do, and such jobs themselves where
// that was before all. A ready job loses its file and becomes cancelled. It
// returns how many jobs it touched.
func (s *Store) PruneImports(ctx context.Context, parts, all time.Time) (int, error) {
	touched := 0
	err := s.write(ctx, "pruning imports", func(ctx context.Context, tx bun.Tx) error {
		var old []importRow
		still := []jobs.State{jobs.Ready, jobs.Done, jobs.Failed, jobs.Cancelled}
		err := tx.NewSelect().Model(&old).Where("updated < ?", nanos(parts)).Where("state IN (?)", bun.List(still)).
			Where("(updated < ? OR EXISTS (SELECT 1 FROM import_parts AS p WHERE p.bot = ?TableAlias.bot AND p.id = ?TableAlias.id))", nanos(all)).
			Limit(statementRows).Scan(ctx)
		if err != nil {
			return err
		}
		touched = len(old)
		for _, row := range old {
			if err := s.pruneImport(ctx, tx, row, row.Updated < nanos(all)); err != nil {
				return err
			}
		}
		return nil
	})
	return touched, err
}

func (s *Store) pruneImport(ctx context.Context, tx bun.Tx, row importRow, whole bool) error {
	of := func(model any) (int64, error) {
		done, err := tx.NewDelete().Model(model).Where("bot = ?", row.Bot).Where("id = ?", row.ID).Exec(ctx)
		if err != nil {
			return 0, err
		}
		return done.RowsAffected()
	}
	if _, err := of((*importPartRow)(nil)); err != nil {
		return err
	}
	if whole {
		_, err := of((*importRow)(nil))
		return err
	}
	if row.State != string(jobs.Ready) {
		return nil
	}
	e, err := row.entry()
	if err != nil {
		return err
	}
	now := s.now()
	e.Job.State, e.Job.Ended, e.Job.Error = jobs.Cancelled, &now, "检查后 7 天没有写入，任务已作废"
	e.Version++
	fresh, err := rowOfImport(e)
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model(&fresh).ExcludeColumn("bot", "id", "created").Where("bot = ?", row.Bot).Where("id = ?", row.ID).Exec(ctx)
	return err
}
