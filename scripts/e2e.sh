#!/bin/sh
# The browser suite against the real binary: starts bin/yingda on a free port
# with a fresh data folder, runs web/test/e2e, stops it.
set -eu
cd "$(dirname "$0")/.."
browser=${YINGDA_CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$browser" ]; then
	if [ -n "${CI:-}" ]; then
		echo "e2e: there is no Chromium; install the package chromium" >&2
		exit 1
	fi
	echo "e2e: SKIPPED, there is no Chromium on this machine (install the package chromium, or set YINGDA_CHROMIUM)" >&2
	exit 0
fi
dir=$(mktemp -d)
pid=
stop() {
	status=$?
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
	[ $status = 0 ] || { echo "e2e: the server's log:" >&2; tail -n 40 "$dir/log" >&2; }
	rm -rf "$dir"
	exit $status
}
trap stop EXIT INT TERM
bin/yingda serve --demo --data "$dir/data" --listen 127.0.0.1:0 --address-file "$dir/address" >"$dir/log" 2>&1 &
pid=$!
n=0
while [ ! -s "$dir/address" ]; do
	n=$((n + 1))
	if [ $n -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
		echo "e2e: the server did not start" >&2
		exit 1
	fi
	sleep 0.1
done
YINGDA_URL="http://$(cat "$dir/address")" YINGDA_AGENT=lin YINGDA_TRAINER=trainer YINGDA_PASSWORD=yingda-demo \
	YINGDA_PARCEL=SF1083621940577 YINGDA_PARCEL_TAIL=8821 CHROMIUM="$browser" \
	npm --prefix web run --silent e2e
