#!/usr/bin/env bash
# What bash and zsh complete is read from --help: every long option in a program's own table must be
# there, and of some options the words that may follow.
#
#     completions.sh BUILD_DIR
set -euo pipefail
build=$1
cd "$(dirname "$0")/.."
failures=0

# table FOLDER...: the long options in the tables of a program's folders
table() { grep -rhoE '\{ "[a-z-]+", (no|required)_argument' "$@" | sed -E 's/.*"(.*)".*/--\1/' | sort -u; }

# completed WORD...: what bash offers after these words, the last of which is begun
completed() {
	# shellcheck source=/dev/null # made by the build
	source "$build/completions/hindsight.bash"
	COMP_WORDS=("$build/$1" "${@:2}")
	COMP_CWORD=$(($# - 1))
	_hindsight
	printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

# expect WHAT EXPECTED ACTUAL
expect() {
	[ "$2" = "$3" ] && return
	echo "$1: expected '${2//$'\n'/ }', is '${3//$'\n'/ }'"
	failures=$((failures + 1))
}

n_options=0
while read -r program folders; do
	# shellcheck disable=SC2086 # folders are words
	known=$(table $folders)
	n_options=$((n_options + $(wc -l <<<"$known")))
	expect "$program's options that are not completed" "" \
		"$(comm -23 <(echo "$known") <(completed "$program" --))"
done <<-'ROWS'
	hindsight-send       sender/app common/app
	hindsight-recv       receiver/app common/app
	hindsight-sim        tools/sim
	hindsight-impair     tools/impair
	hindsight-score      tools/score
	hindsight-latency    tools/latency
	hindsight-experiment tools/experiment
ROWS
[ $n_options -gt 60 ] || expect "options found in the tables" "more than 60" $n_options

expect "--fr" $'--frame' "$(completed hindsight-send --fr)"
expect "--frame" "10 2.5 20 40 5 60" "$(completed hindsight-send --frame '' | paste -sd' ')"
expect "-r a" "auto" "$(completed hindsight-send -r a)"
expect "--fec o" "off on" "$(completed hindsight-send --fec o | paste -sd' ')"
expect "--via" "netem relay sim" "$(completed hindsight-experiment --via '' | paste -sd' ')"
expect "a file" "" "$(completed hindsight-score re)"

if command -v zsh >/dev/null; then
	zsh -n "$build/completions/_hindsight" || expect "zsh's syntax" good bad
	for program in hindsight-send hindsight-recv; do
		# As zsh calls it, with a compadd of ours that tells what it is given.
		# shellcheck disable=SC2016 # zsh's own
		offered=$(zsh -fc 'compadd() { shift; print -l -- $@ }; _files() { }
			run() { local -a words=($1 --); local CURRENT=2 PREFIX=--; source $2 }
			run $1 $2' - "$build/$program" "$build/completions/_hindsight")
		expect "$program in zsh" "$(completed "$program" --)" "$(grep -- '^--' <<<"$offered" | sort -u)"
	done
fi
echo "completions: $n_options options, $failures wrong"
[ $failures -eq 0 ]
