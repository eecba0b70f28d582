#!/bin/bash
# How old the sound is when it is heard, as the real programs tell it over real sockets: the parts add
# up, and a known delay is found again within the uncertainty that is told.
# usage: mouth_to_ear.sh BUILD_DIR
# shellcheck disable=SC2317 # called by name
# shellcheck disable=SC2031 # lib.sh counts the failures, in this shell
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${1:?usage: mouth_to_ear.sh BUILD_DIR}"

# NAME: of each line that knows mouth to ear, whether its parts add up to it; prints how many do.
lines_that_add_up() {
	awk '{
		whole = sum = "null"
		gsub(/[{}",:]/, " ")
		for (i = 1; i < NF; i++) value[$i] = $(i + 1)
		whole = value["mouth_to_ear_ms"]
		if (whole == "null") next
		# Before the sender has told its share, its parts are unknown.
		if (value["framing_ms"] == "null" || value["network_ms"] == "null") next
		sum = value["capture_ms"] + value["framing_ms"] + value["lookahead_ms"] \
			+ value["sender_queue_ms"] + value["network_ms"] + value["jitter_buffer_ms"] \
			+ value["decoded_ms"] + value["playout_device_ms"]
		if (sum - whole > 0.01 || whole - sum > 0.01) { n = -1; exit }
		n++
	} END { print n + 0 }' "$dir/$1.json"
}

# NAME FIELD: of the summary, in microseconds; -1000000 where it is null.
micros() {
	tail -n 1 "$dir/$1.json" | sed -n "s/.*\"$2\": \([-0-9.]*\|null\)[,}].*/\1/p" |
		awk '{ printf "%d\n", $1 == "null" ? -1000000 : $1 * 1000 }'
}

# One clock, no network delay: 20 ms of frame, 6.5 of look-ahead and 60 of playout delay at least.
one_machine() {
	local since late_us
	since=$(now_ms)
	start_receiver one 127.0.0.1 -o null -d 60 --same-clock
	"$send" -i tone -t 5 --stats none "127.0.0.1:$port"
	stop "receiver" "$receiver"
	late_us=$((1000 * $(lateness_ms "$since")))
	expect "lines that add up" "$(lines_that_add_up one)" -ge 3
	expect "uncertainty" "$(micros one clock_uncertainty_ms)" -eq 0
	expect "mouth to ear" "$(micros one mouth_to_ear_ms)" -ge 86500
	expect "mouth to ear" "$(micros one mouth_to_ear_ms)" -le $((200000 + late_us))
	expect "the network, which is none" "$(micros one network_ms)" -le $((30000 + late_us))
	expect "the network, which is none" "$(micros one network_ms)" -ge $((-30000 - late_us))
}

# By the reports' round trips alone, through a relay that delays.
through_a_relay() {
	local network uncertainty since late_us
	since=$(now_ms)
	start_receiver relay 127.0.0.1 -o null -d 60
	start_relay relay "delay 50ms" 1
	"$send" -i tone -t 8 --stats none "127.0.0.1:$relay_port"
	stop "receiver" "$receiver"
	stop "relay" "$relay"
	late_us=$((1000 * $(lateness_ms "$since")))
	network=$(micros relay network_ms)
	uncertainty=$(micros relay clock_uncertainty_ms)
	expect "lines that add up" "$(lines_that_add_up relay)" -ge 4
	expect "uncertainty" "$uncertainty" -ge 1
	expect "uncertainty" "$uncertainty" -le $((120000 + 2 * late_us))
	expect "the relay's 50 ms less the uncertainty" "$network" -ge $((50000 - uncertainty - 2000 - late_us))
	expect "the relay's 50 ms and the uncertainty" "$network" -le $((50000 + uncertainty + 20000 + late_us))
}

if ! start_receiver loopback 127.0.0.1 -o null -t 0.1; then
	echo "skipped: no UDP on 127.0.0.1"
	exit 77
fi
wait "$receiver"
patiently one_machine
patiently through_a_relay
exit $((failures > 0))
