#!/usr/bin/env bash
# tools/configure keeps the build folder of this checkout, and makes that of another one anew.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/checkout/tools" "$dir/bin" "$dir/elsewhere"
cp "$(dirname "$0")/../tools/configure" "$dir/checkout/tools/"
# In place of CMake: tells where it is called, and how.
# shellcheck disable=SC2016 # for the other shell
printf '#!/bin/sh\necho "$PWD: $*"\n' >"$dir/bin/cmake"
chmod +x "$dir/bin/cmake"

failures=0
# row NAME HOME kept|gone: a build folder made for HOME ("": a cache that does not say), and its fate
row() {
	local build=$dir/checkout/build/release fate=gone said
	mkdir -p "$build"
	touch "$build/object"
	printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\n' "$2" >"$build/CMakeCache.txt"
	said=$(PATH=$dir/bin:$PATH "$dir/checkout/tools/configure" release -DX=1)
	[ ! -e "$build/object" ] || fate=kept
	[ "$fate" = "$3" ] || { echo "$1: the build folder is $fate"; failures=1; }
	[[ $said = *"$dir/checkout: --preset release -DX=1" ]] || { echo "$1: $said"; failures=1; }
	[[ $3 = kept || $said = *"made anew"* ]] || { echo "$1: it is not told: $said"; failures=1; }
}
ln -s checkout "$dir/link"
row "this checkout" "$dir/checkout" kept
row "this checkout, by a link" "$dir/link" kept
row "copied" "$dir/elsewhere" gone
row "renamed" "$dir/no-more" gone
row "no home" "" gone
rm -r "$dir/checkout/build"
PATH=$dir/bin:$PATH "$dir/checkout/tools/configure" release >/dev/null || { echo "no build yet"; failures=1; }
exit $failures
