/* Deep redundancy: a burst of lost packets is brought back from the next one, where both sides'
 * libopus can; without it nothing changes. */
#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <opus/opus.h>
#include <stdlib.h>

enum { FRAMES = 100, LOST_FROM = 50, N_LOST = 4, DELAY_MS = 150, TRIP_US = 10000 };

static bool library_has_dred(void)
{
	const struct encoder_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = 960,
		.primary_bps = 32000,
		.dred_ms = 200,
	};
	static struct encoder e;
	void *const memory = malloc(encoder_bytes(1));
	assert_int_equal(encoder_init(&e, memory, &config), STATUS_OK);
	free(memory);
	return e.has_dred;
}

static void skip_without_dred(void)
{
	if (library_has_dred())
		return;
	print_message("skipped: this %s is built without DRED (configure --enable-dred)\n",
		opus_get_version_string());
	skip();
}

static struct recv_stats play(int dred_ms, int frame_samples)
{
	const int kbps = frame_samples < 960 ? 64 : 32; /* shorter frames leave less for it */
	struct send_stream_config config = rehearsal_config(0, kbps * 1000);
	config.dred_ms = dred_ms;
	config.frame_samples = frame_samples;
	struct sent_stream sent = sent_stream_make(&config, FRAMES, 0, 0);
	struct listener l = listener_begin(DELAY_MS * US_PER_MS, 240);
	for (size_t i = 0; i < FRAMES; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		if (i < LOST_FROM || i >= LOST_FROM + N_LOST)
			listener_hear(&l, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
	}
	listener_run_until(&l, FRAMES * us_from_samples(frame_samples) + DELAY_MS * US_PER_MS);
	listener_check_sums(&l, "dred");
	const struct recv_stats stats = listener_stats(&l);
	listener_end(&l);
	sent_stream_end(&sent);
	return stats;
}

static void a_burst_is_brought_back(void **state)
{
	(void)state;
	skip_without_dred();
	const struct recv_stats stats = play(200, 960);
	assert_int_equal(stats.frames[PLAYOUT_DRED], N_LOST);
	assert_int_equal(stats.frames[PLAYOUT_CONCEALED], 0);
	assert_int_equal(play(200, 480).frames[PLAYOUT_DRED], N_LOST);
}

/* Further back than it reaches: concealment. */
static void beyond_its_reach_is_concealed(void **state)
{
	(void)state;
	skip_without_dred();
	const struct recv_stats stats = play(40, 960);
	assert_in_range(stats.frames[PLAYOUT_DRED], 1, N_LOST - 1);
	assert_int_equal(stats.frames[PLAYOUT_DRED] + stats.frames[PLAYOUT_CONCEALED], N_LOST);
}

/* Not configured, or not available: concealment, and no error. */
static void without_it_nothing_changes(void **state)
{
	(void)state;
	assert_int_equal(play(0, 960).frames[PLAYOUT_CONCEALED], N_LOST);
	assert_int_equal(play(0, 960).frames[PLAYOUT_DRED], 0);
	if (!library_has_dred())
		assert_int_equal(play(200, 960).frames[PLAYOUT_CONCEALED], N_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_brought_back),
		cmocka_unit_test(beyond_its_reach_is_concealed),
		cmocka_unit_test(without_it_nothing_changes),
	};
	return cmocka_run_group_tests_name("dred", tests, NULL, NULL);
}
