#include "receiver/sound/repair.h"
#include "receiver/arrival/packet_info.h"

#include <string.h>

void repair_init(struct repair *r, void *memory)
{
	memset(r, 0, sizeof *r);
	r->saved = memory;
}

void repair_open(struct repair *r, const struct decoder *d, int64_t timestamp)
{
	r->last = timestamp;
	if (r->is_open)
		return;
	decoder_save(d, r->saved);
	r->timestamp = timestamp;
	r->is_open = true;
}

void repair_close(struct repair *r)
{
	r->is_open = false;
	r->is_due = false;
}

int64_t repair_wants_from(struct repair *r, int64_t next_timestamp)
{
	if (r->is_open && (next_timestamp - r->timestamp > REPAIR_SAMPLES_MAX ||
				  next_timestamp - r->last > REPAIR_LATE_SAMPLES))
		repair_close(r);
	return r->is_open ? r->timestamp : next_timestamp;
}

void repair_came(struct repair *r)
{
	r->is_due = r->is_open;
}

bool repair_is_due(struct repair *r, int64_t next_timestamp)
{
	repair_wants_from(r, next_timestamp); /* the stream may have leapt since */
	return r->is_due;
}

/* Fills a gap up to `until`: the frame before `next` from in-band FEC, else by concealment, as long
 * as the limit allows. */
static int64_t fill(struct decoder *d, const struct buffered_frame *next, int64_t at, int64_t until,
	int *n_concealed, float *scratch)
{
	const bool is_next = next && next->timestamp <= until;
	const int64_t gap = (is_next ? next->timestamp : until) - at;

	if (is_next && next->primary_bytes > 0 && gap == packet_info_frame_samples(next->primary) &&
		packet_info_has_fec(next->primary, next->primary_bytes))
		decoder_decode_fec(d, next->primary, next->primary_bytes, scratch, (int)gap);
	else if (++*n_concealed <= REPAIR_CONCEALED_MAX)
		decoder_conceal(d, scratch,
			(int)((gap + FRAME_SAMPLES_MIN - 1) / FRAME_SAMPLES_MIN *
				FRAME_SAMPLES_MIN));
	return at + gap;
}

void repair_run(struct repair *r, struct decoder *d, const struct jitter_buffer *jb,
	int64_t next_timestamp, float *scratch)
{
	int64_t at = r->timestamp;
	int n_concealed = 0;

	decoder_restore(d, r->saved);
	while (at < next_timestamp) {
		const struct buffered_frame *const f = jitter_buffer_from(jb, at);
		if (!f || f->timestamp > at) {
			at = fill(d, f, at, next_timestamp, &n_concealed, scratch);
			continue;
		}
		if (f->timestamp + f->n_samples > next_timestamp) /* still to be played */
			break;
		if (f->primary_bytes > 0)
			decoder_decode(d, f->primary, f->primary_bytes, scratch, f->n_samples);
		else
			decoder_decode(d, f->copy, f->copy_bytes, scratch, f->n_samples);
		at = f->timestamp + f->n_samples;
	}
	r->n_repairs++;
	repair_close(r);
}
