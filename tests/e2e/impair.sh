#!/bin/bash
# hindsight-impair as its user has it: bash sends, one relay loses, a second one's CSV tells what
# arrived. Then every complaint: one line, the right status.
# usage: impair.sh PATH/hindsight-impair
set -u
impair=$1
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
failures=0

fail() { echo "FAIL: $*"; failures=$((failures + 1)); }

# Ports of this process's own, out of the way of the system's choices.
port=$((20000 + $$ % 10000))

run_once() { # SEED: relays 400 datagrams, prints the first relay's fates
	rm -f "$dir"/*.csv
	"$impair" --listen 127.0.0.1:$((port + 1)) --to 127.0.0.1:$((port + 2)) \
		--csv "$dir/out.csv" 2>"$dir/out.log" &
	local sink=$!
	"$impair" --listen 127.0.0.1:$port --to 127.0.0.1:$((port + 1)) --seed "$1" \
		--channel "delay 5ms 2ms loss 10% duplicate 5%" --csv "$dir/in.csv" 2>"$dir/in.log" &
	local relay=$!
	pids=("$sink" "$relay")
	for _ in $(seq 100); do [ -s "$dir/in.csv" ] && [ -s "$dir/out.csv" ] && break; sleep 0.05; done
	exec 3>"/dev/udp/127.0.0.1/$port"
	for i in $(seq 400); do printf 'datagram %d' "$i" >&3; done
	exec 3>&-
	sleep 1
	kill -INT "$relay"; wait "$relay" || fail "the relay ended with $?"
	kill -TERM "$sink"; wait "$sink" || fail "the sink ended with $?"
	pids=()
}

run_once 7
in=$(grep -c '^[0-9]' "$dir/in.csv")
delivered=$(grep -c ',delivered,' "$dir/in.csv")
lost=$(grep -c ',lost,' "$dir/in.csv")
copies=$(grep -c ',delivered,1,' "$dir/in.csv")
out=$(grep -c ',delivered,' "$dir/out.csv")
[ "$in" -eq 400 ] || fail "400 datagrams sent, $in came in"
[ $((delivered + lost)) -eq "$in" ] || fail "$delivered delivered and $lost lost are not $in"
[ $((delivered + copies)) -eq "$out" ] || fail "$delivered and $copies copies left, $out arrived"
[ "$lost" -gt 10 ] || fail "only $lost of 400 lost at 10 %"
grep -q "^.*: $in packets in, $delivered delivered, $lost lost" "$dir/in.log" || fail "the summary: $(cat "$dir/in.log")"
cut -d, -f1,4-8 "$dir/in.csv" | cut -d, -f1-4,6 >"$dir/first.fates"
run_once 7
cut -d, -f1,4-8 "$dir/in.csv" | cut -d, -f1-4,6 | cmp -s - "$dir/first.fates" || fail "the same seed, other fates"
run_once 8
cut -d, -f1,4-8 "$dir/in.csv" | cut -d, -f1-4,6 | cmp -s - "$dir/first.fates" && fail "another seed, the same fates"

refused() { # STATUS WORD ARGUMENT...: one line with the word
	local status=$1 word=$2 text
	shift 2
	text=$(timeout 10 "$impair" "$@" 2>&1)
	[ $? -eq "$status" ] || fail "$*: status is not $status"
	[ "$(wc -l <<<"$text")" -eq 1 ] || fail "$*: more than a line: $text"
	case $text in *"$word"*) ;; *) fail "$*: no \"$word\" in \"$text\"" ;; esac
}

to=(--to "127.0.0.1:$((port + 1))")
refused 2 "--listen" "${to[@]}"
refused 2 "--to" --listen "$port"
refused 2 "--listen 0" --listen 0 "${to[@]}"
refused 2 "--listen 70000" --listen 70000 "${to[@]}"
refused 2 "--to 127.0.0.1:70000" --listen "$port" --to 127.0.0.1:70000
refused 2 "a port is missing" --listen "$port" --to 127.0.0.1
refused 1 "no.such.host.invalid" --listen "$port" --to no.such.host.invalid:5
refused 1 "own" --listen "$port" --to "127.0.0.1:$port"
refused 2 "101%" --listen "$port" "${to[@]}" --channel "loss 101%"
refused 2 "reorder" --listen "$port" "${to[@]}" --channel "reorder 5%"
refused 2 "--seed" --listen "$port" "${to[@]}" --seed x
refused 2 "--duration" --listen "$port" "${to[@]}" -t 0
refused 2 "bogus" --listen "$port" "${to[@]}" --bogus
refused 2 "extra" --listen "$port" "${to[@]}" extra
refused 1 "$dir/none/x" --listen "$port" "${to[@]}" --csv "$dir/none/x"
refused 1 "/dev/full" --listen "$port" "${to[@]}" --csv /dev/full
"$impair" --listen "127.0.0.1:$port" "${to[@]}" -q &
pids=($!)
sleep 0.5
refused 1 "in use" --listen "127.0.0.1:$port" "${to[@]}"
"$impair" --help | grep -q -- --channel || fail "--help"
"$impair" --version | grep -q '^hindsight-impair [0-9]' || fail "--version"

[ "$failures" -eq 0 ] && echo "impair: all well, $lost of $in lost, $copies doubled"
exit $((failures > 0))
