#!/usr/bin/env bash
# The include rule, by folder: a file includes its own folder and those before it in its row; sender/
# and receiver/ stand on common/ and never meet but in tools/ and tests/. The pure folders include no
# clock, socket, thread, file or log. The library's public headers include the standard's and one another.
#
#     layers.sh       judges every source file, after some rows that show that the rule bites
set -euo pipefail
cd "$(dirname "$0")/.."

readonly common="common/base common/rtp common/io common/text common/app"
readonly sending="sender/coding sender/planning sender/reports sender sender/app"
readonly receiving="receiver/arrival receiver/sound receiver/playout receiver/reports receiver receiver/app"
readonly faces="common/public common/public/hindsight"
readonly below="tools/signal tools/channel tools/process"
readonly pure="common/base|common/rtp|common/public(/hindsight)?|sender(/coding|/planning|/reports)?|receiver(/arrival|/sound|/playout|/reports)?|tools/channel|tools/signal"
readonly pure_headers="assert|float|inttypes|limits|math|stdalign|stdbool|stddef|stdint|string"

# row FOLDER: sets rows[FOLDER], the folders that its files may include, itself the last one.
declare -A rows
row() {
	local before all="$common $faces $sending $receiving $below tools/sim tools/score"
	case $1 in
	common/public/hindsight) before=$1 ;;
	common/public) before="common/base common/rtp common/public/hindsight $1" ;;
	common/*) before=$common ;;
	sender) before="common/base common/rtp $faces $sending" ;;
	receiver) before="common/base common/rtp $faces $receiving" ;;
	sender/*) before="common/base common/rtp $sending" ;;
	receiver/*) before="common/base common/rtp $receiving" ;;
	tools/signal | tools/channel) before="common/base $1" ;;
	tools/process) before="$common tools/channel $1" ;;
	tools/*) rows[$1]="$all $1" && return ;;
	tests/*) rows[$1]="$all $(echo tools/* tests/*)" && return ;;
	esac
	[[ $1 != */app || $1 = common/app ]] || before="$common ${before#common/base common/rtp }"
	before=" $before "
	rows[$1]="${before%% "$1" *} $1"
}

# allowed FILE INCLUDE: 0 where the rule has nothing against it.
allowed() {
	local folder=${1%/*} name=${2:1:-1}
	if [[ $2 = \<hindsight/* ]]; then
		[ "${rows[$folder]-}" ] || row "$folder"
		[[ " ${rows[$folder]} " = *" common/public/hindsight "* ]]
	elif [[ $2 = \<* ]]; then
		[[ ! $folder =~ ^($pure)$ || ${name%.h} =~ ^($pure_headers)$ ]] ||
			case "$name ${1%.[ch]}" in
			"stdatomic.h common/base/spsc_ring") ;;
			"opus/"*" sender/coding/encoder" | "opus/"*" receiver/sound/decoder" | "opus/"*" receiver/arrival/packet_info") ;;
			"std"*".h tools/channel/spec_reader" | "ctype.h tools/channel/spec_reader") ;;
			"stdlib.h tools/signal/"*) ;;
			*) return 1 ;;
			esac
	else
		[ "${rows[$folder]-}" ] || row "$folder"
		[[ " ${rows[$folder]} " = *" ${name%/*} "* ]]
	fi
}

# The rows that show that the rule bites: expected verdict, file, include.
while read -r expected file include; do
	allowed "$file" "$include" && verdict=yes || verdict=no
	[ "$verdict" = "$expected" ] || { echo "layers.sh judges wrongly: $file includes $include: $verdict"; exit 1; }
done <<-'ROWS'
	yes common/base/novelty.h       <stdint.h>
	no  common/base/units.h         <time.h>
	no  common/base/units.h         "common/rtp/rtp.h"
	no  common/rtp/rtp.c            "common/io/udp.h"
	no  common/rtp/rtp.c            "rtp.h"
	no  common/rtp/red.c            <stdio.h>
	no  common/io/udp.c             "common/app/cli.h"
	yes common/io/udp.c             <sys/socket.h>
	no  receiver/arrival/origin.c   "receiver/playout/playout.h"
	yes receiver/playout/novelty.c  "receiver/arrival/jitter_buffer.h"
	no  receiver/recv_stream.c      "receiver/app/player.h"
	no  receiver/recv_stream.c      "sender/coding/encoder.h"
	no  receiver/recv_stream.c      <pthread.h>
	no  receiver/recv_stream.c      <opus/opus.h>
	no  sender/coding/encoder.c     "sender/planning/planner.h"
	no  sender/coding/encoder.c     "common/io/monotonic.h"
	yes sender/app/main.c           "common/io/monotonic.h"
	yes sender/hindsight_send.c     <hindsight/send.h>
	yes common/public/face.h        <hindsight/base.h>
	yes common/public/hindsight/send.h <hindsight/base.h>
	yes tests/unit/novelty.c        <hindsight/send.h>
	no  sender/coding/encoder.c     <hindsight/send.h>
	no  common/base/units.h         <hindsight/base.h>
	no  common/public/hindsight/send.h "common/base/units.h"
	no  common/public/hindsight/send.h <time.h>
	no  sender/app/main.c           "receiver/recv_stream.h"
	no  sender/app/main.c           "tools/channel/channel.h"
	no  tools/channel/channel.c     <time.h>
	no  tools/channel/link.c        "tools/impair/relay.h"
	no  tools/impair/relay.c        "tests/unit/unit.h"
	yes tools/process/tables.c      "tools/channel/channel_spec.h"
	no  tools/process/tables.c      "tools/sim/trace.h"
	yes tools/sim/simulation.c      "receiver/recv_stream.h"
	no  tools/score/score.c         "tools/experiment/plan.h"
ROWS

broken=0 includes=0
while IFS=: read -r file line include; do
	includes=$((includes + 1))
	allowed "$file" "$include" || { echo "$file:$line: may not include $include"; broken=$((broken + 1)); }
done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' common sender receiver tools tests |
	sed -E 's/#[[:space:]]*include[[:space:]]*([<"][^>"]*[>"]).*/\1/')
# What is committed at the top: the folders, and files with an ending, a dot in front, or LICENSE.
while read -r stray; do
	echo "$stray: stands at the top of the tree and does not belong there"
	broken=$((broken + 1))
done < <(git ls-files 2>/dev/null | cut -d/ -f1 | sort -u |
	grep -vxE 'cmake|common|docs|receiver|sender|tests|tools|LICENSE|\.[a-z.-]+|[A-Za-z]+\.(md|txt|json|cff)')
echo "layers: $includes includes, $broken against the rule"
[ "$includes" -gt 0 ] && [ "$broken" -eq 0 ]
