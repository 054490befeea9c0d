package main

import (
	"context"
	"runtime"
	"time"

	"github.com/yingda/yingda/nlu/training"
)

// openTraining starts what trains heads for the API. It reads messages on half
// of the cores, so that customers are answered meanwhile.
func (a *app) openTraining() {
	a.training = training.New(training.Options{
		Encoder: a.language.encoder, Runtime: a.language.runtime, Space: a.language.space(), Registry: a.language.heads,
		Clock: a.clock, IDs: a.ids, Logger: a.log, Workers: max(1, runtime.GOMAXPROCS(0)/2),
	})
	a.onClose(a.training.Close)
}

// headsFollowed is how often the server looks whether a command activated
// another head.
const headsFollowed = 3 * time.Second

// followHeads picks up heads that were activated by a command, until ctx ends.
func (a *app) followHeads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.clock.After(headsFollowed):
		}
		if err := a.language.heads.Refresh(); err != nil {
			a.log.Warn("a head that was activated does not load; the one before stays in use", "reason", err)
		}
	}
}
