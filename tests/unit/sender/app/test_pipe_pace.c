/* pipe_pace: pipes in virtual time, filled by live sources and by decoders, and read by a
 * process that is stopped now and then. */
#include "sender/app/pipe_pace.h"

#include "common/base/units.h"
#include "tests/unit/unit.h"

enum { READ_US = 10 * US_PER_MS, BLOCK_US = 20 * US_PER_MS, PIPE_US = 680 * US_PER_MS };

struct scenario {
	const char *name;
	double rate;	   /* of the source's clock against ours; 0: it writes as fast as it can */
	int64_t before_us; /* is in the pipe at the start */
	int64_t stop_at_us, stop_us; /* when this process is stopped, and how long */
	int64_t pause_at_us,
		pause_us;	   /* when the source pauses, and then writes what it has kept */
	int64_t skip_max_us;	   /* at once */
	int64_t delay_max_us;	   /* of the last sample that was read, at the end */
	int64_t told_error_max_us; /* of the capture time that was told for it */
};

/* When the source has captured so much, by our clock. */
static int64_t captured_at(const struct scenario *s, int64_t sound_us)
{
	return (int64_t)((double)(sound_us - s->before_us) / s->rate);
}

/* How much the source has put into the pipe until then, in whole blocks. */
static int64_t written_until(const struct scenario *s, int64_t now_us, int64_t read_us)
{
	if (s->rate == 0)
		return read_us + PIPE_US;
	if (now_us >= s->pause_at_us && now_us < s->pause_at_us + s->pause_us)
		now_us = s->pause_at_us;
	return s->before_us + (int64_t)((double)now_us * s->rate) / BLOCK_US * BLOCK_US;
}

/* A minute of it. */
static void run(const struct scenario *s)
{
	struct pipe_pace p;
	int64_t now_us = 0, read_us = 0, capture_us = 0, fastest_us = 0;
	bool was_stopped = false;

	pipe_pace_init(&p, 0);
	while (now_us < 60 * US_PER_SECOND) {
		if (s->stop_us > 0 && !was_stopped && now_us >= s->stop_at_us) {
			now_us += s->stop_us;
			was_stopped = true;
		}
		int64_t in_pipe_us = written_until(s, now_us, read_us) - read_us;
		const int64_t skip_us =
			us_from_samples((int64_t)pipe_pace_skip(&p, in_pipe_us, now_us));
		assert_row_in_range(s->name, skip_us, 0, s->skip_max_us);
		read_us += skip_us;
		in_pipe_us -= skip_us;
		if (in_pipe_us < READ_US) {
			now_us += US_PER_MS;
			continue;
		}
		read_us += READ_US;
		capture_us = pipe_pace_put(&p, READ_US * SAMPLES_PER_MS / US_PER_MS,
			in_pipe_us - READ_US, in_pipe_us - READ_US > PIPE_US - 80000, now_us);
		if (capture_us + READ_US > now_us)
			now_us = capture_us + READ_US;
		if (now_us > 10 * US_PER_SECOND && read_us - now_us > fastest_us)
			fastest_us = read_us - now_us;
	}
	if (s->rate == 0) { /* a file is not played faster than it sounds */
		assert_row_in_range(s->name, fastest_us, 0, s->delay_max_us);
		return;
	}
	const int64_t delay_us = now_us - captured_at(s, read_us);
	assert_row_in_range(s->name, delay_us, 0, s->delay_max_us);
	const int64_t error_us = capture_us + READ_US - captured_at(s, read_us);
	assert_row_in_range(s->name, error_us, -5000, s->told_error_max_us);
}

static void no_delay_stays(void **state)
{
	static const struct scenario rows[] = {
		{ .name = "in step", .rate = 1, .delay_max_us = 25000, .told_error_max_us = 25000 },
		{ .name = "0.5 % fast",
			.rate = 1.005,
			.delay_max_us = 40000,
			.told_error_max_us = 40000 },
		{ .name = "0.5 % slow",
			.rate = 0.995,
			.delay_max_us = 25000,
			.told_error_max_us = 25000 },
		{ .name = "in the pipe before",
			.rate = 1,
			.before_us = 300000,
			.skip_max_us = 310000,
			.delay_max_us = 40000,
			.told_error_max_us = 40000 },
		{ .name = "we were stopped",
			.rate = 1,
			.stop_at_us = 20000000,
			.stop_us = 500000,
			.skip_max_us = 520000,
			.delay_max_us = 25000,
			.told_error_max_us = 25000 },
		{ .name = "the source paused and kept it",
			.rate = 1,
			.pause_at_us = 20000000,
			.pause_us = 500000,
			.skip_max_us = 500000,
			.delay_max_us = 40000,
			.told_error_max_us = 40000 },
		{ .name = "a decoder", .delay_max_us = 1000000 },
		{ .name = "a decoder, and we were stopped",
			.stop_at_us = 20000000,
			.stop_us = 300000,
			.delay_max_us = 1000000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		run(&rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_delay_stays) };
	return cmocka_run_group_tests_name("pipe_pace", tests, NULL, NULL);
}
