#!/bin/bash
# hindsight-sim as its user has it: what it writes, that the same seed writes the same bytes, and
# every complaint: one line, the right status.
# usage: sim.sh PATH/hindsight-sim
set -u
sim=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# Three seconds of a rising and falling tone with its harmonics, 8 kHz, 16 bit, mono.
# shellcheck disable=SC2059 # the bytes are the format
make_wav() {
	printf 'RIFF\244\273\0\0WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0\200\76\0\0\2\0\20\0data\200\273\0\0'
	printf "$(awk 'BEGIN {
		for (i = 0; i < 24000; i++) {
			phase += 0.1 + 0.04 * sin(i / 2500)
			v = int(6000 * sin(i / 900) * (sin(phase) + sin(2 * phase) / 2))
			v = (v + 65536) % 65536
			printf "\\%03o\\%03o", v % 256, int(v / 256)
		} }')"
}
make_wav >"$dir/ref.wav"

run() { # NAME ARGUMENT...: writes NAME.wav, NAME.csv, NAME.json
	local name=$1
	shift
	"$sim" -i "$dir/ref.wav" -o "$dir/$name.wav" --frames "$dir/$name.csv" --stats json \
		--stats-file "$dir/$name.json" "$@" || fail "$name: ended with $?"
}

# field NAME FIELD: of the summary.
field() { tail -n 1 "$dir/$1.json" | grep -o "\"$2\": [^,}]*" | cut -d' ' -f2; }

# column NAME COLUMN VALUE: how many rows of the CSV say so.
column() {
	awk -F, -v column="$2" -v value="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
		$c == value { n++ } END { print n + 0 }' "$dir/$1.csv"
}

channel="delay 40ms 10ms distribution normal loss 10%"
run first --channel "$channel" --seed 7 -r 2 -t 10
run again --channel "$channel" --seed 7 -r 2 -t 10
run other --channel "$channel" --seed 8 -r 2 -t 10
for kind in wav csv json; do
	cmp -s "$dir/first.$kind" "$dir/again.$kind" || fail "the same seed, another $kind"
	cmp -s "$dir/first.$kind" "$dir/other.$kind" && fail "another seed, the same $kind"
done
[ "$(grep -c time_s "$dir/first.json")" -ge 11 ] || fail "fewer than one line per second"
[ "$(field first summary)" = true ] || fail "no summary"
[ "$(field first packets_sent)" -eq 501 ] || fail "10 s are not $(field first packets_sent) packets"
[ "$(column first fate lost)" -eq "$((501 - $(field first packets_received)))" ] || fail "fates and counts differ"
for means in primary redundant concealed; do
	[ "$(column first means $means)" -eq "$(field first frames_$means)" ] ||
		fail "frames_$means differs from the rows"
done
sum=0
for part in capture framing lookahead sender_queue network jitter_buffer decoded playout_device; do
	sum="$sum + $(field first ${part}_ms)"
done
whole=$(field first mouth_to_ear_ms)
awk "BEGIN { off = $sum - $whole; exit !(off < 0.05 && off > -0.05) }" ||
	fail "mouth to ear is $whole ms, its parts are $sum"
[ "$(awk -F, '{ print NF }' "$dir/first.csv" | sort -u | wc -l)" -eq 1 ] || fail "ragged rows"

# A trace: the fourth packet of four is lost, the others take 30 ms.
printf '30\n30\n30\nlost\n' >"$dir/trace"
run trace --trace "$dir/trace" -r off
lost=$(column trace fate lost)
[ "$lost" -eq $(($(field trace packets_sent) / 4)) ] || fail "$lost lost of the trace"
[ "$(field trace one_way_delay_ms)" = 30 ] || fail "one way is $(field trace one_way_delay_ms) ms, not 30"

# The same losses as 0 and 1, and as G.192: without delays.
printf '0\n0\n0\n1\n' >"$dir/zeros"
printf '!k!k!k k' >"$dir/g192"
for form in zeros g192; do
	run $form --trace "$dir/$form" -r off 2>"$dir/$form.err"
	[ "$(column $form fate lost)" -eq "$lost" ] || fail "$form: $(column $form fate lost) lost, not $lost"
	[ "$(field $form one_way_delay_ms)" = 0 ] || fail "$form: one way is not 0"
	grep -q "4 packets, 25.0 % lost" "$dir/$form.err" || fail "$form: $(cat "$dir/$form.err")"
done

# A capture of 200 packets of 20 ms, raw IP: every fifth lost, odd ones 8 ms late.
# shellcheck disable=SC2059 # the bytes are the format
make_capture() {
	printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\377\377\0\0\145\0\0\0'
	printf "$(awk 'BEGIN {
		for (n = 0; n < 200; n++) {
			us = n * 20000 + n % 2 * 8000; ts = n * 960
			if (n % 5 == 2)
				continue
			printf "\\%03o\\0\\0\\0\\%03o\\%03o\\%03o\\0\\50\\0\\0\\0\\50\\0\\0\\0", us / 1000000,
				us % 1000000 % 256, int(us % 1000000 / 256) % 256, int(us % 1000000 / 65536)
			printf "\\105\\0\\0\\50\\0\\0\\0\\0\\100\\21\\0\\0\\300\\0\\2\\1\\300\\0\\2\\2"
			printf "\\234\\100\\23\\214\\0\\24\\0\\0\\200\\157\\0\\%03o\\0\\%03o\\%03o\\%03o\\1\\2\\3\\4", n,
				int(ts / 65536), int(ts / 256) % 256, ts % 256
		} }')"
}
make_capture >"$dir/capture"
run capture --pcap "$dir/capture" -r off -t 10 2>"$dir/capture.err"
taken="192.0.2.1:40000 to 192.0.2.2:5004, SSRC 0x01020304, type 111, voice of 48000 Hz"
grep -q "$taken: 200 packets, 20.0 % lost, delays of 0.0 to 8.0 ms" "$dir/capture.err" ||
	fail "the capture's line: $(cat "$dir/capture.err")"
[ "$(wc -l <"$dir/capture.err")" -eq 1 ] || fail "a capture has more than one line"
run quiet --pcap "$dir/capture" --stream 0x01020304 -q -r off -t 10 2>"$dir/quiet.err"
[ ! -s "$dir/quiet.err" ] || fail "-q, and yet: $(cat "$dir/quiet.err")"
cmp -s "$dir/capture.wav" "$dir/quiet.wav" || fail "--stream takes another stream than without it"
"$sim" --pcap - --streams <"$dir/capture" >"$dir/streams" || fail "--streams: ended with $?"
grep -q "^1: $taken" "$dir/streams" || fail "--streams: $(cat "$dir/streams")"

# As tc has it: a line of its own, slots, and a limit that lets nothing through.
run words --channel "delay 40ms 10ms loss 5%" -t 4
run line --channel "tc qdisc add dev eth0 root netem delay 40ms 10ms loss 5% ecn" -t 4
cmp -s "$dir/words.wav" "$dir/line.wav" || fail "a line of tc is another channel than its words"
run slots --channel "delay 20ms slot 100ms" -r off -t 4
between_ms=$(field slots one_way_delay_ms)
awk "BEGIN { exit !($between_ms > 50 && $between_ms < 80) }" || fail "slots: one way is $between_ms ms"
run shut --channel "limit 0" -t 2
[ "$(field shut packets_received)" -eq 0 ] || fail "limit 0 lets packets through"

run changing --channel "delay 10ms" --at 4s "delay 60ms" --pause 6s,500ms --skew -300 -t 10 -r off
[ "$(field changing packets_sent)" -eq 501 ] || fail "a pause loses frames"
awk -F, 'NR > 2 && $11 - last > 400 { found = 1 } { last = $11 } END { exit !found }' \
	"$dir/changing.csv" || fail "no pause in the capture times"

# What the sender's plan follows from, and what became of it. A row: NAME FIELD VALUE.
run lossy --channel "delay 20ms loss 20%" -b 64 -t 12
run clean --channel "delay 20ms" -t 12
run dead --channel "delay 20ms" --at 4s "loss 100%" -t 24
run queue --channel "delay 20ms rate 40kbit" -b 64 -t 20
run unheard --channel "delay 20ms" --return-channel none -t 5
run by_hand --channel "delay 20ms" -r 2 --fec on -t 5
while read -r name field value; do
	[ "$(field "$name" "$field")" = "$value" ] ||
		fail "$name: $field is $(field "$name" "$field"), not $value"
done <<-'ROWS'
	lossy plan_reason "follows"
	lossy circuit_cause "none"
	lossy fec 0
	lossy reports_rejected 0
	lossy rtcp_rejected 0
	lossy receive_failures 0
	clean plan_reason "clear"
	clean repairs 0
	dead plan_reason "broken"
	dead circuit_cause "rtcp_timeout"
	queue plan_reason "congested"
	unheard plan_reason "unheard"
	by_hand plan_reason "fixed"
	by_hand expected_mos null
	by_hand expected_delay_ms null
	by_hand fec 1
ROWS
between() { # NAME FIELD LEAST MOST
	awk "BEGIN { x = $(field "$1" "$2"); exit !(x >= $3 && x <= $4) }" ||
		fail "$1: $2 is $(field "$1" "$2"), not $3 to $4"
}
between lossy expected_mos 3.5 4.3
between clean expected_mos 4.4 4.7
between lossy expected_delay_ms 30 90
between clean expected_delay_ms 0 10

"$sim" -i "$dir/ref.wav" --channel "$channel" 2>"$dir/text" || fail "text statistics: ended with $?"
tail -n 1 "$dir/text" | grep -q 'total .*mouth to ear' || fail "the summary: $(tail -n 1 "$dir/text")"
"$sim" --help | grep -q -- '--device-period' || fail "--help lacks an option"
"$sim" --version | grep -q '^hindsight-sim ' || fail "--version"

refused() { # STATUS WORD ARGUMENT...: one line with the word
	local status=$1 word=$2 text code
	shift 2
	text=$(timeout 20 "$sim" "$@" 2>&1)
	code=$?
	[ $code -eq "$status" ] || fail "$*: status is $code, not $status"
	[ "$(wc -l <<<"$text")" -eq 1 ] || fail "$*: more than a line: $text"
	case $text in *"$word"*) ;; *) fail "$*: no \"$word\" in \"$text\"" ;; esac
}

: >"$dir/empty"
i=(-i "$dir/ref.wav")
refused 2 "--input" --channel ""
refused 2 "none.wav" -i "$dir/none.wav"
refused 2 "empty" -i "$dir/empty"
refused 2 "delai" "${i[@]}" --channel "delai 3ms"
refused 2 '"par" must be uniform' "${i[@]}" --channel "delay 9ms 1ms distribution par"
refused 2 "netem" "${i[@]}" --channel "tc qdisc add dev eth0 root tbf"
refused 2 "--at" "${i[@]}" --at 3s
refused 2 "--at" "${i[@]}" --at soon "delay 3ms"
refused 2 "--at" "${i[@]}" --at 3s "delay 3ms" --at 2s "delay 4ms"
refused 2 "lots" "${i[@]}" --at 3s "loss lots"
refused 2 "--pause" "${i[@]}" --pause 3s
refused 2 "--pause" "${i[@]}" --pause 3s,1h
refused 2 "--pause" "${i[@]}" --pause 3s,2s --pause 4s,1s
refused 2 "10000 ppm" "${i[@]}" --skew 20000
refused 2 "--device-period" "${i[@]}" --device-period 0
refused 2 "--seed" "${i[@]}" --seed -1
refused 2 "--trace" "${i[@]}" --trace "$dir/none"
refused 2 "no packet" "${i[@]}" --trace "$dir/empty"
seq 30 >"$dir/mahimahi"
refused 2 "Mahimahi" "${i[@]}" --trace "$dir/mahimahi"
refused 2 "line 1" "${i[@]}" --trace "$dir/ref.wav"
refused 2 "--pcap" "${i[@]}" --pcap "$dir/none"
refused 2 "unknown file format" "${i[@]}" --pcap "$dir/ref.wav"
refused 2 "without --channel" "${i[@]}" --trace "$dir/trace" --channel "loss 1%"
refused 2 "without --channel" "${i[@]}" --pcap "$dir/trace" --at 3s "loss 1%"
refused 2 "cannot be combined" "${i[@]}" --pcap "$dir/trace" --trace "$dir/trace"
refused 2 "--port" "${i[@]}" --port 5004
refused 2 "--streams" --streams
refused 2 "--stream" "${i[@]}" --stream 1
refused 2 "0x1234abcd" "${i[@]}" --pcap "$dir/capture" --stream 0xnone
refused 2 "no such stream" "${i[@]}" --pcap "$dir/capture" --stream 2
refused 2 "no RTP stream to this port" "${i[@]}" --pcap "$dir/capture" --port 5005
refused 2 "65535" "${i[@]}" --pcap "$dir/trace" --port 70000
refused 2 "--output" "${i[@]}" -o "$dir/none/heard.wav"
refused 2 "--frames" "${i[@]}" --frames "$dir/none/frames.csv"
refused 2 "--stats-file" "${i[@]}" --stats-file "$dir/none/stats"
refused 2 "--frame" "${i[@]}" -f 15
refused 2 "--bitrate" "${i[@]}" -b 2
refused 2 "--max-delay" "${i[@]}" --min-delay 50 --max-delay 40
refused 2 "unexpected argument" "${i[@]}" more
refused 2 "unknown" "${i[@]}" --unknown
refused 1 "--frames" "${i[@]}" -q --frames /dev/full

[ $failures -eq 0 ] && echo "sim: all is well"
exit $((failures > 0))
