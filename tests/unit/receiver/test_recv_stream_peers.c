/* Streams as other programs send them: each packet is played, in its place, and what is told is right. */
#include "receiver/recv_stream.h"

#include "common/base/units.h"
#include "common/rtp/rtp.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { TRIP_US = 10000, FRAME_US = 20000, DELAY_US = 100000, FRAMES = 200, FIRST = 5000 };

/* A sender of our frames with headers of its own. */
struct peer {
	const char *name;
	double ticks_per_frame;
	int wobble;   /* ticks early or late, at most */
	int64_t leap; /* ticks that the timestamps leap by in the middle */
	uint8_t type; /* payload type; 0: 111 */
	int n_copies;
	int every_lost; /* 0: none */
	int most_concealed;
};

static int64_t timestamp_of(const struct peer *p, struct dice *dice, size_t i)
{
	const int64_t off =
		p->wobble > 0 ? (int64_t)dice_below(dice, 2 * (uint32_t)p->wobble + 1) - p->wobble
			      : 0;
	return FIRST + llround(p->ticks_per_frame * (double)i) + off +
	       (i >= FRAMES / 2 ? p->leap : 0);
}

/* The copy's offset, in the one block of RED that there is, moves with the timestamps. */
static void set_offset(uint8_t *datagram, int64_t offset)
{
	uint8_t *const head =
		datagram + RTP_HEADER_BYTES + (datagram[0] & 0x10 ? RTP_EXTENSION_BYTES : 0);

	head[1] = (uint8_t)(offset >> 6);
	head[2] = (uint8_t)((offset & 0x3F) << 2 | (head[2] & 3));
}

static void hear_peer(struct listener *l, struct sent_stream *sent, const struct peer *p)
{
	struct dice dice = { 42 };
	int64_t before = 0;

	for (size_t i = 0; i < sent->n_frames; i++) {
		struct sent_datagram *const d = &sent->datagrams[i];
		const int64_t timestamp = timestamp_of(p, &dice, i);
		datagram_restamp(d->bytes, (uint16_t)(65500 + i), (uint32_t)(uint64_t)timestamp);
		if ((d->bytes[1] & 0x7F) == RTP_TYPE_RED)
			set_offset(d->bytes, timestamp - before);
		else if (p->type != 0)
			d->bytes[1] = (uint8_t)((d->bytes[1] & 0x80) | p->type);
		before = timestamp;
		if (p->every_lost == 0 || (int)i % p->every_lost != p->every_lost - 1)
			listener_hear(l, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
	}
	listener_run_until(l, (FRAMES + 20) * FRAME_US);
}

static void all_is_played(void **state)
{
	static const struct peer peers[] = {
		{ "as it should be", 960, 0, 0, 0, 0, 0, 0 },
		{ "give or take one", 960, 1, 0, 0, 0, 0, 0 },
		{ "give or take 48", 960, 48, 0, 0, 0, 0, 0 },
		{ "give or take 48, copies and loss", 960, 48, 0, 0, 1, 5, 0 },
		{ "give or take 4 ms", 960, 192, 0, 0, 0, 0, 0 },
		{ "100 ppm fast", 960.096, 0, 0, 0, 0, 0, 0 },
		{ "24000 Hz", 480, 0, 0, 0, 0, 0, 0 },
		{ "16000 Hz", 320, 0, 0, 0, 0, 0, 0 },
		{ "8000 Hz, loss", 160, 0, 0, 0, 0, 10, FRAMES / 10 },
		{ "no clock", 0, 0, 0, 0, 0, 0, 0 },
		{ "a leap of five seconds", 960, 0, 240000, 0, 0, 0, 0 },
		{ "a leap back", 960, 0, -4000, 0, 0, 0, 0 },
		{ "FFmpeg's type", 960, 0, 0, 97, 0, 0, 0 },
		{ "GStreamer's type", 960, 0, 0, 96, 0, 0, 0 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(peers); r++) {
		const struct peer *const p = &peers[r];
		const struct send_stream_config config = rehearsal_config(p->n_copies, 64000);
		struct sent_stream sent = sent_stream_make(&config, FRAMES, 0, 0);
		struct listener l = listener_begin(DELAY_US, 480);
		const int n_lost = p->every_lost > 0 ? FRAMES / p->every_lost : 0;
		hear_peer(&l, &sent, p);
		const struct recv_stats stats = listener_stats(&l);
		assert_row_equal(p->name, stats.packets_received, FRAMES - n_lost);
		assert_row_equal(p->name, stats.frames[PLAYOUT_PRIMARY], FRAMES - n_lost);
		assert_row_in_range(p->name, stats.frames[PLAYOUT_CONCEALED], 0, p->most_concealed);
		assert_row_equal(p->name, stats.packets_rejected, 0);
		assert_row_equal(p->name, stats.packets_late, 0);
		assert_row_equal(p->name, stats.frames[PLAYOUT_SILENT], 0);
		assert_row_equal(p->name, stats.guessed_type, p->type);
		assert_row_equal(p->name, stats.clock_hz,
			p->ticks_per_frame > 0 && p->ticks_per_frame < 900 ? p->ticks_per_frame * 50
									   : 48000);
		listener_check_sums(&l, p->name);
		listener_end(&l);
		sent_stream_end(&sent);
	}
}

/* A packet of the stream without sound. */
static void put_other(struct listener *l, uint8_t type, uint16_t seq, uint32_t timestamp,
	const uint8_t *payload, size_t n_bytes, int64_t arrival_us)
{
	uint8_t d[64] = { (uint8_t)(n_bytes == 0 ? 0xA0 : 0x80), type };

	if (n_bytes == 0) { /* padding alone */
		d[RTP_HEADER_BYTES + 7] = 8;
		n_bytes = 8;
	} else {
		memcpy(d + RTP_HEADER_BYTES, payload, n_bytes);
	}
	datagram_restamp(d, seq, timestamp);
	datagram_set_ssrc(d, rehearsal_config(0, 64000).rtp.ssrc);
	assert_int_equal(
		listener_hear(l, d, RTP_HEADER_BYTES + n_bytes, arrival_us), STATUS_WITHOUT_SOUND);
}

/* Beside the sound or in its place: what came is not lost. */
static void what_has_no_sound_is_not_lost(void **state)
{
	static const struct {
		const char *name;
		uint8_t type, payload[4];
		size_t n_bytes; /* 0: padding alone */
		bool is_in_place;
	} rows[] = {
		{ "telephone events beside the sound", 101, { 5, 10, 3, 192 }, 4, false },
		{ "telephone events in its place", 101, { 5, 10, 3, 192 }, 4, true },
		{ "comfort noise", 13, { 40 }, 1, true },
		{ "padding", 111, { 0 }, 0, false },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		const struct send_stream_config config = rehearsal_config(0, 64000);
		struct sent_stream sent = sent_stream_make(&config, FRAMES, 0, 0);
		struct listener l = listener_begin(DELAY_US, 480);
		int n_others = 0, n_sounds = 0;
		uint16_t seq = 65500;
		for (uint32_t i = 0; i < FRAMES; i++) {
			struct sent_datagram *const d = &sent.datagrams[i];
			const bool has_other = i >= 50 && i < 100;
			if (has_other) {
				put_other(&l, rows[r].type, seq++, FIRST + 50 * 960,
					rows[r].payload, rows[r].n_bytes, d->sent_us + TRIP_US);
				n_others++;
			}
			if (has_other && rows[r].is_in_place)
				continue;
			datagram_restamp(d->bytes, seq++, FIRST + i * 960);
			listener_hear(&l, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
			n_sounds++;
		}
		listener_run_until(&l, (FRAMES + 20) * FRAME_US);
		const struct recv_stats stats = listener_stats(&l);
		assert_row_equal(rows[r].name, stats.packets_other, n_others);
		assert_row_equal(rows[r].name, stats.packets_lost, 0);
		assert_row_equal(rows[r].name, stats.packets_rejected, 0);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_PRIMARY], n_sounds);
		listener_end(&l);
		sent_stream_end(&sent);
	}
}

/* Three announcements of one SSRC, six seconds apart, each from the same numbers. */
static void announcements_may_begin_anew(void **state)
{
	const struct send_stream_config config = rehearsal_config(0, 64000);
	struct sent_stream sent = sent_stream_make(&config, 120, 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);
	(void)state;
	for (int64_t n = 0; n < 3; n++) {
		for (size_t i = 0; i < sent.n_frames; i++) {
			struct sent_datagram *const d = &sent.datagrams[i];
			datagram_restamp(d->bytes, (uint16_t)i, (uint32_t)i * 960);
			listener_hear(&l, d->bytes, d->n_bytes,
				n * 8 * US_PER_SECOND + d->sent_us + TRIP_US);
		}
	}
	listener_run_until(&l, 20 * US_PER_SECOND);
	const struct recv_stats stats = listener_stats(&l);
	assert_int_equal(stats.packets_received, 360);
	assert_int_equal(stats.frames[PLAYOUT_PRIMARY], 360);
	assert_int_equal(stats.packets_duplicate + stats.packets_late + stats.packets_rejected, 0);
	assert_int_equal(stats.packets_lost + stats.packets_reordered, 0);
	listener_end(&l);
	sent_stream_end(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_played),
		cmocka_unit_test(what_has_no_sound_is_not_lost),
		cmocka_unit_test(announcements_may_begin_anew),
	};
	return cmocka_run_group_tests_name("recv_stream peers", tests, NULL, NULL);
}
