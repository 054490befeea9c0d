package head

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/models"
	"github.com/yingda/yingda/nlu"
)

// The heads without which no message can be analysed.
const (
	IntentHead    = "intent"
	SentimentHead = "sentiment"
)

// shared is the folder of heads that all bots without one of their own use.
const shared = "_all"

// activeFile names the active version within the folder of a head.
const activeFile = "active"

// Registry holds the active heads of every bot: the built-in ones, over them
// those trained for all bots, over them those of a bot. Trained heads lie in
// dir as <bot or _all>/<name>/<id>/, beside a file that names the active id.
// It is safe for concurrent use; readers take no lock.
type Registry struct {
	runtime Runtime
	source  models.Source
	dir     string
	space   Space

	mu     sync.Mutex // serialises writers
	active atomic.Pointer[map[headKey]*Classifier]
}

type headKey struct{ bot, name string }

// OpenRegistry loads the built-in heads of src and the trained ones of dir,
// which need not exist. A built-in head that does not load is an error; a
// trained one too, and says which folder to remove or train again.
func OpenRegistry(rt Runtime, src models.Source, dir string, space Space) (*Registry, error) {
	r := &Registry{runtime: rt, source: src, dir: dir, space: space}
	active := map[headKey]*Classifier{}
	for _, name := range []string{IntentHead, SentimentHead} {
		m, err := src.Load(path.Join(models.HeadsDir, name))
		if err != nil {
			return nil, err
		}
		c, err := Load(rt, m, space)
		if err != nil {
			return nil, err
		}
		active[headKey{"", name}] = c
	}
	if err := r.loadOptional(active); err != nil {
		return nil, err
	}
	if err := r.loadTrained(active); err != nil {
		return nil, err
	}
	r.active.Store(&active)
	return r, nil
}

func (r *Registry) loadTrained(active map[headKey]*Classifier) error {
	marks, err := filepath.Glob(filepath.Join(r.dir, "*", "*", activeFile))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the heads folder %s has an odd name", r.dir)
	}
	for _, mark := range marks {
		id, err := os.ReadFile(mark)
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "%s cannot be read: check its permissions", mark)
		}
		name := filepath.Dir(mark)
		bot := filepath.Base(filepath.Dir(name))
		if bot == shared {
			bot = ""
		}
		c, err := r.load(name, strings.TrimSpace(string(id)))
		if err != nil {
			return fault.Wrap(err, fault.CodeOf(err), "the trained head in %s does not load; train it again, or remove the folder to use the built-in one", name)
		}
		active[headKey{bot, filepath.Base(name)}] = c
	}
	return nil
}

func (r *Registry) load(dir, id string) (*Classifier, error) {
	m, err := models.Load(os.DirFS(dir), id)
	if err != nil {
		return nil, err
	}
	return Load(r.runtime, m, r.space)
}

// Head returns the active head of a bot by name; fault.NotFound when neither
// the bot nor all bots have one.
func (r *Registry) Head(bot, name string) (*Classifier, error) {
	active := *r.active.Load()
	if c := active[headKey{bot, name}]; c != nil {
		return c, nil
	}
	if c := active[headKey{"", name}]; c != nil {
		return c, nil
	}
	return nil, fault.New(fault.NotFound, "there is no head %q; train it with 'yingda intents train --name %s'", name, name)
}

// Heads returns what an Analyzer needs for a bot.
func (r *Registry) Heads(bot string) (nlu.Heads, error) {
	intent, err := r.Head(bot, IntentHead)
	if err != nil {
		return nlu.Heads{}, err
	}
	sentiment, err := r.Head(bot, SentimentHead)
	if err != nil {
		return nlu.Heads{}, err
	}
	return r.withOptional(bot, nlu.Heads{Intent: intent, Sentiment: sentiment}), nil
}

// Add saves a trained head for a bot, or for all bots when bot is empty, and
// makes it the active one for the next message. It returns the head's id.
// A head that was added before is simply activated again.
func (r *Registry) Add(bot string, model *Model, report Report, about About) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	files, err := model.files()
	if err != nil {
		return "", err
	}
	m := model.manifest(files, report, about)
	folder := bot
	if folder == "" {
		folder = shared
	}
	for _, part := range []string{folder, about.Name} {
		if !fs.ValidPath(part) || strings.ContainsAny(part, `/\`) || part == "." {
			return "", fault.New(fault.Invalid, "%q cannot name a folder; use letters, digits, '-' and '_'", part)
		}
	}
	dir := filepath.Join(r.dir, folder, about.Name)
	_, err = models.Save(filepath.Join(dir, m.ID), m, files)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return "", err
	}
	c, err := r.load(dir, m.ID)
	if err != nil {
		return "", err
	}
	if err := activate(dir, m.ID); err != nil {
		return "", err
	}
	next := map[headKey]*Classifier{}
	for k, v := range *r.active.Load() {
		next[k] = v
	}
	next[headKey{bot, about.Name}] = c
	r.active.Store(&next)
	return m.ID, nil
}

// activate replaces the mark of a head's folder in one step.
func activate(dir, id string) error {
	tmp := filepath.Join(dir, "."+activeFile)
	err := os.WriteFile(tmp, []byte(id+"\n"), 0o644)
	if err == nil {
		err = os.Rename(tmp, filepath.Join(dir, activeFile))
	}
	if err != nil {
		return errors.Join(fault.New(fault.Unavailable, "%s cannot be written: check the disk and its permissions", dir), err)
	}
	return nil
}
