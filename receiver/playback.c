#include "receiver/playback.h"

#include "common/red.h"

#include <assert.h>
#include <string.h>

enum {
	CHANNELS = DECODER_CHANNELS,
	/* After so long without a frame there is nothing left to guess: a sender in DTX would have
	 * sent its next packet (libopus: every 400 ms, with 60 ms frames 1.2 s). */
	MISSING_SAMPLES_MAX = 1500 * SAMPLES_PER_MS,
	/* A gap of the stream begins to be used for moving the delay. */
	GAP_SAMPLES = 60 * SAMPLES_PER_MS,
	/* Time-scaling wants a pitch period and a cross-fade in what it shortens. */
	SHORTEN_SAMPLES = 20 * SAMPLES_PER_MS,
	OBSERVED_SAMPLES = 60 * SAMPLES_PER_MS,
	OBSERVED_FRAMES = 6, /* where blocks and frames do not fit each other, each differs */
	/* A given delay has only the clocks' skew to follow: one packet that was early need not
	 * be followed. */
	OBSERVED_FIXED_SAMPLES = 1000 * SAMPLES_PER_MS,
	KEPT_TIMES = 5,
	SPARE_SAMPLES_MIN = 5 * SAMPLES_PER_MS,
	/* So far off the target: more often; and so far: with worse joins than unheard ones. */
	FAR_SAMPLES = 20 * SAMPLES_PER_MS,
	PRESSING_SAMPLES = 60 * SAMPLES_PER_MS,
	REST_SAMPLES = 100 * SAMPLES_PER_MS, /* between two actions while near the target */
	RETRY_SAMPLES = 40 * SAMPLES_PER_MS  /* between two attempts in any case */
};

/* Playing later than wanted by more than this is stale audio (the device stood still, or a stall
 * of the network ended in a burst): skip to where the stream should be. */
#define STALE_US (100 * US_PER_MS)

/* What is learned of the channel trembles; the delay does not follow by less than this. */
#define TREMBLE_US (1 * US_PER_MS)

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
	return renderer_init(&p->renderer, memory, decoder_complexity, jitter_buffer);
}

static void observe_anew(struct playback *p)
{
	p->observed_samples = 0;
	p->observed_frames = 0;
}

static void acted(struct playback *p)
{
	observe_anew(p);
	p->rested_samples = 0;
}

void playback_begin_stream(struct playback *p, int64_t timestamp)
{
	playout_history_end_stream(&p->history);
	renderer_begin_stream(&p->renderer);
	time_scale_init(&p->time_scale);
	acted(p);
	/* Copies of the frames before the first packet are played too. */
	playback_resume_from(p, timestamp - RED_OFFSET_SAMPLES_MAX);
}

void playback_resume_from(struct playback *p, int64_t timestamp)
{
	p->is_playing = false;
	p->next_timestamp = timestamp;
	p->missing_samples = 0;
	p->held_run_samples = 0;
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

/* Notes what was played; what is found missing teaches whether waiting pays. */
static void record(struct playback *p, const struct playout_choice *choice, int64_t now_us)
{
	const bool is_own = is_of_its_own(choice);
	const int64_t *const counts = p->history.n_frames;
	const int64_t n_gone = counts[PLAYOUT_CONCEALED] + counts[PLAYOUT_SILENT];
	const int64_t earliest_us =
		us_from_samples(p->next_timestamp) + playout_delay_fastest_us(p->delay);
	const struct playout_record r = {
		.timestamp = p->next_timestamp,
		.seq = is_own ? choice->frame->seq : -1,
		.available_us = choice->frame ? choice->frame->available_us : -1,
		.carrier_timestamp = choice->frame ? choice->frame->carrier_timestamp : 0,
		.handed_us = now_us,
		.output_sample = p->n_handed + p->n_ready - choice->n_samples,
		.playout_delay_us = now_us - earliest_us,
		.target_us = playout_delay_target_us(p->delay),
		.n_samples = choice->n_samples,
		.means = choice->means,
	};

	playout_history_add(&p->history, &r);
	if (counts[PLAYOUT_CONCEALED] + counts[PLAYOUT_SILENT] > n_gone)
		playout_delay_on_missing(p->delay, -1);
	if (choice->frame) {
		p->counts.delay_sum_us += r.playout_delay_us;
		p->counts.n_delays++;
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
		.held_samples = p->held_run_samples,
		.wait_samples = samples_from_us(playout_delay_wait_us(p->delay)),
		.wait_samples_max = samples_from_us(PLAYOUT_WAIT_MAX_US),
	};
	struct playout_choice choice = playout_choose(&situation);

	renderer_improve(&p->renderer, &choice, p->next_timestamp);
	assert(choice.n_samples > 0 && choice.n_samples <= PACKET_SAMPLES_MAX);
	if (choice.frame && choice.means != PLAYOUT_DRED && p->held_run_samples > 0 &&
		p->held_timestamp == p->next_timestamp)
		playout_delay_on_missing(p->delay, us_from_samples(p->held_run_samples));
	renderer_render(&p->renderer, &choice, p->next_timestamp, p->ready + p->n_ready * CHANNELS);
	p->n_ready += choice.n_samples;
	record(p, &choice, now_us);
	if (choice.means == PLAYOUT_HELD) {
		p->held_timestamp = p->next_timestamp;
		p->held_run_samples += choice.n_samples;
		p->counts.held_samples += choice.n_samples;
	} else {
		p->next_timestamp += choice.n_samples;
	}
	if (choice.means != PLAYOUT_HELD)
		p->held_run_samples = 0;
	p->missing_samples = choice.frame ? 0 : p->missing_samples + choice.n_samples;
	if (is_of_its_own(&choice))
		p->usual_samples = choice.frame->n_samples;
	jitter_buffer_drop_before(p->jitter_buffer, playback_wants_from(p));
	if (p->missing_samples >= MISSING_SAMPLES_MAX) {
		fade_out(p->ready + (p->n_ready - choice.n_samples) * CHANNELS, choice.n_samples);
		p->is_playing = false;
	}
}

/* ---- the delay ---- */

/* By how many samples the stream could be played earlier such that this frame, handed out now
 * after done_samples of a block, still is not early; negative: by how many later it should be.
 * All frames that begin in one block are handed out at once, so only whole blocks count, and what
 * lies before the frame in its block; where blocks are the longer ones, whole frames before it, as
 * where in the block the first one begins then changes from block to block. */
static int64_t spare_samples(
	int64_t late_us, int done_samples, int block_samples, int frame_samples)
{
	const int64_t late =
		samples_from_us(late_us > 0 ? late_us - TREMBLE_US : late_us + TREMBLE_US);

	if (late_us < 0)
		return late >= 0 ? 0
				 : floor_div(late, block_samples) * block_samples + done_samples;
	if (late < 0)
		return 0;
	if (block_samples > frame_samples)
		done_samples = done_samples / frame_samples * frame_samples;
	return late / block_samples * block_samples + done_samples;
}

static void observe(struct playback *p, int64_t spare, int n_samples)
{
	if (p->observed_samples == 0 || spare < p->spare_samples)
		p->spare_samples = spare;
	p->observed_samples += n_samples;
	p->observed_frames++;
	p->rested_samples += n_samples;
}

/* How much sound is observed before the delay may shrink: two blocks at least. */
static int64_t observed_samples_wanted(const struct playback *p, int block_samples)
{
	const int64_t n =
		playout_delay_is_fixed(p->delay) ? OBSERVED_FIXED_SAMPLES : OBSERVED_SAMPLES;
	return n > 2 * block_samples ? n : 2 * block_samples;
}

/* No place was found: a search costs half of what decoding a frame does, so not in each. */
static void rest_a_little(struct playback *p)
{
	p->rested_samples = REST_SAMPLES - RETRY_SAMPLES;
}

/* Wants more delay: what was just made ready gets longer. */
static void lengthen(struct playback *p, int64_t wanted)
{
	if (p->rested_samples < (wanted < FAR_SAMPLES ? REST_SAMPLES : RETRY_SAMPLES))
		return;
	const int most =
		wanted < TIME_SCALE_LAG_MAX_SAMPLES ? TIME_SCALE_LAG_MAX_SAMPLES : (int)wanted;
	const int n = time_scale_lengthen(&p->time_scale, p->ready, p->n_ready,
		PLAYBACK_READY_SAMPLES, most, TIME_SCALE_UNHEARD);
	if (n == 0) {
		rest_a_little(p);
		return;
	}
	p->n_ready += n;
	p->counts.n_lengthened++;
	p->counts.lengthened_samples += n;
	playout_history_stretched(&p->history, n);
	acted(p);
}

/* Wants less delay: short frames are made ready together, as far as they are there, since a pitch
 * period is longer than they are. */
static void shorten(struct playback *p, int64_t spare, int64_t now_us)
{
	const bool is_pressing = spare >= PRESSING_SAMPLES;
	const struct buffered_frame *next;

	if (spare < SPARE_SAMPLES_MIN ||
		p->rested_samples < (spare < FAR_SAMPLES ? REST_SAMPLES : RETRY_SAMPLES))
		return;
	while (p->n_ready < SHORTEN_SAMPLES &&
		(next = jitter_buffer_from(p->jitter_buffer, p->next_timestamp)) != NULL &&
		next->timestamp <= p->next_timestamp && next->n_samples <= SHORTEN_SAMPLES)
		play_next(p, 0, now_us);
	const int n = time_scale_shorten(&p->time_scale, p->ready, p->n_ready, (int)spare,
		is_pressing ? TIME_SCALE_PRESSING : TIME_SCALE_UNHEARD);
	if (n == 0) {
		rest_a_little(p);
		return;
	}
	p->n_ready -= n;
	p->counts.n_shortened++;
	p->counts.shortened_samples += n;
	playout_history_stretched(&p->history, -n);
	acted(p);
}

/* In a long gap nobody hears where a guess is left out. */
static bool pass_over_gap(struct playback *p, int64_t late_us, int64_t block_us)
{
	const struct buffered_frame *const next =
		jitter_buffer_from(p->jitter_buffer, p->next_timestamp);
	const bool is_gap = p->missing_samples >= GAP_SAMPLES &&
			    (!next || next->timestamp >= p->next_timestamp + p->usual_samples);

	if (!is_gap || late_us < block_us + us_from_samples(p->usual_samples) + TREMBLE_US)
		return false;
	p->next_timestamp += p->usual_samples;
	return true;
}

/* All frames that begin in one block are handed out at once, the later ones sooner than they would
 * have to be. So that each has at least the wanted delay to come in, a stream whose first frame is
 * due begins so many samples after the beginning of a block: frames begin at multiples of what
 * divides both the block and the frame, and the last of those must be due, too. */
static int begin_at_samples(int64_t late_us, int block_samples, int frame_samples)
{
	int step = block_samples;

	for (int rest = frame_samples; rest > 0;) {
		const int next = step % rest;
		step = rest;
		rest = next;
	}
	const int64_t early = block_samples - step - samples_from_us(late_us);
	return early <= 0 ? 0 : (int)((early + step - 1) / step * step);
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
	const int begin =
		begin_at_samples(lateness_us(p, f->timestamp, now_us), block_samples, f->n_samples);
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
	acted(p);
	return true;
}

/* Makes samples ready; false where there is nothing to be played now. */
static bool make_ready(struct playback *p, int done_samples, int block_samples, int64_t now_us)
{
	const int64_t block_us = us_from_samples(block_samples);
	const int64_t observed_samples_min = observed_samples_wanted(p, block_samples);
	int64_t late_us = lateness_us(p, p->next_timestamp, now_us);

	p->n_ready = 0;
	p->ready_at = 0;
	if (p->is_playing && late_us > STALE_US + block_us)
		p->is_playing = false;
	if (!p->is_playing && !begin_if_due(p, done_samples, block_samples, now_us))
		return false;
	if (!p->is_playing)
		return true;
	while (pass_over_gap(p, lateness_us(p, p->next_timestamp, now_us), block_us))
		continue;
	late_us = lateness_us(p, p->next_timestamp, now_us);
	play_next(p, block_samples - done_samples, now_us);
	if (p->missing_samples == 0) { /* of a guess nothing is learned, and nothing scaled */
		const int64_t spare =
			spare_samples(late_us, done_samples, block_samples, p->usual_samples);
		observe(p, spare, p->n_ready);
		const bool has_observed = p->observed_samples >= observed_samples_min &&
					  p->observed_frames >= OBSERVED_FRAMES;
		if (spare < 0)
			lengthen(p, -spare);
		else if (has_observed ||
			 (p->observed_samples >= block_samples && p->spare_samples >= FAR_SAMPLES))
			shorten(p, p->spare_samples, now_us);
		/* What was found holds on for a while: until a place comes where nobody hears it. */
		if (has_observed &&
			(p->spare_samples < SPARE_SAMPLES_MIN ||
				p->observed_samples >= KEPT_TIMES * observed_samples_min))
			observe_anew(p);
	}
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
