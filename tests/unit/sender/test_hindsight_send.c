/* The library's face of the sender: what it refuses, what grows, what may be changed, and that
 * behind it is the sender as it is. */
#include "sender/hindsight_send.h"

#include "common/base/units.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

static struct hindsight_send_config usual(void)
{
	struct hindsight_send_config c;

	hindsight_send_defaults(&c, sizeof c);
	hindsight_identity_draw(&c.identity, 7);
	return c;
}

struct sender {
	struct hindsight_send *send;
	void *memory;
	struct speech_like speech;
	int n_channels, frame_samples;
	int64_t now_us;
};

static struct sender begin(const struct hindsight_send_config *c)
{
	const size_t n_bytes = hindsight_send_bytes(c);
	struct sender s = { .memory = malloc(n_bytes),
		.speech = speech_like_begin(0),
		.n_channels = c->n_channels,
		.frame_samples = c->frame_samples };

	assert_true(n_bytes > 0);
	assert_non_null(s.memory);
	assert_int_equal(hindsight_send_init(&s.send, s.memory, n_bytes, c), HINDSIGHT_OK);
	return s;
}

/* The next frame's sound. */
static void speak(struct sender *s, float *pcm)
{
	for (int i = 0; i < s->frame_samples; i++) {
		const float sample = (float)speech_like_next(&s->speech);
		for (int k = 0; k < s->n_channels; k++)
			pcm[i * s->n_channels + k] = sample;
	}
}

static size_t send_frame(struct sender *s, uint8_t *datagram)
{
	float pcm[FRAME_SAMPLES_MAX * 2];
	const int64_t capture_us = s->now_us;

	speak(s, pcm);
	s->now_us += us_from_samples(s->frame_samples);
	assert_int_equal(hindsight_send_push(s->send, pcm, (size_t)s->frame_samples, capture_us),
		s->frame_samples);
	return hindsight_send_datagram(s->send, datagram, s->now_us);
}

static struct hindsight_send_stats stats_of(const struct sender *s)
{
	struct hindsight_send_stats stats;

	hindsight_send_read_stats(s->send, &stats, sizeof stats);
	return stats;
}

static void bad_memory_is_refused(void **state)
{
	const struct hindsight_send_config c = usual();
	const size_t n_bytes = hindsight_send_bytes(&c);
	char *const memory = malloc(n_bytes + 8);
	struct hindsight_send *send = NULL;

	(void)state;
	assert_non_null(memory);
	assert_int_equal(hindsight_send_init(&send, memory, n_bytes - 1, &c), HINDSIGHT_NO_ROOM);
	assert_int_equal(hindsight_send_init(&send, memory + 8, n_bytes, &c), HINDSIGHT_MISALIGNED);
	assert_int_equal(hindsight_send_init(&send, NULL, n_bytes, &c), HINDSIGHT_MISALIGNED);
	assert_null(send);
	assert_int_equal(hindsight_send_init(&send, memory, n_bytes, &c), HINDSIGHT_OK);
	assert_ptr_equal(send, memory);
	free(memory);
}

static void bad_configurations_are_refused(void **state)
{
	const struct hindsight_send_config good = usual();
	static const struct row {
		const char *name;
		size_t offset;
		int value;
	} rows[] = {
#define ROW(field, value)                                                                          \
	{ #field " " #value, offsetof(struct hindsight_send_config, field), value }
		ROW(profile, 3),
		ROW(profile, -1),
		ROW(n_channels, 0),
		ROW(n_channels, 3),
		ROW(frame_samples, 0),
		ROW(frame_samples, 720),
		ROW(frame_samples, 5760),
		ROW(bitrate_bps, 5999),
		ROW(bitrate_bps, 510001),
		ROW(bitrate_bps, 500000), /* more than a datagram of 20 ms carries */
		ROW(n_copies, -2),
		ROW(n_copies, 9),
		ROW(dred_ms, -1),
		ROW(dred_ms, 1001),
#undef ROW
	};

	(void)state;
	assert_true(hindsight_send_bytes(&good) > 0);
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct hindsight_send_config c = good;
		memcpy((char *)&c + rows[i].offset, &rows[i].value, sizeof rows[i].value);
		assert_row_equal(rows[i].name, hindsight_send_bytes(&c), 0);
	}
	struct hindsight_send_config c = good;
	c.identity.cname[0] = '\0';
	assert_int_equal(hindsight_send_bytes(&c), 0);
	memset(c.identity.cname, 'x', sizeof c.identity.cname);
	assert_int_equal(hindsight_send_bytes(&c), 0);
}

static void bad_copies_are_refused(void **state)
{
	static const struct row {
		const char *name;
		enum hindsight_profile profile;
		int bitrate_bps, n_copies;
		int distances[HINDSIGHT_COPIES_MAX], copy_bps[HINDSIGHT_COPIES_MAX];
		bool is_good;
	} rows[] = {
		{ "two, by rule", HINDSIGHT_VOICE, 48000, 2, { 0 }, { 0 }, true },
		{ "far", HINDSIGHT_VOICE, 48000, 2, { 1, 17 }, { 0 }, true },
		{ "too far", HINDSIGHT_VOICE, 48000, 2, { 1, 18 }, { 0 }, false },
		{ "descending", HINDSIGHT_VOICE, 48000, 2, { 3, 1 }, { 0 }, false },
		{ "twice the same", HINDSIGHT_VOICE, 48000, 2, { 2, 2 }, { 0 }, false },
		{ "one missing", HINDSIGHT_VOICE, 48000, 2, { 1 }, { 0 }, false },
		{ "rates", HINDSIGHT_VOICE, 48000, 2, { 0 }, { 12000, 8000 }, true },
		{ "a rate missing", HINDSIGHT_VOICE, 48000, 2, { 0 }, { 12000 }, false },
		{ "a rate too high", HINDSIGHT_VOICE, 300000, 1, { 0 }, { 129000 }, false },
		{ "more than all", HINDSIGHT_VOICE, 24000, 2, { 0 }, { 12000, 12000 }, false },
		{ "CELT has one rate", HINDSIGHT_MUSIC, 96000, 2, { 0 }, { 16000, 12000 }, false },
		{ "four rates", HINDSIGHT_VOICE, 96000, 4, { 0 }, { 9000, 8000, 7000, 6000 },
			true },
		{ "five rates", HINDSIGHT_VOICE, 96000, 5, { 0 }, { 10000, 9000, 8000, 7000, 6000 },
			false },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct hindsight_send_config c = usual();
		c.profile = rows[i].profile;
		c.bitrate_bps = rows[i].bitrate_bps;
		c.n_copies = rows[i].n_copies;
		memcpy(c.distances, rows[i].distances, sizeof c.distances);
		memcpy(c.copy_bps, rows[i].copy_bps, sizeof c.copy_bps);
		assert_row_equal(rows[i].name, hindsight_send_bytes(&c) > 0, rows[i].is_good);
	}
}

/* A caller of an earlier version knows fewer fields, one of a later version more. */
static void structures_may_grow(void **state)
{
	struct {
		struct hindsight_send_config known;
		int later[4];
	} c;
	struct hindsight_send_config shorter;
	struct hindsight_send_stats stats;

	(void)state;
	memset(&c, 0xAA, sizeof c);
	hindsight_send_defaults(&c.known, sizeof c);
	hindsight_identity_draw(&c.known.identity, 7);
	assert_int_equal(c.later[3], 0);
	assert_int_equal(c.known.config_bytes, sizeof c);
	assert_true(hindsight_send_bytes(&c.known) > 0);
	c.later[2] = 1; /* something that this library does not know */
	assert_int_equal(hindsight_send_bytes(&c.known), 0);

	shorter = usual();
	shorter.config_bytes = offsetof(struct hindsight_send_config, bitrate_bps);
	shorter.bitrate_bps = -1; /* beyond its end */
	assert_true(hindsight_send_bytes(&shorter) > 0);

	const struct hindsight_send_config good = usual();
	struct sender s = begin(&good);
	memset(&stats, 0xAA, sizeof stats);
	hindsight_send_read_stats(
		s.send, &stats, offsetof(struct hindsight_send_stats, bytes_sent));
	assert_int_equal(stats.packets_sent, 0);
	assert_int_equal(stats.bytes_sent, (int64_t)0xAAAAAAAAAAAAAAAA);
	free(s.memory);
}

/* Datagram by datagram what the stream itself makes. */
static void the_face_adds_nothing(void **state)
{
	static const struct row {
		enum hindsight_profile profile;
		int n_channels, frame_samples, bitrate_bps, n_copies;
	} rows[] = {
		{ HINDSIGHT_VOICE, 1, 960, 48000, HINDSIGHT_COPIES_AUTO },
		{ HINDSIGHT_MUSIC, 2, 480, 96000, 2 },
		{ HINDSIGHT_LOWDELAY, 1, 240, 64000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct hindsight_send_config c = usual();
		c.profile = rows[i].profile;
		c.n_channels = rows[i].n_channels;
		c.frame_samples = rows[i].frame_samples;
		c.bitrate_bps = rows[i].bitrate_bps;
		c.n_copies = rows[i].n_copies;
		struct send_stream_config inner = {
			.profile = (enum profile)c.profile,
			.n_channels = c.n_channels,
			.frame_samples = c.frame_samples,
			.budget_bps = c.bitrate_bps,
			.redundancy = { .n_copies = c.n_copies > 0 ? c.n_copies : 0,
				.distances = { 1, 2 } },
			.adaptive = c.n_copies < 0,
			.rtp = { c.identity.ssrc, c.identity.first_seq,
				c.identity.first_timestamp },
			.rtcp = rtcp_session_named(
				c.identity.ssrc, c.identity.cname, c.identity.seed, 0),
		};
		int limit;
		assert_int_equal(redundancy_share(&inner.redundancy, c.frame_samples, c.bitrate_bps,
					 0, &limit),
			REDUNDANCY_OK);
		struct sender s = begin(&c), twin = s;
		void *const memory = malloc(send_stream_bytes(&inner));
		struct send_stream *stream;
		assert_int_equal(send_stream_init(&stream, memory, &inner), STATUS_OK);
		for (int k = 0; k < 100; k++) {
			uint8_t ours[HINDSIGHT_DATAGRAM_BYTES_MAX];
			uint8_t theirs[PACKETIZER_DATAGRAM_BYTES_MAX];
			float pcm[FRAME_SAMPLES_MAX * 2];
			const size_t n = send_frame(&s, ours);
			speak(&twin, pcm);
			send_stream_push_pcm(stream, pcm, (size_t)c.frame_samples,
				s.now_us - us_from_samples(c.frame_samples));
			assert_int_equal(n, send_stream_next_datagram(stream, theirs, s.now_us));
			assert_memory_equal(ours, theirs, n);
			const size_t n_rtcp = hindsight_send_rtcp(s.send, ours, s.now_us);
			assert_int_equal(n_rtcp, send_stream_next_rtcp(stream, theirs, s.now_us));
			assert_memory_equal(ours, theirs, n_rtcp);
		}
		assert_int_equal(stats_of(&s).packets_sent, 100);
		free(memory);
		free(s.memory);
	}
}

/* Bytes of RTP payload that three seconds take, as bit/s. */
static double bps_of(struct sender *s)
{
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	const int64_t before = stats_of(s).payload_bytes, began_us = s->now_us;

	while (s->now_us < began_us + 3 * US_PER_SECOND)
		(void)send_frame(s, datagram);
	return (double)(stats_of(s).payload_bytes - before) * 8 / 3;
}

static void rate_and_copies_change_under_way(void **state)
{
	static const int far[] = { 2, 5 };
	const struct hindsight_send_config c = usual();
	struct sender s = begin(&c);

	(void)state;
	assert_in_range(bps_of(&s), 40000, 49000);
	assert_int_equal(hindsight_send_set_bitrate(s.send, 24000, s.now_us), HINDSIGHT_OK);
	assert_in_range(bps_of(&s), 20000, 24700);
	assert_int_equal(hindsight_send_set_bitrate(s.send, 5000, s.now_us), HINDSIGHT_BAD_CONFIG);
	assert_int_equal(hindsight_send_set_bitrate(s.send, 64000, s.now_us), HINDSIGHT_OK);
	assert_int_equal(hindsight_send_set_copies(s.send, 2, far, s.now_us), HINDSIGHT_OK);
	const int64_t before = stats_of(&s).copies_sent;
	assert_in_range(bps_of(&s), 54000, 65500);
	assert_int_equal(stats_of(&s).n_copies, 2);
	assert_in_range(stats_of(&s).copies_sent - before, 295, 300);
	assert_int_equal(
		hindsight_send_set_copies(s.send, 9, NULL, s.now_us), HINDSIGHT_BAD_CONFIG);
	assert_int_equal(hindsight_send_set_copies(s.send, 0, NULL, s.now_us), HINDSIGHT_OK);
	assert_in_range(bps_of(&s), 54000, 65500);
	assert_int_equal(stats_of(&s).n_copies, 0);
	assert_int_equal(hindsight_send_set_copies(s.send, HINDSIGHT_COPIES_AUTO, NULL, s.now_us),
		HINDSIGHT_OK);
	assert_true(stats_of(&s).n_copies > 0); /* of a sender without reports */
	assert_int_equal(stats_of(&s).encode_failures, 0);
	free(s.memory);
}

/* What the coding chosen at the start cannot carry. */
static void some_changes_are_unsupported(void **state)
{
	struct hindsight_send_config c = usual();

	(void)state;
	c.n_copies = 0;
	struct sender without = begin(&c);
	assert_int_equal(
		hindsight_send_set_copies(without.send, 1, NULL, 0), HINDSIGHT_UNSUPPORTED);
	assert_int_equal(hindsight_send_set_bitrate(without.send, 32000, 0), HINDSIGHT_OK);
	free(without.memory);
	c.n_copies = 2;
	struct sender fixed = begin(&c);
	assert_int_equal(hindsight_send_set_copies(fixed.send, HINDSIGHT_COPIES_AUTO, NULL, 0),
		HINDSIGHT_UNSUPPORTED);
	assert_int_equal(hindsight_send_set_copies(fixed.send, 3, NULL, 0), HINDSIGHT_OK);
	free(fixed.memory);
}

static void names_are_told(void **state)
{
	struct hindsight_identity one, same, other;

	(void)state;
	assert_string_equal(hindsight_status_name(HINDSIGHT_OK), "ok");
	assert_string_equal(hindsight_status_name(HINDSIGHT_MISALIGNED), "misaligned");
	assert_string_equal(
		hindsight_status_name((enum hindsight_status)(HINDSIGHT_MISALIGNED + 1)),
		"unknown");
	assert_string_equal(hindsight_status_name((enum hindsight_status) - 1), "unknown");
	assert_true(hindsight_version()[0] >= '0' && hindsight_version()[0] <= '9');
	memset(&one, 0, sizeof one);
	memset(&same, 0, sizeof same);
	hindsight_identity_draw(&one, 1);
	hindsight_identity_draw(&same, 1);
	hindsight_identity_draw(&other, 2);
	assert_string_equal(one.cname, same.cname);
	assert_int_equal(one.ssrc, same.ssrc);
	assert_string_not_equal(one.cname, other.cname);
	assert_int_not_equal(one.ssrc, other.ssrc);
	assert_int_equal(strlen(one.cname), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_memory_is_refused),
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(bad_copies_are_refused),
		cmocka_unit_test(structures_may_grow),
		cmocka_unit_test(the_face_adds_nothing),
		cmocka_unit_test(rate_and_copies_change_under_way),
		cmocka_unit_test(some_changes_are_unsupported),
		cmocka_unit_test(names_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
