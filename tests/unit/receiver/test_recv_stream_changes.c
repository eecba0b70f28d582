/* Streams that change, stop, stall and come back: the receiver goes on without a restart. */
#include "receiver/recv_stream.h"

#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

enum { TRIP_US = 10000, DELAY_US = 100000 };

static void hear_all(struct listener *l, const struct sent_stream *sent, int64_t trip_us)
{
	for (size_t i = 0; i < sent->n_frames; i++)
		listener_hear(l, sent->datagrams[i].bytes, sent->datagrams[i].n_bytes,
			sent->datagrams[i].sent_us + trip_us);
}

/* One stream of two halves, the second by another configuration, stamped on from the first. */
static void a_sender_may_change_in_mid_stream(void **state)
{
	static const struct {
		const char *name;
		enum profile profile;
		int n_channels, frame_samples, n_copies, budget_bps;
	} rows[] = {
		{ "RED on", PROFILE_VOICE, 1, 960, 2, 64000 },
		{ "RED off", PROFILE_VOICE, 1, 960, 0, 64000 },
		{ "stereo", PROFILE_VOICE, 2, 960, 1, 64000 },
		{ "10 ms", PROFILE_VOICE, 1, 480, 1, 64000 },
		{ "60 ms", PROFILE_VOICE, 1, 2880, 1, 64000 },
		{ "2.5 ms", PROFILE_LOWDELAY, 1, 120, 1, 128000 },
		{ "CELT", PROFILE_MUSIC, 2, 960, 1, 64000 },
	};
	const struct send_stream_config before = rehearsal_config(1, 48000);
	struct sent_stream first = sent_stream_make(&before, 50, 0, 0);
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		const int n_after = SAMPLES_PER_SECOND / rows[r].frame_samples;
		struct send_stream_config after = before;
		int limit;
		after.profile = rows[r].profile;
		after.n_channels = rows[r].n_channels;
		after.frame_samples = rows[r].frame_samples;
		after.budget_bps = rows[r].budget_bps;
		after.redundancy =
			(struct redundancy){ .n_copies = rows[r].n_copies, .distances = { 1, 2 } };
		after.rtp.first_seq = 1050;
		after.rtp.first_timestamp = 5000 + 50 * 960;
		assert_row_equal(rows[r].name,
			redundancy_share(&after.redundancy, after.frame_samples, after.budget_bps,
				0, &limit),
			REDUNDANCY_OK);
		struct sent_stream second =
			sent_stream_make(&after, (size_t)n_after, 0, 50 * 20000);
		struct listener l = listener_begin(DELAY_US, 480);
		hear_all(&l, &first, TRIP_US);
		assert_row_equal(rows[r].name, recv_stream_channels(l.stream), 1);
		hear_all(&l, &second, TRIP_US);
		listener_run_until(&l, 2300000);
		const struct recv_stats stats = listener_stats(&l);
		assert_row_equal(rows[r].name, stats.frames[PLAYOUT_PRIMARY], 50 + n_after);
		assert_row_equal(rows[r].name, recv_stats_frames_played(&stats), 50 + n_after);
		assert_row_equal(rows[r].name, stats.packets_rejected, 0);
		assert_row_equal(rows[r].name, stats.packets_late, 0);
		assert_row_equal(rows[r].name, recv_stream_channels(l.stream), rows[r].n_channels);
		assert_row_equal(
			rows[r].name, l.last_record.playout_delay_us < DELAY_US + 60000, 1);
		listener_check_sums(&l, rows[r].name);
		listener_end(&l);
		sent_stream_end(&second);
	}
	sent_stream_end(&first);
}

/* The change itself is lost: what is missing is counted once, whatever the lengths. */
static void a_change_of_length_may_be_lost(void **state)
{
	const struct send_stream_config before = rehearsal_config(1, 48000);
	struct send_stream_config after = before;
	int limit;
	(void)state;
	after.frame_samples = 480;
	after.rtp.first_seq = 1050;
	after.rtp.first_timestamp = 5000 + 50 * 960;
	assert_int_equal(redundancy_share(&after.redundancy, 480, 48000, 0, &limit), REDUNDANCY_OK);
	struct sent_stream first = sent_stream_make(&before, 50, 0, 0);
	struct sent_stream second = sent_stream_make(&after, 100, 0, 50 * 20000);
	struct listener l = listener_begin(DELAY_US, 480);
	first.datagrams[49].n_bytes = 0; /* 20 ms, of which no copy comes */
	second.datagrams[0].n_bytes = 0; /* 10 ms, of which one does */
	hear_all(&l, &first, TRIP_US);
	hear_all(&l, &second, TRIP_US);
	listener_run_until(&l, 2300000);
	const struct recv_stats stats = listener_stats(&l);
	assert_int_equal(stats.frames[PLAYOUT_PRIMARY], 49 + 99);
	assert_int_equal(stats.frames[PLAYOUT_REDUNDANT], 1);
	assert_int_equal(stats.frames[PLAYOUT_CONCEALED], 1);
	assert_int_equal(stats.frames[PLAYOUT_SILENT], 0);
	listener_check_sums(&l, "length");
	listener_end(&l);
	sent_stream_end(&first);
	sent_stream_end(&second);
}

/* A gap in what arrives, then more. Each row: how long the sender is gone by the clock, what it
 * does to timestamps and SSRC, and how soon after its return everything is played again. */
static void audio_resumes_after_a_gap(void **state)
{
	static const struct {
		const char *name;
		int64_t gap_us;	    /* by the clock */
		int64_t stamped_us; /* by the timestamps */
		uint32_t ssrc;	    /* of the second part */
		uint16_t seq;	    /* of its first packet; the first part ends at 1049 */
		int64_t resumed_us; /* after the first packet of the second part */
		int rejected_max;
	} rows[] = {
		{ "pause of 200 ms", 200000, 200000, 0x51515151, 1050, 150000, 0 },
		{ "pause of 1 s", 1000000, 1000000, 0x51515151, 1050, 150000, 0 },
		{ "pause of 10 s", 10000000, 10000000, 0x51515151, 1050, 150000, 0 },
		{ "loss for 3 s", 3000000, 3000000, 0x51515151, 1200, 150000, 0 },
		{ "machine stopped for 3 s", 3000000, 0, 0x51515151, 1050, 500000, 0 },
		{ "stopped for 10 s, 5 stamped", 10000000, 5000000, 0x51515151, 1050, 500000, 0 },
		{ "stopped for 5 s, 2.5 stamped", 5000000, 2500000, 0x51515151, 1050, 500000, 0 },
		{ "new SSRC at once", 20000, -1000000, 0xABCDEF01, 50000, 800000, 30 },
		{ "new SSRC after 1 s", 1000000, -1000000, 0xABCDEF01, 50000, 300000, 2 },
		{ "new SSRC after 10 s", 10000000, -1000000, 0xABCDEF01, 50000, 300000, 2 },
		{ "same SSRC, other numbers", 1000000, 77000000, 0x51515151, 30000, 300000, 2 },
	};
	const struct send_stream_config before = rehearsal_config(1, 48000);
	struct sent_stream first = sent_stream_make(&before, 50, 0, 0);
	(void)state;
	for (size_t r = 0; r < N_ROWS(rows); r++) {
		struct send_stream_config after = before;
		after.rtp.ssrc = rows[r].ssrc;
		after.rtp.first_seq = rows[r].seq;
		after.rtp.first_timestamp =
			5000 + 50 * 960 + (uint32_t)samples_from_us(rows[r].stamped_us);
		const int64_t start_us = 50 * 20000 + rows[r].gap_us;
		struct sent_stream second = sent_stream_make(&after, 100, 0, start_us);
		struct listener l = listener_begin(DELAY_US, 480);
		hear_all(&l, &first, TRIP_US);
		hear_all(&l, &second, TRIP_US);
		const int64_t until_us = start_us + 2300000;
		listener_run_until(&l, until_us);
		const struct recv_stats stats = listener_stats(&l);
		const int64_t n_resumed = 50 + (2000000 - rows[r].resumed_us) / 20000;
		assert_row_in_range(rows[r].name, stats.frames[PLAYOUT_PRIMARY], n_resumed, 150);
		assert_row_in_range(rows[r].name, stats.packets_rejected, 0, rows[r].rejected_max);
		/* Played at once where possible, and at the target delay. */
		const float peak = listener_peak(&l, start_us + 20000 + rows[r].resumed_us,
			start_us + 20000 + rows[r].resumed_us + 400000);
		assert_row_equal(rows[r].name, peak > 0.05F, 1);
		assert_row_in_range(rows[r].name, l.last_record.playout_delay_us, DELAY_US - 1,
			DELAY_US + 30000);
		if (rows[r].gap_us > 2500000) /* concealment has ended: silence, not noise */
			assert_row_equal(rows[r].name,
				listener_peak(&l, 1000000 + DELAY_US + 1700000, start_us) == 0, 1);
		listener_check_sums(&l, rows[r].name);
		listener_end(&l);
		sent_stream_end(&second);
	}
	sent_stream_end(&first);
}

/* The network stalls for two seconds and then delivers everything at once: the stale sound is
 * skipped, and what comes next is played at the target delay. */
static void a_burst_after_a_stall_is_not_played_late(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 300, 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		const bool stalled = d->sent_us > 2000000 && d->sent_us < 4000000;
		listener_hear(&l, d->bytes, d->n_bytes, (stalled ? 4000000 : d->sent_us) + TRIP_US);
	}
	listener_run_until(&l, 6300000);
	const struct recv_stats stats = listener_stats(&l);
	assert_int_equal(stats.packets_received, 300);
	assert_int_equal(stats.packets_lost, 0);
	/* It may begin anew with a frame that is a frame and a block late. */
	assert_in_range(l.last_record.playout_delay_us, DELAY_US, DELAY_US + 30000);
	assert_in_range(stats.packets_late, 90, 99);
	assert_in_range(stats.frames[PLAYOUT_PRIMARY], 200, 208);
	assert_int_equal(recv_stats_frames_played(&stats), 300);
	assert_true(listener_peak(&l, 4300000, 6000000) > 0.1F);
	listener_check_sums(&l, "stall");
	listener_end(&l);
	sent_stream_end(&sent);
}

/* The path becomes 300 ms longer, and shorter again: nothing stays late for ever. */
static void the_way_may_become_longer_and_shorter(void **state)
{
	const struct send_stream_config config = rehearsal_config(0, 48000);
	struct sent_stream sent = sent_stream_make(&config, 600, 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		const int64_t longer_us = d->sent_us > 3000000 && d->sent_us < 7000000 ? 300000 : 0;
		listener_hear(&l, d->bytes, d->n_bytes, d->sent_us + TRIP_US + longer_us);
		if (i == 340)
			assert_true(listener_peak(&l, 4000000, 6500000) > 0.1F);
	}
	listener_run_until(&l, 12300000);
	const struct recv_stats stats = listener_stats(&l);
	assert_true(listener_peak(&l, 7500000, 11500000) > 0.1F);
	assert_in_range(stats.packets_late, 5, 40);
	assert_true(stats.frames[PLAYOUT_PRIMARY] > 540);
	listener_check_sums(&l, "longer and shorter");
	listener_end(&l);
	sent_stream_end(&sent);
}

/* The device stands still for a second and asks again: what it missed is stale. */
static void a_device_that_stood_still_does_not_play_late(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 200, 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		const struct sent_datagram *const d = &sent.datagrams[i];
		const int64_t arrival_us = d->sent_us + TRIP_US;
		if (arrival_us > 1500000 && arrival_us < 2500000)
			recv_stream_push(l.stream, d->bytes, d->n_bytes, arrival_us);
		else
			listener_hear(&l, d->bytes, d->n_bytes, arrival_us);
		if (i == 124) /* what was pulled until now was pulled a second ago */
			l.stood_still_us = 1000000;
	}
	listener_run_until(&l, 4300000);
	const struct recv_stats stats = listener_stats(&l);
	assert_in_range(l.last_record.playout_delay_us, DELAY_US, DELAY_US + 30000);
	assert_in_range(stats.packets_late, 45, 50);
	assert_in_range(stats.frames[PLAYOUT_PRIMARY], 150, 155);
	listener_check_sums(&l, "device");
	listener_end(&l);
	sent_stream_end(&sent);
}

/* A new stream is independent of the one before: it sounds as on a fresh receiver. */
static void a_new_stream_is_decoded_afresh(void **state)
{
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream sent = sent_stream_make(&config, 50, 0, 0);
	struct listener used = listener_begin(DELAY_US, 480);
	struct listener fresh = listener_begin(DELAY_US, 480);
	(void)state;
	hear_all(&used, &sent, TRIP_US);
	for (size_t i = 0; i < sent.n_frames; i++) {
		struct sent_datagram *const d = &sent.datagrams[i];
		datagram_set_ssrc(d->bytes, 0xABCDEF01);
		listener_hear(&used, d->bytes, d->n_bytes, 5000000 + d->sent_us);
		listener_hear(&fresh, d->bytes, d->n_bytes, 5000000 + d->sent_us);
	}
	listener_run_until(&used, 6500000);
	listener_run_until(&fresh, 6500000);
	assert_int_equal(used.n_heard, fresh.n_heard);
	assert_true(listener_peak(&fresh, 5200000, 6000000) > 0.05F);
	for (size_t i = (size_t)samples_from_us(5000000) * 2; i < fresh.n_heard * RECV_CHANNELS;
		i++)
		assert_true(used.heard[i] == fresh.heard[i]);
	listener_end(&used);
	listener_end(&fresh);
	sent_stream_end(&sent);
}

/* A frame that has arrived cannot come again under another sequence number, even if that number is
 * missing. */
static void one_frame_has_one_number(void **state)
{
	const struct send_stream_config config = rehearsal_config(0, 48000);
	struct sent_stream sent = sent_stream_make(&config, 10, 0, 0);
	struct listener l = listener_begin(DELAY_US, 480);
	(void)state;
	for (size_t i = 0; i < 4; i++)
		if (i != 2)
			listener_hear(
				&l, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes, 30000);
	datagram_restamp(sent.datagrams[1].bytes, 1002, 5000);
	assert_int_equal(
		listener_hear(&l, sent.datagrams[1].bytes, sent.datagrams[1].n_bytes, 31000),
		STATUS_FOREIGN);
	assert_int_equal(
		listener_hear(&l, sent.datagrams[2].bytes, sent.datagrams[2].n_bytes, 32000),
		STATUS_OK);
	listener_run_until(&l, 400000); /* nothing that followed has borne it out */
	assert_int_equal(listener_stats(&l).packets_rejected, 1);
	listener_end(&l);
	sent_stream_end(&sent);
}

/* A receiver that joins in mid-stream gets copies of earlier frames with the first packet: they are
 * played, but their lateness does not count as delay. */
static void joining_in_mid_stream_costs_no_delay(void **state)
{
	const struct send_stream_config config = rehearsal_config(2, 64000);
	struct sent_stream sent = sent_stream_make(&config, 100, 0, 0);
	struct listener l = listener_begin(DELAY_AUTO, 480);
	(void)state;
	for (size_t i = 30; i < sent.n_frames; i++)
		listener_hear(&l, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes,
			sent.datagrams[i].sent_us + TRIP_US);
	const struct recv_stats stats = listener_stats(&l);
	assert_int_equal(stats.frames[PLAYOUT_REDUNDANT], 2);
	assert_int_equal(stats.frames[PLAYOUT_CONCEALED], 0);
	assert_true(stats.target_delay_ms <= 2);
	listener_check_sums(&l, "joining");
	listener_end(&l);
	sent_stream_end(&sent);
}

static void without_packets_there_is_silence(void **state)
{
	struct listener l = listener_begin(DELAY_AUTO, 480);
	struct playout_record record;
	(void)state;
	listener_run_until(&l, 5000000);
	const struct recv_stats stats = listener_stats(&l);
	assert_true(listener_peak(&l, 0, 5000000) == 0);
	assert_int_equal(recv_stats_frames_played(&stats), 0);
	assert_int_equal(recv_stream_channels(l.stream), 0);
	assert_false(recv_stream_next_record(l.stream, &record));
	assert_true(stats.jitter_ms != stats.jitter_ms &&
		    stats.target_delay_ms != stats.target_delay_ms);
	listener_check_sums(&l, "nothing");
	listener_end(&l);
}

/* A sender of another make: Opus's in-band FEC and no copies. */
struct fec_sender {
	OpusEncoder *opus;
	struct speech_like speech;
	int frame_samples, n_frames;
};

static struct fec_sender fec_sender_begin(int frame_samples)
{
	int error;
	struct fec_sender s = {
		.opus = opus_encoder_create(SAMPLES_PER_SECOND, 1, OPUS_APPLICATION_VOIP, &error),
		.speech = speech_like_begin(0),
		.frame_samples = frame_samples,
	};
	assert_int_equal(error, OPUS_OK);
	opus_encoder_ctl(s.opus, OPUS_SET_COMPLEXITY(2));
	opus_encoder_ctl(s.opus, OPUS_SET_BITRATE(24000));
	opus_encoder_ctl(s.opus, OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_WIDEBAND));
	opus_encoder_ctl(s.opus, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(s.opus, OPUS_SET_PACKET_LOSS_PERC(25));
	return s;
}

/* The next packet, received TRIP_US after its frame was full unless it is lost. */
static void fec_sender_send(struct fec_sender *s, struct listener *l, bool is_lost)
{
	uint8_t datagram[RTP_HEADER_BYTES + 1000];
	float pcm[1920];

	speech_like_fill(&s->speech, pcm, s->frame_samples, 1);
	rtp_write_header(datagram, &(struct rtp_packet){
					   .payload_type = RTP_TYPE_OPUS,
					   .seq = (uint16_t)(65500 + s->n_frames),
					   .timestamp = (uint32_t)(s->n_frames * s->frame_samples),
					   .ssrc = 7,
				   });
	const opus_int32 n_bytes = opus_encode_float(
		s->opus, pcm, s->frame_samples, datagram + RTP_HEADER_BYTES, 1000);
	assert_true(n_bytes > 2);
	s->n_frames++;
	if (!is_lost)
		listener_hear(l, datagram, RTP_HEADER_BYTES + (size_t)n_bytes,
			us_from_samples(s->n_frames * s->frame_samples) + TRIP_US);
}

/* A lost frame is known one packet later by its FEC: the learned delay waits for that where packets
 * are often lost. Without it the delay would be the network's alone, which has no jitter here. */
static void the_delay_waits_for_in_band_fec(void **state)
{
	enum { FRAMES = 500 };
	struct fec_sender s = fec_sender_begin(960);
	struct listener l = listener_begin(DELAY_AUTO, 480);
	struct recv_stats before;
	int64_t n_lost = 0;
	(void)state;
	for (int i = 0; i < FRAMES; i++) {
		if (i == FRAMES / 2)
			before = listener_stats(&l);
		n_lost += i >= FRAMES / 2 && i % 5 == 4;
		fec_sender_send(&s, &l, i % 5 == 4);
	}
	const struct recv_stats stats = listener_stats(&l);
	assert_in_range(
		stats.frames[PLAYOUT_FEC] - before.frames[PLAYOUT_FEC], n_lost * 8 / 10, n_lost);
	listener_end(&l);
	opus_encoder_destroy(s.opus);
}

static void in_band_fec_is_used_where_the_next_packet_has_it(void **state)
{
	static const int lengths[] = { 480, 960, 1920 };
	(void)state;
	for (size_t r = 0; r < N_ROWS(lengths); r++) {
		const int n = lengths[r];
		struct fec_sender sender = fec_sender_begin(n);
		struct listener l = listener_begin(DELAY_US, 480);
		int n_lost = 0;
		for (int i = 0; i < 60; i++) {
			const bool is_lost = i % 6 == 5 && i < 50;
			n_lost += is_lost;
			fec_sender_send(&sender, &l, is_lost);
		}
		listener_run_until(&l, us_from_samples(60 * n) + 300000);
		const struct recv_stats stats = listener_stats(&l);
		assert_int_equal(stats.packets_lost, n_lost);
		assert_int_equal(
			stats.frames[PLAYOUT_FEC] + stats.frames[PLAYOUT_CONCEALED], n_lost);
		assert_true(stats.frames[PLAYOUT_FEC] > n_lost / 2); /* a pause has none */
		assert_int_equal(recv_stats_frames_played(&stats), 60);
		listener_check_sums(&l, "fec");
		listener_end(&l);
		opus_encoder_destroy(sender.opus);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sender_may_change_in_mid_stream),
		cmocka_unit_test(a_change_of_length_may_be_lost),
		cmocka_unit_test(audio_resumes_after_a_gap),
		cmocka_unit_test(a_burst_after_a_stall_is_not_played_late),
		cmocka_unit_test(the_way_may_become_longer_and_shorter),
		cmocka_unit_test(a_device_that_stood_still_does_not_play_late),
		cmocka_unit_test(a_new_stream_is_decoded_afresh),
		cmocka_unit_test(one_frame_has_one_number),
		cmocka_unit_test(joining_in_mid_stream_costs_no_delay),
		cmocka_unit_test(without_packets_there_is_silence),
		cmocka_unit_test(in_band_fec_is_used_where_the_next_packet_has_it),
		cmocka_unit_test(the_delay_waits_for_in_band_fec),
	};
	return cmocka_run_group_tests_name("recv_stream changes", tests, NULL, NULL);
}
