#!/bin/bash
# The real programs on two machines whose network moves: addresses that change, a route that is late, a
# second address, a dead one, an interface that is made anew, reports that are cut off. The machines are
# network namespaces; it needs root, and leaves nothing behind.
# usage: networks.sh BUILD_DIR
# shellcheck disable=SC2317,SC2030,SC2031 # called by name, in subshells

set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh" "${1:?usage: networks.sh BUILD_DIR}"

remove_machines() {
	local name
	for name in $(ip netns list 2>/dev/null | awk -v of="^hn$$-" '$1 ~ of { print $1 }'); do
		ip netns del "$name" || true
	done
}
trap 'end_started; wait; remove_machines; rm -rf "$dir"' EXIT

# NAME: a pair of machines on one cable, hn$$-NAME-s the sender's and -r the receiver's, without addresses.
make_machines() {
	s=hn$$-$1-s r=hn$$-$1-r
	ip netns del "$s" 2>/dev/null || true # of an attempt before
	ip netns del "$r" 2>/dev/null || true
	ip netns add "$s" && ip netns add "$r" && plug && ip -n "$s" link set lo up &&
		ip -n "$r" link set lo up
}

plug() {
	ip link add e0 netns "$s" type veth peer name e0 netns "$r" &&
		ip -n "$s" link set e0 up && ip -n "$r" link set e0 up
}

address() { ip -n "$1" address add "$2" dev e0 ${3:+"$3"}; } # MACHINE ADDRESS/BITS [nodad]

# NAME OPTION...: statistics NAME.json, standard error NAME.err; sets $receiver, or $sender.
listen() {
	local name=$dir/$1
	shift
	rm -f "$name.json"
	ip netns exec "$r" "$recv" -o null --stats json --stats-file "$name.json" "$@" 2>"$name.err" &
	receiver=$!
	started+=("$receiver")
	wait_until 10 test -s "$name.json"
}

call() {
	local name=$dir/$1
	shift
	rm -f "$name.json"
	ip netns exec "$s" "$send" -i tone --stats json --stats-file "$name.json" "$@" 2>"$name.err" &
	sender=$!
	started+=("$sender")
}

# NAME FIELD: from the last line so far
field() { tail -n 1 "$dir/$1.json" 2>/dev/null | sed -n "s/.*\"$2\": \"\{0,1\}\([-0-9.a-z_]*\).*/\1/p"; }

is_at_least() { [ "$(field "$1" "$2" | grep -x '[0-9]*' || echo 0)" -ge "$3" ]; } # NAME FIELD LEAST

says() { # NAME TEXT: once
	expect "\"$2\" in $1.err" "$(grep -cF -- "$2" "$dir/$1.err" || true)" -eq 1
}

# ---- the cases ----

# The sender's machine gets another address in mid-call.
roams() {
	make_machines roams
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	listen roams_r
	call roams_s 10.9.0.2
	wait_until 10 is_at_least roams_r packets_received 100
	ip -n "$s" address del 10.9.0.1/24 dev e0
	address "$s" 10.9.0.9/24
	local n_before
	n_before=$(field roams_r packets_received)
	wait_until 10 is_at_least roams_r packets_received $((n_before + 150))
	stop sender "$sender"
	stop receiver "$receiver"
	expect "received of what was sent" "$(count roams_r packets_received)" -ge \
		$(($(count roams_s packets_sent) - 2))
	expect "sent" "$(count roams_s packets_sent)" -ge $((n_before + 150))
	expect "not taken" "$(count roams_s packets_unsent)" -le 50
	grep -Eq "the call goes on|takes packets again" "$dir/roams_s.err" ||
		fail "the sender says nothing of its new address: $(cat "$dir/roams_s.err")"
	says roams_r "10.9.0.1 is playing"
}

# Whichever of its addresses is called: the sender hears the reports.
second_address() {
	local to name
	make_machines second
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	address "$r" 10.9.0.3/24
	address "$s" fd09::1/64 nodad
	address "$r" fd09::2/64 nodad
	address "$r" fd09::3/64 nodad
	listen second_r
	for to in 10.9.0.2 10.9.0.3 fd09::2 fd09::3; do
		name=second_s_${to//:/_}
		case $to in
		*:*) call "$name" "[$to]" ;;
		*) call "$name" "$to" ;;
		esac
		wait_until 10 is_at_least "$name" receivers 1
		expect "receivers that report from $to" "$(field "$name" receivers)" -eq 1
		stop sender "$sender"
		sleep 0.7 # a stream is over after 500 ms
	done
	stop receiver "$receiver"
}

# The network comes only after both programs.
late_network() {
	make_machines late
	listen late_r
	call late_s 10.9.0.2
	wait_until 10 test -s "$dir/late_s.json"
	says late_s "the network takes nothing: unreachable"
	expect "sent" "$(field late_s packets_sent)" -eq 0
	wait_until 10 grep -q "waiting" "$dir/late_r.err"
	says late_r "waiting for sound on port 5004"
	address "$r" 10.9.0.2/24
	address "$s" 10.9.0.1/24
	wait_until 10 grep -q playing "$dir/late_r.err"
	stop sender "$sender"
	stop receiver "$receiver"
	expect "received" "$(count late_r packets_received)" -ge 50
	says late_s "the network takes packets again"
	says late_r "10.9.0.1 is playing"
}

# The first of a name's addresses is dead.
dead_address() {
	make_machines dead
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	address "$s" fd09::1/64 nodad
	printf '10.9.0.2 studio\nfd09::99 studio\n' >"$dir/hosts"
	listen dead_r
	# shellcheck disable=SC2016 # expanded by the inner shell, which alone sees the other file
	ip netns exec "$s" sh -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' sh "$dir/hosts" \
		"$send" -i tone -q --stats json --stats-file "$dir/dead_s.json" studio &
	sender=$!
	started+=("$sender")
	wait_until 10 is_at_least dead_s receivers 1
	expect "receivers" "$(field dead_s receivers)" -eq 1
	stop sender "$sender"
	stop receiver "$receiver"
}

# A group's interface is made anew on both sides; its reports leave on the interface that was named.
made_anew() {
	make_machines anew
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	listen anew_r --interface e0 239.255.9.9
	call anew_s --interface e0 239.255.9.9
	wait_until 10 is_at_least anew_s receivers 1
	expect "receivers" "$(field anew_s receivers)" -eq 1
	ip -n "$s" link del e0
	sleep 1.2
	plug
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	local n_before
	n_before=$(field anew_r packets_received)
	wait_until 10 is_at_least anew_r packets_received $((n_before + 50))
	expect "received" "$(field anew_r packets_received)" -ge $((n_before + 50))
	stop sender "$sender"
	stop receiver "$receiver"
	says anew_r "the group is joined anew"
}

# A group and a call on one port of one machine, and a sender to that group beside them.
one_port() {
	local group call_receiver
	make_machines port
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	listen port_call
	call_receiver=$receiver
	listen port_group --interface e0 239.255.9.9
	group=$receiver
	call port_s --interface e0 239.255.9.9
	wait_until 10 is_at_least port_group packets_received 50
	stop "the group's sender" "$sender"
	call port_s2 10.9.0.2
	wait_until 10 is_at_least port_call packets_received 50
	stop sender "$sender"
	stop "the call's receiver" "$call_receiver"
	stop "the group's receiver" "$group"
	expect "heard by the group" "$(count port_group packets_received)" -ge 50
	expect "heard by the call" "$(count port_call packets_received)" -ge 50
	expect "rejected by the call" "$(count port_call packets_rejected)" -eq 0
}

# Only the way back is cut: the sound goes on with copies, for as long as it lasts. Then the listener is
# started anew, and hears at once.
one_way() {
	make_machines oneway
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	listen oneway_r
	call oneway_s 10.9.0.2
	wait_until 10 is_at_least oneway_s receivers 1
	ip -n "$r" route add blackhole 10.9.0.1/32
	wait_until 30 sh -c "tail -n 1 '$dir/oneway_s.json' | grep -q rtcp_timeout"
	expect "copies" "$(field oneway_s redundancy)" -ge 1
	local n_before
	n_before=$(field oneway_r packets_received)
	wait_until 10 is_at_least oneway_r packets_received $((n_before + 150))
	expect "received" "$(field oneway_r packets_received)" -ge $((n_before + 150))
	stop receiver "$receiver"
	expect "lost" "$(count oneway_r packets_lost)" -le 2
	ip -n "$r" route del blackhole 10.9.0.1/32
	listen again_r -t 2
	wait "$receiver" || fail "the receiver's exit status is $?"
	expect "heard in 2 s" "$(count again_r packets_received)" -ge 50
	wait_until 10 is_at_least oneway_s receivers 1
	wait_until 10 sh -c "tail -n 1 '$dir/oneway_s.json' | grep -q '\"circuit_cause\": \"none\"'"
	expect "receivers" "$(field oneway_s receivers)" -le 1
	stop sender "$sender"
}

# Nobody listens there at first.
refused() {
	make_machines refused
	address "$s" 10.9.0.1/24
	address "$r" 10.9.0.2/24
	call refused_s 10.9.0.2
	wait_until 10 grep -q refused "$dir/refused_s.err"
	says refused_s "10.9.0.2: nothing listens on port 5004 (refused)"
	listen refused_r
	wait_until 10 grep -q playing "$dir/refused_r.err"
	says refused_s "10.9.0.2 answers"
	expect "refusals" "$(field refused_s refusals)" -ge 1
	stop sender "$sender"
	wait_until 10 grep -q "has ended" "$dir/refused_r.err"
	says refused_r "10.9.0.1 has ended"
	stop receiver "$receiver"
}

if [ "$(id -u)" -ne 0 ]; then
	echo "skipped: network namespaces need root"
	exit 77
fi
if ! make_machines probe 2>"$dir/probe"; then
	echo "skipped: no network namespaces or veth here: $(head -n 1 "$dir/probe")"
	exit 77
fi
run_together one_way roams second_address late_network
run_together dead_address made_anew one_port refused
exit $((failures > 0))
