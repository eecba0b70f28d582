#!/bin/bash
# What a user's shell gives the programs: closed descriptors, pipes whose other side stands still, FIFOs that
# nobody reads, a terminal that is closed. The call goes on, and neither waits nor writes to a wrong place.
# usage: descriptors.sh BUILD_DIR
# shellcheck disable=SC2317,SC2031 # called by name; lib.sh counts the failures, in this shell

set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${1:?usage: descriptors.sh BUILD_DIR}"

# Statistics never end in the sound, nor in the datagrams.
closed() {
	local status=0 sender
	start_at_port "$dir/closed.frames" "$dir/closed.err" "$recv" -o "$dir/other.wav" --frames \
		"$dir/closed.frames" -t 30 127.0.0.1:@
	receiver=$program port=$drawn_port
	"$send" -i tone -t 1.5 "127.0.0.1:$port" <&- >&- 2>&- || status=$?
	expect "sender without descriptors: status" "$status" -eq 0
	stop receiver "$receiver"
	expect "frames of that sender" "$(grep -c ,primary, "$dir/closed.frames")" -ge 60
	"$send" -i tone -q -t 3 "127.0.0.1:$port" &
	sender=$!
	started+=("$sender")
	"$recv" -o "$dir/closed.wav" -t 2.5 "127.0.0.1:$port" <&- >&- 2>&- || status=$?
	expect "receiver without descriptors: status" "$status" -eq 0
	if grep -aq played "$dir/closed.wav"; then fail "statistics are in the sound"; fi
	stop sender "$sender"
	status=0
	"$recv" -o - -c 1 -t 0.3 -q "127.0.0.1:$port" >&- 2>"$dir/closed.err" || status=$?
	expect "stdout is closed and wanted: status" "$status" -eq 1
}

# A FIFO that nobody reads, or no more, is no reason to wait.
fifos() {
	local sender
	rm -f "$dir/fifo" "$dir/rows"
	mkfifo "$dir/fifo" "$dir/rows"
	start_receiver fifos 127.0.0.1 -o null -d 200
	"$recv" -o null --stats json --stats-file "$dir/fifo" --frames "$dir/rows" -t 60 \
		"127.0.0.1:$((port + 1))" 2>"$dir/fifo.err" &
	program=$!
	started+=("$program")
	wait_for_port $((port + 1)) "$program" || fail "it waits for a reader"
	"$send" -i tone -t 60 -q "127.0.0.1:$((port + 1))" &
	sender=$!
	started+=("$sender")
	timeout 20 head -n 2 "$dir/fifo" >"$dir/two" || true
	expect "lines for a reader that comes later" "$(grep -c packets_received "$dir/two")" -eq 2
	stop "receiver with FIFOs" "$program"
	stop sender "$sender"
	stop receiver "$receiver"
}

# SIGHUP is an end like Ctrl-C, but for nohup.
hangup() {
	local status=0
	start_receiver hangup 127.0.0.1 -o "$dir/hangup.wav"
	kill -HUP "$receiver"
	wait "$receiver" || status=$?
	expect "status after SIGHUP" "$status" -eq 0
	expect "summary after SIGHUP" "$(grep -c '"summary": true' "$dir/hangup.json")" -eq 1
}

# NAME FIELD: of the last line that is no summary.
last() {
	grep -v summary "$dir/$1.json" | tail -n 1 | sed -n "s/.*\"$2\": \([-0-9]*\).*/\1/p" | grep . || echo -1
}

# A reader that stood still is caught up with, and what it did not take is told.
stopped_reader() {
	local sender reader before
	rm -f "$dir/sound"
	mkfifo "$dir/sound"
	cat "$dir/sound" >/dev/null &
	reader=$!
	started+=("$reader")
	start_receiver still 127.0.0.1 -o - -c 1 -d 100 --same-clock >"$dir/sound"
	"$send" -i tone -t 60 -q "127.0.0.1:$port" &
	sender=$!
	started+=("$sender")
	wait_until 20 has_played still 50
	kill -STOP "$reader"
	before=$(wc -l <"$dir/still.frames")
	wait_until 20 has_played still $((before + 150)) # the call goes on: 3 s, more than a pipe holds
	kill -CONT "$reader"
	before=$(wc -l <"$dir/still.frames")
	wait_until 20 has_played still $((before + 150))
	expect "mouth to ear, ms, some seconds later" "$(last still mouth_to_ear_ms)" -le 300
	expect "ms that were dropped" "$(last still output_dropped_ms)" -ge 500
	stop receiver "$receiver"
	stop sender "$sender"
	expect "frames in three seconds" "$(count still frames_played)" -ge $((before + 100))
	echo "dropped $(count still output_dropped_ms) ms"
}

# This process was stopped, and its pipe is full of old sound: that is left out.
stopped_sender() {
	local sender source
	rm -f "$dir/live"
	mkfifo "$dir/live"
	start_receiver stopped 127.0.0.1 -o null --same-clock
	"$recv" -o - -c 1 -q -t 60 "127.0.0.1:$((port + 1))" >"$dir/live" & # silence, in real time
	source=$!
	started+=("$source")
	"$send" -i - -q -t 60 --stats json --stats-file "$dir/live.json" "127.0.0.1:$port" <"$dir/live" &
	sender=$!
	started+=("$sender")
	wait_until 20 has_played stopped 200
	kill -STOP "$sender"
	sleep 0.5
	kill -CONT "$sender"
	wait_until 20 has_played stopped 400
	expect "mouth to ear, ms, some seconds later" "$(last stopped mouth_to_ear_ms)" -le 200
	stop sender "$sender"
	kill "$source" 2>/dev/null || true
	stop receiver "$receiver"
	expect "that sound was lost is told" "$(count live overruns)" -ge 1
}

if ! start_receiver loopback 127.0.0.1 -o null -t 0.1; then
	echo "skipped: no UDP on 127.0.0.1"
	exit 77
fi
wait "$receiver"
run_together closed fifos hangup stopped_reader stopped_sender
exit $((failures > 0))
