#!/bin/sh
# Runs a command with YINGDA_TEST_PG naming a fresh PostgreSQL on loopback, which
# is stopped and removed afterwards. Without PostgreSQL on the machine, or with
# YINGDA_TEST_PG set already, the command runs as it is.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -n "${YINGDA_TEST_PG:-}" ] || [ -z "$bin" ]; then
	[ -n "${YINGDA_TEST_PG:-}" ] || echo "with-postgres: no PostgreSQL here, its tests will be skipped" >&2
	exec "$@"
fi
dir=$(mktemp -d)
as=
if [ "$(id -u)" = 0 ]; then
	id yingda-pg >/dev/null 2>&1 || useradd --system --no-create-home yingda-pg
	chown yingda-pg "$dir"
	as="setpriv --reuid=yingda-pg --regid=$(id -g yingda-pg) --clear-groups"
fi
stop() {
	status=$?
	$as "$bin/pg_ctl" -D "$dir/db" -m immediate stop >/dev/null 2>&1 || true
	rm -rf "$dir"
	exit $status
}
trap stop EXIT INT TERM
port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
$as "$bin/initdb" -D "$dir/db" -U yingda -A trust >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
$as "$bin/pg_ctl" -D "$dir/db" -w -l "$dir/db/log" -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p $port -c fsync=off" start >/dev/null || { cat "$dir/db/log" >&2; exit 1; }
YINGDA_TEST_PG="postgres://yingda@127.0.0.1:$port/postgres?sslmode=disable" "$@"
