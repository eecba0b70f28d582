/* A frame that arrives too late to be played makes the following sound as if it had been in
 * time. */
#include "receiver/sound/repair.h"

#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { FRAMES = 60, MISSING = 33, DELAY_MS = 40, NEVER = -1 };

struct row {
	const char *name;
	enum profile profile;
	int frame_samples;
	int n_copies;
	int n_missing;	 /* from frame MISSING on */
	int late_frames; /* that have been played when the missing ones come */
	bool is_mended;
};

static struct sent_stream send(const struct row *row)
{
	struct send_stream_config config = rehearsal_config(row->n_copies, 48000);
	int limit;

	config.profile = row->profile;
	config.frame_samples = row->frame_samples;
	assert_int_equal(redundancy_share(&config.redundancy, row->frame_samples, 48000, 0, &limit),
		REDUNDANCY_OK);
	return sent_stream_make(&config, FRAMES, 0, 0);
}

/* Plays the stream; the missing frames' packets come when `late` frames have been due. */
static struct listener play(const struct row *row, const struct sent_stream *sent, int late)
{
	const int64_t frame_us = us_from_samples(row->frame_samples);
	struct listener l = listener_begin(DELAY_MS * US_PER_MS, 120);

	for (int i = 0; i < FRAMES; i++) {
		const struct sent_datagram *const s = &sent->datagrams[i];
		const bool is_missing = i >= MISSING && i < MISSING + row->n_missing;
		if (late == 0 || !is_missing)
			listener_hear(&l, s->bytes, s->n_bytes, s->sent_us);
		/* A moment before the next one is due. */
		const int next = MISSING + row->n_missing + late - 1;
		const int64_t until_us =
			sent->datagrams[next].sent_us + DELAY_MS * US_PER_MS - 1000;
		for (int k = MISSING; late > 0 && k < MISSING + row->n_missing; k++)
			if (s->sent_us <= until_us && s->sent_us + frame_us > until_us) {
				listener_run_until(&l, until_us);
				listener_hear(&l, sent->datagrams[k].bytes,
					sent->datagrams[k].n_bytes, until_us);
			}
	}
	listener_run_until(&l, FRAMES * frame_us + DELAY_MS * US_PER_MS);
	return l;
}

/* How far two listeners are from each other within one frame's time, against its level. */
static double distance(
	const struct row *row, const struct listener *a, const struct listener *b, int frame)
{
	const int64_t begin = (int64_t)(frame + 1) * row->frame_samples + DELAY_MS * SAMPLES_PER_MS;
	double difference = 0, level = 1e-9;

	for (int64_t i = begin * RECV_CHANNELS; i < (begin + row->frame_samples) * RECV_CHANNELS;
		i++) {
		const double x = (double)a->heard[i], d = x - (double)b->heard[i];
		difference += d * d;
		level += x * x;
	}
	return sqrt(difference / level);
}

static void what_follows_is_as_it_should_be(void **state)
{
	static const struct row rows[] = {
		{ "late by one", PROFILE_VOICE, 960, 0, 1, 1, true },
		{ "late by two", PROFILE_VOICE, 960, 0, 1, 2, true },
		{ "late by three", PROFILE_VOICE, 960, 0, 1, 3, true },
		{ "too late", PROFILE_VOICE, 960, 0, 1, 4, false },
		{ "never", PROFILE_VOICE, 960, 0, 1, NEVER, false },
		{ "two in a row", PROFILE_VOICE, 960, 0, 2, 1, true },
		{ "three in a row", PROFILE_VOICE, 960, 0, 3, 1, true },
		{ "six in a row", PROFILE_VOICE, 960, 0, 6, 1, true },
		{ "seven in a row", PROFILE_VOICE, 960, 0, 7, 1, false },
		{ "a copy was played", PROFILE_VOICE, 960, 1, 1, 1, true },
		{ "10 ms", PROFILE_VOICE, 480, 0, 1, 2, true },
		{ "music", PROFILE_MUSIC, 960, 0, 1, 1, true },
		{ "5 ms", PROFILE_LOWDELAY, 240, 0, 2, 3, true },
		{ "2.5 ms", PROFILE_LOWDELAY, 120, 0, 1, 1, true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct row *const row = &rows[i];
		struct sent_stream sent = send(row);
		struct listener whole = play(row, &sent, 0);
		struct listener lost = play(row, &sent, NEVER);
		struct listener late = play(row, &sent, row->late_frames);
		const int after = MISSING + row->n_missing + row->late_frames; /* faded over */
		assert_true(distance(row, &whole, &lost, MISSING) > 0);
		assert_row_equal(row->name, listener_stats(&late).repairs, row->is_mended);
		assert_row_equal(row->name, listener_stats(&lost).repairs, 0);
		if (row->is_mended) {
			assert_row_equal(
				row->name, distance(row, &whole, &late, after) < 1e-6, true);
			assert_row_equal(
				row->name, distance(row, &whole, &lost, after) > 1e-4, true);
		} else {
			assert_row_equal(
				row->name, distance(row, &lost, &late, MISSING + 8) < 1e-6, true);
		}
		listener_end(&whole);
		listener_end(&lost);
		listener_end(&late);
		sent_stream_end(&sent);
	}
}

/* No step where the repaired sound begins: no second difference larger than in the sent sound. */
static void the_sound_fades_over(void **state)
{
	static const struct row row = { "fade", PROFILE_VOICE, 960, 0, 1, 1, true };
	struct sent_stream sent = send(&row);
	struct listener whole = play(&row, &sent, 0), late = play(&row, &sent, 1);
	float steps[2] = { 0, 0 };
	(void)state;
	for (size_t i = 2; i < whole.n_heard - 1; i++)
		for (int k = 0; k < 2; k++) {
			const float *const h = (k == 0 ? whole : late).heard + 2 * i;
			steps[k] = fmaxf(steps[k], fabsf(h[-2] - 2 * h[0] + h[2]));
		}
	assert_true(steps[1] < 1.1F * steps[0]);
	listener_end(&whole);
	listener_end(&late);
	sent_stream_end(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_follows_is_as_it_should_be),
		cmocka_unit_test(the_sound_fades_over),
	};
	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
