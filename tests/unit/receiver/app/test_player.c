/* The playout callback's work, with times made up by the test: the effort follows the duration of
 * calls, and what a pull paced by the clock takes and reports. */
#include "receiver/app/player.h"

#include "common/base/units.h"
#include "common/rtp/ntp.h"
#include "common/rtp/rtcp_writer.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <opus/opus.h>
#include <string.h>

enum { BLOCK = 240, FRAMES = 40, LOST_FROM = 10, LATE_FRAMES = 200 };

/* Frames arrive, and then nothing more: the decoder conceals. Returns the complexity at the end,
 * and how many blocks it took to fall below the first one. */
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

struct pulled {
	float samples[LATE_FRAMES * 4 * BLOCK * RECV_CHANNELS];
	size_t n_samples;
	int n_reports;
};

/* Neural where libopus took the complexity, which it does from 1.5 on. */
static void check_receiver(const struct recv_stream *stream, const struct rtcp_receiver *told)
{
	assert_int_equal(told->concealment,
		recv_stream_complexity(stream) >= 5 ? CONCEALMENT_NEURAL : CONCEALMENT_PLAIN);
	if (told->has_transit) /* a frame's time, and no network's */
		assert_in_range(told->transit_us, 20 * US_PER_MS - 1, 20 * US_PER_MS + 1);
}

/* A stream with a sender report in it, pulled by a thread that is always late_us late. The report
 * sent back quotes the sender report's age at that time. */
static void pull_late(int64_t late_us, struct pulled *pulled)
{
	static struct player player;
	const struct recv_stream_config config = {
		.delay = { .fixed_us = 20 * US_PER_MS },
		.decoder_complexity = 5,
		.rtcp = rtcp_session_named(2, "receiver", 2, 0),
	};
	const struct send_stream_config sending = rehearsal_config(0, 32000);
	struct sent_stream sent = sent_stream_make(&sending, LATE_FRAMES, 0, 0);
	int64_t now_us = 0, told_us = -1;

	assert_int_equal(player_init(&player, &config, false), STATUS_OK);
	memset(pulled, 0, sizeof *pulled);
	for (size_t i = 0; i < LATE_FRAMES; i++) {
		const struct sent_datagram *const s = &sent.datagrams[i];
		struct player_datagram *d = player_begin_datagram(&player);
		memcpy(d->data, s->bytes, s->n_bytes);
		d->n_bytes = s->n_bytes;
		d->arrival_us = s->sent_us;
		player_commit_datagram(&player);
		if (i == 5) {
			const struct rtcp_sender_info info = { .ntp = UINT64_C(77) << 32 };
			d = player_begin_datagram(&player);
			struct rtcp_writer w = rtcp_writer_over(d->data, sizeof d->data);
			rtcp_write_sr(&w, sending.rtp.ssrc, &info, NULL, 0);
			d->n_bytes = w.n_bytes;
			d->arrival_us = s->sent_us;
			told_us = s->sent_us;
			player_commit_datagram(&player);
		}
		for (; now_us < s->sent_us; now_us += us_from_samples(BLOCK)) {
			const struct player_block block = {
				.samples = pulled->samples + pulled->n_samples * RECV_CHANNELS,
				.n_samples = BLOCK,
				.now_us = now_us,
				.is_paced = true,
				.late_us = late_us,
			};
			struct player_report r;
			struct rtcp_reader reader;
			struct rtcp_item item;
			player_pull(&player, &block);
			pulled->n_samples += BLOCK;
			if (!player_next_report(&player, &r) || told_us < 0 || now_us < told_us)
				continue;
			assert_int_equal(rtcp_open(&reader, r.data, r.n_bytes), STATUS_OK);
			while (rtcp_next(&reader, &item)) {
				if (item.kind == RTCP_RECEIVER)
					check_receiver(player.stream, &item.receiver);
				if (item.kind != RTCP_REPORT || item.report.last_sr == 0)
					continue;
				assert_int_equal(item.report.delay_since_sr,
					ntp_delay_units(now_us + late_us - told_us));
				pulled->n_reports++;
			}
		}
	}
	player_end(&player);
	sent_stream_end(&sent);
}

/* Only the reports know of it: the sound is the same, sample by sample. */
static void a_late_thread_dates_its_reports_truly(void **state)
{
	static struct pulled in_time, late;
	(void)state;
	pull_late(0, &in_time);
	pull_late(700 * US_PER_MS, &late);
	assert_true(in_time.n_reports > 0 && late.n_reports > 0);
	assert_int_equal(in_time.n_samples, late.n_samples);
	assert_memory_equal(in_time.samples, late.samples, sizeof late.samples);
}

/* A paced pull stands for a device that would have pulled in time: datagrams that arrived after the
 * block was due belong to the next block. A device's own pull takes everything that has arrived. */
static void a_paced_pull_takes_what_came_before_it_was_due(void **state)
{
	static const struct {
		const char *name;
		bool is_paced;
		int64_t now_us;
		int64_t n_received; /* of the datagrams that came at 20, 40 and 60 ms */
	} rows[] = {
		{ "paced, before the first", true, 19999, 0 },
		{ "paced, with the first", true, 20000, 1 },
		{ "paced, after the second", true, 55000, 2 },
		{ "paced, after all", true, 70000, 3 },
		{ "a device's", false, 19999, 3 },
	};
	const struct recv_stream_config config = { .delay = { .fixed_us = 100 * US_PER_MS } };
	const struct send_stream_config sending = rehearsal_config(0, 32000);
	struct sent_stream sent = sent_stream_make(&sending, 3, 0, 0);
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		static struct player player;
		struct player_snapshot snapshot;
		float samples[BLOCK * RECV_CHANNELS];
		const struct player_block block = {
			.samples = samples,
			.n_samples = BLOCK,
			.now_us = rows[r].now_us,
			.is_paced = rows[r].is_paced,
			.late_us = 70 * US_PER_MS,
		};
		assert_int_equal(player_init(&player, &config, false), STATUS_OK);
		for (size_t i = 0; i < sent.n_frames; i++) {
			struct player_datagram *const d = player_begin_datagram(&player);
			memcpy(d->data, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes);
			d->n_bytes = sent.datagrams[i].n_bytes;
			d->arrival_us = sent.datagrams[i].sent_us;
			player_commit_datagram(&player);
		}
		player_pull(&player, &block);
		player_snapshot(&player, rows[r].now_us, &snapshot);
		assert_row_equal(rows[r].name, snapshot.stats.packets_received, rows[r].n_received);
		player_end(&player);
	}
	sent_stream_end(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_steps_down_when_it_takes_too_long),
		cmocka_unit_test(a_late_thread_dates_its_reports_truly),
		cmocka_unit_test(a_paced_pull_takes_what_came_before_it_was_due),
	};
	return cmocka_run_group_tests_name("player", tests, NULL, NULL);
}
