/* The CSV of played frames, row by row. */
#include "receiver/app/frame_log.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void a_row_tells_of_one_frame(void **state)
{
	static const struct {
		struct playout_record record;
		const char *row;
	} rows[] = {
		{ { .timestamp = 960,
			  .seq = 7,
			  .available_us = 1012345,
			  .handed_us = 1060000,
			  .output_sample = 2400,
			  .playout_delay_us = 47655,
			  .target_us = 42000,
			  .n_samples = 960,
			  .means = PLAYOUT_PRIMARY },
			"7,960,primary,960,2400,12.345,60.000,47.655,42.000,0" },
		/* The 32 and 16 bits of the wire. */
		{ { .timestamp = (INT64_C(1) << 32) + 5,
			  .seq = 65536 + 3,
			  .available_us = 1000000,
			  .handed_us = 1000001,
			  .n_samples = 120,
			  .stretched_samples = -96,
			  .means = PLAYOUT_REDUNDANT },
			"3,5,redundant,120,0,0.000,0.001,0.000,0.000,-96" },
		/* Nothing came; what is before the beginning is negative. */
		{ { .seq = -1,
			  .available_us = -1,
			  .handed_us = 999500,
			  .playout_delay_us = -1500,
			  .n_samples = 960,
			  .means = PLAYOUT_CONCEALED },
			",0,concealed,960,0,,-0.500,-1.500,0.000,0" },
	};
	char path[] = "/tmp/hindsight-frames-XXXXXX";
	struct frame_log log;
	struct io_error error;
	char line[200];
	(void)state;
	close(mkstemp(path));
	assert_true(frame_log_open(&log, path, 1000000, &error));
	for (size_t i = 0; i < N_ROWS(rows); i++)
		frame_log_put(&log, &rows[i].record);
	/* Each row is written at once and whole, so it survives a kill. */
	FILE *const file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	assert_string_equal(line, FRAME_LOG_COLUMNS "\n");
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		assert_non_null(fgets(line, sizeof line, file));
		line[strcspn(line, "\n")] = '\0';
		assert_string_equal(line, rows[i].row);
	}
	fclose(file);
	assert_true(frame_log_close(&log, &error));
	assert_true(frame_log_close(&log, &error)); /* twice does nothing */
	frame_log_put(&log, &rows[0].record);
	unlink(path);
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
	static const struct playout_record record = { .n_samples = 960 };
	struct frame_log log;
	struct io_error error = { "" };
	(void)state;
	assert_false(frame_log_open(&log, "/no/such/folder/x.csv", 0, &error));
	assert_non_null(strstr(error.text, "/no/such/folder/x.csv"));
	assert_false(log.is_open);
	if (!frame_log_open(&log, "/dev/full", 0, &error))
		skip();
	frame_log_put(&log, &record);
	assert_false(frame_log_close(&log, &error));
	assert_non_null(strstr(error.text, "/dev/full"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_tells_of_one_frame),
		cmocka_unit_test(a_file_that_cannot_be_written_is_named),
	};
	return cmocka_run_group_tests_name("frame log", tests, NULL, NULL);
}
