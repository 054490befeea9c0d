#!/bin/sh
# Runs every fuzz target of the module, one after another.
# Usage: scripts/fuzz.sh TIME   e.g. scripts/fuzz.sh 60s
set -eu
time=${1:-60s}

cd "$(dirname "$0")/.."
found=0
for dir in $(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u); do
	for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | sed 's/func //'); do
		found=$((found + 1))
		echo "== $dir $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x "./$dir"
	done
done
echo "fuzz: $found targets, $time each, nothing found"
