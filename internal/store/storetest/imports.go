package storetest

import (
	"bytes"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/kb/intake/jobs"
)

func scenarioImports(f *fixture) {
	entry := func(bot, id string, state jobs.State) jobs.Entry {
		return jobs.Entry{Job: jobs.Job{
			ID: id, Bot: bot, State: state, Created: f.clock.Now(), Author: "小林",
			Source: jobs.Source{File: "售后 😀.xlsx", Bytes: 3, Mapping: map[string]string{"问": "question"}},
		}}
	}
	file := bytes.Repeat([]byte("一个文件\x00"), 100_000) // several pieces
	first, err := f.store.AddImport(f.ctx, entry("demo", "imp_1", jobs.Waiting), file)
	f.must(err)
	f.same(first.Version, 1)
	_, err = f.store.AddImport(f.ctx, entry("demo", "imp_1", jobs.Waiting), nil)
	f.wants(err, fault.Conflict)
	_, err = f.store.AddImport(f.ctx, entry("", "imp_1", jobs.Waiting), nil)
	f.wants(err, fault.Invalid)
	got, err := f.store.Import(f.ctx, "demo", "imp_1")
	f.must(err)
	f.same(got, first)
	data, err := f.store.ImportPart(f.ctx, "demo", "imp_1", jobs.PartFile)
	f.must(err)
	f.same(bytes.Equal(data, file), true)
	for _, missing := range [][3]string{{"demo", "imp_1", jobs.PartRows}, {"other", "imp_1", jobs.PartFile}, {"demo", "imp_2", jobs.PartFile}} {
		_, err = f.store.ImportPart(f.ctx, missing[0], missing[1], missing[2])
		f.wants(err, fault.NotFound)
	}
	_, err = f.store.Import(f.ctx, "other", "imp_1")
	f.wants(err, fault.NotFound)

	f.clock.Advance(time.Minute)
	_, err = f.store.AddImport(f.ctx, entry("demo", "imp_2", jobs.Applying), nil)
	f.must(err)
	_, err = f.store.AddImport(f.ctx, entry("other", "imp_3", jobs.Ready), file)
	f.must(err)
	open, err := f.store.OpenImports(f.ctx)
	f.must(err)
	f.same([]string{open[0].Job.ID, open[1].Job.ID}, []string{"imp_1", "imp_2"})
	list, err := f.store.Imports(f.ctx, "demo", 1)
	f.must(err)
	f.same(len(list), 1)
	f.same(list[0].Job.ID, "imp_2")

	changed := got
	changed.Job.State, changed.Runner, changed.Beat, changed.Before = jobs.Done, "run_1", f.clock.Now(), 7
	saved, err := f.store.SaveImport(f.ctx, changed, map[string][]byte{jobs.PartRows: []byte("行"), jobs.PartFile: []byte("短")})
	f.must(err)
	f.same(saved.Version, 2)
	again, err := f.store.Import(f.ctx, "demo", "imp_1")
	f.must(err)
	f.same(again, saved)
	data, err = f.store.ImportPart(f.ctx, "demo", "imp_1", jobs.PartFile)
	f.must(err)
	f.same(string(data), "短")
	_, err = f.store.SaveImport(f.ctx, changed, map[string][]byte{jobs.PartRows: []byte("别的")})
	f.wants(err, fault.Conflict)
	data, err = f.store.ImportPart(f.ctx, "demo", "imp_1", jobs.PartRows)
	f.must(err)
	f.same(string(data), "行")
}

func scenarioImportsPruned(f *fixture) {
	const kept, known = 7 * 24 * time.Hour, 90 * 24 * time.Hour
	prune := func() int {
		n, err := f.store.PruneImports(f.ctx, f.clock.Now().Add(-kept), f.clock.Now().Add(-known))
		f.must(err)
		return n
	}
	for id, state := range map[string]jobs.State{"done": jobs.Done, "ready": jobs.Ready, "running": jobs.Checking} {
		_, err := f.store.AddImport(f.ctx, jobs.Entry{Job: jobs.Job{ID: id, Bot: "demo", State: state, Created: f.clock.Now()}}, []byte("文件"))
		f.must(err)
	}
	f.clock.Advance(kept)
	f.same(prune(), 0)
	f.clock.Advance(time.Second)
	f.same(prune(), 2)
	f.same(prune(), 0)
	for id, want := range map[string]jobs.State{"done": jobs.Done, "ready": jobs.Cancelled, "running": jobs.Checking} {
		e, err := f.store.Import(f.ctx, "demo", id)
		f.must(err)
		f.same(e.Job.State, want)
		_, err = f.store.ImportPart(f.ctx, "demo", id, jobs.PartFile)
		if id == "running" {
			f.must(err)
		} else {
			f.wants(err, fault.NotFound)
		}
	}
	f.clock.Advance(known)
	f.same(prune(), 2)
	left, err := f.store.Imports(f.ctx, "demo", 10)
	f.must(err)
	f.same(len(left), 1)
}
