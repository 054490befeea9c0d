#!/bin/sh
# Puts ONNX Runtime's shared library where Yingda's programs and tests look for
# it: .cache/ort/<version>/ under the repository root. The library comes out of
# the npm package onnxruntime-node, whose checksum is verified first.
#
# Usage: scripts/fetch-ort.sh [PACKAGE.tgz]
#   PACKAGE.tgz   an onnxruntime-node archive that is already on this machine
# With YINGDA_ORT_LIB set there is nothing to fetch: that file is used as it is.
set -eu

version=1.24.3
integrity=JH7+czbc8ALA819vlTgcV+Q214/+VjGeBHDjX81+ZCD0PCVCIFGFNtT0V4sXG/1JXypKPgScQcB3ij/hk3YnTg==

fail() {
	echo "fetch-ort: $*" >&2
	exit 1
}

if [ -n "${YINGDA_ORT_LIB:-}" ]; then
	[ -f "$YINGDA_ORT_LIB" ] || fail "YINGDA_ORT_LIB names $YINGDA_ORT_LIB, which is not a file: correct it or unset it"
	echo "fetch-ort: using $YINGDA_ORT_LIB (YINGDA_ORT_LIB)"
	exit 0
fi

case "$(uname -s)/$(uname -m)" in
Linux/x86_64 | Linux/amd64) member=linux/x64/libonnxruntime.so.1 name=libonnxruntime.so.1 ;;
Linux/aarch64 | Linux/arm64) member=linux/arm64/libonnxruntime.so.1 name=libonnxruntime.so.1 ;;
Darwin/arm64) member=darwin/arm64/libonnxruntime.$version.dylib name=libonnxruntime.$version.dylib ;;
*) fail "onnxruntime-node $version has no library for $(uname -s)/$(uname -m): build ONNX Runtime $version and set YINGDA_ORT_LIB to it" ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
dir=$root/.cache/ort/$version
target=$dir/$name
stamp=$target.sha512

sum() { openssl dgst -sha512 -binary "$1" | openssl base64 -A; }

if [ -f "$target" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(sum "$target")" ]; then
	echo "fetch-ort: $target is in place"
	exit 0
fi

mkdir -p "$dir"
work=$(mktemp -d "$dir/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT INT TERM

if [ $# -ge 1 ]; then
	archive=$1
	[ -f "$archive" ] || fail "$archive is not a file"
else
	command -v npm >/dev/null || fail "npm is needed to fetch onnxruntime-node: install Node.js, or give the archive as an argument"
	(cd "$work" && npm pack --silent "onnxruntime-node@$version" >/dev/null) || fail "npm could not fetch onnxruntime-node@$version"
	archive=$work/onnxruntime-node-$version.tgz
fi

found=$(sum "$archive")
[ "$found" = "$integrity" ] || fail "the checksum of $archive is sha512-$found, expected sha512-$integrity: delete it and fetch it again"

tar -xzf "$archive" -C "$work" "package/bin/napi-v6/$member" || fail "$archive holds no $member"
sum "$work/package/bin/napi-v6/$member" >"$stamp"
mv -f "$work/package/bin/napi-v6/$member" "$target"
echo "fetch-ort: $target"
