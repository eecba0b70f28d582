#include "tests/unit/rehearsal.h"

#include "common/base/bytes.h"
#include "common/base/units.h"
#include "receiver/sound/decoder.h"
#include "tests/unit/speech_like.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UNTOLD_MAX = 64 };

struct send_stream_config rehearsal_config(int n_copies, int budget_bps)
{
	struct send_stream_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = 960,
		.budget_bps = budget_bps,
		.redundancy = { .n_copies = n_copies },
		.rtp = { .ssrc = 0x51515151, .first_seq = 1000, .first_timestamp = 5000 },
	};
	int limit;

	for (int i = 0; i < n_copies; i++)
		config.redundancy.distances[i] = i + 1;
	assert_int_equal(
		redundancy_share(&config.redundancy, 960, budget_bps, 0, &limit), REDUNDANCY_OK);
	return config;
}

struct sent_stream sent_stream_make(const struct send_stream_config *config, size_t n_frames,
	int64_t pause_samples, int64_t start_us)
{
	struct sent_stream sent = { .n_frames = n_frames, .frame_samples = config->frame_samples };
	struct speech_like speech = speech_like_begin(pause_samples);
	float pcm[FRAME_SAMPLES_MAX * 2];
	void *const memory = malloc(send_stream_bytes(config));
	struct send_stream *stream;

	sent.datagrams = calloc(n_frames, sizeof *sent.datagrams);
	assert_non_null(memory);
	assert_non_null(sent.datagrams);
	assert_int_equal(send_stream_init(&stream, memory, config), STATUS_OK);
	for (size_t i = 0; i < n_frames; i++) {
		const int64_t n_before = (int64_t)i * config->frame_samples;
		struct sent_datagram *const d = &sent.datagrams[i];
		speech_like_fill(&speech, pcm, config->frame_samples, config->n_channels);
		d->sent_us = start_us + us_from_samples(n_before + config->frame_samples);
		assert_int_equal(send_stream_push_pcm(stream, pcm, (size_t)config->frame_samples,
					 start_us + us_from_samples(n_before)),
			config->frame_samples);
		d->n_bytes = send_stream_next_datagram(stream, d->bytes, d->sent_us);
	}
	send_stream_stats(stream, &sent.stats);
	free(memory);
	return sent;
}

void sent_stream_end(struct sent_stream *sent)
{
	free(sent->datagrams);
	sent->datagrams = NULL;
}

void datagram_restamp(uint8_t *datagram, uint16_t seq, uint32_t timestamp)
{
	/* RFC 3550, 5.1: at 2 and at 4; what follows the header stays as it is. */
	struct byte_writer w = byte_writer_over(datagram + 2, 6);
	byte_writer_u16(&w, seq);
	byte_writer_u32(&w, timestamp);
}

void datagram_set_ssrc(uint8_t *datagram, uint32_t ssrc)
{
	struct byte_writer w = byte_writer_over(datagram + 8, 4);
	byte_writer_u32(&w, ssrc);
}

struct listener listener_begin(int64_t delay_us, size_t block_samples)
{
	const struct recv_stream_config config = {
		.delay = { .fixed_us = delay_us, .min_us = 0, .max_us = 500 * US_PER_MS },
		.decoder_complexity = 0, /* neural concealment is slow, and not what is tested */
	};
	struct listener l = { .block_samples = block_samples };

	l.memory = malloc(recv_stream_bytes());
	assert_non_null(l.memory);
	assert_int_equal(recv_stream_init(&l.stream, l.memory, &config), STATUS_OK);
	return l;
}

void listener_end(struct listener *l)
{
	free(l->memory);
	free(l->heard);
	l->memory = NULL;
	l->heard = NULL;
}

static void read_records(struct listener *l)
{
	struct playout_record r;
	while (recv_stream_next_record(l->stream, &r)) {
		const int64_t gap =
			r.timestamp - l->last_record.timestamp - l->last_record.n_samples;
		l->n_records[r.means]++;
		if (r.means == PLAYOUT_INSERTED)
			continue;
		if (l->last_record.n_samples > 0 && gap > 0 && gap < 60 * SAMPLES_PER_SECOND)
			l->n_passed_over += (gap + r.n_samples / 2) / r.n_samples;
		l->last_record = r;
	}
}

void listener_run_until(struct listener *l, int64_t now_us)
{
	l->next_pull_us = l->stood_still_us + us_from_samples((int64_t)l->n_heard);
	while (l->next_pull_us < now_us) {
		const size_t at = l->keeps_one_block ? 0 : l->n_heard;
		if (at + l->block_samples > l->n_room) {
			l->n_room = 2 * l->n_room + l->block_samples + SAMPLES_PER_SECOND;
			l->heard = realloc(l->heard, l->n_room * RECV_CHANNELS * sizeof *l->heard);
			assert_non_null(l->heard);
		}
		recv_stream_pull(l->stream, l->heard + at * RECV_CHANNELS, l->block_samples,
			l->next_pull_us);
		for (size_t i = 0; i < l->block_samples * RECV_CHANNELS; i++)
			assert_true(fabsf(l->heard[at * RECV_CHANNELS + i]) <= 1);
		read_records(l);
		l->n_heard += l->block_samples;
		l->next_pull_us = l->stood_still_us + us_from_samples((int64_t)l->n_heard);
	}
}

enum status listener_hear(
	struct listener *l, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	listener_run_until(l, arrival_us);
	return n_bytes > 0 ? recv_stream_push(l->stream, datagram, n_bytes, arrival_us) : STATUS_OK;
}

struct recv_stats listener_stats(const struct listener *l)
{
	struct recv_stats stats;
	recv_stream_stats(l->stream, &stats);
	return stats;
}

void listener_check_sums(struct listener *l, const char *row_name)
{
	const struct recv_stats stats = listener_stats(l);
	struct stats_field fields[STATS_FIELDS_MAX];
	const struct recv_stats none = { 0 };
	int64_t n_played = 0, n_missing_more = 0;

	for (int means = 0; means < PLAYOUT_MEANS; means++) {
		const int64_t n_more = stats.frames[means] - l->n_records[means];
		const bool is_missing = means == PLAYOUT_CONCEALED || means == PLAYOUT_SILENT;
		if (means != PLAYOUT_INSERTED)
			n_played += stats.frames[means];
		/* Frames after the last primary are counted, but reported only once their fate is
		 * known. */
		assert_row_in_range(
			row_name, n_more, 0, is_missing ? l->n_passed_over : UNTOLD_MAX);
		n_missing_more += is_missing ? n_more : 0;
	}
	assert_row_equal(row_name, n_missing_more, l->n_passed_over);
	assert_row_equal(row_name, recv_stats_frames_played(&stats), n_played);
	const size_t n_fields = recv_stats_fields(&stats, &none, 1, fields);
	int64_t n_told = 0;
	for (size_t i = 0; i < n_fields; i++) {
		if (strcmp(fields[i].name, "frames_played") == 0)
			assert_row_equal(row_name, fields[i].value, n_played);
		else if (strncmp(fields[i].name, "frames_", 7) == 0)
			n_told += (int64_t)fields[i].value;
	}
	assert_row_equal(row_name, n_told, n_played);
	for (size_t i = 0; !l->keeps_one_block && i < l->n_heard * RECV_CHANNELS; i++)
		if (!isfinite(l->heard[i]))
			fail_msg("\"%s\": sample %zu is not finite", row_name, i);
}

float listener_peak(const struct listener *l, int64_t from_us, int64_t until_us)
{
	const size_t from = (size_t)samples_from_us(from_us) * RECV_CHANNELS;
	const size_t until = (size_t)samples_from_us(until_us) * RECV_CHANNELS;
	float peak = 0;
	assert_true(until <= l->n_heard * RECV_CHANNELS);
	for (size_t i = from; i < until; i++)
		peak = fabsf(l->heard[i]) > peak ? fabsf(l->heard[i]) : peak;
	return peak;
}
