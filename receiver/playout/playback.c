#include "receiver/playout/playback.h"

#include "common/rtp/red.h"

#include <assert.h>
#include <string.h>

enum {
	CHANNELS = DECODER_CHANNELS,
	/* After so long without a frame there is nothing left to guess: a sender in DTX would have
	 * sent its next packet (libopus: every 400 ms, with 60 ms frames 1.2 s). */
	MISSING_SAMPLES_MAX = 1500 * SAMPLES_PER_MS,
	/* What is missing for longer is a gap of the stream rather than a burst of loss: nothing is
	 * guessed any more where the delay should be shorter. */
	GAP_SAMPLES = 200 * SAMPLES_PER_MS,
	/* Time-scaling wants a pitch period and a cross-fade in what it shortens. */
	SHORTEN_SAMPLES = 20 * SAMPLES_PER_MS
};

size_t playback_bytes(void)
{
	return renderer_bytes();
}

enum status playback_init(struct playback *p, void *memory, int decoder_complexity,
	struct jitter_buffer *jitter_buffer, struct playout_delay *delay)
{
	memset(p, 0, sizeof *p);
	p->jitter_buffer = jitter_buffer;
	p->delay = delay;
	p->usual_samples = 20 * SAMPLES_PER_MS; /* until the first packet tells */
	playout_history_init(&p->history);
	time_scale_init(&p->time_scale);
	steering_init(&p->steering);
	return renderer_init(&p->renderer, memory, decoder_complexity, jitter_buffer);
}

/* How much later than wanted this sample would be handed out now; negative: earlier. */
static int64_t lateness_us(const struct playback *p, int64_t timestamp, int64_t now_us)
{
	return now_us - us_from_samples(timestamp) - playout_delay_fastest_us(p->delay) -
	       playout_delay_target_us(p->delay);
}

/* ---- one frame ---- */

static void fade_out(float *pcm, int n_samples)
{
	for (int i = 0; i < n_samples; i++) {
		const float gain = 1.0F - (float)(i + 1) / (float)n_samples;
		for (int c = 0; c < CHANNELS; c++)
			pcm[i * CHANNELS + c] *= gain;
	}
}

/* Whether what is played came in a packet or a copy of its own, not within a later one. */
static bool is_of_its_own(const struct playout_choice *choice)
{
	return choice->means == PLAYOUT_PRIMARY || choice->means == PLAYOUT_REDUNDANT;
}

static void record(struct playback *p, const struct playout_choice *choice, int64_t now_us)
{
	const bool is_own = is_of_its_own(choice);
	const int64_t earliest_us =
		us_from_samples(p->next_timestamp) + playout_delay_fastest_us(p->delay);
	const struct playout_record r = {
		.timestamp = p->next_timestamp,
		.seq = is_own ? choice->frame->seq : -1,
		.available_us = choice->frame ? choice->frame->available_us : -1,
		.carrier_timestamp = choice->frame ? choice->frame->carrier_timestamp : 0,
		.handed_us = now_us,
		.output_sample = p->n_handed + p->n_ready,
		.playout_delay_us = now_us - earliest_us,
		.target_us = playout_delay_target_us(p->delay),
		.n_samples = choice->n_samples,
		.means = choice->means,
	};

	playout_history_add(&p->history, &r);
	if (choice->frame) {
		p->counts.delay_sum_us += r.playout_delay_us;
		p->counts.n_delays++;
	}
}

/* The frame, or what stands for it. */
static void play(struct playback *p, const struct playout_choice *choice, int64_t now_us)
{
	float *const pcm = p->ready + p->n_ready * CHANNELS;

	renderer_render(&p->renderer, choice, p->next_timestamp, pcm);
	record(p, choice, now_us);
	p->n_ready += choice->n_samples;
	p->missing_samples = choice->frame ? 0 : p->missing_samples + choice->n_samples;
	if (choice->means == PLAYOUT_INSERTED)
		p->counts.inserted_samples += choice->n_samples;
	else
		p->next_timestamp += choice->n_samples;
	if (is_of_its_own(choice))
		p->usual_samples = choice->frame->n_samples;
	if (p->missing_samples >= MISSING_SAMPLES_MAX) {
		fade_out(pcm, choice->n_samples);
		p->is_playing = false;
	}
}

/* The next stretch of the stream, whatever there is of it. block_samples: what the device still
 * wants now. */
static void play_next(struct playback *p, int block_samples, int64_t now_us)
{
	const struct playout_situation situation = {
		.jb = p->jitter_buffer,
		.timestamp = p->next_timestamp,
		.usual_samples = p->usual_samples,
		.block_samples = block_samples,
		.early_us = -lateness_us(p, p->next_timestamp, now_us),
	};
	struct playout_choice choice = playout_choose(&situation);

	renderer_improve(&p->renderer, &choice, p->next_timestamp);
	assert(choice.n_samples > 0 && choice.n_samples <= PACKET_SAMPLES_MAX);
	play(p, &choice, now_us);
	jitter_buffer_drop_before(p->jitter_buffer, playback_wants_from(p));
}

void playback_begin_stream(struct playback *p, int64_t timestamp)
{
	playout_history_end_stream(&p->history);
	renderer_begin_stream(&p->renderer);
	time_scale_init(&p->time_scale);
	steering_begin(&p->steering);
	/* Copies of the frames before the first packet are played too. */
	playback_resume_from(p, timestamp - RED_OFFSET_SAMPLES_MAX);
}

void playback_resume_from(struct playback *p, int64_t timestamp)
{
	p->is_playing = false;
	p->next_timestamp = timestamp;
	p->missing_samples = 0;
	renderer_leap(&p->renderer);
}

int64_t playback_next_timestamp(const struct playback *p)
{
	return p->next_timestamp;
}

int64_t playback_wants_from(struct playback *p)
{
	return renderer_wants_from(&p->renderer, p->next_timestamp);
}

void playback_came_late(struct playback *p)
{
	renderer_came_late(&p->renderer);
}

/* ---- the delay ---- */

/* Wants more delay: what was just made ready gets longer. */
static void lengthen(struct playback *p, int64_t wanted, enum time_scale_places places)
{
	const int most =
		wanted < TIME_SCALE_LAG_MAX_SAMPLES ? TIME_SCALE_LAG_MAX_SAMPLES : (int)wanted;
	const int n = time_scale_lengthen(
		&p->time_scale, p->ready, p->n_ready, PLAYBACK_READY_SAMPLES, most, places);
	if (n == 0) {
		steering_found_no_place(&p->steering);
		return;
	}
	p->n_ready += n;
	p->counts.n_lengthened++;
	p->counts.lengthened_samples += n;
	playout_history_stretched(&p->history, n);
	steering_moved(&p->steering);
}

/* Wants less delay: short frames are made ready together, as far as they are there, since a pitch
 * period is longer than they are. */
static void shorten(
	struct playback *p, int64_t spare, enum time_scale_places places, int64_t now_us)
{
	const struct buffered_frame *next;

	while (p->n_ready < SHORTEN_SAMPLES &&
		(next = jitter_buffer_from(p->jitter_buffer, p->next_timestamp)) != NULL &&
		next->timestamp <= p->next_timestamp && next->n_samples <= SHORTEN_SAMPLES)
		play_next(p, 0, now_us);
	const int n = time_scale_shorten(&p->time_scale, p->ready, p->n_ready, (int)spare, places);
	if (n == 0) {
		steering_found_no_place(&p->steering);
		return;
	}
	p->n_ready -= n;
	p->counts.n_shortened++;
	p->counts.shortened_samples += n;
	playout_history_stretched(&p->history, -n);
	steering_moved(&p->steering);
}

/* In a long gap nobody hears where a guess is left out. */
static bool pass_over_gap(struct playback *p, int block_samples, int64_t now_us)
{
	const int64_t enough_us = us_from_samples(block_samples + p->usual_samples) +
				  steering_tolerance_us(block_samples);
	const int64_t late_us = lateness_us(p, p->next_timestamp, now_us);
	const struct buffered_frame *const next =
		jitter_buffer_from(p->jitter_buffer, p->next_timestamp);
	const bool is_gap = p->missing_samples >= GAP_SAMPLES &&
			    (!next || next->timestamp >= p->next_timestamp + p->usual_samples);

	if (!is_gap || late_us < enough_us)
		return false;
	p->next_timestamp += p->usual_samples;
	return true;
}

/* While nothing plays: the frame that is due; NULL where none is. What is a frame and a block later
 * than that is passed over. */
static const struct buffered_frame *due_frame(struct playback *p, int64_t block_us, int64_t now_us)
{
	const struct buffered_frame *f = jitter_buffer_from(p->jitter_buffer, p->next_timestamp);
	const int64_t late_us_max = block_us + us_from_samples(p->usual_samples);

	while (f && lateness_us(p, f->timestamp, now_us) > late_us_max) {
		p->counts.packets_stale += f->primary_bytes > 0;
		p->next_timestamp = f->timestamp + f->n_samples;
		f = jitter_buffer_from(p->jitter_buffer, p->next_timestamp);
	}
	jitter_buffer_drop_before(p->jitter_buffer, p->next_timestamp);
	return f && lateness_us(p, f->timestamp, now_us) >= 0 ? f : NULL;
}

/* Begins the stream where it is due; the silence before it within the block is made ready first. */
static bool begin_if_due(struct playback *p, int done_samples, int block_samples, int64_t now_us)
{
	const struct buffered_frame *const f = due_frame(p, us_from_samples(block_samples), now_us);
	if (!f)
		return false;
	const int begin = steering_begin_at_samples(
		lateness_us(p, f->timestamp, now_us), block_samples, f->n_samples);
	if (done_samples < begin) {
		const int n = begin - done_samples;
		p->n_ready = n < PLAYBACK_READY_SAMPLES ? n : PLAYBACK_READY_SAMPLES;
		memset(p->ready, 0, (size_t)(p->n_ready * CHANNELS) * sizeof *p->ready);
		return true;
	}
	if (p->next_timestamp < f->timestamp)
		p->next_timestamp = f->timestamp;
	p->missing_samples = 0;
	p->is_playing = true;
	p->usual_delay_us = playout_delay_target_us(p->delay);
	steering_begin(&p->steering);
	return true;
}

/* What was just made ready, a frame that there was, moves the delay. */
static void steer(
	struct playback *p, int64_t late_us, int done_samples, int block_samples, int64_t now_us)
{
	const struct steering_advice advice =
		steering_observe(&p->steering, &(struct steering_view){
						       .late_us = late_us,
						       .done_samples = done_samples,
						       .block_samples = block_samples,
						       .frame_samples = p->usual_samples,
						       .n_samples = p->n_ready,
						       .is_fixed = playout_delay_is_fixed(p->delay),
					       });

	const enum time_scale_places places = advice.anywhere ? TIME_SCALE_ALIKE : TIME_SCALE_QUIET;

	if (advice.course == STEERING_LENGTHEN)
		lengthen(p, advice.most_samples, places);
	else if (advice.course == STEERING_SHORTEN)
		shorten(p, advice.most_samples, places, now_us);
}

/* Not where the delay is long because the target has fallen: towards that it moves in pauses. */
static bool is_stale(struct playback *p, int64_t block_us, int64_t now_us)
{
	const int64_t target_us = playout_delay_target_us(p->delay);
	const int64_t delay_us = lateness_us(p, p->next_timestamp, now_us) + target_us;

	if (delay_us < p->usual_delay_us)
		p->usual_delay_us = delay_us;
	if (target_us > p->usual_delay_us)
		p->usual_delay_us = target_us;
	return delay_us > p->usual_delay_us + PLAYBACK_STALE_US + block_us;
}

/* Makes samples ready; false where there is nothing to be played now. */
static bool make_ready(struct playback *p, int done_samples, int block_samples, int64_t now_us)
{
	const int64_t block_us = us_from_samples(block_samples);

	p->n_ready = 0;
	p->ready_at = 0;
	if (p->is_playing && is_stale(p, block_us, now_us))
		p->is_playing = false;
	if (!p->is_playing && !begin_if_due(p, done_samples, block_samples, now_us))
		return false;
	if (!p->is_playing)
		return true;
	while (pass_over_gap(p, block_samples, now_us))
		continue;
	const int64_t late_us = lateness_us(p, p->next_timestamp, now_us);
	play_next(p, block_samples - done_samples, now_us);
	if (p->missing_samples == 0) /* of a guess nothing is learned, and nothing scaled */
		steer(p, late_us, done_samples, block_samples, now_us);
	time_scale_passed(&p->time_scale, p->ready, p->n_ready);
	return true;
}

void playback_pull(struct playback *p, float *pcm, size_t n_samples, int64_t now_us)
{
	size_t n_done = 0;

	while (n_done < n_samples) {
		float *const out = pcm + n_done * CHANNELS;
		size_t n = n_samples - n_done;
		if (p->ready_at < p->n_ready ||
			make_ready(p, (int)n_done, (int)n_samples, now_us)) {
			const size_t n_left = (size_t)(p->n_ready - p->ready_at);
			n = n < n_left ? n : n_left;
			memcpy(out, p->ready + p->ready_at * CHANNELS, n * CHANNELS * sizeof *out);
			p->ready_at += (int)n;
		} else {
			memset(out, 0, n * CHANNELS * sizeof *out);
		}
		n_done += n;
		p->n_handed += (int64_t)n;
	}
}
