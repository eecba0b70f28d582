#!/bin/bash
# Session descriptions between programs: what hindsight-send writes, ffmpeg and hindsight-recv listen
# by; what ffmpeg writes, hindsight-recv listens by.
# usage: sdp.sh BUILD_DIR
# shellcheck disable=SC2317 # called by name
# shellcheck disable=SC2031 # lib.sh counts the failures, in this shell

set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${1:?usage: sdp.sh BUILD_DIR}"

level=-15 # of the sender's tone, dBFS

# FILE.sdp HOST OPTION...: has the sender write a description for a random port, and end; sets $port.
describe() {
	local file=$1 host=$2
	shift 2
	port=$(draw_port)
	"$send" -i tone -t 0.05 --stats none --sdp "$file" "$@" "$host:$port"
	[ -s "$file" ] || fail "no description after the end"
	expect "files beside it" "$(find "$dir" -name "$(basename "$file").*" | wc -l)" -eq 0
	grep -q "^m=audio $port RTP/AVPF 111" "$file" || fail "$file: no m= line with port $port"
}

# NAME WAV SECONDS: whether the WAV is as long as that, and as loud as the tone. In units of 0.1.
is_tone() {
	local length mean off
	length=$(ffprobe -v error -show_entries stream=duration -of csv=p=0 "$2")
	mean=$(ffmpeg -nostdin -hide_banner -i "$2" -af volumedetect -f null - 2>&1 |
		sed -n 's/.*mean_volume: \([-0-9.]*\) dB/\1/p')
	expect "$1: tenths of a second" "$(awk "BEGIN { printf \"%.0f\", 10 * $length }")" -eq $((10 * $3))
	off=$(awk "BEGIN { d = 10 * (${mean:-0} - $level); printf \"%.0f\", d < 0 ? -d : d }")
	expect "$1: tenths of a dB from the level" "$off" -le 10
	echo "$1: $length s at $mean dBFS"
}

# WHAT SDP OPTION...: ffmpeg decodes two seconds of what the sender then sends.
ffmpeg_decodes() {
	local what=$1 sdp=$2 listener sender
	shift 2
	ffmpeg -nostdin -y -hide_banner -loglevel error -protocol_whitelist file,udp,rtp \
		-i "$sdp" -t 2 "$dir/heard.wav" 2>"$dir/ffmpeg.err" &
	listener=$!
	started+=("$listener")
	if ! wait_for_port "$port" "$listener"; then
		fail "$what: ffmpeg: $(cat "$dir/ffmpeg.err")"
		return
	fi
	"$send" -i tone -t 8 --stats none "$@" "127.0.0.1:$port" &
	sender=$!
	started+=("$sender")
	wait "$listener" || fail "$what: ffmpeg: $(cat "$dir/ffmpeg.err")"
	kill -INT "$sender" 2>/dev/null || true
	wait "$sender" || fail "$what: the sender failed"
	is_tone "$what" "$dir/heard.wav" 2
}

# WHAT SDP COMMAND...: hindsight-recv listens by the description and hears what the command sends,
# wholly but for this machine's lateness: at least 50 frames. Its delay lets a machine wake up late.
receiver_hears() {
	local what=$1 sdp=$2 since primary missing_max
	since=$(now_ms)
	shift 2
	"$recv" -o null -d 200 --stats json --stats-file "$dir/by_sdp.json" "${recv_options[@]}" "$sdp" \
		2>"$dir/recv.err" &
	receiver=$!
	started+=("$receiver")
	if ! wait_for_port "$port" "$receiver"; then
		fail "$what: $(cat "$dir/recv.err")"
		return
	fi
	"$@" >/dev/null 2>"$dir/sent.err" || fail "$what: $(cat "$dir/sent.err")"
	sleep 1
	stop "$what" "$receiver"
	primary=$(count by_sdp frames_primary)
	missing_max=$(late_frames "$since" 200)
	expect "$what: concealed" "$(count by_sdp frames_concealed)" -le "$missing_max"
	expect "$what: rejected" "$(count by_sdp packets_rejected)" -eq 0
	expect "$what: frames" "$primary" -ge $((50 - missing_max))
	echo "$what: $primary frames"
}

recv_options=()
describe "$dir/plain.sdp" 127.0.0.1 -r off
patiently receiver_hears "plain" "$dir/plain.sdp" "$send" -i tone -t 1 -r off --stats none "127.0.0.1:$port"
"$send" -i tone -t 0.05 -r off --stats none --sdp - "127.0.0.1:$port" | sed 's/^o=.*//' >"$dir/stdout.sdp"
sed 's/^o=.*//' "$dir/plain.sdp" | cmp - "$dir/stdout.sdp" || fail "stdout gets another description"
describe "$dir/copies.sdp" 127.0.0.1 -r 2
grep -q '^m=audio .* 111 63' "$dir/copies.sdp" || fail "RED is not described"
patiently receiver_hears "copies" "$dir/copies.sdp" "$send" -i tone -t 1 -r 2 --stats none "127.0.0.1:$port"

# Over the loopback interface, where it is asked to carry a group.
recv_options=(--interface lo)
port=$(draw_port)
if ! "$recv" -o null -t 0.1 --stats none --interface lo "239.255.77.5:$port" 2>"$dir/group.err"; then
	echo "skipped: a multicast group ($(cat "$dir/group.err"))"
else
	describe "$dir/group.sdp" 239.255.77.5 -r 1 --interface lo --ttl 0
	grep -q '^c=IN IP4 239.255.77.5/0' "$dir/group.sdp" || fail "no group with its time to live"
	patiently receiver_hears "multicast" "$dir/group.sdp" \
		"$send" -i tone -t 1 -r 1 --interface lo --ttl 0 --stats none "239.255.77.5:$port"
fi

if ! command -v ffmpeg >/dev/null || ! command -v ffprobe >/dev/null; then
	echo "skipped: ffmpeg decodes, and describes (it is not installed)"
	exit $((failures > 0))
fi
describe "$dir/plain.sdp" 127.0.0.1 -r off
patiently ffmpeg_decodes "20 ms" "$dir/plain.sdp" -r off
describe "$dir/short.sdp" 127.0.0.1 -r off -f 2.5 -b 96 -c 2 --profile lowdelay
patiently ffmpeg_decodes "2.5 ms, stereo" "$dir/short.sdp" -r off -f 2.5 -b 96 -c 2 --profile lowdelay
describe "$dir/copies.sdp" 127.0.0.1 -r 1
patiently ffmpeg_decodes "a stream that may carry copies" "$dir/copies.sdp" -r off

# ffmpeg's description, with payload type 97.
tone=(ffmpeg -nostdin -y -hide_banner -loglevel error -re -f lavfi -i sine -c:a libopus -ac 1)
port=$(draw_port)
"${tone[@]}" -t 0.05 -sdp_file "$dir/theirs.sdp" -f rtp "rtp://127.0.0.1:$port" || true
grep -q "^m=audio $port RTP/AVP 97" "$dir/theirs.sdp" || fail "another description: $(cat "$dir/theirs.sdp")"
recv_options=()
# Newer releases send the first half second at once, and what is stale then is passed over.
patiently receiver_hears "from ffmpeg" "$dir/theirs.sdp" "${tone[@]}" -t 2 -f rtp "rtp://127.0.0.1:$port"
exit $((failures > 0))
