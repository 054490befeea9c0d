package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/clock"
	"github.com/yingda/yingda/internal/fault"
	"github.com/yingda/yingda/internal/store"
)

// noon is when the suite's clock begins.
var noon = time.Date(2026, 3, 1, 4, 0, 0, 123456789, time.UTC)

// fixture is what a scenario works with.
type fixture struct {
	*testing.T
	ctx   context.Context
	dsn   string
	clock *clock.Fake
	store *store.Store
}

// Run runs every scenario on databases that open yields.
func Run(t *testing.T, open Opener) {
	for _, s := range []struct {
		name string
		run  func(f *fixture)
	}{
		{"events come back as written", scenarioRoundTrip},
		{"events after a cursor", scenarioCursor},
		{"an unknown conversation", scenarioUnknown},
		{"bots do not see each other", scenarioTenants},
		{"a stale version writes nothing", scenarioConflict},
		{"a conversation begins once per key", scenarioIdempotentStart},
		{"a commit that contradicts itself", scenarioBadCommit},
		{"odd text survives", scenarioOddText},
		{"concurrent writers lose nothing", scenarioConcurrentAppends},
		{"concurrent starts under one key", scenarioConcurrentStarts},
		{"an ended context writes nothing", scenarioEndedContext},
		{"summaries filter and sort", scenarioSummaries},
		{"the outbox delivers at least once", scenarioOutbox},
		{"two dispatchers share the outbox", scenarioOutboxShared},
		{"bots", scenarioBots},
		{"articles come back as written", scenarioArticles},
		{"stale articles", scenarioStaleArticles},
		{"a large import", scenarioManyArticles},
		{"articles deleted", scenarioDeleteArticles},
		{"the past of articles", scenarioArticleHistory},
		{"a change made from an earlier revision", scenarioChangeSince},
		{"drafts of articles", scenarioDrafts},
		{"two writers of one base", scenarioConcurrentChanges},
		{"proposals", scenarioProposals},
		{"reports of growth", scenarioGrowthReports},
		{"the use of articles", scenarioUse},
		{"embeddings", scenarioEmbeddings},
		{"imports", scenarioImports},
		{"imports pruned", scenarioImportsPruned},
		{"quick replies", scenarioQuickReplies},
		{"teams", scenarioTeams},
		{"automatic replies", scenarioAutoReplies},
		{"idle conversations", scenarioIdle},
		{"help sessions", scenarioHelp},
		{"one help session from several sides", scenarioHelpTogether},
		{"keys", scenarioKeys},
		{"users", scenarioUsers},
		{"sessions", scenarioSessions},
		{"secrets", scenarioSecrets},
		{"idempotent requests", scenarioAttempts},
		{"one runs of many equal requests", scenarioConcurrentAttempts},
		{"pruning", scenarioPrune},
		{"reopened", scenarioReopen},
		{"closed", scenarioClosed},
	} {
		t.Run(s.name, func(t *testing.T) {
			f := &fixture{T: t, ctx: t.Context(), dsn: open(t), clock: clock.NewFake(noon)}
			f.store = f.open()
			s.run(f)
		})
	}
}

func (f *fixture) open() *store.Store {
	f.Helper()
	return open(f.T, store.Options{DSN: f.dsn, Clock: f.clock, Relaxed: true})
}

// must ends the test on an error.
func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// wants ends the test unless err carries code.
func (f *fixture) wants(err error, code fault.Code) {
	f.Helper()
	if !fault.Is(err, code) {
		f.Fatalf("got error %v (%s), want %s", err, fault.CodeOf(err), code)
	}
}

func (f *fixture) same(got, want any) {
	f.Helper()
	if d := cmp.Diff(want, got); d != "" {
		f.Fatalf("unexpected (-want +got):\n%s", d)
	}
}

// commit makes a commit of n messages after version.
func (f *fixture) commit(bot, conversation string, version int64, n int) dialog.Commit {
	c := dialog.Commit{Bot: bot, Conversation: conversation, Version: version}
	for i := range n {
		seq := version + int64(i) + 1
		data, err := json.Marshal(dialog.Message{ID: fmt.Sprintf("msg_%d", seq), Text: fmt.Sprintf("第 %d 条 😀", seq)})
		f.must(err)
		c.Events = append(c.Events, dialog.Event{
			ID: fmt.Sprintf("evt_%s_%d", conversation, seq), Bot: bot, Conversation: conversation, Seq: seq,
			Type: dialog.MessageReceived, At: f.clock.Now(),
			Actor: dialog.Actor{Kind: dialog.Visitor, ID: "v1", Name: "访客"}, Data: data,
		})
	}
	c.Summary = dialog.Summary{
		Bot: bot, Conversation: conversation, Visitor: "v1", Customer: "c1001", Channel: "web",
		Status: dialog.StatusBot, SkillGroup: "售后", Intent: "parcel_track", Sentiment: "neutral",
		LastText: "我的快递呢", LastFrom: dialog.Visitor, Unread: 2,
		StartedAt: f.clock.Now(), UpdatedAt: f.clock.Now(), Seq: version + int64(n),
	}
	return c
}

// begin appends a conversation's first commit of n events.
func (f *fixture) begin(bot, conversation string, n int) dialog.Commit {
	f.Helper()
	c := f.commit(bot, conversation, 0, n)
	id, err := f.store.Append(f.ctx, c)
	f.must(err)
	f.same(id, conversation)
	return c
}
