#include "receiver/renderer.h"

#include "common/storage.h"
#include "common/units.h"

#include <string.h>

enum {
	CHANNELS = DECODER_CHANNELS,
	RESUME_FADE_SAMPLES = 5 * SAMPLES_PER_MS,
	NOISE_SEED = 1 /* the same noise on every run */
};

size_t renderer_bytes(void)
{
	return storage_bytes(decoder_bytes()) + 2 * storage_bytes(decoder_state_bytes());
}

enum status renderer_init(struct renderer *r, void *memory, int decoder_complexity,
	const struct jitter_buffer *jitter_buffer)
{
	memset(r, 0, sizeof *r);
	r->jitter_buffer = jitter_buffer;
	r->held_decoder = (char *)memory + storage_bytes(decoder_bytes());
	repair_init(&r->repair, (char *)r->held_decoder + storage_bytes(decoder_state_bytes()));
	comfort_noise_init(&r->noise, NOISE_SEED);
	return decoder_init(&r->decoder, memory, decoder_complexity);
}

void renderer_begin_stream(struct renderer *r)
{
	decoder_reset(&r->decoder);
	comfort_noise_init(&r->noise, NOISE_SEED);
	renderer_leap(r);
}

void renderer_leap(struct renderer *r)
{
	r->is_holding = false;
	repair_close(&r->repair);
}

int64_t renderer_wants_from(struct renderer *r, int64_t next_timestamp)
{
	return repair_wants_from(&r->repair, next_timestamp);
}

void renderer_came_late(struct renderer *r)
{
	repair_came(&r->repair);
}

/* The next packet that is there is asked; what lies between may have come as copies. Only the
 * decoder can read it. */
void renderer_improve(struct renderer *r, struct playout_choice *choice, int64_t timestamp)
{
	if (choice->means != PLAYOUT_CONCEALED)
		return;
	const struct buffered_frame *next = jitter_buffer_from(r->jitter_buffer, timestamp);

	while (next && next->primary_bytes == 0 && next->timestamp - timestamp < SAMPLES_PER_SECOND)
		next = jitter_buffer_from(r->jitter_buffer, next->timestamp + next->n_samples);
	if (!next || next->primary_bytes == 0 || next->timestamp < 0 ||
		next->timestamp - timestamp > decoder_dred_reach(&r->decoder, next->timestamp,
						      next->primary, next->primary_bytes))
		return;
	choice->means = PLAYOUT_DRED;
	choice->frame = next;
	choice->heard_samples = 0;
}

static enum status decode(
	struct renderer *r, const struct playout_choice *choice, int64_t timestamp, float *pcm)
{
	const struct buffered_frame *const f = choice->frame;
	/* The decoder guesses in whole multiples of 2.5 ms; what is beyond the gap is not used. */
	const int n_whole =
		(choice->n_samples + FRAME_SAMPLES_MIN - 1) / FRAME_SAMPLES_MIN * FRAME_SAMPLES_MIN;

	switch (choice->means) {
	case PLAYOUT_PRIMARY:
		return decoder_decode(&r->decoder, f->primary, f->primary_bytes, pcm, f->n_samples);
	case PLAYOUT_REDUNDANT:
		return decoder_decode(&r->decoder, f->copy, f->copy_bytes, pcm, f->n_samples);
	case PLAYOUT_FEC:
		return decoder_decode_fec(
			&r->decoder, f->primary, f->primary_bytes, pcm, choice->n_samples);
	case PLAYOUT_DRED:
		return decoder_decode_dred(
			&r->decoder, (int)(f->timestamp - timestamp), pcm, n_whole);
	default:
		return decoder_conceal(&r->decoder, pcm, n_whole);
	}
}

static void cross_fade(const float *from, float *to, int n_samples)
{
	for (int i = 0; i < n_samples; i++) {
		const float gain = (float)(i + 1) / (float)(n_samples + 1);
		for (int c = 0; c < CHANNELS; c++) {
			const int k = i * CHANNELS + c;
			to[k] = from[k] + gain * (to[k] - from[k]);
		}
	}
}

/* The wait is over: the decoder goes back to where it was before it guessed, and what it would
 * have guessed next fades into what came. */
static void leave_hold(struct renderer *r, float guess[RESUME_FADE_SAMPLES * CHANNELS])
{
	decoder_conceal(&r->decoder, guess, RESUME_FADE_SAMPLES);
	decoder_restore(&r->decoder, r->held_decoder);
}

/* Something came that mends the state: what would have been heard next without it, from which it
 * will fade over, and the decoder as it should be. */
static void mend(struct renderer *r, const struct playout_choice *choice, int64_t timestamp,
	float unmended[RESUME_FADE_SAMPLES * CHANNELS], float *scratch)
{
	int n = choice->n_samples;

	if (n > RESUME_FADE_SAMPLES)
		n = RESUME_FADE_SAMPLES;
	(void)decode(r, choice, timestamp, scratch);
	memcpy(unmended, scratch + choice->skip_samples * CHANNELS,
		(size_t)(n * CHANNELS) * sizeof *unmended);
	repair_run(&r->repair, &r->decoder, r->jitter_buffer, timestamp, scratch);
}

/* Keeps the state before what is not played as it should be. When a wait is given up, the guess
 * becomes the frame: its state is the one kept before the wait. */
static void keep_state(struct renderer *r, enum playout_means means, int64_t timestamp)
{
	if (means == PLAYOUT_HELD && !r->is_holding)
		decoder_save(&r->decoder, r->held_decoder);
	else if (means == PLAYOUT_CONCEALED && r->is_holding)
		repair_open_saved(&r->repair, &r->held_decoder, timestamp);
	else if (means != PLAYOUT_PRIMARY && means != PLAYOUT_HELD)
		repair_open(&r->repair, &r->decoder, timestamp);
	r->is_holding = means == PLAYOUT_HELD;
}

void renderer_render(
	struct renderer *r, const struct playout_choice *choice, int64_t timestamp, float *pcm)
{
	const int n = choice->n_samples;
	float guess[RESUME_FADE_SAMPLES * CHANNELS];
	const bool mends = !r->is_holding && repair_is_due(&r->repair, timestamp);
	const bool ends_hold = r->is_holding && choice->frame;

	if (n == 0) {
		keep_state(r, choice->means, timestamp);
		return;
	}
	if (mends)
		mend(r, choice, timestamp, guess, pcm);
	if (ends_hold)
		leave_hold(r, guess);
	keep_state(r, choice->means, timestamp);
	if (decode(r, choice, timestamp, pcm) != STATUS_OK)
		r->decode_failures++;
	if (choice->skip_samples > 0)
		memmove(pcm, pcm + choice->skip_samples * CHANNELS,
			(size_t)(n * CHANNELS) * sizeof *pcm);
	if (mends || ends_hold)
		cross_fade(guess, pcm, n < RESUME_FADE_SAMPLES ? n : RESUME_FADE_SAMPLES);
	if (choice->frame)
		comfort_noise_on_audio(&r->noise, pcm, n);
	else
		comfort_noise_on_gap(&r->noise, pcm, n);
}
