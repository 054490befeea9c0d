package store

import (
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/yingda/yingda/internal/fault"
)

// openPostgres opens one pool for reading and writing. bun writes the values
// into the statement itself, so preparing it would cost a round trip for nothing.
func openPostgres(o Options) (writer, reader *bun.DB, err error) {
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		return nil, nil, fault.Wrap(redacted(err), fault.Invalid, "the database address cannot be read: expected postgres://user:password@host:port/name")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*config)
	connections := o.Connections
	if connections <= 0 {
		connections = 16
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	pool := bun.NewDB(db, postgresText{pgdialect.New()})
	return pool, pool, nil
}

// redacted drops the text of a parse error when it might repeat the password.
func redacted(err error) error {
	var e *pgconn.ParseConfigError
	if errors.As(err, &e) {
		return errors.New("not a valid connection string")
	}
	return err
}

// classifyPostgres reads SQLSTATE codes (PostgreSQL manual, appendix A).
func classifyPostgres(err error) (fault.Error, bool) {
	var (
		e       *pgconn.PgError
		connect *pgconn.ConnectError
		network net.Error
	)
	switch {
	case errors.As(err, &e):
		return ofSQLState(e.Code), true
	case errors.As(err, &connect), errors.As(err, &network):
		return fault.Error{Code: fault.Unavailable, Message: "the database cannot be reached; check its address and that it runs", RetryAfter: 5 * time.Second}, true
	default:
		return fault.Error{}, false
	}
}

func ofSQLState(state string) fault.Error {
	class := state
	if len(state) > 2 {
		class = state[:2]
	}
	switch {
	case state == "23505", state == "23503":
		return fault.Error{Code: fault.Conflict, Message: "the row is already there, or what it belongs to is gone"}
	case class == "40", state == "55P03":
		return fault.Error{Code: fault.Busy, Message: "the database is busy; try again", RetryAfter: time.Second}
	case state == "57014":
		return fault.Error{Code: fault.Timeout, Message: "the database did not answer in time"}
	case state == "22021", state == "22P05":
		return fault.Error{Code: fault.Invalid, Message: "the text holds characters that cannot be stored"}
	case class == "54":
		return fault.Error{Code: fault.TooLarge, Message: "the value is too large for the database"}
	case class == "28", class == "3D":
		return fault.Error{Code: fault.Unavailable, Message: "the database refuses the login; check user, password and database name"}
	case class == "08", class == "53", class == "57", class == "58":
		return fault.Error{Code: fault.Unavailable, Message: "the database is not available", RetryAfter: 5 * time.Second}
	case class == "25", state == "42501":
		return fault.Error{Code: fault.Unavailable, Message: "the database may not be written with this login"}
	default:
		return fault.Error{Code: fault.Internal, Message: "the database refused a statement"}
	}
}
