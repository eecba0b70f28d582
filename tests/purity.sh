#!/usr/bin/env bash
# The symbol rule: what the core's archives call and do not define themselves is memory moves,
# mathematics, assertions and libopus; no allocation, clock, socket, thread, file or log.
#
#     purity.sh NM ARCHIVE...
#
# Before that it judges two names, so that it is known to bite.
set -euo pipefail

readonly memory='mem(chr|cpy|move|set|cmp)|__mem(cpy|move|set)_chk|str(len|cmp|ncmp)|bcmp'
readonly mathematics='(log|log2|log10|exp|pow|sqrt|sin|cos|sincos|fabs|floor|ceil|round|trunc|fmod|fmin|fmax|rint)f?|l?l(round|rint)f?|__[a-z0-9]+_finite'
readonly compiler='__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__popcountdi2'
readonly libraries='opus_[a-z_]+|srtp_[a-z_]+'
# The channel's reader of numbers and words, which also words its refusals.
readonly reader='__ctype_[a-z_]+|(__isoc23_)?strto(d|ll|ull|l|ul)|(__)?vsnprintf(_chk)?'
readonly core="$memory|$mathematics|$compiler|$libraries"

# forbidden ALLOWED: of the names on stdin those that are not allowed.
forbidden() {
	grep -vxE "$1" || true
}

[ "$(printf 'memcpy\nmalloc\nclock_gettime\n' | forbidden "$core" | paste -sd' ')" = "malloc clock_gettime" ] || {
	echo "purity.sh judges wrongly"
	exit 1
}

nm=$1
shift
defined=$("$nm" --defined-only --extern-only --format=posix "$@" | awk 'NF > 1 { print $1 }' | sort -u)
[ -n "$defined" ] || {
	echo "purity: nothing defined in $*"
	exit 1
}
status=0
for archive in "$@"; do
	allowed=$core
	case $archive in
	*channel.a) allowed="$core|$reader" ;;
	*marker.a) allowed="$core|fft(_[a-z]+)?" ;; # tools/signal, whose estoi allocates
	esac
	calls=$("$nm" --undefined-only --format=posix "$archive" | awk 'NF > 1 { print $1 }' | sort -u |
		comm -23 - <(echo "$defined") | forbidden "$allowed")
	if [ -n "$calls" ]; then
		echo "$(basename "$archive") is not pure, it calls: ${calls//$'\n'/ }"
		status=1
	else
		echo "$(basename "$archive") is pure"
	fi
done
exit $status
