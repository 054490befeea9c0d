package kb

import (
	"slices"
	"time"
)

// Variant is another content of an article, for some customers or some time:
// what an activity's days say, or the app's customers only.
type Variant struct {
	// Channels, where not empty, are the channels the variant is for: "web", "app".
	Channels []string `json:"channels,omitempty"`
	// Tags, where not empty, are customer tags, any of which the customer must have.
	Tags []string `json:"tags,omitempty"`
	// ValidFrom and ValidUntil bound its time as an article's do.
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	// Answer is Markdown, with slots as an article's.
	Answer string  `json:"answer"`
	Blocks []Block `json:"blocks,omitempty"`
}

// BlockKind is what a Block shows.
type BlockKind string

// The kinds of blocks, with the fields that each needs.
const (
	Image   BlockKind = "image"   // URL; Text describes it
	Link    BlockKind = "link"    // URL, Title
	Card    BlockKind = "card"    // Title; Text, Image, URL and Buttons as wanted
	Buttons BlockKind = "buttons" // Buttons
)

// Block is rich content that follows an answer's text.
type Block struct {
	Kind  BlockKind `json:"kind" enum:"image,link,card,buttons"`
	Title string    `json:"title,omitempty"`
	Text  string    `json:"text,omitempty"`
	// URL and Image are https, or a path of the desk's own files.
	URL     string   `json:"url,omitempty"`
	Image   string   `json:"image,omitempty"`
	Buttons []Button `json:"buttons,omitempty"`
}

// Press is what a Button does.
type Press string

// What buttons do, with Value in brackets.
const (
	Say       Press = "say"   // sends Value as the customer's message
	OpenURL   Press = "url"   // opens the page Value
	StartFlow Press = "flow"  // starts the flow called Value
	AskHuman  Press = "human" // asks for a person
)

// Button is a choice under an answer.
type Button struct {
	Label string `json:"label"`
	Press Press  `json:"press" enum:"say,url,flow,human"`
	Value string `json:"value,omitempty"`
}

// Attachment is a file that goes with an answer.
type Attachment struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	MIME string `json:"mime,omitempty"`
	// Bytes is its size; 0 is unknown.
	Bytes int64 `json:"bytes,omitempty"`
}

// Review is where an article stands with those who answer for it. It does not
// keep a published article from answering: a draft is what does not answer.
type Review string

// The states of review.
const (
	Unreviewed Review = ""
	InReview   Review = "review"
	Approved   Review = "approved"
	Outdated   Review = "outdated" // to be looked through again
)

// Audience is whom an answer is for.
type Audience struct {
	Channel string
	Tags    []string // the customer's
	At      time.Time
}

// Content is what an article says to one audience.
type Content struct {
	Answer string
	Blocks []Block
}

// For returns what the article says to a: the first variant that fits, else
// its own answer.
func (a Article) For(who Audience) Content {
	for _, v := range a.Variants {
		if v.fits(who) {
			return Content{v.Answer, v.Blocks}
		}
	}
	return Content{a.Answer, a.Blocks}
}

func (v Variant) fits(who Audience) bool {
	if len(v.Channels) > 0 && !slices.Contains(v.Channels, who.Channel) {
		return false
	}
	if len(v.Tags) > 0 && !slices.ContainsFunc(v.Tags, func(t string) bool { return slices.Contains(who.Tags, t) }) {
		return false
	}
	return within(v.ValidFrom, v.ValidUntil, who.At)
}

func (v Variant) same(w Variant) bool {
	return v.Answer == w.Answer && slices.Equal(v.Channels, w.Channels) && slices.Equal(v.Tags, w.Tags) &&
		sameTime(v.ValidFrom, w.ValidFrom) && sameTime(v.ValidUntil, w.ValidUntil) &&
		slices.EqualFunc(v.Blocks, w.Blocks, Block.same)
}

func (b Block) same(c Block) bool {
	return b.Kind == c.Kind && b.Title == c.Title && b.Text == c.Text && b.URL == c.URL && b.Image == c.Image &&
		slices.Equal(b.Buttons, c.Buttons)
}

func within(from, until *time.Time, t time.Time) bool {
	return (from == nil || !t.Before(*from)) && (until == nil || t.Before(*until))
}
