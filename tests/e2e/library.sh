#!/usr/bin/env bash
# The library as its user has it: installed into an empty place, its examples compiled against that by
# pkg-config, shared and static, and by CMake's find_package, run, and judged by what they play.
# usage: library.sh BUILD_DIR
# shellcheck disable=SC2031 # lib.sh counts the failures, in this shell
set -uo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$source/tests/e2e/lib.sh"

readonly prefix=$dir/prefix flags=(-std=c11 -O2 -Wall -Wextra -Wpedantic -Werror)
cc=${CC:-cc}
cmake --install "$build" --prefix "$prefix" >"$dir/install" || fail "not installed: $(tail -n 3 "$dir/install")"
libdir=$(dirname "$(find "$prefix" -name libhindsight.a)")
export PKG_CONFIG_PATH=$libdir/pkgconfig

# ---- what can be seen ----

documented=$(grep -ohE '\bhindsight_[a-z_]+\(' "$prefix"/include/hindsight/*.h | grep -v '()' |
	tr -d '(' | sort -u)
expect "functions in the headers" "$(wc -w <<<"$documented")" -ge 20
seen() { nm "$@" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u; }
for file in libhindsight.so libhindsight.a; do
	how=(-g)
	[ $file = libhindsight.a ] || how=(-D)
	difference=$(diff <(echo "$documented") <(seen "${how[@]}" --defined-only "$libdir/$file"))
	[ -z "$difference" ] || fail "$file shows other functions than the headers:"$'\n'"$difference"
done
for name in $documented; do
	grep -qE "^\.F[no] $name\b" "$source"/docs/*.3 || fail "$name stands in no manual page"
done
[ "$(find "$prefix" -name '*.3' | wc -l)" -eq 3 ] || fail "manual pages are missing"

# ---- the examples ----

# compile NAME EXAMPLE FLAG...
compile() {
	"$cc" "${flags[@]}" "$source/docs/examples/$2.c" "${@:3}" -lm -pthread -o "$dir/$1" >"$dir/log" 2>&1 ||
		fail "$1 is not compiled: $(head -n 5 "$dir/log")"
}

# The level of each 10 ms of a WAV file of 48 kHz, stereo, 16 bit, from the second second on: the
# share of those that are within 1 dB of the tone's.
steady_percent() {
	od -An -v -td2 -w1920 -j192044 "$1" | awk '{
		sum = 0
		for (i = 1; i <= NF; i++) sum += $i * $i
		rms = sqrt(sum / NF) / 32768
		n++; steady += rms > 0.1768 * 0.891 && rms < 0.1768 * 1.122
	} END { print n ? int(100 * steady / n) : 0 }'
}

judge_loop() { # NAME: the library in $dir/lib, if it is shared
	local said
	said=$("$dir/$1" "$dir/$1.wav") || fail "$1 ended with $?"
	[[ $said =~ lost\ ([0-9]+).*\ ([0-9]+)\ redundant,\ ([0-9]+)\ concealed ]] || { fail "$1 says: $said"; return; }
	expect "$1: packets lost" "${BASH_REMATCH[1]}" -eq 50
	expect "$1: frames redundant" "${BASH_REMATCH[2]}" -ge 49
	expect "$1: frames concealed" "${BASH_REMATCH[3]}" -le 1
	expect "$1: bytes" "$(wc -c <"$dir/$1.wav")" -eq 1920044
	expect "$1: percent of the tone that is steady" "$(steady_percent "$dir/$1.wav")" -ge 98
}

# In real time: where the machine woke it late, only the level is judged.
judge_callback() {
	local said level concealed late
	said=$("$dir/$1") || fail "$1 ended with $?"
	read -r level concealed late < <(sed -nE \
		's/^level -([0-9]+)\..* ([0-9]+) concealed; .* called ([0-9]+)\..*/\1 \2 \3/p' <<<"$said")
	echo "$1: $said"
	expect "$1: dB below full scale" "${level:-99}" -le 18
	[ "${late:-99}" -ge 15 ] || expect "$1: frames concealed" "${concealed:-99}" -le 5
}

read -ra shared < <(pkg-config --cflags --libs libhindsight)
compile shared loop "${shared[@]}"
compile callback callback "${shared[@]}"
export LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
judge_loop shared
judge_callback callback

build_mini() {
	cmake -G Ninja -S "$source/docs/examples/find_package" -B "$dir/mini" -DCMAKE_PREFIX_PATH="$prefix" \
		-DCMAKE_C_COMPILER="$cc" && cmake --build "$dir/mini" && mv "$dir/mini/loop" "$dir/by_cmake"
}
build_mini >"$dir/log" 2>&1 || fail "find_package: $(tail -n 5 "$dir/log")"
judge_loop by_cmake
cmp "$dir/shared.wav" "$dir/by_cmake.wav" || fail "the example plays otherwise when CMake has built it"

rm "$libdir"/libhindsight.so*
read -ra static < <(pkg-config --static --cflags --libs libhindsight)
compile static loop "${static[@]}"
judge_loop static
cmp "$dir/shared.wav" "$dir/static.wav" || fail "the static library plays otherwise than the shared one"

# ---- the headers ----

for header in base send recv; do
	echo "#include <hindsight/$header.h>" >"$dir/$header.c"
	"$cc" "${flags[@]}" -fsyntax-only -I"$prefix/include" "$dir/$header.c" || fail "$header.h alone, in C"
	! command -v c++ >/dev/null || c++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c++ \
		-I"$prefix/include" "$dir/$header.c" || fail "$header.h alone, in C++"
done

[ $failures -eq 0 ] && echo "library: all is well"
exit $((failures > 0))
