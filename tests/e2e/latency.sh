#!/usr/bin/env bash
# hindsight-latency as its user has it: the self-test through real devices, recordings, and that
# nothing stays behind it, however it ends.
#
#     latency.sh BUILD
#
# Real time: a machine that stalls drops whole periods of the virtual device and delays packets; so the
# delay is bounded from below by what it must be, and from above by what such a stall explains.
# Exit 77: JACK is not installed.
# shellcheck disable=SC2031 # lib.sh counts the failures, in this shell
set -u
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
latency=$build/hindsight-latency

export HOME=$dir XDG_RUNTIME_DIR=$dir XDG_CONFIG_HOME=$dir XDG_CACHE_HOME=$dir
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
export PULSE_SERVER=unix:$dir/none
# What the libraries behind PortAudio leak is not judged here.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

# FILE FIELD, in hundredths: 36.47 is 3647
hundredths() {
	sed -n "s/.*\"$2\": \(-\{0,1\}[0-9.]*\).*/\1/p" "$1" | awk '{ printf "%d\n", $1 * 100 + 0.5 }' |
		grep . || echo -1
}

# PID: its server and programs, what JACK leaves in memory, and the server's place among the eight that
# JACK knows, which it keeps if it dies.
left_of() {
	local n file
	n=$(pgrep -cf -- "--name hindsight-latency-$1 |^$build/hindsight-(send|recv) .*put system")
	for file in /dev/shm/*"hindsight-latency-$1_"*; do
		[ ! -e "$file" ] || n=$((n + 1))
	done
	if grep -aqs "hindsight-latency-$1\b" /dev/shm/jack-shm-registry; then
		n=$((n + 1))
	fi
	echo "$n"
}

# ---- without a device ----

"$latency" --make "$dir/said.wav" -n 6 --max-delay 300 || fail "--make ended with $?"
"$build/hindsight-sim" -q -i "$dir/said.wav" -o "$dir/heard.wav" --channel "delay 30ms" -d 60 -b 24 \
	--stats json --stats-file "$dir/sim.json" || fail "hindsight-sim ended with $?"
"$latency" --files --max-delay 300 --json --csv "$dir/files.csv" "$dir/said.wav" "$dir/heard.wav" \
	>"$dir/files.json" || fail "--files ended with $?"
expect "markers found in the file" "$(hundredths "$dir/files.json" n_found)" -eq 600
outside=$(hundredths "$dir/files.json" delay_ms_p50)
inside=$(count sim mouth_to_ear_ms | awk '{ printf "%d\n", $1 * 100 + 0.5 }')
echo "in a file: $outside hundredths of a ms from outside, $inside by the simulator"
expect "outside less the simulator's" "$((outside - inside))" -le 10
expect "outside less the simulator's" "$((outside - inside))" -ge -10
expect "rows of the CSV" "$(wc -l <"$dir/files.csv")" -eq 7
"$latency" --files --max-delay 300 --calibrate "$dir/files.json" --json "$dir/said.wav" \
	"$dir/heard.wav" >"$dir/rest.json" || fail "--calibrate ended with $?"
expect "what the calibration leaves" "$(hundredths "$dir/rest.json" delay_ms_p50)" -eq 0

# Later than was searched for: each marker is found in the next one's place, and that is noticed.
"$build/hindsight-sim" -q -i "$dir/said.wav" -o "$dir/late.wav" --channel "delay 450ms" -d 60 -b 24 ||
	fail "hindsight-sim ended with $?"
status=0
"$latency" --files --max-delay 300 --json "$dir/said.wav" "$dir/late.wav" >"$dir/late.json" \
	2>"$dir/late.err" || status=$?
expect "beyond --max-delay: exit status" "$status" -eq 1
expect "beyond --max-delay: markers found" "$(hundredths "$dir/late.json" n_found)" -eq 0
grep -qE 'about 5[0-9]{2} ms, above --max-delay 300' "$dir/late.err" || fail "$(cat "$dir/late.err")"

refuses() { # WHAT OPTION...: one line, wrong usage
	local what=$1 status=0
	shift
	"$latency" "$@" >"$dir/refused" 2>&1 || status=$?
	expect "$what: exit status" "$status" -eq 2
	expect "$what: lines" "$(wc -l <"$dir/refused")" -eq 1
	grep -q -- "$what" "$dir/refused" || fail "$what is not named: $(cat "$dir/refused")"
}
refuses --max-delay --loop --max-delay 9
refuses --count --self-test -n 0
refuses --buffer --self-test --buffer 2.51
refuses --buffer --self-test --buffer 10000s
refuses --calibrate --loop --calibrate "$dir/said.wav"
refuses --send --loop --send "-f 5"
refuses --input --self-test -i default
refuses --files --files
refuses --files --files "$dir/said.wav"
refuses nothing --files "$dir/nothing.wav" "$dir/said.wav"
refuses --self-test

# ---- the self-test ----

for program in jackd jack_lsp jack_connect; do
	command -v $program >/dev/null || {
		[ $failures = 0 ] || exit 1
		echo "skipped: $program is not installed (package jackd2)"
		exit 77
	}
done

# JACK leaves a client that missed its period waiting, at times for good: seen on busy machines with every
# program that captures, these and others. It says so itself; only then is the test tried again, twice at
# most, and each time told. What fails while JACK is content has failed.
for attempt in 1 2 3; do
	status=0
	"$latency" --self-test -n 10 --max-delay 500 --json -v --svg "$dir/picture.svg" \
		>"$dir/self.json" 2>"$dir/self.err" &
	pid=$!
	wait $pid || status=$?
	expect "left of the self-test" "$(left_of $pid)" -eq 0
	found=$(($(hundredths "$dir/self.json" n_found) / 100))
	missed=$(grep -acE 'Process error|was not finished' "$dir/self.err")
	echo "attempt $attempt: exit status $status, $found of 10 found, JACK missed $missed periods"
	[ "$found" -ge 8 ] || [ "$missed" -eq 0 ] && break
done
cat "$dir/self.json"
[ "$status" = 0 ] || grep '^hindsight' "$dir/self.err"
# Only a missing picture is no failure of the measurement.
[ "$status" = 0 ] || grep -q 'gnuplot' "$dir/self.err" || fail "--self-test ended with $status"
# A stall of the machine may tear a marker apart.
expect "markers found" "$found" -ge 8
# A frame of 20 ms and a look-ahead of 6.5 ms are in every call. More than that and a few periods is the
# machine's: stalls of 280 ms were seen, and a receiver remembers them for longer than this lasts.
expect "the shortest delay" "$(hundredths "$dir/self.json" delay_ms_min)" -ge 2600
expect "the median delay" "$(hundredths "$dir/self.json" delay_ms_p50)" -le 40000
if command -v gnuplot >/dev/null; then
	grep -q '</svg>' "$dir/picture.svg" || fail "no picture"
fi

# Ended early, well or badly, nothing of it stays.
for signal in INT TERM KILL; do
	"$latency" --self-test -n 10 --max-delay 500 >/dev/null 2>&1 &
	pid=$!
	sleep 2
	kill -$signal $pid
	wait $pid 2>/dev/null
	for _ in {1..150}; do
		[ "$(left_of $pid)" -eq 0 ] && break
		sleep 0.1
	done
	expect "left after SIG$signal" "$(left_of $pid)" -eq 0
done

[ $failures = 0 ] && echo "latency: ok"
[ $failures = 0 ]
