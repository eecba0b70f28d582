#!/usr/bin/env bash
# A real PortAudio device without hardware: what is played is captured again.
#
#     device.sh jack|pulse|call|call_44100|jack_returns|pulse_returns DEVICE_PROBE
#
# jack:  JACK's dummy server, playout and capture joined by jack_connect. Then the server is ended,
#        and the streams must notice.
# call_44100: the same on a server of another rate than ours.
# call:  the real programs, beside DEVICE_PROBE: a tone is sent to a receiver that plays it through
#        JACK; a sender captures that through JACK, and another receiver hears it.
# pulse: PulseAudio's null sink through ALSA's pulse plugin, captured from the sink's monitor.
# *_returns: the server of a receiver's device is killed and started again; the call goes on without it,
#        and then with it, and the libraries' chatter is not seen.
# Exit 0: heard. 1: not. 77: the server is not installed or cannot be started, with the reason.
# Servers, folders and names are this script's own; it ends what it started and nothing else.
set -u

readonly kind=$1 probe=$2
rate= # of the JACK server; empty: 48000
readonly skipped=77
dir=$(mktemp -d) || exit 1
server_pid=
probe_pid=

# The server last: told to end while its clients do, it dies of SIGPIPE and keeps its place among the
# eight that JACK has on a machine. A client that is killed leaves its semaphore.
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local pid clients=()
	for pid in $(jobs -pr); do
		[ "$pid" = "$server_pid" ] || clients+=("$pid")
	done
	end_all "${clients[@]}"
	[ -z "$server_pid" ] || end_all "$server_pid"
	wait 2>/dev/null
	rm -rf "$dir" /dev/shm/jack_*"hindsight-test-$$_"*
}

# PID...: asked to end, and after three seconds made to.
# shellcheck disable=SC2317 # called by the trap
end_all() {
	[ $# -gt 0 ] || return 0
	kill "$@" 2>/dev/null
	for _ in {1..30}; do
		kill -0 "$@" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -9 "$@" 2>/dev/null
}

trap cleanup EXIT
trap 'exit 1' INT TERM

skip() {
	echo "skipped: $*"
	[ -f "$dir/server.log" ] && tail -n 5 "$dir/server.log"
	exit $skipped
}

need() {
	command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

# wait_for SECONDS COMMAND...: until the command succeeds, or the server or the time is gone.
wait_for() {
	local tenths=$(($1 * 10))
	shift
	for ((i = 0; i < tenths; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		kill -0 "$server_pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

start_probe() {
	timeout -k 5 60 "$probe" "$@" >"$dir/probe.log" 2>"$dir/probe.err" &
	probe_pid=$!
}

# What the probe said, and its exit code as ours.
finish_probe() {
	wait "$probe_pid"
	local code=$?
	probe_pid=
	cat "$dir/probe.log" "$dir/probe.err"
	[ $code = 0 ] && echo "$kind: ok" || echo "$kind: failed with exit code $code"
	exit $code
}

# No sound system of the user's is touched, or found.
export HOME=$dir XDG_RUNTIME_DIR=$dir XDG_CONFIG_HOME=$dir XDG_CACHE_HOME=$dir
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

# What the libraries behind PortAudio leak is not judged here.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

start_jack() {
	need jackd jackd2
	need jack_lsp jackd2
	need jack_connect jackd2
	export JACK_NO_AUDIO_RESERVATION=1 JACK_NO_START_SERVER=1
	export JACK_DEFAULT_SERVER=hindsight-test-$$
	export PULSE_SERVER=unix:$dir/none
	run_jack || skip "JACK's dummy server does not start"
}

run_jack() {
	jackd --name "$JACK_DEFAULT_SERVER" -r -d dummy -r "${rate:-48000}" -p 480 -C 2 -P 2 \
		>"$dir/server.log" 2>&1 &
	server_pid=$!
	wait_for 15 timeout 2 jack_lsp
}

start_pulse() {
	need pulseaudio pulseaudio
	need pactl pulseaudio-utils
	export PULSE_RUNTIME_PATH=$dir PULSE_SERVER=unix:$dir/native
	export PULSE_SINK=out PULSE_SOURCE=out.monitor
	export JACK_NO_START_SERVER=1 JACK_DEFAULT_SERVER=hindsight-none-$$
	run_pulse || skip "PulseAudio does not start"
}

run_pulse() {
	rm -f "$dir/native"
	pulseaudio -n --daemonize=no --system=false --use-pid-file=false --exit-idle-time=-1 \
		-L "module-null-sink sink_name=out rate=48000 channels=2" \
		-L "module-native-protocol-unix auth-anonymous=1 socket=$dir/native" \
		>"$dir/server.log" 2>&1 &
	server_pid=$!
	wait_for 15 timeout 2 pactl info
}

# WORD N: whether the receiver has said it so often.
has_said() { [ "$(grep -c "$1" "$dir/player.err")" -ge "$2" ]; }

has_played() { [ "$(last_value player frames_played)" -gt "$1" ] 2>/dev/null; }

# Under a sanitizer, whose presets set these, stderr is left to the libraries.
is_free_of_chatter() {
	[ -n "${ASAN_OPTIONS-}${TSAN_OPTIONS-}" ] || ! grep -qv "^hindsight-recv: " "$dir/player.err"
}

# DEVICE START: what is named at the top.
returns() {
	local bin port played receiver sender status=0
	bin=$(dirname "$probe")
	port=$(shuf -i 20000-32000 -n 1)
	"$bin/hindsight-recv" -o "$1" --stats json --stats-file "$dir/player.json" -t 120 "$port" \
		2>"$dir/player.err" &
	receiver=$!
	"$bin/hindsight-send" -i tone -r 1 -q -t 120 "127.0.0.1:$port" 2>"$dir/tone.err" &
	sender=$!
	wait_for 30 has_played 50 || { has_said "unknown" 1 && skip "no device $1"; return 1; }
	kill -9 "$server_pid"
	wait "$server_pid" 2>/dev/null
	server_pid=$receiver # of whose life wait_for is to know
	wait_for 20 has_said "the device has gone; the call goes on" 1 || return 1
	played=$(last_value player frames_played)
	wait_for 20 has_played $((played + 100)) || return 1
	"$2" || return 1
	wait_for 30 has_said " plays$" 1 || return 1
	played=$(last_value player frames_played)
	wait_for 20 has_played $((played + 100)) || return 1
	kill -INT "$receiver" "$sender"
	wait "$receiver" || status=$?
	echo "$1: $(last_value player frames_played) frames, exit status $status"
	[ $status = 0 ] && [ "$(last_value player device_losses)" = 1 ] && is_free_of_chatter
}

# The first port of that name among JACK's clients: out_0 of who plays, in_0 of who captures.
port_named() {
	timeout 2 jack_lsp | grep -m 1 "^hindsight-.*:$1\$"
}

# A field of the last line of a file of statistics.
last_value() {
	sed -n "\$s/.*\"$2\": *\(-\{0,1\}[0-9.]*\).*/\1/p" "$dir/$1.json"
}

# The level of the loudest second at the far end: what was silent before the tone came does not count.
loudest_second() {
	sed -n 's/.*"level_dbfs": *\(-\{0,1\}[0-9.]*\).*/\1/p' "$dir/far.json" | sort -n | tail -n 1
}

# shellcheck disable=SC2317 # called by name
is_heard() {
	awk -v n="$(last_value far frames_played)" -v level="$(loudest_second)" \
		'BEGIN { exit !(n > 100 && level != "" && level > -19) }'
}

# What is heard at the end of microphone, two networks and two devices is the tone, at its level.
call() {
	local bin near far
	bin=$(dirname "$probe")
	near=$(shuf -i 20000-32000 -n 1) far=$((near + 1))
	"$bin/hindsight-recv" -o system -q -t 120 "$near" 2>"$dir/player.err" &
	"$bin/hindsight-recv" -o "$dir/heard.wav" --stats json --stats-file "$dir/far.json" -t 120 \
		"$far" 2>"$dir/far.err" &
	"$bin/hindsight-send" -i system -r 1 -q -t 120 "127.0.0.1:$far" 2>"$dir/mic.err" &
	if ! wait_for 60 port_named out_0 || ! wait_for 60 port_named in_0; then
		timeout 2 jack_lsp
		return 1
	fi
	timeout 5 jack_connect "$(port_named out_0)" "$(port_named in_0)" >/dev/null || return 1
	"$bin/hindsight-send" -i tone:440 -r 1 -q -t 120 "127.0.0.1:$near" 2>"$dir/tone.err" &
	local played level job
	wait_for 60 is_heard
	for job in $(jobs -pr); do
		[ "$job" = "$server_pid" ] || { kill "$job"; wait "$job" || return 1; }
	done
	played=$(last_value far frames_played) level=$(loudest_second)
	echo "far end: $played frames played, $level dBFS (the tone is of -15)"
	awk -v n="${played:-0}" -v level="${level:--127}" \
		'BEGIN { exit !(n > 100 && level > -19 && level < -12) }'
}

case $kind in
jack)
	start_jack
	start_probe system system until-gone
	wait_for 20 grep -q '^running' "$dir/probe.log" || finish_probe
	timeout 5 jack_connect PortAudio:out_0 PortAudio:in_0 >/dev/null || finish_probe
	wait_for 30 grep -q '^heard$' "$dir/probe.log" || finish_probe
	kill "$server_pid" # the device is unplugged
	finish_probe
	;;
call | call_44100)
	rate=${kind#call}
	rate=${rate#_}
	start_jack
	if call; then
		echo "$kind: ok"
	else
		echo "$kind: failed"
		cat "$dir"/*.err
		exit 1
	fi
	;;
jack_returns | pulse_returns)
	device=system
	[ "$kind" = jack_returns ] || device=pulse
	"start_${kind%_returns}"
	if returns "$device" "run_${kind%_returns}"; then
		echo "$kind: ok"
	else
		echo "$kind: failed"
		cat "$dir"/*.err
		exit 1
	fi
	;;
pulse)
	start_pulse
	start_probe pulse pulse
	wait "$probe_pid"
	# Without ALSA's plugin there is no such device: nothing of ours has failed.
	grep -q 'device pulse: \(unknown\|this machine\)' "$dir/probe.err" &&
		skip "ALSA has no pulse device (package libasound2-plugins)"
	finish_probe
	;;
*)
	echo "usage: device.sh jack|pulse|call|call_44100|jack_returns|pulse_returns DEVICE_PROBE" >&2
	exit 2
	;;
esac
