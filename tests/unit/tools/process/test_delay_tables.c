/* Tables of delays from files: tc's folder, a path, and what is none. */
#include "tests/unit/unit.h"

#include "tools/channel/delay_quantiles.h"
#include "tools/process/delay_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/hindsight-tables-XXXXXX";

static void write_table(const char *name, const char *text)
{
	char path[100];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *const file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	write_table("mine.dist", "# mine\n-100 100\n");
	write_table("bad.dist", "1 2 three\n");
	return setenv("TC_LIB_DIR", folder, 1);
}

static int end(void **state)
{
	static const char *const names[] = { "mine.dist", "bad.dist" };
	(void)state;
	for (size_t i = 0; i < N_ROWS(names); i++) {
		char path[100];
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void test_tables_are_found(void **state)
{
	char text[200], message[CHANNEL_SPEC_MESSAGE_BYTES] = "";
	struct channel_spec spec, again;

	(void)state;
	assert_true(delay_tables_parse(&spec,
		"delay 9ms 1ms distribution mine slot distribution mine 20ms 2ms", message,
		sizeof message));
	assert_int_equal(spec.table.quantiles[0], -100);
	assert_int_equal(spec.table.quantiles[DELAY_QUANTILES - 1], 100);
	assert_ptr_equal(spec.slot.table.quantiles, spec.table.quantiles); /* read once */
	snprintf(text, sizeof text, "delay 9ms 1ms distribution %s/mine.dist", folder);
	assert_true(delay_tables_parse(&again, text, message, sizeof message));
	assert_int_equal(again.table.quantiles[0], -100);
	assert_true(delay_tables_parse(&spec, "delay 9ms", message, sizeof message));
	assert_null(spec.table.quantiles);
}

static void test_others_are_refused(void **state)
{
	static const struct {
		const char *text, *named;
	} rows[] = {
		{ "delay 9ms 1ms distribution par", "\"par\" must be uniform" },
		{ "delay 9ms 1ms distribution bad", "\"bad\" must be a table" },
		{ "delay 9ms 1ms distribution mine*", "\"mine*\" must be uniform" },
		{ "delay 9ms 1ms distribution /dev/zero", "\"/dev/zero\" must be uniform" },
		{ "slot distribution none 9ms 1ms", "\"none\" must be uniform" },
		{ "delai 9ms", "\"delai\"" },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char message[CHANNEL_SPEC_MESSAGE_BYTES] = "";
		struct channel_spec spec = { .delay_us = 7 };
		if (delay_tables_parse(&spec, rows[i].text, message, sizeof message))
			fail_msg("\"%s\" was taken", rows[i].text);
		if (!strstr(message, rows[i].named))
			fail_msg("\"%s\": \"%s\"", rows[i].text, message);
		assert_int_equal(spec.delay_us, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_found),
		cmocka_unit_test(test_others_are_refused),
	};
	return cmocka_run_group_tests_name("delay_tables", tests, begin, end);
}
