#!/usr/bin/env bash
# hindsight-experiment as its user has it: rows and columns, the same figures again, what is done and
# not done again, runs that fail, and that neither Ctrl-C nor a kill leaves a process or half a file.
# usage: experiment.sh BUILD-FOLDER
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
experiment=$build/hindsight-experiment

"$build/make_wav" "$dir/ref.wav" 3 || fail "make_wav"
cat >"$dir/tiny.plan" <<-END
	title A tiny one, <b>with</b> markup
	recording $dir/ref.wav
	seconds 3
	seeds 1-2
	channel clean delay 20ms
	channel loss20 delay 20ms loss 20%   # a comment
	setting off -r off
	setting copies -r 2 | --max-delay 200
END

# column FILE NAME: its cells, a line each; no cell of these tables has a comma in quotes before it.
column() {
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
		c { print $c }' "$1"
}
rows() { column "$1" via | grep -c .; }
run() { # NAME ARGUMENT...: into the folder NAME; its words are in NAME.said
	local out=$dir/$1
	shift
	"$experiment" --out "$out" "$@" >"$out.said" 2>&1
}
whole() { # FOLDER: no work of it is left, nor a file half written
	[ ! -e "$1/.work" ] || fail "$1: .work is left: $(ls "$1/.work")"
	[ -z "$(find "$1" -name '*.[0-9]*' ! -name '*.wav' ! -name '*.csv')" ] || fail "$1: a part is left"
}
running() { pgrep -f "$dir/$1/" | wc -l; }

# ---- one row per run, every figure, the same again ----
run first --plan "$dir/tiny.plan" --keep-wavs || fail "first: $? $(cat "$dir/first.said")"
table=$dir/first/results.csv
expect "rows of the first" "$(rows "$table")" -eq 8
expect "rows that are done" "$(column "$table" status | grep -cx 'done')" -eq 8
expect "different runs" "$(cut -d, -f1-4 "$table" | sort -u | wc -l)" -eq 9
for name in missing_ratio loss_ratio wire_kbps mouth_to_ear_ms playout_delay_ms frames_played \
	packets_sent bytes_sent copies_sent score_mos_lqo; do
	expect "cells of $name" "$(column "$table" $name | grep -cE '^-?[0-9.]+$')" -eq 8
done
copies=$(awk -F, '$2 == "loss20" && $3 == "copies" { print $12 }' "$table" | sort -g | tail -n 1)
off=$(awk -F, '$2 == "loss20" && $3 == "off" { print $12 }' "$table" | sort -g | head -n 1)
[ "$(awk "BEGIN { print $copies < $off / 2 }")" = 1 ] || fail "copies miss $copies, without them $off"
expect "WAVs" "$(find "$dir/first/wav" -name '*.wav' | wc -l)" -eq 8
expect "logs of frames" "$(find "$dir/first/frames" -name '*.csv' | wc -l)" -eq 4
grep -q '^channel loss20 delay 20ms loss 20%$' "$dir/first/experiment.plan" || fail "the plan is not kept"
grep -q '^hindsight-sim ' "$dir/first/versions.txt" || fail "no versions"
whole "$dir/first"

# The report: one file of its own, harmless titles, a picture for each figure and each channel.
report=$dir/first/report.html
grep -q '&lt;b&gt;with' "$report" || fail "the title's markup is not made harmless"
grep -qE 'src=|<script|<link' "$report" && fail "the report needs more than itself"
if command -v gnuplot >/dev/null; then
	expect "pictures" "$(grep -c '<svg' "$report")" -eq 5
fi
PATH=/nowhere "$experiment" --plan "$dir/tiny.plan" --seeds 1 --out "$dir/plain" 2>"$dir/plain.said" ||
	fail "without gnuplot: $?"
grep -q 'gnuplot is not installed' "$dir/plain.said" || fail "no word of gnuplot: $(cat "$dir/plain.said")"
grep -q '<table>' "$dir/plain/report.html" || fail "no table without gnuplot"

run second --plan "$dir/tiny.plan" -j 1 || fail "second: $(cat "$dir/second.said")"
cmp -s <(sort "$table") <(sort "$dir/second/results.csv") || fail "the same plan, other figures"

# ---- a judge of the user's own: a column more; where it gives no figure the run is done all the same ----
judge() { printf '#!/bin/sh\n%s\n' "$2" >"$dir/$1" && chmod +x "$dir/$1"; } # NAME LINES
# shellcheck disable=SC2016 # the judge expands it, not we
judge measuring 'cmp -s "$1" "$2" || wc -c <"$2"'
judge no_good 'exit 3'
run judged --plan "$dir/tiny.plan" --seeds 1 -j 4 --judge "$dir/measuring" || fail "judged: $(cat "$dir/judged.said")"
expect "the judge's figures" "$(column "$dir/judged/results.csv" score_judge | grep -cE '^[0-9]+$')" -eq 4
grep -q "the judge's figure" "$dir/judged/report.html" || fail "the report lacks the judge"
if command -v gnuplot >/dev/null; then
	expect "pictures with a judge" "$(grep -c '<svg' "$dir/judged/report.html")" -eq 6
fi
run failing_judge --plan "$dir/tiny.plan" --seeds 1 --judge "$dir/no_good" || fail "failing judge: $?"
expect "runs without its figure" "$(column "$dir/failing_judge/results.csv" status | grep -cx 'done')" -eq 4
expect "its figures" "$(column "$dir/failing_judge/results.csv" score_judge | grep -c .)" -eq 0
expect "scores beside it" "$(column "$dir/failing_judge/results.csv" score_mos_lqo | grep -c .)" -eq 4
expect "reasons" "$(column "$dir/failing_judge/results.csv" reason | grep -c 'status 3')" -eq 4
expect "lines that say so" "$(grep -c 'ended with status 3' "$dir/failing_judge.said")" -eq 4
run no_judge --plan "$dir/tiny.plan" --judge "$dir/none" && fail "a judge that is not there"
grep -q -- '--judge .*No such file' "$dir/no_judge.said" || fail "no word of it: $(cat "$dir/no_judge.said")"
grep -q 'score_judge' "$table" && fail "a judge that nobody asked for"

# ---- what is there is not run again ----
run first --plan "$dir/tiny.plan" && fail "results are run over"
grep -q -- '--resume' "$dir/first.said" || fail "no word of --resume"
run first --plan "$dir/tiny.plan" --seconds 4 --resume && fail "other seconds are mixed in"
sed -i '$d' "$dir/second/results.csv"
sed -i '2s/^\(sim,[^,]*,[^,]*,[^,]*\),done,[^,]*/\1,done,kept as it was/' "$dir/second/results.csv"
run second --plan "$dir/tiny.plan" --resume || fail "resume: $(cat "$dir/second.said")"
expect "rows after --resume" "$(rows "$dir/second/results.csv")" -eq 8
grep -q 'kept as it was' "$dir/second/results.csv" || fail "a row that was there is run again"
grep -q ' 1 runs, 0 failed' "$dir/second.said" || fail "not one run: $(cat "$dir/second.said")"

# ---- a run that fails is a row that says so ----
run failing --plan "$dir/tiny.plan" --seeds 1 --setting 'bad -b 9999' && fail "failing: status 0"
expect "rows of failing" "$(rows "$dir/failing/results.csv")" -eq 6
expect "failed rows" "$(grep -c ',failed,.*--bitrate 9999' "$dir/failing/results.csv")" -eq 2
grep -q 'Runs that failed' "$dir/failing/report.html" || fail "the report is silent about failures"

# ---- Ctrl-C and SIGKILL ----
long=(--plan "$dir/tiny.plan" --seconds 600 --seeds 1-50)
for signal in INT KILL; do
	"$experiment" --out "$dir/$signal" "${long[@]}" >"$dir/$signal.said" 2>&1 &
	pid=$!
	started+=("$pid")
	for _ in $(seq 200); do
		[ -e "$dir/$signal/.work/0/frames.csv" ] && break
		sleep 0.05
	done
	[ -e "$dir/$signal/.work/0/frames.csv" ] || fail "$signal: it never ran"
	run "$signal" "${long[@]}" --resume && fail "$signal: two at once"
	kill -$signal "$pid"
	wait "$pid" 2>/dev/null
	status=$?
	for _ in $(seq 60); do
		[ "$(running $signal)" -eq 0 ] && [ ! -e "$dir/$signal/.work" ] && break
		sleep 0.05
	done
	expect "processes after SIG$signal" "$(running $signal)" -eq 0
	whole "$dir/$signal"
	[ $signal = KILL ] || expect "status after Ctrl-C" $status -eq 1
done
grep -q -- '--resume continues' "$dir/INT.said" || fail "Ctrl-C: $(cat "$dir/INT.said")"

# ---- by the relay, into the same folder ----
run first --plan "$dir/tiny.plan" --via relay --seeds 1 || fail "relay: $(cat "$dir/first.said")"
expect "rows of both vias" "$(rows "$table")" -eq 12
expect "rows by relay" "$(column "$table" via | grep -cx relay)" -eq 4
for name in missing_ratio playout_delay_ms packets_sent frames_played; do
	expect "cells of $name" "$(column "$table" $name | grep -cE '^-?[0-9.]+$')" -eq 12
done
grep -q 'sim and relay side by side' "$report" || fail "the vias are not side by side"

# ---- by the kernel's netem where it is, else one line that says what is missing ----
links() { ip -brief link 2>/dev/null | sort; }
before=$(links)
run netem --plan "$dir/tiny.plan" --seeds 1 --via netem
case $? in
0) expect "rows by netem" "$(column "$dir/netem/results.csv" status | grep -cx 'done')" -eq 4 ;;
1)
	expect "lines about netem" "$(wc -l <"$dir/netem.said")" -eq 1
	grep -qE 'netem: needs (root|ip, tc)' "$dir/netem.said" || fail "netem: $(cat "$dir/netem.said")"
	;;
*) fail "netem: $(cat "$dir/netem.said")" ;;
esac
[ "$(links)" = "$before" ] || fail "devices are left: $(links)"

# ---- complaints: one line, status 2 ----
refused() { # WORDS ARGUMENT...
	local words=$1
	shift
	"$experiment" "$@" >"$dir/refused" 2>&1
	expect "status of $*" $? -eq 2
	expect "lines of $*" "$(wc -l <"$dir/refused")" -eq 1
	grep -q -- "$words" "$dir/refused" || fail "$*: $(cat "$dir/refused")"
}
printf 'seconds 3\nchannel a losss 1%%\n' >"$dir/bad.plan"
refused 'line 2: channel: a: .*losss' --plan "$dir/bad.plan" --out "$dir/bad"
refused 'loss-sweep' --plan nowhere --out "$dir/bad"
refused '--out: is missing' --plan quick
refused 'no channel' --out "$dir/bad"
refused '--via by: must be' --plan quick --out "$dir/bad" --via by
for plan in "$(dirname "$0")"/../../tools/experiment/plans/*.plan; do
	name=$(basename "$plan" .plan)
	"$experiment" --help | grep -q -- "$name" || fail "--help knows no plan $name"
	refused 'nowhere.wav' --plan "$name" --out "$dir/bad" --recording "$dir/nowhere.wav"
done

# shellcheck disable=SC2031 # fail is called in no subshell
exit $((failures > 0))
