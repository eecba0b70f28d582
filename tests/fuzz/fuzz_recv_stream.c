/* A whole call as input, through the library's face: steps of
 *
 *   | flags (1) | time since the step before, in units of 1/4 ms (1) | length (2) | datagram |
 *
 * flags: bits 0..2 which block size is pulled before the datagram comes (0: none), bit 7 makes the
 * time step a thousand times longer. The first byte of all chooses the playout delay.
 * All that comes out is within full scale, reports are whole, and the counters agree with one another and with the records. */
#include "receiver/hindsight_recv.h"

#include "common/base/bytes.h"
#include "common/base/units.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>

enum { BLOCK_SAMPLES_MAX = 5000, STEPS_MAX = 2000, OUTPUT_SAMPLES_MAX = 10 * SAMPLES_PER_SECOND };

static void check_records(struct hindsight_recv *s, int64_t n_records[PLAYOUT_MEANS])
{
	struct playout_record r;

	while (recv_stream_next_record(recv_stream_behind(s), &r)) {
		REQUIRE(r.means < PLAYOUT_MEANS);
		REQUIRE(r.n_samples > 0 && r.n_samples <= PACKET_SAMPLES_MAX);
		REQUIRE(r.output_sample >= 0);
		n_records[r.means]++;
	}
}

static void check_stats(const struct hindsight_recv *s, const struct recv_stats *before,
	int64_t n_pushed, const int64_t n_records[PLAYOUT_MEANS])
{
	struct recv_stats stats;

	recv_stream_stats(recv_stream_behind(s), &stats);
	REQUIRE(stats.packets_received + stats.packets_rejected + stats.rtcp_received <= n_pushed);
	REQUIRE(stats.packets_received >= before->packets_received);
	REQUIRE(stats.bytes_received >= before->bytes_received);
	REQUIRE(stats.packets_rejected >= before->packets_rejected);
	REQUIRE(stats.packets_duplicate + stats.packets_reordered <= stats.packets_received);
	REQUIRE(stats.packets_lost >= 0);
	REQUIRE(stats.packets_late >= before->packets_late);
	REQUIRE(stats.packets_received > 0 || recv_stats_frames_played(&stats) == 0);
	REQUIRE(isnan(stats.jitter_ms) || stats.jitter_ms >= 0);
	for (int means = 0; means < PLAYOUT_MEANS; means++) {
		REQUIRE(stats.frames[means] >= before->frames[means]);
		REQUIRE(n_records[means] <= stats.frames[means]);
	}
}

/* Its reports are whole, and after any input still rare. */
static void report(struct hindsight_recv *s, int64_t now_us, int64_t *n_reports)
{
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	struct rtcp_reader reader;
	struct rtcp_item item;
	const size_t n_bytes = hindsight_recv_rtcp(s, datagram, now_us);

	REQUIRE(n_bytes <= sizeof datagram);
	if (n_bytes == 0)
		return;
	++*n_reports;
	REQUIRE(rtcp_open(&reader, datagram, n_bytes) == STATUS_OK);
	int n_items = 0;
	for (; rtcp_next(&reader, &item); n_items++)
		REQUIRE(item.kind != RTCP_LOSS_MAP || item.loss_map.n_packets > 0);
	REQUIRE(n_items > 0);
	REQUIRE(hindsight_recv_rtcp(s, datagram, now_us) == 0);
}

static void pull(struct hindsight_recv *s, size_t n_samples, int64_t now_us)
{
	static float pcm[BLOCK_SAMPLES_MAX * RECV_CHANNELS];

	hindsight_recv_pull(s, pcm, n_samples, now_us);
	for (size_t i = 0; i < n_samples * RECV_CHANNELS; i++)
		REQUIRE(fabsf(pcm[i]) <= 1); /* not a number is not, either */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const size_t blocks[] = { 0, 1, 47, 120, 480, 960, 2880, BLOCK_SAMPLES_MAX };
	static const int64_t delays_us[] = { -1, 0, 60000, 400000 };
	struct byte_reader r = byte_reader_over(data, n_bytes);
	struct hindsight_recv_config config;
	struct recv_stats stats = { 0 };
	int64_t n_records[PLAYOUT_MEANS] = { 0 };
	int64_t now_us = US_PER_SECOND;
	int64_t n_pushed = 0, n_reports = 0;
	size_t n_pulled = 0;
	struct hindsight_recv *s;

	hindsight_recv_defaults(&config, sizeof config);
	config.identity = (struct hindsight_identity){ .ssrc = 8, .cname = "listener", .seed = 1 };
	config.delay_us = delays_us[byte_reader_u8(&r) % 4];
	config.decoder_complexity = 0;
	const size_t memory_bytes = hindsight_recv_bytes(&config);
	void *const memory = malloc(memory_bytes);
	REQUIRE(memory && hindsight_recv_init(&s, memory, memory_bytes, &config) == HINDSIGHT_OK);
	for (int step = 0; step < STEPS_MAX && n_pulled < OUTPUT_SAMPLES_MAX; step++) {
		const uint8_t flags = byte_reader_u8(&r);
		const int64_t units = byte_reader_u8(&r);
		const size_t wanted_bytes = byte_reader_u16(&r);
		const size_t datagram_bytes = wanted_bytes < r.n_left ? wanted_bytes : r.n_left;
		const uint8_t *const datagram = byte_reader_take(&r, datagram_bytes);
		if (r.failed)
			break;
		now_us += units * 250 * (flags & 0x80 ? 1000 : 1);
		pull(s, blocks[flags & 7], now_us);
		n_pulled += blocks[flags & 7];
		hindsight_recv_push(s, datagram, datagram_bytes, now_us);
		n_pushed++;
		report(s, now_us, &n_reports);
		check_records(s, n_records);
		check_stats(s, &stats, n_pushed, n_records);
		recv_stream_stats(recv_stream_behind(s), &stats);
	}
	for (int i = 0; i < 50; i++) { /* what is left comes out, and then silence */
		now_us += 20 * US_PER_MS;
		pull(s, 960, now_us);
		report(s, now_us, &n_reports);
	}
	recv_stream_stats(recv_stream_behind(s), &stats);
	REQUIRE(stats.rtcp_sent == n_reports);
	check_records(s, n_records);
	check_stats(s, &stats, n_pushed, n_records);
	free(memory);
	return 0;
}
