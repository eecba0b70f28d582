/* The receiver as a whole: packet sequences as rows, and what each frame was played from. */
#include "receiver/recv_stream.h"

#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { TRIP_US = 10000, FRAME_US = 20000, DELAY_US = 100000 };

/* The fate of packets as a string:
 *   .  arrives after 10 ms          x  is lost
 *   d  arrives twice                l  arrives 300 ms later than its time: too late
 *   s  arrives 30 ms later than its time: after the next one, yet in time */
static void deliver(struct listener *l, const struct sent_stream *sent, const char *fates)
{
	const int64_t n = (int64_t)sent->n_frames;
	const int64_t n_fates = (int64_t)strlen(fates);
	/* Steps of 10 ms; the packets due in a step are found by looking back at those that may
	 * be. */
	for (int64_t step = 0; step < 2 * n + 40; step++) {
		for (int64_t i = 0; i < n && i < n_fates; i++) {
			const struct sent_datagram *const d = &sent->datagrams[i];
			const char fate = fates[i];
			int64_t late_us = fate == 'l' ? 300000 : fate == 's' ? 30000 : 0;
			const int64_t arrival_us = d->sent_us + TRIP_US + late_us;
			if (fate == 'x' || floor_div(arrival_us, 10000) != step)
				continue;
			listener_hear(l, d->bytes, d->n_bytes, arrival_us);
			if (fate == 'd')
				listener_hear(l, d->bytes, d->n_bytes, arrival_us);
		}
	}
	listener_run_until(l, (n + 20) * FRAME_US);
}

struct fate_row {
	const char *name;
	int n_copies, distances[4];
	const char *fates;
	int primary, redundant, concealed; /* the tail after the last packet left out */
	int lost, late, duplicate, reordered;
};

static void play_row(const struct fate_row *row)
{
	struct send_stream_config config = rehearsal_config(row->n_copies, 64000);
	for (int i = 0; i < row->n_copies; i++)
		config.redundancy.distances[i] = row->distances[i];
	struct sent_stream sent = sent_stream_make(&config, strlen(row->fates), 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);

	deliver(&l, &sent, row->fates);
	const struct recv_stats stats = listener_stats(&l);
	assert_row_equal(row->name, stats.frames[PLAYOUT_PRIMARY], row->primary);
	assert_row_equal(row->name, stats.frames[PLAYOUT_REDUNDANT], row->redundant);
	assert_row_equal(row->name, stats.frames[PLAYOUT_CONCEALED], row->concealed);
	assert_row_equal(row->name, stats.frames[PLAYOUT_SILENT], 0);
	assert_row_equal(row->name, stats.frames[PLAYOUT_FEC], 0);
	assert_row_equal(row->name, stats.packets_lost, row->lost);
	assert_row_equal(row->name, stats.packets_late, row->late);
	assert_row_equal(row->name, stats.packets_duplicate, row->duplicate);
	assert_row_equal(row->name, stats.packets_reordered, row->reordered);
	assert_row_equal(row->name, stats.packets_rejected, 0);
	assert_row_equal(row->name, stats.decode_failures, 0);
	listener_check_sums(&l, row->name);
	listener_end(&l);
	sent_stream_end(&sent);
}

static void each_frame_is_played_by_the_best_means(void **state)
{
	static const struct fate_row rows[] = {
		{ "all arrive", 0, { 0 }, "....................", 20, 0, 0, 0, 0, 0, 0 },
		{ "all arrive, copies", 1, { 1 }, "....................", 20, 0, 0, 0, 0, 0, 0 },
		{ "one lost", 0, { 0 }, "..........x.........", 19, 0, 1, 1, 0, 0, 0 },
		{ "one lost, copy", 1, { 1 }, "..........x.........", 19, 1, 0, 1, 0, 0, 0 },
		{ "every 5th", 0, { 0 }, "....x....x....x.....", 17, 0, 3, 3, 0, 0, 0 },
		{ "every 5th, copy", 1, { 1 }, "....x....x....x.....", 17, 3, 0, 3, 0, 0, 0 },
		{ "every other, copy", 1, { 1 }, ".x.x.x.x.x.x.x.x.x..", 11, 9, 0, 9, 0, 0, 0 },
		{ "two in a row, one copy", 1, { 1 }, ".......xx...........", 18, 1, 1, 2, 0, 0,
			0 },
		{ "two in a row, two copies", 2, { 1, 2 }, ".......xx...........", 18, 2, 0, 2, 0,
			0, 0 },
		{ "three in a row, 1 and 2 back", 2, { 1, 2 }, ".......xxx..........", 17, 2, 1, 3,
			0, 0, 0 },
		{ "three in a row, 1 and 3 back", 2, { 1, 3 }, ".......xxx..........", 17, 3, 0, 3,
			0, 0, 0 },
		{ "three in a row, 3 back", 1, { 3 }, ".......xxx..........", 17, 3, 0, 3, 0, 0,
			0 },
		{ "four in a row, 3 back", 1, { 3 }, ".......xxxx.........", 16, 3, 1, 4, 0, 0, 0 },
		{ "a copy that comes too late", 1, { 4 }, "..........x.........", 19, 1, 0, 1, 0, 0,
			0 },
		{ "the first one lost", 0, { 0 }, "x...................", 19, 0, 0, 0, 0, 0, 0 },
		{ "the first one lost, copy", 1, { 1 }, "x...................", 19, 1, 0, 0, 0, 0,
			0 },
		{ "the last one lost", 1, { 1 }, "...................x", 19, 0, 0, 0, 0, 0, 0 },
		{ "nothing but the first", 0, { 0 }, ".xxxxxxxxxxxxxxxxxxx", 1, 0, 0, 0, 0, 0, 0 },
		{ "duplicates", 1, { 1 }, "..d...d....dddd.....", 20, 0, 0, 0, 0, 6, 0 },
		{ "late", 0, { 0 }, "..........l.........", 19, 0, 1, 0, 1, 0, 1 },
		{ "late, copy", 1, { 1 }, "..........l.........", 19, 1, 0, 0, 1, 0, 1 },
		{ "swapped", 0, { 0 }, "....s.....s...s.....", 20, 0, 0, 0, 0, 0, 3 },
		{ "swapped and lost", 1, { 1 }, "....sx....s...s.....", 19, 1, 0, 1, 0, 0, 2 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		play_row(&rows[i]);
}

/* Beyond the level of the sound: it must also be at the right time. */
static void what_is_heard_is_what_was_sent_after_the_constant_delay(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 100, 0, 0);
	struct listener l = listener_begin(60000, 480);
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++)
		listener_hear(&l, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes,
			sent.datagrams[i].sent_us + TRIP_US);
	listener_run_until(&l, 120 * FRAME_US);
	/* The first frame is full at 20 ms, arrives at 30, is played at 90. */
	assert_int_equal(l.last_record.output_sample - l.last_record.timestamp,
		samples_from_us(90000) - INT64_C(0x100000000) - 5000);
	assert_int_equal(l.last_record.seq, 0x10000 + 1000 + 99);
	assert_int_equal(l.last_record.playout_delay_us, 60000);
	assert_int_equal(l.last_record.target_us, 60000);
	assert_true(listener_peak(&l, 0, 90000) == 0);
	assert_true(listener_peak(&l, 90000, 500000) > 0.1F);
	const struct recv_stats stats = listener_stats(&l), none = { 0 };
	assert_float_equal(recv_stats_delay_ms(&stats, &none), 60, 1e-9);
	listener_end(&l);
	sent_stream_end(&sent);
}

/* Blocks of any size get the same samples, in the same order. */
static void devices_may_ask_for_blocks_of_any_size(void **state)
{
	static const size_t blocks[] = { 1, 47, 480, 5000 };
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 60, 0, 0);
	struct listener reference = listener_begin(DELAY_US, 480);
	(void)state;
	deliver(&reference, &sent, "........x........x.........xx....................s..........");
	for (size_t b = 0; b < N_ROWS(blocks); b++) {
		/* The delay is that of the blocks' own steps longer. */
		struct listener l = listener_begin(DELAY_US, blocks[b]);
		size_t at = 0, reference_at = 0;
		deliver(&l, &sent, "........x........x.........xx....................s..........");
		while (at < l.n_heard && l.heard[at] == 0)
			at++;
		while (reference_at < reference.n_heard && reference.heard[reference_at] == 0)
			reference_at++;
		assert_true(at < l.n_heard && reference_at < reference.n_heard);
		assert_memory_equal(l.heard + at, reference.heard + reference_at,
			50 * 960 * RECV_CHANNELS * sizeof *l.heard);
		assert_in_range(at / RECV_CHANNELS, samples_from_us(130000) - 480,
			(size_t)samples_from_us(130000) + 480 + blocks[b]);
		listener_check_sums(&l, "blocks");
		listener_end(&l);
	}
	listener_end(&reference);
	sent_stream_end(&sent);
}

/* Speech and pauses of a second from a sender with DTX: the pauses are silence, not loss. */
static void silence_that_is_not_sent_is_no_loss(void **state)
{
	static const struct {
		const char *name;
		int every_lost; /* 0: none */
		int n_copies;
	} rows[] = { { "no loss", 0, 0 }, { "no loss, copies", 0, 1 }, { "loss", 7, 0 } };
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct send_stream_config config = rehearsal_config(rows[r].n_copies, 48000);
		config.dtx = true;
		/* It ends in the middle of a phrase, so that all is judged at the end. */
		struct sent_stream sent = sent_stream_make(&config, 360, SAMPLES_PER_SECOND, 0);
		struct listener l = listener_begin(DELAY_US, 480);
		int n_lost = 0;
		int n_sent = 0;

		for (size_t i = 0; i < sent.n_frames; i++) {
			const struct sent_datagram *const d = &sent.datagrams[i];
			const bool is_last = i + 1 == sent.n_frames;
			n_sent += d->n_bytes > 0;
			if (d->n_bytes > 0 && rows[r].every_lost > 0 && !is_last &&
				n_sent % rows[r].every_lost == 0)
				n_lost++;
			else
				listener_hear(&l, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
		}
		listener_run_until(&l, 380 * FRAME_US);
		const struct recv_stats stats = listener_stats(&l);
		assert_true(sent.stats.frames_silent > 60);
		assert_row_equal(
			rows[r].name, stats.frames[PLAYOUT_SILENT], sent.stats.frames_silent);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_CONCEALED], n_lost);
		assert_row_equal(rows[r].name, stats.packets_lost, n_lost);
		assert_row_equal(rows[r].name, recv_stats_frames_played(&stats), 360);
		listener_check_sums(&l, rows[r].name);
		listener_end(&l);
		sent_stream_end(&sent);
	}
}

static void set_type(uint8_t *at, uint8_t opus_type, uint8_t red_type)
{
	*at = (uint8_t)((*at & 0x80) | ((*at & 0x7F) == RTP_TYPE_OPUS ? opus_type : red_type));
}

/* As a session description may say: one copy of the frame before, every fifth packet lost. */
static void payload_types_are_the_ones_configured(void **state)
{
	static const struct {
		const char *name;
		uint8_t opus_type, red_type; /* as sent */
		uint8_t opus_heard, red_heard;
		int primary, redundant, concealed; /* the first packet is a plain one */
	} rows[] = {
		{ "the usual", 111, 63, 0, 0, 16, 3, 0 },
		{ "the usual, as said", 111, 63, 111, 63, 16, 3, 0 },
		{ "others", 96, 100, 96, 100, 16, 3, 0 },
		{ "others, unknown", 96, 100, 0, 0, 0, 0, 0 },
		{ "exchanged", 63, 111, 63, 111, 16, 3, 0 },
		{ "Opus known, RED not", 96, 100, 96, 0, 1, 0, 0 },
	};
	struct send_stream_config config = rehearsal_config(1, 64000);
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		const struct recv_stream_config heard = {
			.delay = { .fixed_us = DELAY_US, .max_us = 500000 },
			.opus_type = rows[r].opus_heard,
			.red_type = rows[r].red_heard,
		};
		struct sent_stream sent = sent_stream_make(&config, 20, 0, 0);
		struct listener l = listener_begin(DELAY_US, 480);
		assert_int_equal(recv_stream_init(&l.stream, l.memory, &heard), STATUS_OK);
		for (size_t i = 0; i < sent.n_frames; i++) {
			uint8_t *const bytes = sent.datagrams[i].bytes;
			if ((bytes[1] & 0x7F) == RTP_TYPE_RED) {
				set_type(bytes + 12, rows[r].opus_type, rows[r].red_type);
				set_type(bytes + 16, rows[r].opus_type, rows[r].red_type);
			}
			set_type(bytes + 1, rows[r].opus_type, rows[r].red_type);
		}
		deliver(&l, &sent, "....x....x....x....x");
		const struct recv_stats stats = listener_stats(&l);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_PRIMARY], rows[r].primary);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_REDUNDANT], rows[r].redundant);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_CONCEALED], rows[r].concealed);
		assert_row_equal(rows[r].name, stats.packets_rejected + stats.packets_other,
			16 - rows[r].primary);
		listener_end(&l);
		sent_stream_end(&sent);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_frame_is_played_by_the_best_means),
		cmocka_unit_test(what_is_heard_is_what_was_sent_after_the_constant_delay),
		cmocka_unit_test(devices_may_ask_for_blocks_of_any_size),
		cmocka_unit_test(silence_that_is_not_sent_is_no_loss),
		cmocka_unit_test(payload_types_are_the_ones_configured),
	};
	return cmocka_run_group_tests_name("recv_stream", tests, NULL, NULL);
}
