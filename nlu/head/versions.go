package head

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
)

// Below is the id that stands for the head a layer below: for a bot that of
// all bots, for all bots the built-in one.
const Below = "-"

const (
	// keptVersions bounds the versions of one head; the oldest that is neither
	// active nor was lately is removed when another comes.
	keptVersions = 40
	// keptHistory bounds how far Rollback goes back.
	keptHistory = 20
)

// Version is one saved version of a head.
type Version struct {
	ID      string           `json:"id"`
	Created time.Time        `json:"created"`
	Active  bool             `json:"active"`
	Labels  int              `json:"labels"`
	Encoder string           `json:"encoder"`
	Usable  bool             `json:"usable"` // false when it belongs to another encoder
	Quality []models.Measure `json:"quality"`
}

// Add saves a trained head for a bot, or for all bots when bot is empty, and
// makes it the active one for the next message. It returns the head's id.
// A head that was added before is simply activated again.
func (r *Registry) Add(bot string, model *Model, report Report, about About) (string, error) {
	id, err := r.Keep(bot, model, report, about)
	if err != nil {
		return "", err
	}
	return id, r.Activate(bot, about.Name, id)
}

// Keep saves a trained head without activating it and returns its id. A head
// that was kept before is left as it is.
func (r *Registry) Keep(bot string, model *Model, report Report, about About) (string, error) {
	dir, err := r.folder(bot, about.Name)
	if err != nil {
		return "", err
	}
	files, err := model.files()
	if err != nil {
		return "", err
	}
	m := model.manifest(files, report, about)
	for name, data := range about.Beside {
		files[name] = data
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.prune(dir); err != nil {
		return "", err
	}
	if _, err := models.Save(filepath.Join(dir, m.ID), m, files); err != nil && !fault.Is(err, fault.Conflict) {
		return "", err
	}
	return m.ID, nil
}

// Activate makes a saved version the one that the next message is read with;
// the id Below goes back to the head a layer below. Messages that are being
// read finish with the head they began with. A version that is not there is
// fault.NotFound, one of another encoder fault.Conflict.
func (r *Registry) Activate(bot, name, id string) error {
	dir, err := r.folder(bot, name)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, err := history(dir)
	if err != nil {
		return err
	}
	if before[0] == id {
		before = before[1:]
	}
	return r.switchTo(bot, name, dir, append([]string{id}, before...))
}

// Rollback activates the version that was active before the present one and
// returns its id, which may be Below. Where there was none, it is fault.Conflict.
func (r *Registry) Rollback(bot, name string) (string, error) {
	dir, err := r.folder(bot, name)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, err := history(dir)
	if err != nil {
		return "", err
	}
	if len(before) < 2 {
		return "", fault.New(fault.Conflict, "没有更早的版本可以回退 (there is no earlier version of %q to go back to)", name)
	}
	return before[1], r.switchTo(bot, name, dir, before[1:])
}

// switchTo loads ids[0], writes the mark and publishes. The caller holds mu.
func (r *Registry) switchTo(bot, name, dir string, ids []string) error {
	var c *Classifier
	if ids[0] != Below {
		var err error
		if c, err = r.version(dir, ids[0]); err != nil {
			return err
		}
	}
	if err := r.mark(dir, ids); err != nil {
		return err
	}
	r.publish(headKey{bot, name}, c)
	return nil
}

// publish makes c the active head under key; nil takes away a trained one.
func (r *Registry) publish(key headKey, c *Classifier) {
	next := map[headKey]*Classifier{}
	for k, v := range *r.active.Load() {
		next[k] = v
	}
	switch {
	case c != nil:
		next[key] = c
	case key.bot == "" && r.builtIn(key.name) != nil:
		next[key] = r.builtIn(key.name)
	default:
		delete(next, key)
	}
	r.active.Store(&next)
	// The head that was replaced holds native memory, which the collector does
	// not feel: it is looked for at once.
	runtime.GC()
}

// builtIn loads the built-in head of that name; nil when there is none that fits.
func (r *Registry) builtIn(name string) *Classifier {
	m, err := r.source.Load(models.HeadsDir + "/" + name)
	if err != nil {
		return nil
	}
	c, err := Load(r.runtime, m, r.space)
	if err != nil {
		return nil
	}
	return c
}

// Version loads a saved version without activating it. The id Below loads the
// built-in head; an empty id is the active one.
func (r *Registry) Version(bot, name, id string) (*Classifier, error) {
	switch id {
	case "":
		return r.Head(bot, name)
	case Below:
		if c := r.builtIn(name); c != nil {
			return c, nil
		}
		return nil, fault.New(fault.NotFound, "没有内置的 %s (there is no built-in head %q)", name, name)
	}
	dir, err := r.folder(bot, name)
	if err != nil {
		return nil, err
	}
	return r.version(dir, id)
}

// version loads a version of a head's folder.
func (r *Registry) version(dir, id string) (*Classifier, error) {
	if !plain(id) {
		return nil, fault.In("id", fault.New(fault.Invalid, "%q 不是版本号 (no id of a version)", id))
	}
	c, err := r.load(dir, id)
	if errors.Is(err, models.ErrMissing) {
		return nil, fault.Wrap(err, fault.NotFound, "没有版本 %s (there is no version %s)", id, id)
	}
	return c, err
}

// Versions lists the saved versions of a head, the newest first. A head that
// was never trained has none.
func (r *Registry) Versions(bot, name string) ([]Version, error) {
	dir, err := r.folder(bot, name)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before, err := history(dir)
	if err != nil {
		return nil, err
	}
	all, err := r.list(dir)
	for i := range all {
		all[i].Active = all[i].ID == before[0]
	}
	return all, err
}

func (r *Registry) list(dir string) ([]Version, error) {
	found, err := models.List(os.DirFS(dir))
	if len(found) == 0 && err != nil && !exists(dir) {
		return []Version{}, nil
	}
	out := make([]Version, 0, len(found))
	for _, m := range found {
		v := Version{
			ID: m.Dir(), Labels: len(m.Manifest.Labels), Encoder: m.Manifest.Encoder, Quality: m.Manifest.Quality,
			Usable: m.Manifest.Fits(r.space.Encoder, r.space.length(m.Manifest)) == nil,
		}
		if info, err := os.Stat(filepath.Join(dir, m.Dir())); err == nil {
			v.Created = info.ModTime()
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Version) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Beside returns a file that was kept with a version; fault.NotFound.
func (r *Registry) Beside(bot, name, id, file string) ([]byte, error) {
	dir, err := r.folder(bot, name)
	if err != nil {
		return nil, err
	}
	if !plain(id) {
		return nil, fault.In("id", fault.New(fault.Invalid, "%q 不是版本号 (no id of a version)", id))
	}
	m, err := models.Load(os.DirFS(dir), id)
	if err != nil {
		return nil, fault.Wrap(err, fault.NotFound, "没有版本 %s (there is no version %s)", id, id)
	}
	return m.Read(file)
}

// Refresh activates what another process marked since: `yingda intents activate`
// beside a running server. Faults leave the present head where it is.
func (r *Registry) Refresh() error {
	marks, err := filepath.Glob(filepath.Join(r.dir, "*", "*", activeFile))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the heads folder %s has an odd name", r.dir)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var faults []error
	for _, mark := range marks {
		data, err := os.ReadFile(mark)
		if err != nil || r.marks[mark] == string(data) {
			continue // a mark that goes while it is read comes back
		}
		ids, err := readMark(mark)
		if err == nil {
			dir := filepath.Dir(mark)
			bot := filepath.Base(filepath.Dir(dir))
			if bot == shared {
				bot = ""
			}
			var c *Classifier
			if ids[0] != Below {
				c, err = r.version(dir, ids[0])
			}
			if err == nil {
				r.publish(headKey{bot, filepath.Base(dir)}, c)
				r.seen(mark, string(data))
			}
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// folder is where the versions of a head lie.
func (r *Registry) folder(bot, name string) (string, error) {
	folder := bot
	if folder == "" {
		folder = shared
	}
	for _, part := range []string{folder, name} {
		if !plain(part) {
			return "", fault.New(fault.Invalid, "%q cannot name a folder; use letters, digits, '-' and '_'", part)
		}
	}
	return filepath.Join(r.dir, folder, name), nil
}

// plain reports whether part can be one element of a path.
func plain(part string) bool {
	return fs.ValidPath(part) && !strings.ContainsAny(part, `/\:`) && !strings.HasPrefix(part, ".")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// history are the active id of a head's folder and those before it; one Below
// stands at its end, for the time before the first.
func history(dir string) ([]string, error) {
	mark := filepath.Join(dir, activeFile)
	if !exists(mark) {
		return []string{Below}, nil
	}
	ids, err := readMark(mark)
	if err == nil && len(ids) == 1 && ids[0] != Below {
		ids = append(ids, Below)
	}
	return ids, err
}

// readMark reads a mark: ids, the active one first. There is at least one.
func readMark(mark string) ([]string, error) {
	data, err := os.ReadFile(mark)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "%s cannot be read: check its permissions", mark)
	}
	ids := strings.Fields(string(data))
	if len(ids) == 0 {
		return nil, fault.New(fault.Invalid, "%s is empty: write the id of a version into it, or remove it", mark)
	}
	return ids, nil
}

// mark replaces the mark of a head's folder in one step.
func (r *Registry) mark(dir string, ids []string) error {
	text := strings.Join(ids[:min(len(ids), keptHistory)], "\n") + "\n"
	err := os.MkdirAll(dir, 0o755)
	tmp := filepath.Join(dir, "."+activeFile)
	if err == nil {
		err = os.WriteFile(tmp, []byte(text), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, activeFile))
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s cannot be written: check the disk and its permissions", dir)
	}
	r.seen(filepath.Join(dir, activeFile), text)
	return nil
}

func (r *Registry) seen(mark, text string) {
	if r.marks == nil {
		r.marks = map[string]string{}
	}
	r.marks[mark] = text
}

// prune removes the oldest versions beyond keptVersions.
func (r *Registry) prune(dir string) error {
	all, err := r.list(dir)
	if err != nil || len(all) < r.kept {
		return err
	}
	before, err := history(dir)
	if err != nil {
		return err
	}
	for _, v := range all[r.kept-1:] {
		if !slices.Contains(before, v.ID) {
			if err := os.RemoveAll(filepath.Join(dir, v.ID)); err != nil {
				return fault.Wrap(err, fault.Unavailable, "%s cannot be removed: check its permissions", dir)
			}
		}
	}
	return nil
}

// Space is where the vectors live that the registry's heads read.
func (r *Registry) Space() Space { return r.space }
