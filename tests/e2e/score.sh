#!/bin/bash
# hindsight-score as its user has it: text, JSON, the track, and every complaint: one line, the
# right status.
# usage: score.sh FOLDER, which holds hindsight-score, hindsight-sim and make_wav
set -u
score=$1/hindsight-score sim=$1/hindsight-sim make_wav=$1/make_wav
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# field FILE NAME: of the JSON object.
field() { grep -o "\"$2\": [^,}]*" "$dir/$1.json" | head -n 1 | cut -d' ' -f2; }

# holds EXPRESSION: of awk.
holds() { awk "BEGIN { exit !($1) }" || fail "not so: $1"; }

"$make_wav" "$dir/ref.wav" 6 2 || fail "no recording"
for loss in 0 25; do
	"$sim" -q -i "$dir/ref.wav" -c 1 -r off -d 60 --channel "delay 20ms loss $loss%" --seed 3 \
		-o "$dir/heard$loss.wav" || fail "the simulator ended with $?"
	"$score" --json --track "$dir/track.csv" "$dir/ref.wav" "$dir/heard$loss.wav" \
		>"$dir/$loss.json" || fail "loss $loss: ended with $?"
done
"$score" --json "$dir/ref.wav" "$dir/ref.wav" >"$dir/same.json" || fail "the same: ended with $?"

for name in delay_ms delay_min_ms delay_max_ms delay_changes dropouts dropout_ms \
	longest_dropout_ms clicks estoi lsd_db mos_lqo seconds track; do
	[ -n "$(field 25 $name)" ] || fail "no $name in $(cat "$dir/25.json")"
done
[ "$(wc -l <"$dir/same.json")" -eq 1 ] || fail "more than a line of JSON"
holds "$(field same mos_lqo) > 4.63 && $(field same delay_ms) == 0 && $(field same seconds) > 5.9"
holds "$(field 0 mos_lqo) < 4.6 && $(field 0 mos_lqo) > 3.5 && $(field 25 mos_lqo) < 2.5"
# Made vowels repeat themselves: a step by one of their periods may be seen where there is none.
holds "$(field 0 delay_ms) > 80 && $(field 0 delay_ms) < 200 && $(field 0 delay_changes) <= 1"
# Made vowels again: with libopus 1.5.2 one is seen where nothing was lost, and two at 25 %.
holds "$(field 0 dropouts) <= 1 && $(field 25 dropouts) > $(field 0 dropouts)"
head -n 1 "$dir/track.csv" | grep -q '^begin_s,end_s,begin_delay_ms,end_delay_ms,is_step$' ||
	fail "the track's columns"
[ "$(wc -l <"$dir/track.csv")" -gt 1 ] || fail "the track is empty"
"$score" "$dir/ref.wav" "$dir/heard25.wav" | grep -q '^MOS-LQO ' || fail "the text"

# ---- a judge of the user's own ----
judge() { printf '#!/bin/sh\n%s\n' "$2" >"$dir/$1" && chmod +x "$dir/$1"; } # NAME LINES
# shellcheck disable=SC2016 # the judge expands it, not we
judge same '[ -f "$1" ] && [ -f "$2" ] && echo 3.25'
judge failing 'echo 3; exit 3'
judge babbling 'echo "three or so"'
"$score" --json --judge "$dir/same" "$dir/ref.wav" "$dir/heard25.wav" >"$dir/judged.json" || fail "the judge: $?"
holds "$(field judged judge) == 3.25 && $(field judged mos_lqo) < 2.5"
"$score" --judge "$dir/same" "$dir/ref.wav" "$dir/heard25.wav" | grep -q '^judge  *3.25 ' || fail "the judge's text"
grep -q '"judge"' "$dir/25.json" && fail "a judge that nobody asked for"
for name in failing babbling; do
	"$score" --json --judge "$dir/$name" "$dir/ref.wav" "$dir/heard25.wav" >"$dir/judged.json" 2>"$dir/said"
	[ $? -eq 1 ] || fail "a judge that is $name: no status 1"
	[ "$(field judged judge)" = null ] || fail "a judge that is $name: $(cat "$dir/judged.json")"
	[ "$(grep -c -- "--judge .*$name: " "$dir/said")" -eq 1 ] || fail "a judge that is $name: $(cat "$dir/said")"
done
"$score" --help | grep -q -- '--track' || fail "--help lacks an option"
"$score" --version | grep -q '^hindsight-score ' || fail "--version"

refused() { # STATUS WORD ARGUMENT...: one line with the word
	local status=$1 word=$2 text code
	shift 2
	text=$("$score" "$@" 2>&1 >/dev/null)
	code=$?
	[ $code -eq "$status" ] || fail "$*: status is $code, not $status"
	[ "$(wc -l <<<"$text")" -eq 1 ] || fail "$*: more than a line: $text"
	case $text in *"$word"*) ;; *) fail "$*: no \"$word\" in \"$text\"" ;; esac
}

"$make_wav" "$dir/short.wav" 0.6
"$make_wav" "$dir/silent.wav" 2
head -c 44 "$dir/silent.wav" >"$dir/head" && head -c 192000 /dev/zero | cat "$dir/head" - >"$dir/silent.wav"
refused 2 "two sound files"
refused 2 "two sound files" "$dir/ref.wav"
refused 2 "none.wav" "$dir/none.wav" "$dir/ref.wav"
refused 2 "HEARD" "$dir/ref.wav" "$dir/head"
refused 2 "unknown" --unknown "$dir/ref.wav" "$dir/ref.wav"
refused 2 "No such file" --judge "$dir/none" "$dir/ref.wav" "$dir/ref.wav"
refused 2 "no such program" --judge no-such-judge "$dir/ref.wav" "$dir/ref.wav"
refused 2 "--track" --track "$dir/none/track" "$dir/ref.wav" "$dir/ref.wav"
refused 1 "--track" --track /dev/full "$dir/ref.wav" "$dir/ref.wav"
refused 1 "the reference is too short" "$dir/short.wav" "$dir/ref.wav"
refused 1 "the recording is too short" "$dir/ref.wav" "$dir/short.wav"
refused 1 "the recording is silent" "$dir/ref.wav" "$dir/silent.wav"

[ $failures -eq 0 ] && echo "score: all is well"
exit $((failures > 0))
