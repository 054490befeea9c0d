package store

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/yingda/yingda/internal/fault"
)

// migrations holds one folder per dialect with the same versions in both.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the schema up to date. Replicas that start together on
// PostgreSQL wait for each other by an advisory lock.
func (s *Store) migrate(ctx context.Context, logger *slog.Logger) error {
	provider, err := s.provider()
	if err != nil {
		return s.fail(err, "preparing the migrations")
	}
	found, known, err := provider.GetVersions(ctx)
	if err != nil {
		return s.fail(err, "reading the schema's version")
	}
	if found > known {
		return fault.New(fault.Unsupported,
			"the database has schema version %d and this yingda knows versions up to %d: it was written by a newer yingda; start that one, or restore a backup made before the upgrade (going back would lose data)",
			found, known)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return s.fail(err, "bringing the schema up to date")
	}
	for _, m := range done {
		logger.InfoContext(ctx, "migrated the database", "dialect", s.dialect.name, "version", m.Source.Version, "took", m.Duration)
	}
	return nil
}

// SchemaVersion returns the version of the open database's schema.
func (s *Store) SchemaVersion(ctx context.Context) (int64, error) {
	provider, err := s.provider()
	if err != nil {
		return 0, s.fail(err, "preparing the migrations")
	}
	version, err := provider.GetDBVersion(ctx)
	return version, s.fail(err, "reading the schema's version")
}

func (s *Store) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{
		goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()),
		goose.WithTableName("schema_version"),
	}
	if s.dialect.goose == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, s.writer.DB, folder, options...)
}
