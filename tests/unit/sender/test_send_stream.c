/* The sender as a whole: the budget is kept, the statistics are those of the datagrams. */
#include "sender/send_stream.h"

#include "common/base/units.h"
#include "tests/unit/rehearsal.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether this configuration exists, filled in. */
static bool configure(struct send_stream_config *config, enum profile profile, int n_channels,
	int frame_samples, int n_copies, int budget_bps)
{
	int limit;
	*config = (struct send_stream_config){
		.profile = profile,
		.n_channels = n_channels,
		.frame_samples = frame_samples,
		.budget_bps = budget_bps,
		.redundancy = { .n_copies = n_copies },
		.rtp = { 0x5E4D, 65000, 0xFFFFF000 },
	};
	for (int i = 0; i < n_copies; i++)
		config->redundancy.distances[i] = i + 1;
	return redundancy_share(&config->redundancy, frame_samples, budget_bps, 0, &limit) ==
	       REDUNDANCY_OK;
}

/* The most payload that any one second of it carried, against the budget. */
static double busiest_second(const struct sent_stream *sent, int budget_bps)
{
	const size_t n_a_second = (size_t)(SAMPLES_PER_SECOND / sent->frame_samples);
	const double budget_bytes =
		budget_bps / 8.0 * (double)n_a_second * sent->frame_samples / SAMPLES_PER_SECOND;
	size_t in_window = 0, busiest = 0;

	for (size_t i = 0; i < sent->n_frames; i++) {
		in_window += sent->datagrams[i].n_bytes - RTP_HEADER_BYTES;
		if (i >= n_a_second)
			in_window -= sent->datagrams[i - n_a_second].n_bytes - RTP_HEADER_BYTES;
		if (in_window > busiest)
			busiest = in_window;
	}
	return (double)busiest / budget_bytes;
}

/* Every profile, frame length, number of channels and a few budgets: no second of it exceeds the
 * budget by more than 5 %, and most of the budget is used. */
static void the_budget_is_kept(enum profile profile)
{
	static const int lengths[] = { 120, 240, 480, 960, 1920, 2880 };
	static const int budgets_bps[] = { 16000, 32000, 64000, 128000 };
	for (size_t i = 0; i < N_ROWS(lengths) * N_ROWS(budgets_bps) * 2 * 2; i++) {
		const int frame_samples = lengths[i % 6];
		const int n_copies = (int)(i / 6 % 2 * 2);
		const int n_channels = (int)(i / 12 % 2) + 1;
		const int budget_bps = budgets_bps[i / 24];
		struct send_stream_config config;

		if (unit_leaves_out(i, 13))
			continue;
		if (!configure(&config, profile, n_channels, frame_samples, n_copies, budget_bps))
			continue;
		struct sent_stream sent = sent_stream_make(
			&config, (size_t)(SAMPLES_PER_SECOND * 13 / 10 / frame_samples), 0, 0);
		const double used = busiest_second(&sent, budget_bps);
		if (used > 1.05 || used < 0.75)
			fail_msg("profile %d, %d channels, %d samples, %d copies, %d bit/s: the "
				 "busiest second has %.3f of its budget",
				profile, n_channels, frame_samples, n_copies, budget_bps, used);
		assert_int_equal(sent.stats.encode_failures, 0);
		sent_stream_end(&sent);
	}
}

static void the_budget_is_kept_in_voice(void **state)
{
	(void)state;
	the_budget_is_kept(PROFILE_VOICE);
}

static void the_budget_is_kept_in_music(void **state)
{
	(void)state;
	the_budget_is_kept(PROFILE_MUSIC);
}

static void the_budget_is_kept_in_lowdelay(void **state)
{
	(void)state;
	the_budget_is_kept(PROFILE_LOWDELAY);
}

/* The band above 8 kHz comes where every form affords it, not with a copy a little larger: at 20 %
 * loss copies of 20 kbit/s in full band, of 64 in all, cost 0.2 MOS. RFC 6716, 3.1: the TOC's
 * config. */
static void full_band_comes_where_all_forms_afford_it(void **state)
{
	enum { SILK_WIDEBAND_20_MS = 9, HYBRID_FULLBAND_20_MS = 15 };
	static const struct {
		int kbps, n_copies, copy_bps[3], config;
	} rows[] = {
		{ 64, 2, { 18000, 18000 }, SILK_WIDEBAND_20_MS },
		{ 64, 2, { 20000, 20000 }, SILK_WIDEBAND_20_MS },
		{ 64, 1, { 24000 }, SILK_WIDEBAND_20_MS },
		{ 128, 2, { 32000, 32000 }, HYBRID_FULLBAND_20_MS },
		{ 128, 3, { 32000, 24000, 12000 }, SILK_WIDEBAND_20_MS },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct send_stream_config config = rehearsal_config(0, rows[i].kbps * 1000);
		struct redundancy *const r = &config.redundancy;
		struct rtp_packet packet;
		int limit;
		r->n_copies = rows[i].n_copies;
		for (int k = 0; k < r->n_copies; k++)
			r->distances[k] = k + 1;
		assert_int_equal(
			redundancy_share_rates(r, 960, config.budget_bps, rows[i].copy_bps, &limit),
			REDUNDANCY_OK);
		struct sent_stream sent = sent_stream_make(&config, 20, 0, 0);
		const struct sent_datagram *const last = &sent.datagrams[19];
		assert_int_equal(rtp_parse(&packet, last->bytes, last->n_bytes), STATUS_OK);
		struct red_payload red;
		if (packet.payload_type == RTP_TYPE_RED) {
			assert_int_equal(
				red_parse(&red, packet.payload, packet.payload_bytes), STATUS_OK);
			for (size_t b = 0; b < red.n_blocks; b++)
				assert_int_equal(red.blocks[b].data[0] >> 3, rows[i].config);
		} else {
			assert_int_equal(packet.payload[0] >> 3, rows[i].config);
		}
		sent_stream_end(&sent);
	}
}

static void statistics_are_those_of_the_datagrams(void **state)
{
	const struct send_stream_config config = rehearsal_config(2, 48000);
	struct sent_stream sent = sent_stream_make(&config, 100, 0, 0);
	int64_t n_extended = 0, n_bytes = 0, n_copies = 0, copy_bytes = 0, primary_bytes = 0;
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		struct rtp_packet packet;
		struct red_payload red;
		assert_int_equal(
			rtp_parse(&packet, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes),
			STATUS_OK);
		assert_int_equal(packet.seq, 1000 + i);
		assert_int_equal(packet.timestamp, 5000 + i * 960);
		n_bytes += (int64_t)sent.datagrams[i].n_bytes;
		assert_int_equal(packet.has_capture_time, i % 50 == 0); /* once a second */
		n_extended += packet.has_capture_time;
		if (packet.payload_type == RTP_TYPE_OPUS) {
			primary_bytes += (int64_t)packet.payload_bytes;
			continue;
		}
		assert_int_equal(red_parse(&red, packet.payload, packet.payload_bytes), STATUS_OK);
		primary_bytes += (int64_t)red.blocks[red.n_blocks - 1].n_bytes;
		n_copies += (int64_t)red.n_blocks - 1;
		for (size_t b = 0; b + 1 < red.n_blocks; b++)
			copy_bytes += (int64_t)red.blocks[b].n_bytes;
	}
	assert_int_equal(sent.stats.packets_sent, 100);
	assert_int_equal(sent.stats.frames_encoded, 100);
	assert_int_equal(sent.stats.frames_silent, 0);
	assert_int_equal(sent.stats.bytes_sent, n_bytes);
	assert_int_equal(sent.stats.payload_bytes,
		n_bytes - 100 * RTP_HEADER_BYTES - n_extended * RTP_EXTENSION_BYTES);
	assert_int_equal(sent.stats.copies_sent, n_copies);
	assert_int_equal(n_copies, 99 + 98);
	assert_int_equal(sent.stats.copy_bytes, copy_bytes);
	assert_int_equal(sent.stats.primary_bytes, primary_bytes);

	struct stats_field fields[STATS_FIELDS_MAX];
	const struct send_stats none = { 0 };
	send_stats_fields(&sent.stats, &none, 2, 2, fields);
	assert_string_equal(fields[0].name, "time_s");
	assert_string_equal(fields[7].name, "copy_kbps");
	assert_float_equal(fields[7].value, (double)copy_bytes * 8 / 2000, 1e-9);
	assert_string_equal(fields[8].name, "reported_loss");
	assert_true(isnan(fields[8].value));
	sent_stream_end(&sent);
}

static const struct stats_field *field(
	const struct stats_field *fields, size_t n_fields, const char *name)
{
	for (size_t i = 0; i < n_fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	fail_msg("no statistic is called %s", name);
	return NULL;
}

/* Fixed by hand there are no expectations; with the planner, its own; invalid reports are
 * counted. */
static void statistics_tell_of_the_plan(void **state)
{
	static const struct {
		const char *name;
		bool adaptive;
		const char *reason;
	} rows[] = {
		{ "by hand", false, "fixed" },
		{ "by the planner", true, "unheard" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct send_stream_config config = rehearsal_config(1, 48000);
		struct stats_field fields[STATS_FIELDS_MAX];
		struct send_stats stats;
		const struct send_stats none = { 0 };
		struct send_stream *s;
		void *const memory = malloc(send_stream_bytes(&config));
		config.adaptive = rows[i].adaptive;
		assert_int_equal(send_stream_init(&s, memory, &config), STATUS_OK);
		send_stream_on_rtcp(s, (const uint8_t *)"\x80\xC9\x00\x09", 4, 0);
		send_stream_stats(s, &stats);
		const size_t n = send_stats_fields(&stats, &none, 1, 1, fields);
		assert_string_equal(field(fields, n, "plan_reason")->word, rows[i].reason);
		assert_string_equal(field(fields, n, "circuit_cause")->word, "none");
		const double mos = field(fields, n, "expected_mos")->value;
		const double delay_ms = field(fields, n, "expected_delay_ms")->value;
		assert_row_equal(rows[i].name, mos > 3.5 && mos < 4.6, rows[i].adaptive);
		assert_row_equal(rows[i].name, delay_ms > 5 && delay_ms < 90, rows[i].adaptive);
		assert_row_equal(rows[i].name, isnan(mos) && isnan(delay_ms), !rows[i].adaptive);
		assert_row_equal(rows[i].name, field(fields, n, "fec")->value, 0);
		assert_row_equal(rows[i].name, field(fields, n, "reports_rejected")->value, 1);
		free(memory);
	}
}

/* Blocks of any size make the same frames, and none is lost between them. */
static void blocks_of_any_size_make_the_same_datagrams(void **state)
{
	static const size_t blocks[] = { 1, 47, 480, 5000 };
	const struct send_stream_config config = rehearsal_config(1, 48000);
	struct sent_stream whole = sent_stream_make(&config, 25, 0, 0);
	static float pcm[25 * 960];
	struct speech_like speech = speech_like_begin(0);
	void *const memory = malloc(send_stream_bytes(&config));
	(void)state;
	speech_like_fill(&speech, pcm, 25 * 960, 1);
	for (size_t b = 0; b < N_ROWS(blocks); b++) {
		struct send_stream *s;
		size_t n_frames = 0;
		assert_int_equal(send_stream_init(&s, memory, &config), STATUS_OK);
		for (size_t at = 0; at < N_ROWS(pcm); at += blocks[b]) {
			const size_t left = N_ROWS(pcm) - at;
			const size_t n = left < blocks[b] ? left : blocks[b];
			for (size_t taken = 0; taken < n;) {
				uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
				taken += send_stream_push_pcm(s, pcm + at + taken, n - taken,
					us_from_samples((int64_t)(at + taken)));
				const size_t n_bytes = send_stream_next_datagram(s, datagram, 0);
				if (n_bytes == 0)
					continue;
				assert_int_equal(n_bytes, whole.datagrams[n_frames].n_bytes);
				assert_memory_equal(
					datagram, whole.datagrams[n_frames].bytes, n_bytes);
				n_frames++;
			}
		}
		assert_int_equal(n_frames, 25);
	}
	free(memory);
	sent_stream_end(&whole);
}

static void silence_is_counted_and_marks_the_next_spurt(void **state)
{
	struct send_stream_config config = rehearsal_config(1, 32000);
	config.dtx = true;
	struct sent_stream sent = sent_stream_make(&config, 300, SAMPLES_PER_SECOND, 0);
	int64_t n_silent = 0, n_sent = 0;
	bool spurt = false;
	(void)state;
	for (size_t i = 0; i < sent.n_frames; i++) {
		struct rtp_packet packet;
		if (sent.datagrams[i].n_bytes == 0) {
			n_silent++;
			spurt = false;
			continue;
		}
		assert_int_equal(
			rtp_parse(&packet, sent.datagrams[i].bytes, sent.datagrams[i].n_bytes),
			STATUS_OK);
		assert_int_equal(packet.seq, 1000 + n_sent);
		assert_int_equal(packet.timestamp, 5000 + i * 960);
		assert_int_equal(packet.marker, !spurt);
		spurt = true;
		n_sent++;
	}
	assert_true(n_silent > 60);
	assert_int_equal(sent.stats.frames_silent, n_silent);
	assert_int_equal(sent.stats.packets_sent, n_sent);
	assert_int_equal(sent.stats.frames_encoded, 300);
	sent_stream_end(&sent);
}

static void nothing_full_is_nothing_sent(void **state)
{
	const struct send_stream_config config = rehearsal_config(0, 32000);
	static const float silence[960] = { 0 };
	uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
	void *const memory = malloc(send_stream_bytes(&config));
	struct send_stream *s;
	(void)state;
	assert_int_equal(send_stream_init(&s, memory, &config), STATUS_OK);
	assert_int_equal(send_stream_next_datagram(s, datagram, 0), 0);
	assert_int_equal(send_stream_push_pcm(s, silence, 959, 0), 959);
	assert_int_equal(send_stream_next_datagram(s, datagram, 0), 0);
	assert_int_equal(send_stream_push_pcm(s, silence, 960, 0), 1); /* full: no more is taken */
	assert_int_equal(send_stream_push_pcm(s, silence, 960, 0), 0);
	assert_true(send_stream_next_datagram(s, datagram, 0) > 0);
	assert_int_equal(send_stream_next_datagram(s, datagram, 0), 0);
	free(memory);
}

/* What the network does not take is in no count but its own, told twice or of nothing. */
static void what_was_not_taken_does_not_count(void **state)
{
	const struct send_stream_config config = rehearsal_config(2, 48000);
	void *const memory = malloc(send_stream_bytes(&config));
	struct speech_like voice = speech_like_begin(0);
	struct send_stats before, after;
	struct send_stream *s;
	(void)state;
	assert_non_null(memory);
	assert_int_equal(send_stream_init(&s, memory, &config), STATUS_OK);
	send_stream_on_unsent(s);
	for (int i = 0; i < 50; i++) {
		uint8_t datagram[PACKETIZER_DATAGRAM_BYTES_MAX];
		float pcm[960];
		const int64_t now_us = (i + 1) * 20 * US_PER_MS;
		speech_like_fill(&voice, pcm, 960, 1);
		send_stream_push_pcm(s, pcm, 960, now_us - 20 * US_PER_MS);
		send_stream_stats(s, &before);
		assert_true(send_stream_next_datagram(s, datagram, now_us) > 0);
		if (i % 5 != 4)
			continue;
		send_stream_on_unsent(s);
		send_stream_on_unsent(s);
		send_stream_stats(s, &after);
		assert_int_equal(after.packets_sent, before.packets_sent);
		assert_int_equal(after.bytes_sent, before.bytes_sent);
		assert_int_equal(after.payload_bytes, before.payload_bytes);
		assert_int_equal(after.copies_sent, before.copies_sent);
		assert_int_equal(after.primary_bytes, before.primary_bytes);
		assert_int_equal(after.copy_bytes, before.copy_bytes);
		assert_int_equal(after.packets_unsent, i / 5 + 1);
	}
	assert_int_equal(after.packets_sent, 40);
	assert_int_equal(after.frames_encoded, 50);
	free(memory);
}

/* --fec on: the primaries carry the frame before, in voice. RFC 6716, 4.2.3: bit 6 says so. */
static void fec_is_sent_where_it_is_asked_for(void **state)
{
	(void)state;
	for (int fec = 0; fec <= 1; fec++) {
		struct send_stream_config config;
		int n_fec = 0;
		assert_true(configure(&config, PROFILE_VOICE, 1, 960, 0, 48000));
		config.fec = fec;
		struct sent_stream sent = sent_stream_make(&config, 60, 0, 0);
		for (size_t i = 0; i < sent.n_frames; i++)
			n_fec += sent.datagrams[i].bytes[RTP_HEADER_BYTES + 1] >> 6 & 1;
		assert_int_equal(sent.stats.has_fec, fec);
		if (fec)
			assert_in_range(n_fec, 30, 60);
		else /* the bit is another one's where libopus is free to use CELT */
			assert_true(n_fec < 60);
		sent_stream_end(&sent);
	}
}

static void wrong_configurations_are_refused(void **state)
{
	struct send_stream_config config = rehearsal_config(0, 32000);
	void *const memory = malloc(send_stream_bytes(&config));
	struct send_stream *s = NULL;
	(void)state;
	config.frame_samples = 720;
	assert_int_equal(send_stream_init(&s, memory, &config), STATUS_BAD_CONFIG);
	assert_null(s);
	free(memory);
}

int main(int argc, char *argv[])
{
	(void)argv;
	*unit_takes_all() = argc > 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_budget_is_kept_in_voice),
		cmocka_unit_test(the_budget_is_kept_in_music),
		cmocka_unit_test(the_budget_is_kept_in_lowdelay),
		cmocka_unit_test(full_band_comes_where_all_forms_afford_it),
		cmocka_unit_test(statistics_are_those_of_the_datagrams),
		cmocka_unit_test(statistics_tell_of_the_plan),
		cmocka_unit_test(blocks_of_any_size_make_the_same_datagrams),
		cmocka_unit_test(silence_is_counted_and_marks_the_next_spurt),
		cmocka_unit_test(nothing_full_is_nothing_sent),
		cmocka_unit_test(what_was_not_taken_does_not_count),
		cmocka_unit_test(fec_is_sent_where_it_is_asked_for),
		cmocka_unit_test(wrong_configurations_are_refused),
	};
	return cmocka_run_group_tests_name("send_stream", tests, NULL, NULL);
}
