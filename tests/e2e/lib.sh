# shellcheck shell=bash disable=SC2034,SC2030,SC2031 # what is set here is used where it is sourced
# What the tests with the real programs share: programs started on free ports and ended again,
# waiting with a bound, and expectations that say what was there instead. Sourced with the build's
# folder as $1; everything is written into $dir, which is removed at the end.

build=$(cd "$1" && pwd)
send=$build/hindsight-send recv=$build/hindsight-recv impair=$build/hindsight-impair
dir=$(mktemp -d)
started=() # process ids
failures=0

end_started() { kill "${started[@]}" 2>/dev/null || true; }
trap 'end_started; wait; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

expect() { # WHAT ACTUAL RELATION EXPECTED, whole numbers; RELATION as in test(1): -eq, -le, ...
	test "$2" "$3" "$4" || fail "$1: $2, expected $3 $4"
}

# ---- how late this machine is ----

# A shell that wants to wake up every 20 ms notes by how much later it did, where that was 10 ms or more:
# "MS LATE" a line, the time and the lateness. It waits without starting a program each time.
meter_lateness() {
	local fd before now late
	trap - EXIT
	exec {fd}<> <(:)
	now=${EPOCHREALTIME/[.,]/}
	while [ -d "$dir" ]; do
		before=$now
		read -rt 0.02 -u "$fd" || true
		now=${EPOCHREALTIME/[.,]/}
		late=$(((now - before) / 1000 - 20))
		[ $late -lt 10 ] || echo "$((now / 1000)) $late" >>"$dir/lateness"
	done
}

: >"$dir/lateness"
meter_lateness &
started+=($!)

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# SINCE: the latest that it woke up since then, in ms; 0 where it never was late.
lateness_ms() {
	awk -v since="$1" '$1 >= since && $2 > most { most = $2 } END { print most + 0 }' "$dir/lateness"
}

# SINCE DELAY: how many frames of 20 ms that explains where a playout delay of DELAY ms bears the rest.
late_frames() {
	awk -v since="$1" -v delay="$2" '$1 >= since && $2 > delay { n += int(($2 - delay) / 20) + 1 }
		END { print n + 0 }' "$dir/lateness"
}

# FUNCTION ARGUMENT...: what bounds real time. Where it failed while this machine was late, it is run
# again, three times in all; a failure of a machine that was in time counts at once.
patiently() {
	local since before=$failures attempt
	for attempt in 1 2 3; do
		since=$(now_ms) failures=$before
		"$@"
		[ "$failures" -gt "$before" ] && [ $attempt -lt 3 ] || return 0
		[ "$(lateness_ms "$since")" -ge 20 ] || return 0
		echo "this machine woke up $(lateness_ms "$since") ms late: once more"
	done
}

# SECONDS COMMAND...: until the command succeeds, at most so long.
wait_until() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt $end ] || return 0
		sleep 0.05
	done
}

# NAME N: whether the receiver has played that many frames.
has_played() { [ "$(wc -l <"$dir/$1.frames")" -gt "$2" ]; }

# Random, below the system's own choices; who finds it taken draws again.
draw_port() { shuf -i 20000-32000 -n 1; }

# PID FILE: until the file is there; false if the program ended before, or after a minute.
wait_for() {
	local end=$(($(now_ms) + 60000))
	until [ -e "$2" ]; do
		kill -0 "$1" 2>/dev/null && [ "$(now_ms)" -lt $end ] || return 1
		sleep 0.02
	done
}

# PORT PID: until somebody listens there, on whatever address; false as above.
wait_for_port() {
	local end=$(($(now_ms) + 60000))
	until grep -q "$(printf ':%04X 0' "$1")" /proc/net/udp /proc/net/udp6 2>/dev/null; do
		kill -0 "$2" 2>/dev/null && [ "$(now_ms)" -lt $end ] || return 1
		sleep 0.02
	done
}

# FILE ERRORS COMMAND...: starts a program at a port, which is drawn anew while it finds it taken, and
# waits until it has made the file; @ in its words is the port. Sets $program and $drawn_port.
start_at_port() {
	local file=$1 errors=$2
	shift 2
	for _ in 1 2 3 4 5 6 7 8; do
		drawn_port=$(draw_port)
		rm -f "$file"
		"${@//@/$drawn_port}" 2>"$errors" &
		program=$!
		started+=("$program")
		wait_for "$program" "$file" && return 0
		grep -q 'in use' "$errors" || break
	done
	echo "${1##*/} does not start: $(cat "$errors")"
	return 1
}

# NAME ADDRESS OPTION...: a receiver; sets $receiver and $port. Its statistics are NAME.json, the
# frames NAME.frames, its standard error NAME.err. ADDRESS may be empty: all of them.
start_receiver() {
	local name=$dir/$1 address=$2
	shift 2
	start_at_port "$name.frames" "$name.err" "$recv" --stats json --stats-file "$name.json" \
		--frames "$name.frames" "$@" "${address:+$address:}@" || return 1
	receiver=$program port=$drawn_port
}

# NAME SPEC SEED: a relay to $port; sets $relay and $relay_port. The packets' fates: NAME.fates.
start_relay() {
	local name=$dir/$1
	start_at_port "$name.fates" "$name.relay" "$impair" --listen 127.0.0.1:@ \
		--to "127.0.0.1:$port" --channel "$2" --seed "$3" --csv "$name.fates" || return 1
	relay=$program relay_port=$drawn_port
}

# WHAT PID: Ctrl-C, which must end it well.
stop() {
	local status=0
	kill -INT "$2" 2>/dev/null || true
	wait "$2" || status=$?
	expect "$1: exit status after SIGINT" "$status" -eq 0
}

# NAME FIELD: from the summary, which is the last line of NAME.json.
count() {
	tail -n 1 "$dir/$1.json" | grep '"summary": true' |
		sed -n "s/.*\"$2\": \([-0-9.]*\).*/\1/p" | grep . || echo -1
}

# FUNCTION...: each patiently, in a shell of its own; their lines come out when all are done.
run_together() {
	local name runs=() i
	for name in "$@"; do
		(
			started=() failures=0
			trap end_started EXIT
			trap 'exit 130' INT TERM
			patiently "$name"
			exit $((failures > 0))
		) >"$dir/$name.said" 2>&1 &
		runs+=($!)
		started+=($!)
	done
	for name in "$@"; do
		i=0
		wait "${runs[0]}" || i=$?
		runs=("${runs[@]:1}")
		sed "s/^/$name: /" "$dir/$name.said"
		[ $i -eq 0 ] || fail "$name"
	done
}
