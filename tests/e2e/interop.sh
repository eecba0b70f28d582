#!/bin/bash
# Other people's programs, for real: what they hear of us, what we hear of them, and what either
# understands of the other's reports.
# usage: interop.sh KIND BUILD_DIR
#
# gstreamer_plays    GStreamer plays our stream through loss, with copies and without
# gstreamer_sends    we play GStreamer's stream through loss: plain, in-band FEC, RED
# gstreamer_reports  RTCP with its rtpbin, in both directions
# tshark             counts packets, loss and jitter as we do, and dissects all of our RTCP
#
# Bounds are by what 10 % loss does to 300 packets: 30 are lost in the mean, with a deviation of 5.2,
# so fewer than LOST_MIN are not seen in ten thousand runs. Both sides have 200 ms or more of playout
# delay, so that a machine that wakes up late changes nothing. The delay of 20 ms is a lower bound of
# every round trip.
# Exit 77: a program is not installed, or may not do here what it would have to.
# shellcheck disable=SC2317,SC2030,SC2031 # called by name, in subshells

set -euo pipefail
kind=${1:?usage: interop.sh KIND BUILD_DIR}
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${2:?usage: interop.sh KIND BUILD_DIR}"

readonly LOST_MIN=12 CHANNEL="delay 20ms loss 10%"
export GST_DEBUG_NO_COLOR=1 LC_ALL=C
wav=$dir/speech.wav

skip() {
	echo "skipped: $*"
	exit 77
}

need_gstreamer() {
	command -v gst-launch-1.0 >/dev/null ||
		skip "gst-launch-1.0 is not installed (package gstreamer1.0-tools)"
	for element in "$@"; do
		gst-inspect-1.0 --exists "$element" ||
			skip "GStreamer has no $element (packages gstreamer1.0-plugins-base and -good)"
	done
}

# NAME ARGUMENT...: gst-launch-1.0, which ends by itself or is ended; sets $gst. Its words are NAME.gst,
# those of its debugging NAME.log. The minute is there for the case that nobody ends it.
start_gstreamer() {
	local name=$dir/$1
	shift
	: >"$name.log"
	GST_DEBUG_FILE=$name.log timeout --foreground -k 4 -s INT 60 gst-launch-1.0 "$@" >"$name.gst" 2>&1 &
	gst=$!
	started+=("$gst")
}

# NAME PID: Ctrl-C, after which it has no more to say than that it was interrupted.
end_gstreamer() {
	local status=0
	kill -INT "$2" 2>/dev/null || true
	wait "$2" || status=$?
	if [ "$status" -ge 124 ] || grep -q '^ERROR' "$dir/$1.gst"; then
		fail "$1: exit status $status of GStreamer: $(cat "$dir/$1.gst")"
	fi
}

# PID BUT: the UDP port that the program has open, other than BUT.
port_of() {
	local fd inode
	for fd in "/proc/$1/fd/"*; do
		inode=$(readlink "$fd" || true)
		[[ $inode =~ ^socket:\[([0-9]+)\]$ ]] || continue
		awk -v inode="${BASH_REMATCH[1]}" '$10 == inode { sub(".*:", "", $2); print $2 }' \
			/proc/net/udp /proc/net/udp6
	done | while read -r hex; do
		[ $((16#$hex)) -eq "$2" ] || echo $((16#$hex))
	done | head -n 1
}

# WAV: its level in tenths of a dB and its length in hundredths of a second, of 48 kHz mono s16le.
level_and_length() {
	od -An -v -w2 -td2 -j 44 "$1" |
		awk '{ sum += $1 * $1 } END { printf "%.0f %.0f\n", 100 * log(sum / NR) / log(10), NR / 480 }'
}

between() { # WHAT ACTUAL LOWEST HIGHEST
	expect "$1" "$2" -ge "$3"
	expect "$1" "$2" -le "$4"
}

# ---- GStreamer plays ----

readonly OPUS_CAPS="application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=111,sprop-stereo=(string)0"

# NAME CHANNEL OPTION...: of the sender. The frames that GStreamer decoded and those that it concealed
# are then in NAME.counts.
gstreamer_hears() {
	local name=$1 channel=$2 sent length level listener
	shift 2
	port=$(draw_port)
	start_gstreamer "$name" -e -v udpsrc address=127.0.0.1 port="$port" ! "$OPUS_CAPS" \
		! rtpreddec pt=63 ! rtpjitterbuffer latency=300 do-lost=true ! rtpopusdepay \
		! identity name=frames silent=false ! opusdec plc=true ! wavenc \
		! filesink location="$dir/$name.wav"
	listener=$gst
	wait_for_port "$port" "$listener" || fail "$name: $(cat "$dir/$name.gst")"
	start_relay "$name" "$channel" 1
	"$send" -i "$wav" --stats json --stats-file "$dir/$name.json" "$@" "127.0.0.1:$relay_port"
	sleep 0.6
	kill -INT "$listener" # it then ends the stream, and the file, in order
	wait "$listener" || fail "$name: exit status $? of GStreamer"
	stop "$name: relay" "$relay"
	sent=$(count "$name" packets_sent)
	n_frames=$(grep -c 'frames: last-message = chain' "$dir/$name.gst" || true)
	n_gaps=$(grep -c 'frames: last-message = event .*type: gap' "$dir/$name.gst" || true)
	echo "$n_frames $n_gaps" >"$dir/$name.counts"
	read -r level length < <(level_and_length "$dir/$name.wav")
	echo "$name: $sent sent, $n_frames decoded, $n_gaps concealed; $length cs," \
		"$((level - original)) tenths of a dB louder"
	# Of a loss at the very end it cannot know.
	between "$name: frames decoded or concealed" $((n_frames + n_gaps)) $((sent - 4)) "$sent"
	between "$name: centiseconds" "$length" $((2 * sent - 8)) $((2 * sent + 4))
	between "$name: level, tenths of a dB from the original's" $((level - original)) -30 10
}

hears_clean() { gstreamer_hears clean "" -r 2; }
hears_plain() { gstreamer_hears plain "$CHANNEL" -r off; }
hears_red() { gstreamer_hears red "$CHANNEL" -r 2; }

gstreamer_plays() {
	local frames_plain gaps_plain frames_red gaps_red
	need_gstreamer rtpreddec rtpjitterbuffer rtpopusdepay opusdec wavenc
	"$build/make_wav" "$wav" 6
	read -r original _ < <(level_and_length "$wav")
	run_together hears_clean hears_plain hears_red
	read -r _ gaps_red <"$dir/clean.counts"
	expect "concealed on a clean path" "$gaps_red" -eq 0
	read -r frames_plain gaps_plain <"$dir/plain.counts"
	read -r frames_red gaps_red <"$dir/red.counts"
	expect "concealed without copies" "$gaps_plain" -ge "$LOST_MIN"
	# Three lost in a row, which 0.3 of 300 are in the mean, are one that no copy can repair.
	expect "concealed with copies" "$gaps_red" -le 4
	expect "decoded with copies" "$frames_red" -gt $((frames_plain + LOST_MIN - 4))
}

# ---- GStreamer sends ----

# As start_gstreamer, then what is between the encoder and the network, which is $relay_port.
send_by_gstreamer() {
	local name=$1 encoder=$2
	shift 2
	# shellcheck disable=SC2086 # properties are words
	start_gstreamer "$name" -q filesrc location="$wav" ! wavparse ! audioconvert \
		! audioresample ! audio/x-raw,rate=48000,channels=1 \
		! opusenc audio-type=voice $encoder ! rtpopuspay pt=111 "$@"
}

# NAME "PROPERTIES OF opusenc" ELEMENT...: after the payloader.
we_hear() {
	local name=$1 encoder=$2
	shift 2
	start_receiver "$name" 127.0.0.1 -o null -d 200
	start_relay "$name" "$CHANNEL" 1
	send_by_gstreamer "$name" "$encoder" "$@" ! udpsink host=127.0.0.1 port="$relay_port"
	wait "$gst" || fail "$name: exit status $? of GStreamer: $(cat "$dir/$name.gst")"
	sleep 0.6
	stop "$name: receiver" "$receiver"
	stop "$name: relay" "$relay"
	lost=$(count "$name" packets_lost) concealed=$(count "$name" frames_concealed)
	fec=$(count "$name" frames_fec) copies=$(count "$name" frames_redundant)
	echo "$name: $lost lost, $copies by copies, $fec by FEC, $concealed concealed"
	expect "$name: rejected" "$(count "$name" packets_rejected)" -eq 0
	expect "$name: late" "$(count "$name" packets_late)" -eq 0
	between "$name: packets" $(($(count "$name" packets_received) + lost)) 290 301
	expect "$name: lost" "$lost" -ge "$LOST_MIN"
	between "$name: frames of the lost packets" $((copies + fec + concealed)) "$lost" $((lost + 1))
}

hear_plain() {
	we_hear plain bitrate=32000
	expect "repaired" $((copies + fec)) -eq 0
}

# In-band FEC is of the frame before alone, and not in every packet: it does about half.
hear_fec() {
	we_hear fec "bitrate=32000 inband-fec=true packet-loss-percentage=20"
	expect "by in-band FEC" $((3 * fec)) -ge "$lost"
	expect "by copies" "$copies" -eq 0
}

# One copy, two frames back: two lost that far apart leave a frame that none has, a tenth of them.
hear_red() {
	we_hear red bitrate=24000 ! rtpredenc pt=63 distance=2 allow-no-red-blocks=true
	expect "by copies" $((2 * copies)) -ge "$lost"
	expect "concealed of $lost" $((3 * concealed)) -le "$lost"
}

gstreamer_sends() {
	need_gstreamer opusenc rtpopuspay rtpredenc udpsink wavparse audioresample
	"$build/make_wav" "$wav" 6
	run_together hear_plain hear_fec hear_red
}

# ---- GStreamer reports ----

# LOG PATTERN: how many lines have it.
told() { grep -Ec -- "$2" "$dir/$1.log" || true; }

# NAME SECONDS: RTCP datagrams that the relay let through before that time, a goodbye being one.
reports_let_through() {
	awk -F, -v end="$2" 'NR > 1 && $9 == "" && $4 == "delivered" && $2 < end { n++ }
		END { print n + 0 }' "$dir/$1.fates"
}

# The other direction is as lossy: that fewer than two of six reports come back is seen once in twenty
# thousand runs.
readonly REPORTS_MIN=2

# Our stream into rtpbin, whose reports come back by way of the relay. It runs when the relay does,
# for it has to know where to: from the port that it listens on, to the one that the relay sends from.
# Its udpsrc, bound to the address, gets what comes; its udpsink, bound to the port alone, nothing.
reports_on_us() {
	local listener loss rtt through goodbyes
	port=$(draw_port)
	start_relay on_us "$CHANNEL" 1
	export GST_DEBUG=rtpsession:5,rtpsource:5
	start_gstreamer on_us rtpbin name=b rtp-profile=avpf latency=200 \
		udpsrc address=127.0.0.1 port="$port" caps="$OPUS_CAPS" ! b.recv_rtp_sink_0 \
		b.send_rtcp_src_0 ! udpsink bind-port="$port" host=127.0.0.1 \
		port="$(port_of "$relay" "$relay_port")" sync=false async=false \
		b. ! rtpopusdepay ! opusdec ! fakesink
	listener=$gst
	wait_for_port "$port" "$listener" || fail "on us: $(cat "$dir/on_us.gst")"
	"$send" -i "$wav" -r off --stats json --stats-file "$dir/on_us.json" "127.0.0.1:$relay_port"
	sleep 0.6
	end_gstreamer on_us "$listener"
	stop relay "$relay"
	loss=$(count on_us reported_loss) rtt=$(count on_us rtt_ms)
	echo "on us: loss $loss, round trip $rtt ms, $(told on_us 'process_sr: got SR') SRs"
	expect "receivers" "$(count on_us receivers)" -eq 1
	# Of half a thousand packets, the newest counting most.
	between "reported loss, 0.1 %" "$(awk "BEGIN { printf \"%.0f\", 1000 * $loss }")" 10 300
	between "round trip, ms" "${rtt%.*}" 19 300
	through=$(reports_let_through on_us 60) goodbyes=$(told on_us 'marking SSRC .* as BYE')
	expect "names that it took" "$(told on_us 'process_sdes: entry 0, type 1, len [1-9]')" -eq "$through"
	expect "sender reports that it took" "$(told on_us 'rtp_source_process_sr: got SR')" \
		-eq $((through - goodbyes))
	expect "reports on an SR" "$(told on_us 'LSR [0-9a-f]+:[0-9a-f]+, DLSR 0')" -ge 1
	if awk -F, 'END { exit $4 == "delivered" ? 0 : 1 }' "$dir/on_us.fates"; then
		expect "goodbyes" "$goodbyes" -eq 1
	fi
}

# rtpbin's stream to our receiver, which answers to where the packets come from. GStreamer 1.22 ends at
# times for itself and at times not: it looks for the end of the stream after it has said goodbye, and
# misses it where the thread that says goodbye was quicker than the one that tells of the end.
reports_by_us() {
	local source_port
	start_receiver by_us 127.0.0.1 -o null -d 200
	start_relay by_us "$CHANNEL" 1
	source_port=$(draw_port)
	export GST_DEBUG=rtpsession:5,rtpsource:5
	send_by_gstreamer by_us bitrate=32000 ! b.send_rtp_sink_0 rtpbin name=b rtp-profile=avpf \
		b.send_rtp_src_0 ! udpsink host=127.0.0.1 port="$relay_port" bind-port="$source_port" \
		b.send_rtcp_src_0 ! udpsink host=127.0.0.1 port="$relay_port" bind-port="$source_port" \
		sync=false async=false \
		udpsrc address=127.0.0.1 port="$source_port" caps=application/x-rtcp ! b.recv_rtcp_sink_0
	until [ "$(told by_us 'marking SSRC .* as BYE')" -ge 1 ]; do
		kill -0 "$gst" 2>/dev/null || break
		sleep 0.1
	done
	sleep 0.6
	end_gstreamer by_us "$gst"
	stop receiver "$receiver"
	stop relay "$relay"
	echo "by us: $(told by_us 'process_rb: got RB') reports," \
		"$(told by_us 'process_rb: got RB.* LSR 0*[1-9a-f]') of them on an SR"
	expect "reports that it took" "$(told by_us 'process_rb: got RB')" -ge "$REPORTS_MIN"
	expect "of them telling of loss" "$(told by_us 'process_rb: got RB.* PL +[1-9]')" -ge 1
	# Of its three SRs the first two come within a second.
	if [ "$(reports_let_through by_us 4)" -ge 1 ]; then
		expect "of them on an SR" "$(told by_us 'process_rb: got RB.* LSR 0*[1-9a-f]')" -ge 1
		# In units of 1/65536 s: at least 20 ms, which are 1310, and less than a quarter of a second.
		expect "round trips of 20 to 250 ms" "$(sed -n 's/.*round trip 0000:\([0-9a-f]*\).*/\1/p' \
			"$dir/by_us.log" | while read -r hex; do echo $((16#$hex)); done |
			awk '$1 >= 1310 && $1 < 16384 { n++ } END { print n + 0 }')" -ge 1
	fi
	expect "names that it took" "$(told by_us 'process_sdes: entry 0, type 1, len [1-9]')" -ge "$REPORTS_MIN"
	expect "rejected" "$(count by_us packets_rejected)" -eq 0
	expect "frames played" "$(count by_us frames_played)" -ge 480
}

gstreamer_reports() {
	need_gstreamer rtpbin opusenc rtpopuspay rtpopusdepay opusdec udpsrc udpsink wavparse
	"$build/make_wav" "$wav" 10
	run_together reports_on_us reports_by_us
}

# ---- tshark ----

# NAME: a receiver behind a lossy relay; sets $receiver, $relay, $port and $relay_port.
start_way() {
	start_receiver "$1" 127.0.0.1 -o null -d 200
	start_relay "$1" "delay 20ms 5ms loss 10%" 1
}

# PORT: announces the stream to be sent there (RFC 2974). So Wireshark learns the clock rate, without
# which it knows no jitter. The description is the sender's own, of a stream to another port.
announce() {
	"$send" -i tone -t 0.05 -r off --stats none --sdp "$dir/plain.sdp" "127.0.0.1:$(draw_port)"
	{
		printf '\x20\x00\x00\x01\x7f\x00\x00\x01application/sdp\0'
		sed "s/^m=audio [0-9]*/m=audio $1/" "$dir/plain.sdp"
	} >"$dir/announcement"
	cat "$dir/announcement" >/dev/udp/127.0.0.1/9875 # one write, one datagram
}

# The capture as tshark reads it; the second port's stream is not announced.
read_capture() { tshark -r "$dir/capture" -d "udp.port==$red_port,rtp" "$@" 2>"$dir/tshark.err"; }

# Interarrival jitter (RFC 3550, A.8) of the plain stream from its arrivals, ms: "mean last".
reckon_jitter() {
	read_capture -Y "rtp && udp.dstport == $plain_port" -T fields -e frame.time_relative \
		-e rtp.timestamp |
		awk '{ transit = 1000 * $1 - ($2 - first) / 48; if (NR == 1) { first = $2; transit = 1000 * $1 }
			d = transit - before; before = transit
			if (NR > 1) jitter += ((d < 0 ? -d : d) - jitter) / 16
			sum += jitter }
			END { printf "%.3f %.3f\n", sum / (NR - 1), jitter }'
}

# NAME PORT: tshark's row of that stream must tell what our receiver tells.
same_counts() {
	local row packets lost
	row=$(awk -v port="$2" '$6 == port' "$dir/streams")
	read -r packets lost <<<"$(sed -E 's/.* ([0-9]+) +(-?[0-9]+) \([-0-9.]+%\).*/\1 \2/' <<<"$row")"
	echo "$1: $packets packets, $lost lost"
	expect "$1: packets that tshark counts" "${packets:-0}" -eq "$(count "$1" packets_received)"
	expect "$1: loss that tshark counts" "${lost:-0}" -eq "$(count "$1" packets_lost)"
	expect "$1: loss" "${lost:-0}" -ge "$LOST_MIN"
}

# Within a hundredth of a millisecond, A and B.
same_jitter() { # WHAT A B
	expect "$1: $2 ms, expected $3; the difference in us" \
		"$(awk "BEGIN { d = 1000 * ($2 - $3); printf \"%.0f\", d < 0 ? -d : d }")" -le 10
}

# What is in the capture: every kind of packet and block that we send, and nothing that is malformed.
dissects() {
	local kind
	read_capture -Y rtcp -V >"$dir/rtcp"
	for kind in "Sender Report (200)" "Receiver Report (201)" "Source description (202)" \
		"Goodbye (203)" "Extended report (RFC 3611) (207)" \
		"Loss Run Length Encoding Report Block (1)" "Receiver Reference Time Report Block (4)" \
		"DLRR Report Block (5)" "VoIP Metrics Report Block (7)"; do
		expect "$kind" "$(grep -cF "$kind" "$dir/rtcp" || true)" -ge 2
	done
	expect "malformed" "$(read_capture -Y _ws.malformed | tee "$dir/malformed" | wc -l)" -eq 0
	cat "$dir/malformed"
	echo "$(read_capture -Y rtcp | wc -l) RTCP datagrams"
}

test_tshark() {
	local capture senders=() ways=() mean last theirs relay_port_of_plain
	command -v dumpcap >/dev/null || skip "dumpcap is not installed (package wireshark-common)"
	command -v tshark >/dev/null ||
		skip "tshark is not installed (package tshark)"
	"$build/make_wav" "$wav" 6
	start_way plain
	plain_port=$port relay_port_of_plain=$relay_port ways+=("$receiver" "$relay")
	start_way red
	red_port=$port ways+=("$receiver" "$relay")
	dumpcap -q -i lo -w "$dir/capture" -a duration:30 \
		-f "udp port $plain_port or udp port $red_port or udp port 9875" 2>"$dir/dumpcap.err" &
	capture=$!
	started+=("$capture")
	wait_for "$capture" "$dir/capture" || skip "no capture on lo: $(tail -n 1 "$dir/dumpcap.err")"
	sleep 0.3
	announce "$plain_port"
	"$send" -i "$wav" -r off --stats none "127.0.0.1:$relay_port_of_plain" &
	senders+=($!)
	"$send" -i "$wav" -r 2 --stats none "127.0.0.1:$relay_port" &
	senders+=($!)
	started+=("${senders[@]}")
	wait "${senders[@]}"
	sleep 0.6
	for way in "${ways[@]}"; do
		stop "receivers and relays" "$way"
	done
	sleep 0.5 # what the kernel has, dumpcap reads twice a second
	stop dumpcap "$capture"

	read_capture -q -z rtp,streams >"$dir/streams"
	cat "$dir/streams"
	same_counts plain "$plain_port"
	same_counts red "$red_port"
	# It tells least, mean and most, we tell the last: RFC 3550's sum over its own arrivals has to
	# give both.
	read -r mean last < <(reckon_jitter)
	theirs=$(awk -v port="$plain_port" '$6 == port { print $(NF - 2) }' "$dir/streams")
	echo "jitter: tshark's mean $theirs ms, reckoned $mean; ours $(count plain jitter_ms), reckoned $last"
	same_jitter "tshark's mean jitter" "${theirs:-0}" "$mean"
	same_jitter "our jitter" "$(count plain jitter_ms)" "$last"
	dissects
}

case $kind in
gstreamer_plays | gstreamer_sends | gstreamer_reports) "$kind" ;;
tshark) test_tshark ;;
*) fail "no such kind: $kind" ;;
esac
exit $((failures > 0))
