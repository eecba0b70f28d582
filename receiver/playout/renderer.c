#include "receiver/playout/renderer.h"

#include "common/base/storage.h"
#include "common/base/units.h"

#include <string.h>

enum {
	CHANNELS = DECODER_CHANNELS,
	RESUME_FADE_SAMPLES = 5 * SAMPLES_PER_MS,
	NOISE_SEED = 1 /* the same noise on every run */
};

size_t renderer_bytes(void)
{
	return storage_bytes(decoder_bytes()) + storage_bytes(decoder_state_bytes());
}

enum status renderer_init(struct renderer *r, void *memory, int decoder_complexity,
	const struct jitter_buffer *jitter_buffer)
{
	memset(r, 0, sizeof *r);
	r->jitter_buffer = jitter_buffer;
	repair_init(&r->repair, (char *)memory + storage_bytes(decoder_bytes()));
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
	r->has_inserted = false;
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

/* Something came that mends the state: what would have been heard next without it (after guesses
 * that were inserted, one more), from which it will fade over, and the decoder as it should be. */
static void mend(struct renderer *r, const struct playout_choice *choice, int64_t timestamp,
	float unmended[RESUME_FADE_SAMPLES * CHANNELS], float *scratch)
{
	int n = choice->n_samples;

	if (n > RESUME_FADE_SAMPLES)
		n = RESUME_FADE_SAMPLES;
	if (r->has_inserted) {
		(void)decoder_conceal(&r->decoder, unmended, RESUME_FADE_SAMPLES);
	} else {
		(void)decode(r, choice, timestamp, scratch);
		memcpy(unmended, scratch + choice->skip_samples * CHANNELS,
			(size_t)(n * CHANNELS) * sizeof *unmended);
	}
	repair_run(&r->repair, &r->decoder, r->jitter_buffer, timestamp, scratch);
}

void renderer_render(
	struct renderer *r, const struct playout_choice *choice, int64_t timestamp, float *pcm)
{
	const int n = choice->n_samples;
	float unmended[RESUME_FADE_SAMPLES * CHANNELS];

	if (r->has_inserted &&
		choice->frame) /* nothing of the stream was guessed: all can be mended */
		repair_came(&r->repair);
	const bool mends = repair_is_due(&r->repair, timestamp);
	if (mends)
		mend(r, choice, timestamp, unmended, pcm);
	r->has_inserted = choice->means == PLAYOUT_INSERTED;
	if (choice->means != PLAYOUT_PRIMARY)
		repair_open(&r->repair, &r->decoder, timestamp);
	if (decode(r, choice, timestamp, pcm) != STATUS_OK)
		r->decode_failures++;
	if (choice->skip_samples > 0)
		memmove(pcm, pcm + choice->skip_samples * CHANNELS,
			(size_t)(n * CHANNELS) * sizeof *pcm);
	if (mends)
		cross_fade(unmended, pcm, n < RESUME_FADE_SAMPLES ? n : RESUME_FADE_SAMPLES);
	if (choice->frame)
		comfort_noise_on_audio(&r->noise, pcm, n);
	else
		comfort_noise_on_gap(&r->noise, pcm, n);
}
