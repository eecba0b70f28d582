/* What a stranger sends to a playing receiver, and very long streams: not one sample changes. */
#include "receiver/recv_stream.h"

#include "common/rtp/rtcp_reader.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "common/rtp/rtcp_writer.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIP_US = 10000, DELAY_US = 100000 };

static size_t hostile_datagrams(void)
{
	return *unit_takes_all() ? 100000 : 10000;
}

/* Any bytes; half of them with the first two of an RTP packet of ours, so that they get further
 * than the version check. */
static size_t random_datagram(struct dice *dice, uint8_t *datagram)
{
	const size_t n_bytes = dice_below(dice, 300);
	for (size_t i = 0; i < n_bytes; i++)
		datagram[i] = (uint8_t)dice_u32(dice);
	if (n_bytes > RTP_HEADER_BYTES && dice_below(dice, 2) == 0) {
		datagram[0] = 0x80;
		datagram[1] = dice_below(dice, 2) == 0 ? RTP_TYPE_OPUS : RTP_TYPE_RED;
	}
	return n_bytes;
}

/* Where copies repair, much could go wrong. */
static bool is_lost(size_t which)
{
	return which % 11 == 5;
}

/* A packet of the live stream that was sent before, once more: as it was, or with up to eight bits
 * turned, or cut short. */
static size_t replayed_datagram(
	struct dice *dice, const struct sent_stream *sent, size_t n_sent, uint8_t *datagram)
{
	size_t which = dice_below(dice, (uint32_t)n_sent);
	if (is_lost(which)) /* it is its first form that would come, not a replay */
		which--;
	const struct sent_datagram *const d = &sent->datagrams[which];
	size_t n_bytes = d->n_bytes;
	memcpy(datagram, d->bytes, n_bytes);
	for (uint32_t n_turned = dice_below(dice, 9); n_turned > 0; n_turned--) {
		const uint32_t bit = dice_below(dice, (uint32_t)n_bytes * 8);
		datagram[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	if (dice_below(dice, 8) == 0)
		n_bytes = dice_below(dice, (uint32_t)n_bytes + 1);
	return n_bytes;
}

enum hostility { PEACE, RANDOM, REPLAYED };

static struct listener play(const struct sent_stream *sent, int64_t delay_us, enum hostility kind)
{
	struct listener l = listener_begin(delay_us, 480);
	struct dice dice = { 100000 };
	const size_t n_each = hostile_datagrams() / sent->n_frames;
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];

	for (size_t i = 0; i < sent->n_frames; i++) {
		const struct sent_datagram *const d = &sent->datagrams[i];
		if (!is_lost(i))
			listener_hear(&l, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
		for (size_t n = 0; kind != PEACE && n < n_each; n++) {
			const size_t n_bytes =
				kind == RANDOM ? random_datagram(&dice, datagram)
					       : replayed_datagram(&dice, sent, i + 1, datagram);
			/* In between, over the 20 ms until the next one comes. */
			listener_hear(&l, datagram, n_bytes,
				d->sent_us + TRIP_US + (int64_t)(n * 19000 / n_each));
		}
	}
	listener_run_until(&l, sent->datagrams[sent->n_frames - 1].sent_us + 400000);
	return l;
}

static void check_unmoved(enum hostility kind, int64_t delay_us)
{
	const struct send_stream_config config = rehearsal_config(2, 64000);
	struct sent_stream sent = sent_stream_make(&config, 500, 0, 0);
	struct listener peaceful = play(&sent, delay_us, PEACE);
	struct listener hostile = play(&sent, delay_us, kind);
	const struct recv_stats before = listener_stats(&peaceful);
	const struct recv_stats after = listener_stats(&hostile);

	assert_true(listener_peak(&peaceful, 200000, 9000000) > 0.1F);
	assert_int_equal(peaceful.n_heard, hostile.n_heard);
	/* A replay with a plausible number and time cannot be told from a true packet that was slow
	 * or fast: it may teach a delay, but that is all. */
	const bool may_teach = kind == REPLAYED && delay_us == DELAY_AUTO;
	for (size_t i = 0; !may_teach && i < peaceful.n_heard * RECV_CHANNELS; i++)
		if (memcmp(&peaceful.heard[i], &hostile.heard[i], sizeof(float)) != 0)
			fail_msg("sample %zu, at %.3f s, has changed", i / RECV_CHANNELS,
				(double)i / RECV_CHANNELS / SAMPLES_PER_SECOND);
	for (int means = 0; means < PLAYOUT_MEANS; means++)
		if (!may_teach || means != PLAYOUT_INSERTED) /* the delay may have grown */
			assert_int_equal(before.frames[means], after.frames[means]);
	const struct recv_stats none = { 0 };
	assert_true(fabs(recv_stats_delay_ms(&after, &none) - recv_stats_delay_ms(&before, &none)) <
		    (may_teach ? 120 : 1e-9));
	/* With sequence number and timestamp turned back alike, an old packet cannot be told from
	 * one that the first one overtook; but it cannot claim much. */
	assert_in_range(after.packets_lost, before.packets_lost - 10, before.packets_lost + 64);
	assert_true(after.packets_rejected + after.packets_duplicate >
		    (int64_t)hostile_datagrams() / 2);
	if (kind == RANDOM)
		assert_int_equal(after.packets_received, before.packets_received);
	listener_check_sums(&hostile, "hostile");
	listener_end(&peaceful);
	listener_end(&hostile);
	sent_stream_end(&sent);
}

static void random_datagrams_change_no_sample(void **state)
{
	(void)state;
	check_unmoved(RANDOM, DELAY_US);
	check_unmoved(RANDOM, DELAY_AUTO);
}

static void mutated_replays_change_no_sample(void **state)
{
	(void)state;
	check_unmoved(REPLAYED, DELAY_US);
	check_unmoved(REPLAYED, DELAY_AUTO);
}

/* The same packet with a capture time of any value. */
static size_t lying_datagram(struct dice *dice, const struct sent_datagram *d, uint8_t *datagram)
{
	struct rtp_packet packet;

	assert_int_equal(rtp_parse(&packet, d->bytes, d->n_bytes), STATUS_OK);
	packet.has_capture_time = true;
	rtp_write_header(datagram, &packet);
	rtp_write_capture_time(
		datagram + RTP_HEADER_BYTES, (uint64_t)dice_u32(dice) << 32 | dice_u32(dice));
	memcpy(datagram + RTP_HEADER_BYTES + RTP_EXTENSION_BYTES, packet.payload,
		packet.payload_bytes);
	return RTP_HEADER_BYTES + RTP_EXTENSION_BYTES + packet.payload_bytes;
}

/* The sender itself gives false times in each packet and report: the statistics stay possible, and
 * not a sample changes. */
static void lies_about_the_time_change_no_sample(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 500, 0, 0);
	struct listener plain = listener_begin(DELAY_AUTO, 480);
	struct listener lied_to = listener_begin(DELAY_AUTO, 480);
	struct dice dice = { 8285 };
	(void)state;
	recv_stream_set_device_latency(lied_to.stream, 10000);
	for (size_t i = 0; i < sent.n_frames; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		const int64_t arrival_us = d->sent_us + TRIP_US;
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		uint8_t report[RTCP_DATAGRAM_BYTES_MAX];
		struct rtcp_writer w = rtcp_writer_over(report, sizeof report);
		listener_hear(&plain, d->bytes, d->n_bytes, arrival_us);
		listener_hear(&lied_to, datagram, lying_datagram(&dice, d, datagram), arrival_us);
		rtcp_write_sr(&w, config.rtp.ssrc,
			&(struct rtcp_sender_info){
				.ntp = (uint64_t)dice_u32(&dice) << 32 | dice_u32(&dice),
				.rtp_timestamp = dice_u32(&dice),
			},
			NULL, 0);
		rtcp_write_sender_delay(&w, config.rtp.ssrc,
			&(struct rtcp_sender_delay){ dice_u32(&dice), dice_u32(&dice),
				dice_u32(&dice), dice_u32(&dice) });
		listener_hear(&lied_to, report, w.n_bytes, arrival_us);
	}
	const int64_t end_us = sent.datagrams[sent.n_frames - 1].sent_us + 400000;
	listener_run_until(&plain, end_us);
	listener_run_until(&lied_to, end_us);
	assert_true(listener_peak(&plain, 200000, 9000000) > 0.1F);
	assert_int_equal(plain.n_heard, lied_to.n_heard);
	assert_memory_equal(
		plain.heard, lied_to.heard, plain.n_heard * RECV_CHANNELS * sizeof *plain.heard);
	const struct recv_stats stats = listener_stats(&lied_to);
	const struct latency_sums none = { 0 };
	const struct latency_means means = latency_means(&stats.latency, &none);
	assert_int_equal(stats.packets_rejected, 0);
	assert_true(isnan(means.whole_ms) || (means.whole_ms > 0 && means.whole_ms < 12000));
	assert_float_equal(means.parts_ms[LATENCY_PLAYOUT_DEVICE], 10, 1e-9);
	listener_end(&plain);
	listener_end(&lied_to);
	sent_stream_end(&sent);
}

/* Another source that sends all the time is refused as long as the first one is alive. */
static void a_second_sender_is_not_heard(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 200, 0, 0);
	struct listener alone = listener_begin(DELAY_US, 480);
	struct listener both = listener_begin(DELAY_US, 480);
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		struct sent_datagram *const d = &sent.datagrams[i];
		listener_hear(&alone, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
		listener_hear(&both, d->bytes, d->n_bytes, d->sent_us + TRIP_US);
		datagram_set_ssrc(d->bytes, 0x0BADBEEF);
		assert_int_equal(listener_hear(&both, d->bytes, d->n_bytes, d->sent_us + TRIP_US),
			STATUS_FOREIGN);
	}
	listener_run_until(&alone, 4400000);
	listener_run_until(&both, 4400000);
	assert_memory_equal(
		alone.heard, both.heard, alone.n_heard * RECV_CHANNELS * sizeof *alone.heard);
	assert_int_equal(listener_stats(&both).packets_rejected, 200);
	listener_end(&alone);
	listener_end(&both);
	sent_stream_end(&sent);
}

/* Results exactly as recv_stream_push()'s contract says. */
static void each_refusal_has_its_name(void **state)
{
	static const struct {
		const char *name;
		size_t n_bytes;
		uint8_t bytes[24];
		enum status status;
		bool is_counted;
	} rows[] = {
		{ "nothing", 0, { 0 }, STATUS_TRUNCATED, true },
		{ "half a header", 6, { 0x80, 111 }, STATUS_TRUNCATED, true },
		{ "nothing in it", 12, { 0x80, 111 }, STATUS_UNSUPPORTED, true },
		{ "G.711", 20, { 0x80, 0 }, STATUS_UNSUPPORTED, true },
		{ "an RTCP report cut off", 8, { 0x80, 200, 0, 6 }, STATUS_TRUNCATED, true },
		{ "an RTCP report of a stranger", 8, { 0x80, 201, 0, 1, 1, 2, 3, 4 }, STATUS_OK,
			false },
		{ "another version", 20, { 0x40, 111 }, STATUS_MALFORMED, true },
		{ "RED of nothing", 12, { 0x80, 63 }, STATUS_TRUNCATED, true },
		{ "RED of another codec", 16, { 0x80, 63, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2 },
			STATUS_UNSUPPORTED, true },
		{ "two frames of unequal length, the first too long", 15,
			{ 0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 200, 1 }, STATUS_MALFORMED,
			true },
	};
	uint8_t huge[RECV_DATAGRAM_BYTES_MAX + 1] = { 0x80, 111 };
	struct listener l = listener_begin(DELAY_US, 480);
	int64_t n_rejected = 0;
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		assert_row_equal(rows[i].name,
			recv_stream_push(l.stream, rows[i].bytes, rows[i].n_bytes, 0),
			rows[i].status);
		n_rejected += rows[i].is_counted;
		assert_row_equal(rows[i].name, listener_stats(&l).packets_rejected, n_rejected);
	}
	assert_int_equal(recv_stream_push(l.stream, huge, sizeof huge, 0), STATUS_MALFORMED);
	assert_int_equal(listener_stats(&l).rtcp_rejected, 1); /* the report cut off */
	assert_int_equal(listener_stats(&l).packets_received, 0);
	listener_end(&l);
}

/* A copy that claims a time where no frame can be is left out; a wobble of its time is not. What is
 * right of the packet is played: the primary in any case. The third packet of six is lost. */
static void a_copy_that_is_wrong_costs_itself_alone(void **state)
{
	static const struct {
		const char *name;
		int offset;
		uint8_t toc; /* of the copy; 0x48: SILK, 20 ms */
		uint8_t n_bytes;
		int redundant;
	} rows[] = {
		{ "one frame back", 960, 0x48, 2, 1 },
		{ "one frame back, and 90 ticks", 1050, 0x48, 2, 1 },
		{ "one frame back, less 90", 870, 0x48, 2, 1 },
		{ "nowhere", 0, 0x48, 2, 0 },
		{ "half a frame back", 480, 0x48, 2, 0 },
		{ "between one and two", 1430, 0x48, 2, 0 },
		{ "far back", 16383, 0x48, 2, 0 },
		{ "no Opus", 960, 0x4B, 1, 0 },
		{ "empty", 960, 0x48, 0, 0 },
	};
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct listener l = listener_begin(DELAY_US, 480);
		for (uint32_t i = 0; i < 6; i++) {
			const uint32_t head =
				0xEF000000U | (uint32_t)rows[r].offset << 10 | rows[r].n_bytes;
			uint8_t d[32] = { 0x80, 63, 0, (uint8_t)i, 0, 0, (uint8_t)(960 * i >> 8),
				(uint8_t)(960 * i), 0, 0, 0, 7, (uint8_t)(head >> 24),
				(uint8_t)(head >> 16), (uint8_t)(head >> 8), (uint8_t)head, 111,
				rows[r].toc, 0 };
			size_t n_bytes = 17 + rows[r].n_bytes;
			d[n_bytes++] = 0x48;
			d[n_bytes++] = 0;
			if (i != 2)
				assert_row_equal(rows[r].name,
					listener_hear(&l, d, n_bytes, 20000 * i), STATUS_OK);
		}
		listener_run_until(&l, 400000);
		const struct recv_stats stats = listener_stats(&l);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_PRIMARY], 5);
		assert_row_equal(
			rows[r].name, stats.frames[PLAYOUT_REDUNDANT] > 0, rows[r].redundant);
		assert_row_equal(rows[r].name, stats.packets_rejected, 0);
		listener_end(&l);
	}
}

/* 20 minutes of 20 ms packets (one in unit.*): a second of a stream, stamped anew over and over,
 * past the end of sequence numbers and of timestamps. */
static void twenty_minutes_wrap_around_without_a_flaw(void **state)
{
	struct send_stream_config config = rehearsal_config(0, 24000);
	config.profile = PROFILE_LOWDELAY; /* its decoder is the fastest */
	struct sent_stream sent = sent_stream_make(&config, 50, 0, 0);
	struct listener l = listener_begin(60000, 960);
	l.keeps_one_block = true;
	const uint32_t n_packets = *unit_takes_all() ? 20 * 60 * 50 : 60 * 50;
	const uint16_t first_seq = (uint16_t)(65536 - n_packets / 2);
	const uint32_t first_timestamp = UINT32_MAX - n_packets / 3 * 960U;
	(void)state;
	for (uint32_t i = 0; i < n_packets; i++) {
		struct sent_datagram *const d = &sent.datagrams[i % 50];
		datagram_restamp(d->bytes, (uint16_t)(first_seq + i), first_timestamp + i * 960);
		assert_int_equal(
			listener_hear(&l, d->bytes, d->n_bytes, (int64_t)i * 20000 + 15000),
			STATUS_OK);
	}
	listener_run_until(&l, (int64_t)n_packets * 20000 + 2000000);
	const struct recv_stats stats = listener_stats(&l);
	assert_int_equal(stats.frames[PLAYOUT_PRIMARY], n_packets);
	assert_int_equal(recv_stats_frames_played(&stats), n_packets);
	assert_int_equal(stats.packets_received, n_packets);
	assert_int_equal(stats.packets_lost, 0);
	assert_int_equal(stats.packets_rejected + stats.packets_late + stats.packets_duplicate, 0);
	assert_int_equal(l.last_record.seq, 0x10000 + first_seq + n_packets - 1);
	assert_int_equal(
		l.last_record.output_sample, samples_from_us(80000) + (n_packets - 1) * 960);
	assert_true(stats.square_sum / (double)stats.n_squares > 1e-4);
	listener_check_sums(&l, "20 minutes");
	listener_end(&l);
	sent_stream_end(&sent);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_datagrams_change_no_sample),
		cmocka_unit_test(mutated_replays_change_no_sample),
		cmocka_unit_test(lies_about_the_time_change_no_sample),
		cmocka_unit_test(a_second_sender_is_not_heard),
		cmocka_unit_test(each_refusal_has_its_name),
		cmocka_unit_test(a_copy_that_is_wrong_costs_itself_alone),
		cmocka_unit_test(twenty_minutes_wrap_around_without_a_flaw),
	};
	return cmocka_run_group_tests_name("recv_stream hostile", tests, NULL, NULL);
}
