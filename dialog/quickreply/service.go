package quickreply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/ident"
)

// Store keeps quick replies and teams. Every call is of one bot.
type Store interface {
	// QuickReplies returns the replies of the shelves, by place, then id.
	QuickReplies(ctx context.Context, bot string, shelves []Shelf) ([]Reply, error)
	// QuickReply returns one; fault.NotFound.
	QuickReply(ctx context.Context, bot, id string) (Reply, error)
	// PutQuickReplies adds or replaces replies, all or none, and returns them
	// as stored: Version raised, Updated set, Uses kept. One whose Version is
	// not the stored one (0 when there is none), or whose shortcut another of
	// its shelf has, is fault.Conflict.
	PutQuickReplies(ctx context.Context, bot string, replies []Reply) ([]Reply, error)
	// DeleteQuickReplies returns how many there were.
	DeleteQuickReplies(ctx context.Context, bot string, ids []string) (int, error)
	// CountQuickReply counts a use; fault.NotFound.
	CountQuickReply(ctx context.Context, bot, id string) error
	// Teams returns the teams by name, their members by id.
	Teams(ctx context.Context, bot string) ([]Team, error)
	// PutTeam replaces a team's members; none removes the team.
	PutTeam(ctx context.Context, bot string, t Team) error
	// TeamsOf returns the teams that a user is in, by name.
	TeamsOf(ctx context.Context, bot, user string) ([]Membership, error)
}

// Person is who asks.
type Person struct {
	Bot  string
	ID   string
	Name string
	// Manages is true for trainers and admins: they may change everything.
	Manages bool
}

// Options are what a Service is made of; Store and IDs are required.
type Options struct {
	Store Store
	IDs   ident.Source
	// User is fault.NotFound for who is no user of the bot; nil believes all.
	User func(ctx context.Context, bot, id string) error
	// Sounds returns how a title is typed by sound: its pinyin, its initials.
	// nil finds nothing by sound.
	Sounds func(title string) []string
}

// Service is the quick replies of all bots. It is safe for concurrent use.
type Service struct {
	o Options
}

// New checks o and returns a Service; a missing part is fault.Invalid.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.IDs == nil {
		return nil, fault.New(fault.Invalid, "quickreply.Options needs Store and IDs")
	}
	return &Service{o: o}, nil
}

// desk is what a person has to do with.
type desk struct {
	Person
	teams []Membership
}

func (s *Service) desk(ctx context.Context, p Person) (desk, error) {
	if p.Bot == "" || p.ID == "" {
		return desk{}, fault.New(fault.Unauthenticated, "请先登录。")
	}
	teams, err := s.o.Store.TeamsOf(ctx, p.Bot, p.ID)
	return desk{p, teams}, err
}

// own are the shelves that a person works with.
func (d desk) own() []Shelf {
	shelves := []Shelf{{Scope: OfBot}, {Scope: OfAgent, Owner: d.ID}}
	for _, t := range d.teams {
		shelves = append(shelves, Shelf{OfTeam, t.Team})
	}
	return shelves
}

func (d desk) sees(sh Shelf) bool { return d.Manages || slices.Contains(d.own(), sh) }

// changes refuses a shelf that the person may not change: fault.Forbidden.
func (d desk) changes(sh Shelf) error {
	switch {
	case d.Manages, sh.Scope == OfAgent && sh.Owner == d.ID, sh.Scope == OfTeam && slices.Contains(d.teams, Membership{sh.Owner, true}):
		return nil
	case sh.Scope == OfTeam:
		return fault.New(fault.Forbidden, "团队短语只有组长、训练师和管理员可以修改。")
	case sh.Scope == OfBot:
		return fault.New(fault.Forbidden, "全店共用的短语只有训练师和管理员可以修改。")
	default:
		return fault.New(fault.Forbidden, "只能修改自己的短语。")
	}
}

// List returns the replies of a shelf, or with a zero shelf those of all
// shelves that the person works with, by place. query keeps what fits it.
//
// Codes: Forbidden (another's shelf), Invalid.
func (s *Service) List(ctx context.Context, p Person, sh Shelf, query string) ([]Offer, error) {
	d, err := s.desk(ctx, p)
	if err != nil {
		return nil, err
	}
	shelves := d.own()
	if sh != (Shelf{}) {
		if err := sh.check(); err != nil {
			return nil, err
		}
		if !d.sees(sh) {
			return nil, fault.New(fault.Forbidden, "这些短语属于其他团队或坐席。")
		}
		shelves = []Shelf{sh}
	}
	found, err := s.o.Store.QuickReplies(ctx, p.Bot, shelves)
	if err != nil {
		return nil, err
	}
	return search(s.offers(d, found), query), nil
}

// Offer is a reply as one person sees it.
type Offer struct {
	Reply
	// Filled is the text with what is known of the conversation in its slots;
	// the text itself outside of a conversation.
	Filled string `json:"filled"`
	// Missing are the slots without a value, in the order of the text.
	Missing []string `json:"missing"`
	// Score says in [0, 1] how much of the message's words the reply has.
	Score float64 `json:"score"`
	// Keys are how the title is typed by sound.
	Keys []string `json:"keys"`
	// Editable is true when the person may change it.
	Editable bool `json:"editable"`
}

func (s *Service) offers(d desk, replies []Reply) []Offer {
	list := make([]Offer, len(replies))
	for i, r := range replies {
		list[i] = Offer{Reply: r, Filled: r.Text, Missing: []string{}, Keys: []string{}, Editable: d.changes(r.Shelf) == nil}
		if s.o.Sounds != nil {
			list[i].Keys = append(list[i].Keys, s.o.Sounds(r.Title)...)
		}
	}
	return list
}

// For returns the replies that an agent may send in a conversation, filled.
// Those that share words with asked come first: what the agent has begun to
// write, else the customer's last message. query, what stands after the slash,
// keeps what fits it. The conversation's team counts as the agent's.
func (s *Service) For(ctx context.Context, p Person, sc Scene, asked, query string) ([]Offer, error) {
	d, err := s.desk(ctx, p)
	if err != nil {
		return nil, err
	}
	shelves := d.own()
	if team := (Shelf{OfTeam, sc.State.SkillGroup}); team.Owner != "" && !slices.Contains(shelves, team) {
		shelves = append(shelves, team)
	}
	found, err := s.o.Store.QuickReplies(ctx, p.Bot, shelves)
	if err != nil {
		return nil, err
	}
	sc.Agent = dialog.Actor{Kind: dialog.Agent, ID: p.ID, Name: p.Name}
	list := s.offers(d, found)
	for i := range list {
		filled, missing := sc.Fill(list[i].Text)
		list[i].Filled, list[i].Missing = filled, append(list[i].Missing, missing...)
	}
	if strings.TrimSpace(asked) == "" {
		asked = sc.State.LastVisitor.Text
	}
	rank(list, asked)
	return search(list, query), nil
}

// Put adds a reply (ID empty) or replaces one. Uses are kept, author and time
// are the person's and now's.
//
// Codes: Invalid and TooLarge (the texts, or a full shelf), Forbidden,
// NotFound, Conflict (another version is stored, or the shortcut is taken).
func (s *Service) Put(ctx context.Context, p Person, r Reply) (Reply, error) {
	d, err := s.desk(ctx, p)
	if err != nil {
		return Reply{}, err
	}
	r = r.Clean()
	r.Author = nameOf(p)
	if err := r.Check(); err != nil {
		return Reply{}, err
	}
	if err := d.changes(r.Shelf); err != nil {
		return Reply{}, err
	}
	r.Uses = 0
	moved := r.ID == ""
	if r.ID != "" {
		stored, err := s.o.Store.QuickReply(ctx, p.Bot, r.ID)
		if err != nil {
			return Reply{}, err
		}
		if err := d.changes(stored.Shelf); err != nil {
			return Reply{}, err
		}
		if r.Version == 0 {
			r.Version = stored.Version
		}
		r.Uses = stored.Uses
		moved = stored.Shelf != r.Shelf
	}
	there, err := s.o.Store.QuickReplies(ctx, p.Bot, []Shelf{r.Shelf})
	if err != nil {
		return Reply{}, err
	}
	if limit := limits[r.Scope]; moved && len(there) >= limit {
		return Reply{}, full(limit)
	}
	for _, o := range there {
		if o.ID != r.ID && r.Shortcut != "" && o.Shortcut == r.Shortcut {
			return Reply{}, taken(r.Shortcut, o.Title)
		}
	}
	if r.ID == "" {
		r.ID, r.Version = s.o.IDs.New("qr"), 0
	}
	stored, err := s.o.Store.PutQuickReplies(ctx, p.Bot, []Reply{r})
	if err != nil {
		return Reply{}, err
	}
	return stored[0], nil
}

func full(limit int) error {
	return fault.New(fault.TooLarge, "这里已有 %d 条短语，不能再多；请先删除不用的。", limit)
}

func taken(shortcut, title string) error {
	return fault.In("shortcut", fault.New(fault.Conflict, "快捷码 /%s 已用于“%s”，请换一个。", shortcut, title))
}

// nameOf is who changed something, for people.
func nameOf(p Person) string {
	if p.Name != "" {
		return p.Name
	}
	return p.ID
}

// Delete removes a reply.
//
// Codes: NotFound, Forbidden.
func (s *Service) Delete(ctx context.Context, p Person, id string) error {
	d, err := s.desk(ctx, p)
	if err != nil {
		return err
	}
	stored, err := s.o.Store.QuickReply(ctx, p.Bot, id)
	if err != nil {
		return err
	}
	if err := d.changes(stored.Shelf); err != nil {
		return err
	}
	_, err = s.o.Store.DeleteQuickReplies(ctx, p.Bot, []string{id})
	return err
}

// Used counts that a reply was sent.
//
// Codes: NotFound (also for a reply of somebody else).
func (s *Service) Used(ctx context.Context, p Person, id string) error {
	return s.o.Store.CountQuickReply(ctx, p.Bot, id)
}

// Arrange puts the replies of a shelf into the order of ids; replies that are
// not named follow in the order they had.
//
// Codes: Forbidden, Invalid, Conflict (a reply changed meanwhile).
func (s *Service) Arrange(ctx context.Context, p Person, sh Shelf, ids []string) error {
	d, err := s.desk(ctx, p)
	if err != nil {
		return err
	}
	if err := sh.check(); err != nil {
		return err
	}
	if err := d.changes(sh); err != nil {
		return err
	}
	there, err := s.o.Store.QuickReplies(ctx, p.Bot, []Shelf{sh})
	if err != nil {
		return err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i - len(ids)
	}
	slices.SortStableFunc(there, func(a, b Reply) int { return at[a.ID] - at[b.ID] })
	var changed []Reply
	for i, r := range there {
		if r.Place != i {
			r.Place = i
			changed = append(changed, r)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	_, err = s.o.Store.PutQuickReplies(ctx, p.Bot, changed)
	return err
}

// Teams lists the teams of a bot.
func (s *Service) Teams(ctx context.Context, bot string) ([]Team, error) {
	return s.o.Store.Teams(ctx, bot)
}

// MyTeams lists the teams that a person is in.
func (s *Service) MyTeams(ctx context.Context, p Person) ([]Membership, error) {
	d, err := s.desk(ctx, p)
	return d.teams, err
}

// PutTeam replaces a team; a team without members is removed, its replies stay.
//
// Codes: Forbidden (only those who manage), Invalid (also a member who is no
// user of the bot), TooLarge.
func (s *Service) PutTeam(ctx context.Context, p Person, t Team) error {
	if !p.Manages {
		return fault.New(fault.Forbidden, "团队只有训练师和管理员可以修改。")
	}
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	if err := t.Check(); err != nil {
		return err
	}
	for i, m := range t.Members {
		if s.o.User == nil {
			break
		}
		err := s.o.User(ctx, p.Bot, m.User)
		if fault.Is(err, fault.NotFound) {
			return fault.In(fmt.Sprintf("members[%d].user", i), fault.New(fault.Invalid, "没有用户 %s。", m.User))
		}
		if err != nil {
			return err
		}
	}
	return s.o.Store.PutTeam(ctx, p.Bot, t)
}
