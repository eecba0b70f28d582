#!/bin/bash
# What cannot work is refused: one line on standard error that names what is wrong, and the exit
# status that fits (2: wrong usage, 1: failed while running).
# usage: bad_input.sh BUILD_DIR
# shellcheck disable=SC2031 # lib.sh counts the failures, in this shell

set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${1:?usage: bad_input.sh BUILD_DIR}"

n_rows=0
# Who looks for a device loads the sound servers' libraries, whose leaks are not ours to find.
with_devices=(env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
	TSAN_OPTIONS="${TSAN_OPTIONS:+$TSAN_OPTIONS:}report_bugs=0")

# A build without PortAudio says so.
has_devices() { [[ $("$send" --version) != *"no sound devices"* ]]; }

# STATUS WORD COMMAND...: a row of the table
refused() {
	local wanted=$1 word=$2 status=0 n_lines
	shift 2
	timeout 10 "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
	n_lines=$(grep -vc ": waiting for sound on port" "$dir/err" || true) # no complaint
	n_rows=$((n_rows + 1))
	if [ "$status" -ne "$wanted" ] || [ "$n_lines" -ne 1 ] || ! grep -qF -- "$word" "$dir/err"; then
		fail "${*/#*\//}: status $status (expected $wanted), $n_lines lines, \"$word\" in: $(cat "$dir/err")"
	elif [ -n "${VERBOSE:-}" ]; then
		cat "$dir/err"
	fi
}

"$build/make_wav" "$dir/speech.wav" 0.2
"$build/make_wav" "$dir/seven.wav" 0.2 7
: >"$dir/empty.wav"
seq 1000 >"$dir/text.wav"
mkdir "$dir/folder.wav"
wav=$dir/speech.wav
port=$(draw_port)
here=127.0.0.1:$port

# ---- hindsight-send ----
refused 2 "HOST" "$send" -i "$wav"
refused 2 "second target" "$send" -i "$wav" "$here" "$here"
refused 2 "--nonsense" "$send" --nonsense "$here"
refused 2 "--key-file" "$send" --key-file x "$here"
refused 2 "b" "$send" "$here" -b
refused 1 "no.such.host.invalid" "$send" -i "$wav" no.such.host.invalid
refused 2 "1 to 65535" "$send" -i "$wav" 127.0.0.1:0
refused 2 "1 to 65535" "$send" -i "$wav" 127.0.0.1:70000
refused 2 "127.0.0.1:x" "$send" -i "$wav" 127.0.0.1:x
refused 2 "a host is missing" "$send" -i "$wav" ":$port"
refused 2 "[::1:5004" "$send" -i "$wav" "[::1:5004"
refused 2 "--bitrate 2: must be 6 to 510 kbit/s" "$send" -b 2 "$here"
refused 2 "--bitrate 900: must be 6 to 510 kbit/s" "$send" -b 900 "$here"
refused 2 "--bitrate 48k" "$send" -b 48k "$here"
refused 2 "--bitrate 7: at least" "$send" -b 7 -r 4 "$here"
refused 2 "--bitrate 510: at most" "$send" -b 510 -f 60 "$here"
refused 2 "--frame 15: must be one of 2.5, 5, 10, 20, 40, 60 ms" "$send" -f 15 "$here"
refused 2 "--redundancy 9: must be" "$send" -r 9 "$here"
refused 2 "--redundancy 3,1: must be" "$send" -r 3,1 "$here"
refused 2 "--redundancy 0: must be" "$send" -r 0 "$here"
refused 2 "--redundancy 1,,2: must be" "$send" -r 1,,2 "$here"
refused 2 "--redundancy ,: must be" "$send" -r , "$here"
refused 2 "--redundancy many: must be" "$send" -r many "$here"
refused 2 "at most 5 frames back at 60 ms" "$send" -f 60 -r 6 -b 96 "$here"
refused 2 "--copy-bitrate 500" "$send" --copy-bitrate 500 "$here"
refused 2 "--copy-bitrate 12" "$send" --copy-bitrate 12 -r off "$here"
refused 2 "--copy-bitrate 12,8,6" "$send" --copy-bitrate 12,8,6 -r 2 "$here"
refused 2 "--copy-bitrate 12,8" "$send" --copy-bitrate 12,8 -r 2 --profile music "$here"
refused 2 "--copy-bitrate 12," "$send" --copy-bitrate 12, -r 2 "$here"
refused 2 "--fec on" "$send" --fec on "$here"
refused 2 "--fec perhaps" "$send" --fec perhaps -r 2 "$here"
refused 2 "--profile speech: must be one of voice, music, lowdelay" "$send" --profile speech "$here"
refused 2 "--channels 3" "$send" -c 3 "$here"
refused 2 "--sdp $dir/none/a.sdp: cannot be written" "$send" -i "$wav" --sdp "$dir/none/a.sdp" "$here"
refused 2 "--sdp /dev/full: cannot be written" "$send" -i "$wav" --sdp /dev/full "$here"
refused 2 "--ttl 256" "$send" --ttl 256 "$here"
refused 2 "--stats xml: must be one of" "$send" --stats xml "$here"
refused 2 "--buffer 0" "$send" --buffer 0 "$here"
refused 2 "--duration -1" "$send" -t -1 "$here"
refused 1 "no.such.interface" "$send" -i "$wav" --interface no.such.interface 239.255.77.77
refused 2 "none.wav" "$send" -i "$dir/none.wav" "$here"
refused 2 "empty.wav" "$send" -i "$dir/empty.wav" "$here"
refused 2 "text.wav" "$send" -i "$dir/text.wav" "$here"
refused 2 "folder.wav" "$send" -i "$dir/folder.wav" "$here"
refused 2 "7 channels; must be 1 or 2" "$send" -i "$dir/seven.wav" "$here"
if has_devices; then
	refused 2 "no such device" "${with_devices[@]}" "$send" -i "no such device" "$here"
	refused 2 "device 999" "${with_devices[@]}" "$send" -i 999 "$here"
	refused 2 "no such device" "${with_devices[@]}" "$recv" -o "no such device" "$here"
else
	for option in -l "-i 0"; do # shellcheck disable=SC2086 # two words
		refused 1 "no sound devices" "$send" $option "$here"
	done
	for option in -l "-o 0"; do # shellcheck disable=SC2086 # two words
		refused 1 "no sound devices" "$recv" $option "$here"
	done
fi
refused 2 "tone:99999: HZ" "$send" -i tone:99999 "$here"
refused 1 "/dev/full" "$send" -i "$wav" --stats json --stats-file /dev/full "$here"
refused 2 "$dir/none/stats" "$send" -i "$wav" --stats-file "$dir/none/stats" "$here"

# ---- hindsight-recv ----
refused 2 "1 to 65535" "$recv" -o null 0
refused 2 "1 to 65535" "$recv" -o null 70000
refused 2 "127.0.0.1:0" "$recv" -o null 127.0.0.1:0
refused 2 "unexpected second address" "$recv" -o null "$port" "$port"
refused 2 "--key-file" "$recv" --key-file x "$port"
refused 1 "no.such.host.invalid" "$recv" -o null no.such.host.invalid:5004
refused 1 "192.0.2.1" "$recv" -o null "192.0.2.1:$port" # RFC 5737: nobody's address
refused 1 "no.such.interface" "$recv" -o null --interface no.such.interface 239.255.77.77
refused 2 "--delay -5: must be 0 to 2000 ms" "$recv" -d -5 "$port"
refused 2 "--delay 3000" "$recv" -d 3000 "$port"
refused 2 "--delay soon" "$recv" -d soon "$port"
refused 2 "--min-delay" "$recv" --min-delay 80 --max-delay 40 "$port"
refused 2 "none.sdp: cannot be read" "$recv" "$dir/none.sdp"
refused 2 "too long for a session description" "$recv" "$dir/speech.wav"
printf 'v=0\nc=IN IP4 127.0.0.1\nm=audio 0x50 RTP/AVP 96\n' >"$dir/bad.sdp"
refused 2 "FILE.sdp $dir/bad.sdp: line 3: the port must be" "$recv" "$dir/bad.sdp"
mkdir "$dir/folder.sdp"
refused 2 "folder.sdp: cannot be read" "$recv" "$dir/folder.sdp"
refused 2 "--max-delay 9999" "$recv" --max-delay 9999 "$port"
refused 2 "--channels 7" "$recv" -c 7 "$port"
refused 2 "--stats yes" "$recv" --stats yes "$port"
refused 2 "must end in .wav or .flac" "$recv" -o "$dir/heard.ogg" "$here"
refused 2 "$dir/none/heard.wav" "$recv" -o "$dir/none/heard.wav" "$here"
refused 2 "folder.wav" "$recv" -o "$dir/folder.wav" "$here"
refused 2 "$dir/none/stats" "$recv" -o null --stats-file "$dir/none/stats" "$here"
refused 2 "$dir/none/frames" "$recv" -o null --frames "$dir/none/frames" "$here"
refused 1 "/dev/full" "$recv" -o null -t 0.3 --frames /dev/full --stats none "$here"
refused 1 "/dev/full" "$recv" -o null -t 0.3 --stats json --stats-file /dev/full "$here"
# shellcheck disable=SC2016 # expanded by the inner shell
refused 1 "stdout: No space left" sh -c '"$0" -o - -c 1 -t 0.5 --stats none "$1" >/dev/full' "$recv" "$here"

# ---- hindsight-impair ----
to=(--to "127.0.0.1:$((port + 1))")
refused 2 "--listen" "$impair" "${to[@]}"
refused 2 "--to" "$impair" --listen "$port"
refused 2 "1 to 65535" "$impair" --listen 0 "${to[@]}"
refused 2 "1 to 65535" "$impair" --listen "$port" --to 127.0.0.1:70000
refused 1 "no.such.host.invalid" "$impair" --listen "$port" --to no.such.host.invalid:5
refused 2 "--seed -1" "$impair" --listen "$port" "${to[@]}" --seed -1
refused 2 "--duration 0" "$impair" --listen "$port" "${to[@]}" -t 0
refused 2 "--nonsense" "$impair" --nonsense
refused 1 "/dev/full" "$impair" --listen "$port" "${to[@]}" --csv /dev/full
refused 1 "$dir/none/csv" "$impair" --listen "$port" "${to[@]}" --csv "$dir/none/csv"
for spec in "loss 101%" "loss ten" "delay" "delay -5ms" "delay 20ms distribution square" \
	"reorder 5%" "rate fast" "loss gemodel" "corrupt 5% duplicate" "jam 3%" "limit -1"; do
	refused 2 "--channel" "$impair" --listen "$port" "${to[@]}" --channel "$spec"
done

# ---- what is there already, is full, is shut ----
start_receiver holder 127.0.0.1 -o null
refused 1 "127.0.0.1:$port" "$recv" -o null "127.0.0.1:$port"
refused 1 "in use" "$recv" -o null "$port"
refused 1 "in use" "$impair" --listen "127.0.0.1:$port" --to 127.0.0.1:9
stop receiver "$receiver"

# A file that may not grow is a full disk, too (RLIMIT_FSIZE, in blocks of 1024).
# shellcheck disable=SC2016 # expanded by the inner shell
refused 1 "File too large" bash -c 'ulimit -f 64; "$0" -o "$1" -c 2 -t 2 --stats none "$2"' "$recv" \
	"$dir/limited.wav" "$here"

if [ "$(id -u)" -ne 0 ]; then # to root nothing is read-only
	: >"$dir/heard.wav"
	chmod a-w "$dir/heard.wav"
	refused 2 "heard.wav" "$recv" -o "$dir/heard.wav" "$here"
fi

# A disk that fills up while sound is being written: 5 s of silence do not fit into 64 KB.
mkdir "$dir/disk"
if mount -t tmpfs -o size=64k tmpfs "$dir/disk" 2>/dev/null; then
	trap 'end_started; wait; umount "$dir/disk"; rm -rf "$dir"' EXIT
	refused 1 "No space left" "$recv" -o "$dir/disk/heard.wav" -c 2 -t 5 --stats none "$here"
else
	echo "skipped: a full disk under the WAV file (nothing can be mounted here)"
fi

# Standard input that ends is an end like any other.
status=0
head -c 9600 /dev/zero | "$send" -i - --stats none "$here" 2>"$dir/err" || status=$?
expect "exit status where stdin ends" "$status" -eq 0
expect "bytes on stderr where stdin ends" "$(wc -c <"$dir/err")" -eq 0

echo "$n_rows refusals"
exit $((failures > 0))
