#!/usr/bin/env bash
# The include rule: an include points down only, names its folder, and sender/ and receiver/ never
# meet. The pure core (layers 0 to 3 and the channel) includes no clock, socket, thread or log.
#
#     layers.sh                judges every source file; says each include that breaks the rule
#
# Before that it judges the rows below, so that it is known to bite.
#
#     5 programs  sender/ receiver/ tools/ tests/, all that is not named below
#     4 io        common/io/: includes layer 0 only                channel: the same, but pure
#     3 streams   send_stream | recv_stream recv_stats playback renderer
#     2 stages    never one another, but as in stage_knows() below
#     1 wire      rtp red rtcp* rtp_protect sdp sdp_reader spsc_ring
#     0 base      status units serial bytes vector level stats_field splitmix playout_price storage
#                 mos_scale sanitizer concealment
set -euo pipefail
cd "$(dirname "$0")/.."

# layer PATH: of a source file, or of the file that an include names.
layer() {
	case ${1%.[ch]} in
	common/status | common/units | common/serial | common/bytes | common/level | common/vector) echo 0 ;;
	common/stats_field | common/splitmix | common/playout_price | common/storage) echo 0 ;;
	common/mos_scale | common/sanitizer | common/concealment) echo 0 ;;
	common/rtp | common/red | common/rtp_protect | common/spsc_ring) echo 1 ;;
	common/rtcp | common/rtcp_writer | common/rtcp_time | common/rtcp_wire | common/rtcp_schedule | common/rtcp_session) echo 1 ;;
	common/sdp | common/sdp_reader) echo 1 ;;
	sender/redundancy | sender/encoder | sender/packetizer | sender/coding) echo 2 ;;
	sender/encoded_frame) echo 2 ;;
	sender/loss_history | sender/quality | sender/quality_plain | sender/quality_neural | sender/outlook) echo 2 ;;
	sender/candidates | sender/queue_meter | sender/congestion | sender/planner | sender/circuit_breaker) echo 2 ;;
	sender/send_delay | sender/bit_budget) echo 2 ;;
	receiver/reception | receiver/jitter_buffer | receiver/decoder | receiver/time_scale) echo 2 ;;
	receiver/playout | receiver/playout_delay | receiver/playout_history) echo 2 ;;
	receiver/burst_meter | receiver/clock_offset | receiver/capture_clock) echo 2 ;;
	receiver/clock_skew | receiver/mos | receiver/steering | receiver/origin) echo 2 ;;
	receiver/likeness | receiver/comfort_noise | receiver/repair | receiver/effort) echo 2 ;;
	sender/send_stream | receiver/recv_stream | receiver/recv_stats) echo 3 ;;
	receiver/playback | receiver/renderer | receiver/reporter | receiver/latency) echo 3 ;;
	sender/audience) echo 3 ;;
	common/io/*) echo 4 ;;
	tools/channel | tools/channel_spec | tools/spec_reader) echo channel ;;
	tools/link | tools/delay_quantiles) echo channel ;;
	# As pure as the channel, and as far from the streams.
	tools/fourier | tools/marker | tools/matched_filter | tools/delay_list) echo channel ;;
	tools/marker_search) echo channel ;;
	sender/* | receiver/* | tools/* | tests/*) echo 5 ;;
	*) echo unknown ;;
	esac
}

# The stages that know another one: the encoder makes encoded frames for the packetizer; encoder and
# quality speak of a coding; the planner knows all
# that it weighs, and whatever it asks; the packetizer owns the redundancy; playout, the decision for
# each frame, looks at what there is to decide about, and its history keeps the decisions;
# the playout delay counts from the origin; time_scale searches by likeness; a repair decodes again what the jitter buffer still has.
stage_knows() {
	case "${1%.[ch]} ${2%.h}" in
	"sender/packetizer sender/redundancy" | "sender/encoder sender/coding") ;;
	"sender/packetizer sender/encoded_frame" | "sender/encoder sender/encoded_frame") ;;
	"sender/quality sender/coding" | "sender/quality_plain sender/quality" | "sender/quality_neural sender/quality") ;;
	"sender/outlook sender/redundancy" | "sender/outlook sender/loss_history") ;;
	"sender/candidates sender/coding" | "sender/candidates sender/loss_history") ;;
	"sender/candidates sender/outlook" | "sender/candidates sender/quality") ;;
	"sender/candidates sender/redundancy") ;;
	"sender/planner sender/candidates" | "sender/planner sender/coding") ;;
	"sender/planner sender/congestion" | "sender/planner sender/loss_history") ;;
	"sender/planner sender/quality" | "sender/planner sender/redundancy") ;;
	"receiver/playout receiver/jitter_buffer" | "receiver/playout receiver/decoder") ;;
	"receiver/playout_history receiver/playout" | "receiver/time_scale receiver/likeness") ;;
	"receiver/playout_delay receiver/origin") ;;
	"receiver/repair receiver/jitter_buffer" | "receiver/repair receiver/decoder") ;;
	*) [ "${1%.[ch]}" = "${2%.h}" ] ;;
	esac
}

# pure_header FILE HEADER: may FILE, of the pure core, include <HEADER>?
pure_header() {
	case $2 in
	assert.h | float.h | inttypes.h | limits.h | math.h | stdalign.h) ;;
	stdbool.h | stddef.h | stdint.h | string.h) ;;
	stdatomic.h) [[ $1 = common/spsc_ring.* ]] ;;
	opus/*.h) [[ $1 = sender/encoder.c || $1 = receiver/decoder.c ]] ;;
	srtp2/srtp.h) [[ $1 = common/rtp_protect.* ]] ;;
	# It reads numbers, and words its refusals.
	ctype.h | stdarg.h | stdio.h | stdlib.h) [ "$1" = tools/spec_reader.c ] ;;
	*) false ;;
	esac
}

# allowed FILE INCLUDE: 0 where the rule has nothing against it, else the reason on stdout.
allowed() {
	local file=$1 include=$2 from to
	from=$(layer "$file")
	if [[ $include = \<* ]]; then
		include=${include//[<>]/}
		[[ $from = [45] ]] || pure_header "$file" "$include" || {
			echo "the pure core does not know it"
			return 1
		}
		return 0
	fi
	include=${include//\"/}
	to=$(layer "$include")
	case "$file $include" in
	sender/*" "receiver/* | receiver/*" "sender/*)
		echo "sender/ and receiver/ never meet"
		return 1
		;;
	sender/*" "t[eo]* | receiver/*" "t[eo]* | tools/*" "tests/*)
		echo "tools and tests stand above the programs"
		return 1
		;;
	esac
	case "$from-$to" in
	unknown-* | *-unknown) echo "no such layer: a folder or a row of layers.sh is missing" ;;
	0-0 | 1-[01] | 2-[01] | 3-[0-3] | 4-[04] | channel-0 | channel-channel | 5-*) return 0 ;;
	2-2) stage_knows "$file" "$include" && return 0 || echo "stages do not know one another" ;;
	*) echo "layer $from may not include layer $to" ;;
	esac
	return 1
}

# The rows that show that the rule bites: expected verdict, file, include.
while read -r expected file include; do
	allowed "$file" "$include" >/dev/null && verdict=yes || verdict=no
	[ "$verdict" = "$expected" ] || {
		echo "layers.sh judges wrongly: $file includes $include: $verdict"
		exit 1
	}
done <<-'ROWS'
	yes common/units.h           <stdint.h>
	no  common/units.h           <time.h>
	no  common/units.h           "common/rtp.h"
	no  common/rtp.c             "common/io/udp.h"
	no  common/red.c             <stdio.h>
	no  common/red.c             <stdatomic.h>
	no  common/rtp.c             "rtp.h"
	no  common/novelty.c         "common/units.h"
	no  receiver/decoder.c       "receiver/jitter_buffer.h"
	no  sender/encoder.c         "sender/planner.h"
	yes sender/planner.c         "sender/candidates.h"
	yes receiver/playout.h       "receiver/jitter_buffer.h"
	no  receiver/playout_delay.c "receiver/playout.h"
	no  receiver/jitter_buffer.c "receiver/recv_stream.h"
	no  receiver/recv_stream.c   "sender/encoder.h"
	no  receiver/recv_stream.c   "receiver/player.h"
	no  receiver/recv_stream.c   <pthread.h>
	no  receiver/recv_stream.c   <stdlib.h>
	no  receiver/recv_stream.c   <opus/opus.h>
	no  sender/main.c            "receiver/recv_stream.h"
	no  sender/main.c            "tools/channel.h"
	no  sender/encoder.c         "common/io/monotonic.h"
	yes sender/main.c            "common/io/monotonic.h"
	no  common/io/udp.c          "common/rtp.h"
	no  common/io/udp.c          "receiver/recv_stream.h"
	yes common/io/udp.c          <sys/socket.h>
	no  tools/channel.c          "common/rtp.h"
	no  tools/channel.c          <time.h>
	no  tools/link.c             "tools/relay.h"
	no  tools/matched_filter.c   <stdlib.h>
	no  tools/marker_search.c    "receiver/recv_stream.h"
	no  tools/relay.c            "tests/unit/unit.h"
	yes tools/simulation.c       "receiver/recv_stream.h"
ROWS

broken=0 includes=0
while IFS=: read -r file line include; do
	includes=$((includes + 1))
	reason=$(allowed "$file" "$include") || {
		echo "$file:$line: includes $include: $reason"
		broken=$((broken + 1))
	}
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' \
	common sender receiver tools tests |
	sed -E 's/#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1/')
echo "layers: $includes includes, $broken against the rule"
[ "$includes" -gt 0 ] && [ "$broken" -eq 0 ]
