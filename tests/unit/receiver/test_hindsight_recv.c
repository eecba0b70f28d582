/* The library's face of the receiver: what it refuses, what grows, and that behind it is the
 * receiver as it is. */
#include "receiver/hindsight_recv.h"

#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct hindsight_recv_config usual(void)
{
	struct hindsight_recv_config c;

	hindsight_recv_defaults(&c, sizeof c);
	hindsight_identity_draw(&c.identity, 9);
	return c;
}

static struct hindsight_recv *begin(const struct hindsight_recv_config *c, void **memory)
{
	const size_t n_bytes = hindsight_recv_bytes(c);
	struct hindsight_recv *recv;

	*memory = malloc(n_bytes);
	assert_true(n_bytes > 0);
	assert_non_null(*memory);
	assert_int_equal(hindsight_recv_init(&recv, *memory, n_bytes, c), HINDSIGHT_OK);
	return recv;
}

static void bad_memory_is_refused(void **state)
{
	const struct hindsight_recv_config c = usual();
	const size_t n_bytes = hindsight_recv_bytes(&c);
	char *const memory = malloc(n_bytes + 8);
	struct hindsight_recv *recv = NULL;

	(void)state;
	assert_non_null(memory);
	assert_int_equal(hindsight_recv_init(&recv, memory, n_bytes - 1, &c), HINDSIGHT_NO_ROOM);
	assert_int_equal(hindsight_recv_init(&recv, memory + 8, n_bytes, &c), HINDSIGHT_MISALIGNED);
	assert_int_equal(hindsight_recv_init(&recv, NULL, n_bytes, &c), HINDSIGHT_MISALIGNED);
	assert_null(recv);
	assert_int_equal(hindsight_recv_init(&recv, memory, n_bytes, &c), HINDSIGHT_OK);
	assert_ptr_equal(recv, memory);
	free(memory);
}

static void bad_configurations_are_refused(void **state)
{
	static const struct row {
		const char *name;
		int64_t delay_us, delay_min_us, delay_max_us;
		int complexity, opus_type, red_type;
		bool is_good;
	} rows[] = {
		{ "usual", -1, 0, 500000, 5, 111, 63, true },
		{ "fixed", 60000, 0, 500000, 5, 111, 63, true },
		{ "negative", -2, 0, 500000, 5, 111, 63, false },
		{ "too long", 2000001, 0, 500000, 5, 111, 63, false },
		{ "at least negative", -1, -1, 500000, 5, 111, 63, false },
		{ "at most less than at least", -1, 60000, 50000, 5, 111, 63, false },
		{ "at most too long", -1, 0, 2000001, 5, 111, 63, false },
		{ "complexity negative", -1, 0, 500000, -1, 111, 63, false },
		{ "complexity too high", -1, 0, 500000, 11, 111, 63, false },
		{ "no type", -1, 0, 500000, 5, 0, 63, false },
		{ "type too high", -1, 0, 500000, 5, 111, 128, false },
		{ "one type for both", -1, 0, 500000, 5, 96, 96, false },
	};

	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct hindsight_recv_config c = usual();
		c.delay_us = rows[i].delay_us;
		c.delay_min_us = rows[i].delay_min_us;
		c.delay_max_us = rows[i].delay_max_us;
		c.decoder_complexity = rows[i].complexity;
		c.opus_type = rows[i].opus_type;
		c.red_type = rows[i].red_type;
		assert_row_equal(rows[i].name, hindsight_recv_bytes(&c) > 0, rows[i].is_good);
	}
	struct hindsight_recv_config c = usual();
	c.identity.cname[0] = '\0';
	assert_int_equal(hindsight_recv_bytes(&c), 0);
}

/* A caller of an earlier version knows fewer fields, one of a later version more. */
static void structures_may_grow(void **state)
{
	struct {
		struct hindsight_recv_config known;
		int64_t later[2];
	} c;
	struct {
		struct hindsight_recv_stats known;
		int64_t later[2];
	} stats;
	void *memory;

	(void)state;
	memset(&c, 0xAA, sizeof c);
	hindsight_recv_defaults(&c.known, sizeof c);
	hindsight_identity_draw(&c.known.identity, 9);
	struct hindsight_recv *const recv = begin(&c.known, &memory);
	c.later[1] = 1; /* something that this library does not know */
	assert_int_equal(hindsight_recv_bytes(&c.known), 0);
	struct hindsight_recv_config shorter = usual();
	shorter.config_bytes = offsetof(struct hindsight_recv_config, decoder_complexity);
	shorter.decoder_complexity = -1; /* beyond its end */
	assert_true(hindsight_recv_bytes(&shorter) > 0);
	memset(&stats, 0xAA, sizeof stats);
	hindsight_recv_read_stats(recv, &stats.known, sizeof stats);
	assert_int_equal(stats.known.packets_received, 0);
	assert_true(isnan(stats.known.target_delay_ms));
	assert_int_equal(stats.later[1], 0);
	free(memory);
}

/* Sample by sample and report by report what the stream itself makes, under loss. */
static void the_face_adds_nothing(void **state)
{
	const struct send_stream_config sending = rehearsal_config(2, 48000);
	struct sent_stream sent = sent_stream_make(&sending, 500, 0, 0);
	const struct hindsight_recv_config c = usual();
	const struct recv_stream_config inner = {
		.delay = { .fixed_us = -1, .max_us = 500 * US_PER_MS },
		.decoder_complexity = c.decoder_complexity,
		.rtcp = rtcp_session_named(c.identity.ssrc, c.identity.cname, c.identity.seed, 0),
	};
	void *memory, *const inner_memory = malloc(recv_stream_bytes());
	struct hindsight_recv *const recv = begin(&c, &memory);
	struct recv_stream *stream;
	struct hindsight_recv_stats stats;
	int64_t n_rtcp = 0;

	(void)state;
	assert_int_equal(recv_stream_init(&stream, inner_memory, &inner), STATUS_OK);
	for (size_t i = 0; i < sent.n_frames; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		float ours[960 * RECV_CHANNELS], theirs[960 * RECV_CHANNELS];
		uint8_t report[HINDSIGHT_DATAGRAM_BYTES_MAX], other[RTCP_DATAGRAM_BYTES_MAX];
		if (i % 7 != 3)
			assert_int_equal(
				hindsight_recv_push(recv, d->bytes, d->n_bytes, d->sent_us + 30000),
				recv_stream_push(stream, d->bytes, d->n_bytes, d->sent_us + 30000));
		hindsight_recv_pull(recv, ours, 960, d->sent_us + 32000);
		recv_stream_pull(stream, theirs, 960, d->sent_us + 32000);
		assert_memory_equal(ours, theirs, sizeof ours);
		const size_t n = hindsight_recv_rtcp(recv, report, d->sent_us + 32000);
		assert_int_equal(n, recv_stream_next_rtcp(stream, other, d->sent_us + 32000));
		assert_memory_equal(report, other, n);
		n_rtcp += n > 0;
	}
	hindsight_recv_read_stats(recv, &stats, sizeof stats);
	assert_true(n_rtcp > 0);
	assert_int_equal(stats.rtcp_sent, n_rtcp);
	assert_int_equal(stats.n_channels, 1);
	assert_in_range(stats.packets_lost, 70, 72);
	assert_in_range(stats.frames_redundant, 60, 72);
	assert_true(stats.frames_concealed < 10);
	assert_true(stats.playout_delay_ms > 0 && stats.playout_delay_ms < 120);
	free(inner_memory);
	free(memory);
	sent_stream_end(&sent);
}

static void anything_may_arrive(void **state)
{
	static const uint8_t rubbish[3000] = { 1 };
	const struct hindsight_recv_config c = usual();
	struct hindsight_recv_stats stats;
	uint8_t report[HINDSIGHT_DATAGRAM_BYTES_MAX];
	float pcm[480 * HINDSIGHT_RECV_CHANNELS];
	void *memory;
	struct hindsight_recv *const recv = begin(&c, &memory);

	(void)state;
	assert_int_not_equal(hindsight_recv_push(recv, rubbish, 0, 0), HINDSIGHT_OK);
	assert_int_not_equal(hindsight_recv_push(recv, rubbish, 100, 0), HINDSIGHT_OK);
	assert_int_not_equal(hindsight_recv_push(recv, rubbish, sizeof rubbish, 0), HINDSIGHT_OK);
	hindsight_recv_pull(recv, pcm, 480, 0);
	for (size_t i = 0; i < N_ROWS(pcm); i++)
		assert_true(pcm[i] == 0);
	assert_int_equal(hindsight_recv_rtcp(recv, report, 0), 0);
	assert_int_equal(hindsight_recv_bye(recv, report, 0), 0);
	hindsight_recv_read_stats(recv, &stats, sizeof stats);
	assert_int_equal(stats.packets_rejected, 3);
	assert_int_equal(stats.n_channels, 0);
	assert_int_equal(hindsight_recv_set_complexity(recv, 11), HINDSIGHT_BAD_CONFIG);
	assert_int_equal(hindsight_recv_set_complexity(recv, 0), HINDSIGHT_OK);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_memory_is_refused),
		cmocka_unit_test(bad_configurations_are_refused),
		cmocka_unit_test(structures_may_grow),
		cmocka_unit_test(the_face_adds_nothing),
		cmocka_unit_test(anything_may_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
