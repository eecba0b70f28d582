/* What a specification says, and what is refused with which word. Each row was given to tc as
 * well (iproute2 6.1): nothing that it refuses is accepted here. */
#include "tools/channel/channel_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define PERCENT(p) ((uint32_t)((p) / 100.0 * UINT32_MAX + 0.5))
#define FIELD(f)   offsetof(struct channel_spec, f), sizeof(((struct channel_spec *)0)->f)

/* One field of what is read; the others have rows of their own. */
struct accepted {
	const char *text;
	size_t offset, n_bytes;
	int64_t value;
};

static const struct accepted accepted[] = {
	{ "", FIELD(limit_packets), 1000 },
	{ "", FIELD(delay_us), 0 },
	{ " \t\n ", FIELD(limit_packets), 1000 },
	{ "delay 40ms", FIELD(delay_us), 40000 },
	{ "delay 40", FIELD(delay_us), 40 },
	{ "delay 40us", FIELD(delay_us), 40 },
	{ "delay 1.5ms", FIELD(delay_us), 1500 },
	{ "delay .5ms", FIELD(delay_us), 500 },
	{ "delay 1e3us", FIELD(delay_us), 1000 },
	{ "delay 2SECS", FIELD(delay_us), 2000000 },
	{ "delay 274s", FIELD(delay_us), 274000000 },
	{ "delay 0ms 10ms", FIELD(jitter_us), 10000 },
	{ "delay 10ms 20ms", FIELD(jitter_us), 20000 },
	{ "delay 10ms delay 20ms", FIELD(delay_us), 20000 },
	{ "del 40ms", FIELD(delay_us), 40000 },
	{ "d 40ms", FIELD(delay_us), 40000 },
	{ "lat 40ms", FIELD(delay_us), 40000 },
	{ "delay 40ms 15ms 25%", FIELD(delay_correlation), PERCENT(25) },
	{ "delay 40ms 15ms 25", FIELD(delay_correlation), PERCENT(25) },
	{ "delay 40ms 15ms", FIELD(distribution), CHANNEL_UNIFORM },
	{ "delay 40ms 15ms distribution uniform", FIELD(distribution), CHANNEL_UNIFORM },
	{ "delay 40ms 15ms distribution normal", FIELD(distribution), CHANNEL_NORMAL },
	{ "distribution pareto delay 40ms 15ms", FIELD(distribution), CHANNEL_PARETO },
	{ "delay 1ms 1ms dist paretonormal", FIELD(distribution), CHANNEL_PARETO_NORMAL },
	{ "loss 10%", FIELD(loss.probability), PERCENT(10) },
	{ "loss 10", FIELD(loss.probability), PERCENT(10) },
	{ "loss 0%", FIELD(loss.probability), 0 },
	{ "loss 100%", FIELD(loss.probability), UINT32_MAX },
	{ "loss 0% loss 10%", FIELD(loss.probability), PERCENT(10) },
	{ "lo 1e1%", FIELD(loss.probability), PERCENT(10) },
	{ "drop 10% 25%", FIELD(loss.correlation), PERCENT(25) },
	{ "loss random 10% 25", FIELD(loss.correlation), PERCENT(25) },
	{ "loss random .5%", FIELD(loss.probability), PERCENT(0.5) },
	{ "loss 10% delay 40ms", FIELD(delay_us), 40000 },
	{ "loss state 3%", FIELD(loss_model), CHANNEL_LOSS_STATE },
	{ "loss state 3%", FIELD(state.p31), UINT32_MAX - PERCENT(3) },
	{ "loss state 3%", FIELD(state.p23), UINT32_MAX },
	{ "loss state 3% 30% 10% 50% 1%", FIELD(state.p13), PERCENT(3) },
	{ "loss state 3% 30% 10% 50% 1%", FIELD(state.p31), PERCENT(30) },
	{ "loss state 3% 30% 10% 50% 1%", FIELD(state.p32), PERCENT(10) },
	{ "loss state 3% 30% 10% 50% 1%", FIELD(state.p23), PERCENT(50) },
	{ "loss state 3% 30% 10% 50% 1%", FIELD(state.p14), PERCENT(1) },
	{ "loss gemodel 3%", FIELD(loss_model), CHANNEL_LOSS_GEMODEL },
	{ "loss gemodel 3%", FIELD(gemodel.r), UINT32_MAX - PERCENT(3) },
	{ "loss gemodel 3%", FIELD(gemodel.loss_bad), UINT32_MAX },
	{ "loss gemodel 3%", FIELD(gemodel.loss_good), 0 },
	{ "loss gemodel 3% 30% 70% 1%", FIELD(gemodel.p), PERCENT(3) },
	{ "loss gemodel 3% 30% 70% 1%", FIELD(gemodel.r), PERCENT(30) },
	{ "loss gemodel 3% 30% 70% 1%", FIELD(gemodel.loss_bad), PERCENT(70) },
	{ "loss gemodel 3% 30% 70% 1%", FIELD(gemodel.loss_good), PERCENT(1) },
	{ "duplicate 1%", FIELD(duplicate.probability), PERCENT(1) },
	{ "dup 1% 50% delay 40ms 10ms 0%", FIELD(duplicate.correlation), PERCENT(50) },
	{ "dup 1% 50% loss 1% 20%", FIELD(duplicate.correlation), PERCENT(50) },
	{ "corrupt 1% 20% dup 1% 50%", FIELD(duplicate.correlation), PERCENT(50) },
	{ "reorder 1% 20% delay 9ms dup 1% 50%", FIELD(duplicate.correlation), PERCENT(50) },
	/* tc sends the kernel no correlation where duplicate alone has one */
	{ "dup 1% 50%", FIELD(duplicate.correlation), 0 },
	{ "dup 1% 50% loss 1% delay 40ms 10ms", FIELD(duplicate.correlation), 0 },
	{ "corrupt 1% 20%", FIELD(corrupt.probability), PERCENT(1) },
	{ "corrupt 1% 20%", FIELD(corrupt.correlation), PERCENT(20) },
	{ "reorder 5% delay 10ms", FIELD(reorder.probability), PERCENT(5) },
	{ "delay 10ms reorder 5% 50%", FIELD(reorder.correlation), PERCENT(50) },
	{ "delay 10ms reorder 5% 50%", FIELD(gap_packets), 1 },
	{ "delay 10ms reorder 5% gap 5", FIELD(gap_packets), 5 },
	{ "delay 10ms gap 5 reorder 5%", FIELD(gap_packets), 5 },
	{ "delay 10ms reorder 5% gap 0", FIELD(gap_packets), 1 },
	{ "reorder 0%", FIELD(gap_packets), 0 },
	{ "rate 100kbit", FIELD(rate_bytes_per_second), 12500 },
	{ "rate 100000", FIELD(rate_bytes_per_second), 12500 },
	{ "rate 12.5KBPS", FIELD(rate_bytes_per_second), 12500 },
	{ "rate 1kibit", FIELD(rate_bytes_per_second), 128 },
	{ "rate 1mibps", FIELD(rate_bytes_per_second), 1048576 },
	{ "rate 8bit", FIELD(rate_bytes_per_second), 1 },
	{ "rate 0", FIELD(rate_bytes_per_second), 0 },
	{ "rate 100kbit -20", FIELD(packet_overhead_bytes), -20 },
	{ "rate 100kbit 20 48 5", FIELD(packet_overhead_bytes), 20 },
	{ "rate 100kbit 20 48 5", FIELD(cell_bytes), 48 },
	{ "rate 100kbit 20 48 -5", FIELD(cell_overhead_bytes), -5 },
	{ "limit 0", FIELD(limit_packets), 0 },
	{ "limit 10", FIELD(limit_packets), 10 },
	{ "limit 1k", FIELD(limit_packets), 1024 },
	{ "loss 10% ecn", FIELD(loss.probability), PERCENT(10) },
	{ "ecn loss gemodel 3%", FIELD(gemodel.p), PERCENT(3) },
	{ "delay 9ms 1ms distribution mine", FIELD(distribution), CHANNEL_TABLE },
	{ "delay 9ms 1ms distribution mine", FIELD(table.name),
		'm' | 'i' << 8 | 'n' << 16 | 'e' << 24 },
	{ "slot 20ms", FIELD(slot.min_us), 20000 },
	{ "slot 20ms", FIELD(slot.max_us), 20000 },
	{ "slot 20ms 30ms delay 5ms", FIELD(slot.max_us), 30000 },
	{ "slot 20ms 30ms delay 5ms", FIELD(delay_us), 5000 },
	{ "slot 0 30ms packets 4 bytes 2k", FIELD(slot.max_packets), 4 },
	{ "slot 0 30ms packets 4 bytes 2k", FIELD(slot.max_bytes), 2048 },
	{ "slot 20ms p 4 b 100 loss 1%", FIELD(slot.max_bytes), 100 },
	{ "slot distribution normal 20ms 5ms bytes 9", FIELD(slot.distribution), CHANNEL_NORMAL },
	{ "slot distribution normal 20ms 5ms bytes 9", FIELD(slot.delay_us), 20000 },
	{ "slot distribution normal 20ms 5ms bytes 9", FIELD(slot.jitter_us), 5000 },
	{ "slot distribution normal 20ms 5ms bytes 9", FIELD(slot.max_bytes), 9 },
	{ "slot distribution ./a 20ms 5ms", FIELD(slot.distribution), CHANNEL_TABLE },
	{ "tc qdisc add dev eth0 root netem delay 9ms", FIELD(delay_us), 9000 },
	{ "  sudo /sbin/tc qdisc change dev eth0 parent 1:1 handle 10: netem loss 1%",
		FIELD(loss.probability), PERCENT(1) },
	{ "netem delay 9ms", FIELD(delay_us), 9000 },
	{ "tc qdisc add dev eth0 root netem", FIELD(delay_us), 0 },
};

static void test_accepts_what_netem_accepts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		const struct accepted *const row = &accepted[i];
		struct channel_spec spec;
		char message[CHANNEL_SPEC_MESSAGE_BYTES] = "";
		memset(&spec, 0xa5, sizeof spec);
		if (channel_spec_parse(&spec, row->text, message, sizeof message) != STATUS_OK)
			fail_msg("\"%s\": %s", row->text, message);
		int64_t value; /* fields are 32 or 64 bits wide */
		if (row->n_bytes == sizeof(int64_t)) {
			memcpy(&value, (const char *)&spec + row->offset, sizeof value);
		} else {
			uint32_t narrow;
			memcpy(&narrow, (const char *)&spec + row->offset, sizeof narrow);
			value = row->value < 0 ? (int32_t)narrow : (int64_t)narrow;
		}
		if (value != row->value)
			fail_msg("\"%s\": %lld instead of %lld", row->text, (long long)value,
				(long long)row->value);
	}
}

static const struct {
	const char *text;
	const char *named; /* what the message must hold */
} refused[] = {
	{ "foo", "\"foo\"" },
	{ "help", "\"help\"" },
	{ "LOSS 10%", "\"LOSS\"" },
	{ "delay 40ms foo", "\"foo\"" },
	{ "delay", "\"delay\" lacks its time" },
	{ "delay x", "delay \"x\"" },
	{ "delay -5ms", "\"-5ms\" must be from 0 to 274s" },
	{ "delay 275s", "\"275s\" must be from 0 to 274s" },
	{ "delay 1e300s", "\"1e300s\"" },
	{ "delay 40 ms", "\"ms\"" },
	{ "delay 40ns", "\"40ns\"" },
	{ "delay 0x10ms", "\"0x10ms\"" },
	{ "delay infms", "\"infms\"" },
	{ "delay nan", "\"nan\"" },
	{ "delay .", "\".\"" },
	{ "delay -", "\"-\"" },
	{ "delay 40ms -5ms", "\"-5ms\"" },
	{ "delay 40ms 3000s", "\"3000s\"" },
	{ "delay 40ms 15ms 101%", "\"101%\" must be from 0% to 100%" },
	{ "delay 40ms 15ms 25% 5%", "\"5%\"" },
	{ "distribution", "\"distribution\" lacks" },
	{ "distribution normal", "delay TIME JITTER" },
	{ "delay 40ms distribution pareto", "delay TIME JITTER" },
	{ "delay 0ms 10ms distribution normal", "delay TIME JITTER" },
	{ "distribution "
	  "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		"at most 79 characters" },
	{ "loss", "\"loss\" lacks" },
	{ "loss abc", "\"abc\"" },
	{ "loss .5%", "\".5%\"" },
	{ "loss -1%", "\"-1%\"" },
	{ "loss 101%", "\"101%\" must be from 0% to 100%" },
	{ "loss 100.001%", "\"100.001%\"" },
	{ "loss 10%%", "\"10%%\"" },
	{ "loss 0x10%", "\"0x10%\"" },
	{ "loss 10% 101%", "\"101%\"" },
	{ "loss 10% loss 20%", "\"loss\" must be given once" },
	{ "loss gemodel 1% loss 20%", "once" },
	{ "loss random", "\"loss\" lacks" },
	{ "loss random x", "\"x\"" },
	{ "loss ran 10%", "\"ran\"" },
	{ "loss state", "lacks" },
	{ "loss state 101%", "\"101%\"" },
	{ "loss state 3% 30% 10% 50% 1% 1%", "\"1%\"" },
	{ "loss gemodel", "lacks" },
	{ "loss gemodel -3%", "\"-3%\"" },
	{ "loss gemodel 3% 130%", "\"130%\"" },
	{ "loss gemodel 3% 30% 70% 1% 5%", "\"5%\"" },
	{ "ecn", "\"ecn\" needs \"loss\"" },
	{ "loss 0% ecn", "\"ecn\" needs \"loss\"" },
	{ "slot", "\"slot\" lacks its time" },
	{ "slot soon", "\"soon\" must be a time" },
	{ "slot 20ms 10ms", "\"10ms\" must not be less" },
	{ "slot 20ms packets", "\"slot\" lacks its number" },
	{ "slot 20ms packets -1", "\"-1\"" },
	{ "slot 20ms packets 4 packets 0", "\"packets\"" },
	{ "slot 20ms bytes x", "\"x\"" },
	{ "slot distribution", "lacks its name" },
	{ "slot distribution normal 20ms", "lacks its jitter" },
	{ "slot distribution normal 20ms 0ms", "above 0" },
	{ "tc qdisc add dev eth0 root tbf rate 1mbit", "must have netem" },
	{ "tc", "must have netem" },
	{ "tc qdisc add dev eth0 root netem delai 9ms", "\"delai\"" },
	{ "seed 5", "seed is an option" },
	{ "duplicate", "lacks" },
	{ "duplicate %", "\"%\"" },
	{ "duplicate nan%", "\"nan%\"" },
	{ "duplicate 101%", "\"101%\"" },
	{ "corrupt -1%", "\"-1%\"" },
	{ "reorder 5%", "add \"delay TIME\"" },
	{ "delay 0ms 10ms reorder 5%", "add \"delay TIME\"" },
	{ "delay 10ms gap 5", "\"gap\" needs \"reorder PERCENT\"" },
	{ "delay 10ms reorder 0% gap 5", "\"gap\" needs" },
	{ "delay 10ms reorder 5% gap", "\"gap\" lacks" },
	{ "delay 10ms reorder 5% gap -1", "\"-1\"" },
	{ "delay 10ms reorder 5% gap 1.5", "\"1.5\"" },
	{ "delay 10ms reorder 5% gap 99999999999999999999", "whole number" },
	{ "rate", "lacks" },
	{ "rate x", "\"x\"" },
	{ "rate 1kb", "\"1kb\"" },
	{ "rate 50%", "\"50%\"" },
	{ "rate -5kbit", "\"-5kbit\"" },
	{ "rate 4bit", "\"4bit\"" },
	{ "rate 1e300", "\"1e300\"" },
	{ "rate 100kbit x", "\"x\"" },
	{ "rate 100kbit 20 -48", "cell size \"-48\"" },
	{ "rate 100kbit 100000", "\"100000\" must be a whole number from -65535 to 65535" },
	{ "rate 100kbit 20 48 5 7", "\"7\"" },
	{ "limit", "lacks" },
	{ "limit -1", "\"-1\"" },
	{ "limit x", "\"x\"" },
	{ "limit 5000000000", "\"5000000000\"" },
	{ "delay 1e-000000000000000000000000000000000000000000000001s", "...\"" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "...\"" },
	{ "d\x01\xff\x1b[2J", "\"d???[2J\"" },
	{ "%s%n", "\"%s%n\"" },
};

static void test_refuses_with_the_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct channel_spec spec, before;
		char message[CHANNEL_SPEC_MESSAGE_BYTES] = "";
		memset(&spec, 0xa5, sizeof spec);
		before = spec;
		if (channel_spec_parse(&spec, refused[i].text, message, sizeof message) !=
			STATUS_BAD_CONFIG)
			fail_msg("\"%s\" was accepted", refused[i].text);
		if (!strstr(message, refused[i].named) || strchr(message, '\n'))
			fail_msg("\"%s\": \"%s\"", refused[i].text, message);
		assert_true(strlen(message) < CHANNEL_SPEC_MESSAGE_BYTES - 1); /* never cut */
		assert_memory_equal(&spec, &before, sizeof spec);
	}
}

static void test_a_short_message_is_cut(void **state)
{
	(void)state;
	struct channel_spec spec;
	char message[8] = "";
	assert_int_equal(
		channel_spec_parse(&spec, "loss 101%", message, sizeof message), STATUS_BAD_CONFIG);
	assert_string_equal(message, "loss \"1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepts_what_netem_accepts),
		cmocka_unit_test(test_refuses_with_the_word),
		cmocka_unit_test(test_a_short_message_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
