/* That the player makes the decoder try less hard when its calls take too long, by times that the
 * test makes up. */
#include "receiver/player.h"

#include "common/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <opus/opus.h>
#include <string.h>

enum { BLOCK = 240, FRAMES = 40, LOST_FROM = 10 };

/* Frames come, and then nothing more: the decoder guesses. Answers the complexity at the end, and
 * how many blocks it took until it was below the first one. */
static int play(int complexity, int64_t took_us, int *n_blocks)
{
	static struct player player;
	const struct recv_stream_config config = {
		.delay = { .fixed_us = 20 * US_PER_MS },
		.decoder_complexity = complexity,
	};
	const struct send_stream_config sending = rehearsal_config(0, 32000);
	struct sent_stream sent = sent_stream_make(&sending, FRAMES, 0, 0);
	float samples[BLOCK * RECV_CHANNELS];
	int64_t now_us = 0;

	assert_int_equal(player_init(&player, &config, false), STATUS_OK);
	*n_blocks = 0;
	for (size_t i = 0; i < FRAMES; i++) {
		const struct sent_datagram *const s = &sent.datagrams[i];
		if (i < LOST_FROM) {
			struct player_datagram *const d = player_begin_datagram(&player);
			memcpy(d->data, s->bytes, s->n_bytes);
			d->n_bytes = s->n_bytes;
			d->arrival_us = s->sent_us;
			player_commit_datagram(&player);
		}
		for (; now_us < s->sent_us; now_us += us_from_samples(BLOCK)) {
			const struct player_block block = {
				.samples = samples,
				.n_samples = BLOCK,
				.now_us = now_us,
			};
			player_pull(&player, &block);
			player_took(&player, took_us, BLOCK);
			*n_blocks += recv_stream_complexity(player.stream) == complexity;
		}
	}
	const int last = recv_stream_complexity(player.stream);
	struct player_snapshot snapshot;
	player_snapshot(&player, now_us, &snapshot);
	assert_int_equal(snapshot.stats.decoder_complexity, last);
	player_end(&player);
	sent_stream_end(&sent);
	return last;
}

static void decoding_steps_down_when_it_takes_too_long(void **state)
{
	int n_blocks;
	(void)state;
	if (play(5, 0, &n_blocks) < 0) {
		print_message("skipped: %s has no decoder complexity, libopus 1.5 would\n",
			opus_get_version_string());
		skip();
	}
	assert_int_equal(play(5, 2400, &n_blocks), 5);
	assert_int_equal(n_blocks, FRAMES * 4);
	assert_int_equal(play(5, 2600, &n_blocks), 0);
	assert_in_range(n_blocks, 3, 60);
	assert_int_equal(play(10, 2600, &n_blocks), 0);
	assert_int_equal(play(0, 9000, &n_blocks), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_steps_down_when_it_takes_too_long),
	};
	return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
