package main

import (
	"fmt"

	"github.com/yingda/yingda/internal/config"
	"github.com/yingda/yingda/internal/store"
)

type migrateCmd struct{}

// Run opens the database, which brings its schema up to date, and says where it stands.
func (migrateCmd) Run(g *globals) error {
	return g.withStore(func(_ config.Config, s *store.Store) error {
		v, err := s.SchemaVersion(g.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.std.out, "%s database at schema version %d\n", s.Dialect(), v)
		return err
	})
}
