#include "receiver/recv_stream.h"

#include "common/level.h"
#include "common/red.h"
#include "common/rtp.h"
#include "common/units.h"
#include "receiver/decoder.h"
#include "receiver/jitter_buffer.h"
#include "receiver/reception.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* After so long without a frame there is nothing left to guess: the decoder's concealment has faded
 * long before, and a sender in DTX would have sent its next packet (RFC 6716, 2.1.9: every 400 ms;
 * with 60 ms frames libopus waits 1.2 s). */
#define CONCEAL_SAMPLES_MAX ((int64_t)72000)

/* Packets that all come too late for so long mean that the way here has changed. */
#define LATE_RUN_US	 (200 * US_PER_MS)
#define LATE_RUN_PACKETS 5

/* Playing later than wanted by more than this is stale audio (the device stood still, or a stall
 * of the network ended in a burst): skip to where the stream should be. */
#define STALE_US (100 * US_PER_MS)

struct recv_stream {
	struct decoder decoder;
	struct reception reception;
	struct jitter_buffer jitter_buffer;
	struct playout_delay delay;
	struct recv_stats stats;

	bool is_playing;	/* false: waiting until a frame is due */
	int64_t next_timestamp; /* of the next sample to be decoded; while waiting: nothing before it */
	int usual_samples;	/* length of the frames of late */
	int n_channels;		/* of the newest packet; 0 before the first */
	int64_t missing_samples; /* rendered since the last frame that there was */

	int64_t late_since_us; /* of the present run of late packets */
	int n_late_run;

	/* The frames played since the last primary: what is missing among them is lost or was never
	 * sent, which only the next primary's sequence number tells. */
	bool has_primary;
	int64_t last_primary_seq;
	int64_t n_recovered;
	int64_t n_passed_over; /* frames while nothing was played */
	bool has_played;
	int64_t played_end; /* of what was last played */

	int64_t n_handed; /* samples handed out since the start */
	size_t n_decoded, decoded_at;
	float decoded[PACKET_SAMPLES_MAX * RECV_CHANNELS];

	/* Played frames, a ring; those from n_certain on wait for the judgement above. */
	uint64_t n_records, n_certain, n_read;
	struct playout_record records[RECV_RECORDS];
};

static size_t struct_bytes(void)
{
	return (sizeof(struct recv_stream) + 63) & ~(size_t)63;
}

size_t recv_stream_bytes(void)
{
	return struct_bytes() + decoder_bytes();
}

enum status recv_stream_init(
	struct recv_stream **stream, void *memory, const struct recv_stream_config *config)
{
	struct recv_stream *const s = memory;
	const struct playout_delay_config *const delay = &config->delay;

	if (config->decoder_complexity < 0 || config->decoder_complexity > DECODER_COMPLEXITY_MAX ||
		delay->min_us < 0 || delay->max_us < delay->min_us)
		return STATUS_BAD_CONFIG;
	memset(s, 0, sizeof *s);
	s->usual_samples = 20 * SAMPLES_PER_MS; /* until the first packet tells */
	reception_init(&s->reception);
	jitter_buffer_init(&s->jitter_buffer);
	playout_delay_init(&s->delay, delay);
	*stream = s;
	return decoder_init(
		&s->decoder, (char *)memory + struct_bytes(), config->decoder_complexity);
}

/* ---- datagrams in ---- */

/* What a packet carries: the primary is the last block. Checked wholly before anything is taken,
 * so that a packet is taken as a whole or not at all. */
static enum status parse_payload(struct red_payload *red, const struct rtp_packet *packet)
{
	if (packet->payload_type == RTP_TYPE_OPUS) {
		red->n_blocks = 1;
		red->blocks[0] = (struct red_block){
			.payload_type = RTP_TYPE_OPUS,
			.data = packet->payload,
			.n_bytes = packet->payload_bytes,
		};
	} else if (packet->payload_type == RTP_TYPE_RED) {
		const enum status status = red_parse(red, packet->payload, packet->payload_bytes);
		if (status != STATUS_OK)
			return status;
	} else {
		return STATUS_UNSUPPORTED;
	}
	const struct red_block *const primary = &red->blocks[red->n_blocks - 1];
	if (primary->payload_type != RTP_TYPE_OPUS)
		return STATUS_UNSUPPORTED;
	if (primary->n_bytes > PRIMARY_BYTES_MAX ||
		decoder_packet_samples(primary->data, primary->n_bytes) == 0)
		return STATUS_MALFORMED;
	for (size_t i = 0; i + 1 < red->n_blocks; i++) {
		const struct red_block *const b = &red->blocks[i];
		if (b->payload_type != RTP_TYPE_OPUS || b->n_bytes == 0)
			continue; /* another codec's, or a place left empty: not ours to judge */
		const int n_samples = decoder_packet_samples(b->data, b->n_bytes);
		if (n_samples == 0 || n_samples > b->offset_samples)
			return STATUS_MALFORMED;
	}
	return STATUS_OK;
}

static void begin_stream(struct recv_stream *s, int64_t timestamp)
{
	for (; s->n_certain < s->n_records; s->n_certain++) {
		struct playout_record *const r = &s->records[s->n_certain % RECV_RECORDS];
		if (r->means == PLAYOUT_CONCEALED) { /* beyond the end of the old stream */
			r->means = PLAYOUT_HELD;
			s->stats.frames[PLAYOUT_HELD]++;
		}
	}
	jitter_buffer_init(&s->jitter_buffer);
	playout_delay_restart(&s->delay);
	decoder_reset(&s->decoder);
	s->is_playing = false;
	s->next_timestamp = timestamp - RED_OFFSET_SAMPLES_MAX; /* copies of earlier frames too */
	s->missing_samples = 0;
	s->n_late_run = 0;
	s->has_primary = false;
	s->n_recovered = 0;
	s->n_passed_over = 0;
	s->has_played = false;
}

/* The record of the frame that was played at this timestamp as missing; NULL where it was there. */
static struct playout_record *missing_record(struct recv_stream *s, int64_t timestamp)
{
	const uint64_t oldest = s->n_records > RECV_RECORDS ? s->n_records - RECV_RECORDS : 0;

	for (uint64_t i = s->n_records; i > oldest; i--) {
		struct playout_record *const r = &s->records[(i - 1) % RECV_RECORDS];
		if (r->timestamp == timestamp && r->means != PLAYOUT_HELD)
			return r->means == PLAYOUT_CONCEALED && r->available_us < 0 ? r : NULL;
		if (r->timestamp < timestamp)
			return NULL;
	}
	return NULL;
}

/* One form of one frame: stored where its turn is still to come; else its lateness is learned. */
static void take_form(struct recv_stream *s, int64_t timestamp, int64_t seq,
	const struct red_block *block, int64_t arrival_us)
{
	const int n_samples = decoder_packet_samples(block->data, block->n_bytes);
	const int64_t transit_us = arrival_us - us_from_samples(timestamp);
	bool is_first = false;
	enum status status = STATUS_LATE;

	if (timestamp >= s->next_timestamp && seq >= 0)
		status = jitter_buffer_put_primary(&s->jitter_buffer, seq, timestamp, n_samples,
			block->data, block->n_bytes, arrival_us, &is_first, &s->stats.packets_late);
	else if (timestamp >= s->next_timestamp)
		status = jitter_buffer_put_copy(&s->jitter_buffer, timestamp, n_samples,
			block->data, block->n_bytes, arrival_us, &is_first, &s->stats.packets_late);
	if (status == STATUS_OK && is_first)
		playout_delay_on_frame(&s->delay, transit_us, arrival_us);
	if (status != STATUS_LATE)
		return;
	struct playout_record *const missed = missing_record(s, timestamp);
	if (missed) { /* its first form, too late to be heard: the delay should know */
		missed->available_us = arrival_us;
		playout_delay_on_frame(&s->delay, transit_us, arrival_us);
	}
}

/* Whether a primary comes after its turn. If for a while all of them do, or come when they could
 * only be passed over as stale, the way here has become longer (or the sender stood still): then
 * the stream is heard from this packet on anew. */
static bool is_late(
	struct recv_stream *s, int64_t timestamp, int64_t transit_us, int64_t arrival_us)
{
	const bool is_over = timestamp < s->next_timestamp;
	const bool is_stale = transit_us - playout_delay_fastest_us(&s->delay) >
			      playout_delay_target_us(&s->delay) + STALE_US;

	if (!is_over && !is_stale) {
		s->n_late_run = 0;
		return false;
	}
	if (s->n_late_run++ == 0)
		s->late_since_us = arrival_us;
	if (s->n_late_run < LATE_RUN_PACKETS || arrival_us - s->late_since_us < LATE_RUN_US)
		return is_over;
	playout_delay_restart(&s->delay);
	playout_delay_on_packet(&s->delay, transit_us, arrival_us);
	s->is_playing = false;
	s->next_timestamp = timestamp;
	s->n_late_run = 0;
	return false;
}

static enum status take_packet(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	struct rtp_packet packet;
	struct red_payload red;
	struct reception_place place;

	if (n_bytes > RECV_DATAGRAM_BYTES_MAX)
		return STATUS_MALFORMED;
	enum status status = rtp_parse(&packet, datagram, n_bytes);
	if (status == STATUS_OK)
		status = parse_payload(&red, &packet);
	if (status == STATUS_OK)
		status = reception_judge(&s->reception, &packet, arrival_us, &place);
	if (status != STATUS_OK && status != STATUS_DUPLICATE)
		return status;
	if (status == STATUS_OK && !place.is_new_stream &&
		jitter_buffer_contradicts(&s->jitter_buffer, place.seq, place.timestamp))
		return STATUS_MALFORMED;
	reception_accept(
		&s->reception, &packet, &place, status == STATUS_DUPLICATE, n_bytes, arrival_us);
	if (status == STATUS_DUPLICATE)
		return status;
	if (place.is_new_stream)
		begin_stream(s, place.timestamp);

	const struct red_block *const primary = &red.blocks[red.n_blocks - 1];
	const int64_t transit_us = arrival_us - us_from_samples(place.timestamp);
	playout_delay_on_packet(&s->delay, transit_us, arrival_us);
	s->n_channels = decoder_packet_is_stereo(primary->data) ? 2 : 1;
	if (is_late(s, place.timestamp, transit_us, arrival_us)) {
		s->stats.packets_late++;
		status = STATUS_LATE;
	}
	take_form(s, place.timestamp, place.seq, primary, arrival_us);
	for (size_t i = 0; i + 1 < red.n_blocks; i++) {
		const struct red_block *const b = &red.blocks[i];
		if (b->payload_type == RTP_TYPE_OPUS && b->n_bytes > 0)
			take_form(s, place.timestamp - b->offset_samples, -1, b, arrival_us);
	}
	return status;
}

enum status recv_stream_push(
	struct recv_stream *s, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us)
{
	if (rtp_is_rtcp(datagram, n_bytes)) /* reports: this version acts on none */
		return STATUS_UNSUPPORTED;
	const enum status status = take_packet(s, datagram, n_bytes, arrival_us);
	if (status != STATUS_OK && status != STATUS_DUPLICATE && status != STATUS_LATE)
		s->stats.packets_rejected++;
	return status;
}

/* ---- PCM out ---- */

static void add_record(struct recv_stream *s, const struct playout_choice *choice, int64_t now_us)
{
	const struct buffered_frame *const f =
		choice->means <= PLAYOUT_REDUNDANT ? choice->frame : NULL;
	const int64_t earliest_us =
		us_from_samples(s->next_timestamp) + playout_delay_fastest_us(&s->delay);
	struct playout_record *const r = &s->records[s->n_records % RECV_RECORDS];

	*r = (struct playout_record){
		.timestamp = s->next_timestamp,
		.seq = f ? f->seq : -1,
		.available_us = choice->frame ? choice->frame->available_us : -1,
		.handed_us = now_us,
		.output_sample = s->n_handed,
		.playout_delay_us = now_us - earliest_us,
		.target_us = playout_delay_target_us(&s->delay),
		.n_samples = choice->n_samples,
		.means = choice->means,
	};
	s->n_records++;
	if (s->n_records - s->n_certain > RECV_RECORDS) /* overwritten before it was judged */
		s->n_certain = s->n_records - RECV_RECORDS;
	if (choice->frame) {
		s->stats.delay_sum_us += r->playout_delay_us;
		s->stats.n_delays++;
	}
}

/* All frames since the last primary are judged when the next one is played: as many as sequence
 * numbers are missing were lost; those recovered are counted already, the others were concealed,
 * or passed over while nothing was played. What is missing beyond that was never sent. Before the
 * first primary all missing ones lie between copies, which are not sent in silence: lost. */
static void judge_missing(struct recv_stream *s, const struct buffered_frame *primary)
{
	int64_t n_missing = s->n_passed_over;
	int64_t n_concealed = s->has_primary
				      ? primary->seq - s->last_primary_seq - 1 - s->n_recovered
				      : INT64_MAX;

	for (uint64_t i = s->n_certain; i < s->n_records; i++)
		n_missing += s->records[i % RECV_RECORDS].means == PLAYOUT_CONCEALED;
	if (n_concealed < 0)
		n_concealed = 0;
	if (n_concealed > n_missing)
		n_concealed = n_missing;
	s->stats.frames[PLAYOUT_CONCEALED] += n_concealed;
	s->stats.frames[PLAYOUT_SILENT] += n_missing - n_concealed;
	for (; s->n_certain < s->n_records; s->n_certain++) {
		struct playout_record *const r = &s->records[s->n_certain % RECV_RECORDS];
		if (r->means == PLAYOUT_CONCEALED && n_concealed-- <= 0)
			r->means = PLAYOUT_SILENT;
	}
	s->has_primary = true;
	s->last_primary_seq = primary->seq;
	s->n_recovered = 0;
	s->n_passed_over = 0;
}

/* Plays out the last guess to nothing: the stream pauses from here on. */
static void fade_out(float *pcm, int n_samples)
{
	for (int i = 0; i < n_samples; i++) {
		const float gain = 1.0F - (float)(i + 1) / (float)n_samples;
		for (int c = 0; c < RECV_CHANNELS; c++)
			pcm[i * RECV_CHANNELS + c] *= gain;
	}
}

static enum status render(struct recv_stream *s, const struct playout_choice *choice)
{
	const struct buffered_frame *const f = choice->frame;
	/* The decoder guesses in whole multiples of 2.5 ms; what is beyond the gap is not used. */
	const int n_whole =
		(choice->n_samples + FRAME_SAMPLES_MIN - 1) / FRAME_SAMPLES_MIN * FRAME_SAMPLES_MIN;

	switch (choice->means) {
	case PLAYOUT_PRIMARY:
		return decoder_decode(
			&s->decoder, f->primary, f->primary_bytes, s->decoded, f->n_samples);
	case PLAYOUT_REDUNDANT:
		return decoder_decode(
			&s->decoder, f->copy, f->copy_bytes, s->decoded, f->n_samples);
	case PLAYOUT_FEC:
		return decoder_decode_fec(
			&s->decoder, f->primary, f->primary_bytes, s->decoded, choice->n_samples);
	default:
		return decoder_conceal(&s->decoder, s->decoded, n_whole);
	}
}

/* Decodes the next stretch of the stream into `decoded`. */
static void play_next(struct recv_stream *s, int64_t early_us, int64_t now_us)
{
	const struct playout_choice choice =
		playout_choose(&s->jitter_buffer, s->next_timestamp, s->usual_samples, early_us);
	const bool is_there = choice.frame != NULL;

	assert(choice.n_samples > 0 && choice.n_samples <= PACKET_SAMPLES_MAX);
	if (s->has_played && s->next_timestamp > s->played_end)
		s->n_passed_over += (s->next_timestamp - s->played_end + s->usual_samples / 2) /
				    s->usual_samples;
	if (render(s, &choice) != STATUS_OK)
		s->stats.decode_failures++;
	s->decoded_at = 0;
	s->n_decoded = (size_t)choice.n_samples;
	s->missing_samples = is_there ? 0 : s->missing_samples + choice.n_samples;
	if (is_there && choice.means != PLAYOUT_FEC)
		s->usual_samples = choice.n_samples;
	add_record(s, &choice, now_us);
	if (choice.means != PLAYOUT_CONCEALED) /* the missing are counted when they are judged */
		s->stats.frames[choice.means]++;
	if (choice.means == PLAYOUT_PRIMARY)
		judge_missing(s, choice.frame);
	else if (is_there)
		s->n_recovered++;
	if (choice.means != PLAYOUT_HELD)
		s->next_timestamp += choice.n_samples;
	s->has_played = true;
	s->played_end = s->next_timestamp;
	jitter_buffer_drop_before(&s->jitter_buffer, s->next_timestamp);
	if (s->missing_samples >= CONCEAL_SAMPLES_MAX) {
		fade_out(s->decoded, choice.n_samples);
		s->is_playing = false;
	}
}

/* How much later than wanted the next sample would be handed out now; negative: earlier. */
static int64_t lateness_us(const struct recv_stream *s, int64_t timestamp, int64_t now_us)
{
	return now_us - us_from_samples(timestamp) - playout_delay_fastest_us(&s->delay) -
	       playout_delay_target_us(&s->delay);
}

/* While waiting: begins to play when a frame is due, at the beginning of a block, so that every
 * frame has at least the wanted delay to come in. What is a frame and a block later than that is
 * passed over. */
static bool begin_if_due(struct recv_stream *s, int64_t block_us, int64_t now_us)
{
	const struct buffered_frame *f = jitter_buffer_from(&s->jitter_buffer, s->next_timestamp);
	const int64_t late_us_max = block_us + us_from_samples(s->usual_samples);

	while (f && lateness_us(s, f->timestamp, now_us) > late_us_max) {
		s->stats.packets_late += f->primary_bytes > 0;
		s->next_timestamp = f->timestamp + 1;
		f = jitter_buffer_from(&s->jitter_buffer, s->next_timestamp);
	}
	jitter_buffer_drop_before(&s->jitter_buffer, s->next_timestamp);
	if (!f || lateness_us(s, f->timestamp, now_us) < 0)
		return false;
	s->next_timestamp = f->timestamp;
	s->missing_samples = 0;
	s->is_playing = true;
	return true;
}

/* Puts samples into `decoded`; false where there is nothing to be played now. */
static bool make_samples(struct recv_stream *s, int64_t block_us, int64_t now_us)
{
	const int64_t late_us = lateness_us(s, s->next_timestamp, now_us);

	if (s->is_playing && late_us > STALE_US + block_us)
		s->is_playing = false;
	if (!s->is_playing && !begin_if_due(s, block_us, now_us))
		return false;
	play_next(s, -lateness_us(s, s->next_timestamp, now_us), now_us);
	return true;
}

void recv_stream_pull(struct recv_stream *s, float *pcm, size_t n_samples, int64_t now_us)
{
	const int64_t block_us = us_from_samples((int64_t)n_samples);
	size_t n_done = 0;

	while (n_done < n_samples) {
		float *const out = pcm + n_done * RECV_CHANNELS;
		size_t n = n_samples - n_done;
		if (s->decoded_at < s->n_decoded || make_samples(s, block_us, now_us)) {
			const size_t n_left = s->n_decoded - s->decoded_at;
			n = n < n_left ? n : n_left;
			memcpy(out, s->decoded + s->decoded_at * RECV_CHANNELS,
				n * RECV_CHANNELS * sizeof *out);
			s->decoded_at += n;
		} else {
			memset(out, 0, n * RECV_CHANNELS * sizeof *out);
		}
		n_done += n;
		s->n_handed += (int64_t)n;
	}
	s->stats.square_sum += level_square_sum(pcm, n_samples * RECV_CHANNELS);
	s->stats.n_squares += (int64_t)(n_samples * RECV_CHANNELS);
}

/* ---- what is told about it ---- */

int recv_stream_channels(const struct recv_stream *s)
{
	return s->n_channels;
}

bool recv_stream_next_record(struct recv_stream *s, struct playout_record *record)
{
	if (s->n_records - s->n_read > RECV_RECORDS)
		s->n_read = s->n_records - RECV_RECORDS;
	if (s->n_read >= s->n_certain)
		return false;
	*record = s->records[s->n_read++ % RECV_RECORDS];
	return true;
}

void recv_stream_stats(const struct recv_stream *s, struct recv_stats *stats)
{
	struct reception_counts counts;

	reception_read(&s->reception, &counts);
	*stats = s->stats;
	stats->packets_received = counts.packets;
	stats->bytes_received = counts.bytes;
	stats->packets_lost = counts.lost;
	stats->packets_duplicate = counts.duplicates;
	stats->packets_reordered = counts.reordered;
	stats->jitter_ms = reception_jitter_ms(&s->reception);
	stats->target_delay_ms =
		s->n_channels > 0 ? (double)playout_delay_target_us(&s->delay) / US_PER_MS : NAN;
}
