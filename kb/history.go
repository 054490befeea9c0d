package kb

import "time"

// Change is one step of a knowledge base: everything in it happens, or nothing.
type Change struct {
	// Author is the id or name of who makes it, "" the program itself.
	Author string
	// Note says why: "import of 售后.xlsx", "rollback to revision 12".
	Note string
	// Put adds or replaces articles. One whose Version is positive and not the
	// stored one makes the whole change a fault.Conflict that names it.
	Put []Article
	// Delete removes articles; ids that the bot does not have are ignored.
	Delete []string
	// Drafts, as they were read, are what the change publishes: they go with
	// it. One that was saved anew or discarded since is a fault.Conflict.
	Drafts []Draft
	// Since, where set, is the number of the bot's revision that the change was
	// made from; when there is a later one, that is a fault.Conflict.
	Since *int64
}

// Revision is a Change that was made.
type Revision struct {
	// Number counts a bot's changes from 1; 0 is what was there before changes
	// were counted.
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
	Author string    `json:"author,omitempty"`
	Note   string    `json:"note,omitempty"`
	// Put and Deleted count articles.
	Put     int `json:"put"`
	Deleted int `json:"deleted"`
}

// Edition is an article as one revision left it.
type Edition struct {
	Revision
	// Gone is true where the revision deleted the article; Article is then what it was before.
	Gone    bool    `json:"gone,omitempty"`
	Article Article `json:"article"`
}

// Draft is a change of one article that is not published: the article as it
// would be, or its removal.
type Draft struct {
	// Article has the ID of the article that the draft changes, or a new one,
	// and in Version the version that it was made from, 0 for a new article.
	Article Article   `json:"article"`
	Remove  bool      `json:"remove,omitempty"`
	Author  string    `json:"author,omitempty"`
	At      time.Time `json:"at"`
}
