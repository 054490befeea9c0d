package stream

import (
	"context"
	"sync"

	"github.com/yingda/yingda/dialog"
	"github.com/yingda/yingda/internal/bus"
)

// watch is a socket's subscription to one conversation.
type watch struct {
	socket       *socket
	conversation string
	cancel       context.CancelFunc
	done         sync.WaitGroup
	// drafts holds what suggestions are wanted for; a newer wish replaces one
	// that was not begun.
	drafts chan string
}

// watch follows a conversation for the socket until it is stopped or ctx ends.
func (s *socket) watch(ctx context.Context, conversation string, after int64) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{socket: s, conversation: conversation, cancel: cancel, drafts: make(chan string, 1)}
	for _, part := range []func(context.Context){func(ctx context.Context) { w.follow(ctx, after) }, w.suggest} {
		w.done.Add(1)
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			defer w.done.Done()
			part(ctx)
		}()
	}
	return w
}

func (w *watch) stop() {
	w.cancel()
	w.done.Wait()
}

func (w *watch) follow(ctx context.Context, after int64) {
	defer w.cancel()
	live := false
	err := w.socket.desk.Source.Follow(ctx, w.socket.agent.Bot, w.conversation, after, Sink{
		Ready: func() error { live = true; return nil },
		Events: func(events []dialog.Event) error {
			for _, e := range events {
				w.socket.send(ctx, eventFrame{Type: "event", Event: e})
				if live && e.Type == dialog.MessageReceived {
					w.want("")
				}
			}
			return nil
		},
		Typing: func(t bus.Typing) error {
			if t.From == dialog.Visitor {
				w.socket.send(ctx, typingFrame{Type: "typing", Conversation: w.conversation, Text: t.Text})
				if t.Text != "" {
					w.want(t.Text)
				}
			}
			return nil
		},
	})
	if err != nil {
		w.socket.send(ctx, asError(w.conversation, err))
	}
}

// want asks for suggestions; the latest wish counts.
func (w *watch) want(draft string) {
	for {
		select {
		case w.drafts <- draft:
			return
		default:
		}
		select {
		case <-w.drafts:
		default:
		}
	}
}

func (w *watch) suggest(ctx context.Context) {
	for {
		var draft string
		select {
		case <-ctx.Done():
			return
		case draft = <-w.drafts:
		}
		found, err := w.socket.desk.Suggest(ctx, w.socket.agent.Bot, w.conversation, draft)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.socket.desk.Log.WarnContext(ctx, "no suggestions for the desk", "conversation", w.conversation, "error", err)
			continue
		}
		if found == nil {
			found = []dialog.Suggestion{}
		}
		w.socket.send(ctx, suggestionsFrame{Type: "suggestions", Conversation: w.conversation, Suggestions: found})
	}
}
