package store_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/yingda/yingda/internal/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

func TestPostgres(t *testing.T) {
	t.Run("scenarios", func(t *testing.T) {
		storetest.Postgres(t) // skips here, before twenty-nine scenarios do
		storetest.Run(t, storetest.Postgres)
	})
}
