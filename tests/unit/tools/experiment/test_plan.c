/* Plans: what a line may say, what is refused and where, and what is filled in. */
#include "tests/unit/unit.h"

#include "tools/experiment/plan.h"

#include <stdio.h>
#include <string.h>

static bool parse(struct experiment_plan *plan, const char *text, struct io_error *error)
{
	memset(plan, 0, sizeof *plan);
	return plan_parse(plan, text, strlen(text), error);
}

static void test_a_whole_plan(void **state)
{
	static const char text[] = "# head\r\n"
				   "title  Copies against loss \r\n"
				   "recording some speech.wav\n"
				   "\tseconds\t12.5   # of each run\n"
				   "\n"
				   "seeds 7, 1-3 9\n"
				   "channel clean\n"
				   "channel loss10 delay 40ms 5ms loss 10%\n"
				   "trace morning way.trace\n"
				   "pcap evening way.pcap\n"
				   "setting off -r off\n"
				   "setting both -r 2 -b 24 | -d 100\n"
				   "setting deaf | --max-delay 80";
	static struct experiment_plan plan;
	struct io_error error;

	(void)state;
	if (!parse(&plan, text, &error))
		fail_msg("refused: %s", error.text);
	assert_string_equal(plan.title, "Copies against loss");
	assert_string_equal(plan.recording, "some speech.wav");
	assert_true(plan.seconds == 12.5);
	assert_int_equal(plan.n_seeds, 5);
	assert_int_equal(plan.seeds[0], 7);
	assert_int_equal(plan.seeds[3], 3);
	assert_int_equal(plan.seeds[4], 9);
	assert_int_equal(plan.n_channels, 4);
	assert_string_equal(plan.channels[0].text, "");
	assert_string_equal(plan.channels[1].name, "loss10");
	assert_string_equal(plan.channels[1].text, "delay 40ms 5ms loss 10%");
	assert_int_equal(plan.channels[2].kind, PLAN_TRACE);
	assert_int_equal(plan.channels[3].kind, PLAN_CAPTURE);
	assert_string_equal(plan.channels[3].text, "way.pcap");
	assert_int_equal(plan.n_settings, 3);
	assert_string_equal(plan.settings[1].send, "-r 2 -b 24");
	assert_string_equal(plan.settings[1].recv, "-d 100");
	assert_string_equal(plan.settings[2].send, "");
	assert_string_equal(plan.settings[2].recv, "--max-delay 80");
}

static void test_others_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *complaint; /* begins so */
	} rows[] = {
		{ "frames 3\n", "line 1: frames: must be title" },
		{ "\n\nseconds 0\n", "line 3: seconds: must be a number" },
		{ "seconds 1e3\n", "line 1: seconds:" },
		{ "seconds nan\n", "line 1: seconds:" },
		{ "seconds\n", "line 1: seconds:" },
		{ "seconds 3601\n", "line 1: seconds:" },
		{ "seeds\n", "line 1: seeds:" },
		{ "seeds 1 x\n", "line 1: seeds: must be whole" },
		{ "seeds 3-1\n", "line 1: seeds: must be whole" },
		{ "seeds 1-\n", "line 1: seeds: must be whole" },
		{ "seeds -1\n", "line 1: seeds: must be whole" },
		{ "seeds 1 2 1\n", "line 1: seeds: lists 1 twice" },
		{ "seeds 4294967296\n", "line 1: seeds: must be whole" },
		{ "seeds 99999999999999999999999\n", "line 1: seeds: must be whole" },
		{ "seeds 0-4294967295\n", "line 1: seeds: at most" },
		{ "channel\n", "line 1: channel: \"\" is not a name" },
		{ "channel a/b loss 1%\n", "line 1: channel: \"a/b\" is not a name" },
		{ "channel .. loss 1%\n", "line 1: channel: \"..\" is not a name" },
		{ "channel 'x' loss 1%\n", "line 1: channel: \"'x'\" is not a name" },
		{ "channel abcdefghijklmnopqrstuvwxyz012345\n", "line 1: channel:" },
		{ "channel a loss\n", "line 1: channel: a: " },
		{ "channel a loss 1%\nchannel a\n", "line 2: channel: channel a exists already" },
		{ "trace a\n", "line 1: trace: lacks its file" },
		{ "pcap a \t \n", "line 1: pcap: lacks its file" },
		{ "setting a -r 1\nsetting a\n", "line 2: setting: setting a exists already" },
		{ "setting a -r 1 | -d 1 | -d 2\n", "line 1: setting: has more than one |" },
		{ "setting a b\n", "line 1: setting: \"b\" is not an option" },
		{ "setting a -r 1 --stats none\n", "line 1: setting: --stats is set by" },
		{ "setting a --see=4\n", "line 1: setting: --see=4 is set by" },
		{ "setting a | -o x.wav\n", "line 1: setting: -o is set by" },
		{ "setting a -ix.wav\n", "line 1: setting: -ix.wav is set by" },
		{ "title\n", "line 1: title: is empty" },
		{ "title a\001b\n", "line 1: has a control character" },
		{ "\033[2J\n", "line 1: has a control character" },
		{ "recordings x\n", "line 1: recordings: must be" },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		static struct experiment_plan plan;
		struct io_error error = { "" };
		if (parse(&plan, rows[i].text, &error))
			fail_msg("\"%s\" was taken", rows[i].text);
		if (strncmp(error.text, rows[i].complaint, strlen(rows[i].complaint)) != 0)
			fail_msg("\"%s\": %s", rows[i].text, error.text);
	}
}

static void test_more_than_there_may_be(void **state)
{
	static struct experiment_plan plan;
	static char text[PLAN_CHARS_MAX];
	struct io_error error = { "" };
	size_t n = 0;

	(void)state;
	for (int i = 0; i <= PLAN_CHANNELS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "channel c%d\n", i);
	assert_false(parse(&plan, text, &error));
	assert_string_equal(error.text, "line 65: channel: at most 64 channels");
	n = 0;
	for (int i = 0; i <= PLAN_SETTINGS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "setting s%d\n", i);
	assert_false(parse(&plan, text, &error));
	assert_string_equal(error.text, "line 33: setting: at most 32 settings");
	snprintf(text, sizeof text, "title %0400d\n", 7);
	assert_false(parse(&plan, text, &error));
	assert_string_equal(error.text, "line 1: title: is longer than 299 characters");
	snprintf(text, sizeof text, "\n# %02000d\ntitle %02000d\n", 7, 7);
	assert_false(parse(&plan, text, &error));
	assert_string_equal(error.text, "line 3: is longer than 999 characters");
	assert_false(plan_parse(&plan, "title a\0b", 9, &error));
	assert_string_equal(error.text, "line 1: has a control character");
}

static void test_what_is_left_out(void **state)
{
	static struct experiment_plan plan;
	struct io_error error;

	(void)state;
	assert_true(parse(&plan, "", &error));
	assert_false(plan_settle(&plan, &error));
	assert_true(parse(&plan, "channel clean\n", &error));
	assert_true(plan_settle(&plan, &error));
	assert_true(plan.seconds == 10);
	assert_int_equal(plan.n_seeds, 1);
	assert_int_equal(plan.seeds[0], 1);
	assert_int_equal(plan.n_settings, 1);
	assert_string_equal(plan.settings[0].name, "default");
}

static void test_an_option_takes_the_place_of_a_line(void **state)
{
	static struct experiment_plan plan;
	struct io_error error;

	(void)state;
	assert_true(parse(&plan, "seeds 1-9\nseconds 60\nchannel a\n", &error));
	assert_true(plan_take(&plan, "seeds", "4,5", &error));
	assert_true(plan_take(&plan, "channel", "b loss 1%", &error));
	assert_false(plan_take(&plan, "seconds", "none", &error));
	assert_false(plan_take(&plan, "recording", "a\nb", &error));
	assert_int_equal(plan.n_seeds, 2);
	assert_int_equal(plan.seeds[1], 5);
	assert_int_equal(plan.n_channels, 2);
	assert_true(plan.seconds == 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_plan),
		cmocka_unit_test(test_others_are_refused),
		cmocka_unit_test(test_more_than_there_may_be),
		cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_an_option_takes_the_place_of_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
