package head

import (
	"os"
	"path"
	"path/filepath"
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
// dir as <bot or _all>/<name>/<id>/, beside a file that names the active id and
// those before it. It is safe for concurrent use; readers take no lock.
type Registry struct {
	runtime Runtime
	source  models.Source
	dir     string
	space   Space

	mu     sync.Mutex // serialises writers
	active atomic.Pointer[map[headKey]*Classifier]
	kept   int               // versions of one head
	marks  map[string]string // contents of the marks as last seen, by file
}

type headKey struct{ bot, name string }

// OpenRegistry loads the built-in heads of src and the trained ones of dir,
// which need not exist. A built-in head that does not load is an error; a
// trained one too, and says which folder to remove or train again.
func OpenRegistry(rt Runtime, src models.Source, dir string, space Space) (*Registry, error) {
	r := &Registry{runtime: rt, source: src, dir: dir, space: space, kept: keptVersions}
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
		ids, err := readMark(mark)
		if err != nil {
			return err
		}
		name := filepath.Dir(mark)
		bot := filepath.Base(filepath.Dir(name))
		if bot == shared {
			bot = ""
		}
		if ids[0] == Below {
			continue
		}
		c, err := r.load(name, ids[0])
		if err != nil {
			return fault.Wrap(err, fault.CodeOf(err), "the trained head in %s does not load; train it again, or remove the folder to use the built-in one", name)
		}
		active[headKey{bot, filepath.Base(name)}] = c
		if data, err := os.ReadFile(mark); err == nil {
			r.seen(mark, string(data))
		}
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
