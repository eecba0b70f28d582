/* A channel's slots, and its delays by tables of one's own. */
#include "tests/unit/unit.h"

#include "tools/channel/channel.h"

#include <string.h>

enum { N_BYTES = 100 };

static void open_channel(struct channel *channel, const char *text, uint64_t seed)
{
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	if (channel_spec_parse(&spec, text, message, sizeof message) != STATUS_OK)
		fail_msg("\"%s\": %s", text, message);
	channel_init(channel, &spec, seed);
}

/* Slots of 100 ms and packets each 20 ms: the times between departures, and how many leave
 * together. */
static void test_slots(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t apart_us[2]; /* from one departure to the next later one */
		int most;	     /* together */
	} rows[] = {
		{ "slot 100ms", { 100000, 120000 }, 6 },
		{ "slot 100ms delay 50ms", { 100000, 100000 }, 5 },
		{ "slot 100ms delay 10ms", { 100000, 100000 }, 5 },
		{ "slot 60ms 100ms delay 200ms", { 60000, 100000 }, 5 },
		{ "slot 100ms packets 2", { 100000, 100000 }, 2 },
		{ "slot 100ms bytes 300", { 100000, 100000 }, 3 }, /* 42 more each */
		{ "slot 5ms", { 20000, 20000 }, 1 },
		{ "slot distribution normal 100ms 1ms delay 200ms", { 95000, 105000 }, 6 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct channel channel;
		int64_t last_us = INT64_MIN;
		int n_together = 0, most = 0;
		open_channel(&channel, rows[i].text, 5);
		for (int k = 0; k < 5000; k++) {
			struct channel_fate fate;
			const int64_t now_us = k * INT64_C(20000);
			channel_next_fate(&channel, N_BYTES, 0, now_us, &fate);
			const int64_t at_us = fate.departure_us[0];
			assert_true(at_us >= now_us + channel.spec.delay_us);
			assert_false(fate.is_reordered);
			if (at_us > last_us && last_us != INT64_MIN)
				if (at_us - last_us < rows[i].apart_us[0] ||
					at_us - last_us > rows[i].apart_us[1])
					fail_msg("\"%s\": %lld us apart", rows[i].text,
						(long long)(at_us - last_us));
			n_together = at_us == last_us ? n_together + 1 : 1;
			most = n_together > most ? n_together : most;
			last_us = at_us;
		}
		if (most != rows[i].most)
			fail_msg("\"%s\": %d together", rows[i].text, most);
	}
}

/* A table of one's own, in any order: its values are drawn evenly. */
static void test_own_table(void **state)
{
	(void)state;
	static const char text[] = "# two ends and\n# a middle\n8192 -8192\n\t0\n0 ";
	static const char *const refused[] = { "", "# none\n", "1 2 x", "32768", "1.5", "-", "1-2",
		"1 2 3 4 5" };
	struct channel_spec spec;
	struct channel channel;
	int16_t quantiles[DELAY_QUANTILES], values[4];
	int n[3] = { 0 };
	assert_true(delay_quantiles_read(quantiles, text, strlen(text), values, 4));
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		assert_false(
			delay_quantiles_read(quantiles, refused[i], strlen(refused[i]), values, 4));
	assert_true(delay_quantiles_read(quantiles, text, strlen(text), values, 4));
	assert_int_equal(channel_spec_parse(&spec, "delay 100ms 40ms distribution mine", NULL, 0),
		STATUS_OK);
	assert_string_equal(spec.table.name, "mine");
	spec.table.quantiles = quantiles;
	channel_init(&channel, &spec, 1);
	for (int i = 0; i < 10000; i++) {
		struct channel_fate fate;
		channel_next_fate(&channel, N_BYTES, 0, 0, &fate);
		assert_int_equal(fate.departure_us[0] % 40000, 20000);
		n[fate.departure_us[0] / 40000 - 1]++;
	}
	assert_in_range(n[0], 2300, 2700);
	assert_in_range(n[1], 4800, 5200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_own_table),
	};
	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
