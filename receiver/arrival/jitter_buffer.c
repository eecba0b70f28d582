#include "receiver/arrival/jitter_buffer.h"

#include <assert.h>
#include <string.h>

void jitter_buffer_init(struct jitter_buffer *jb)
{
	jb->n_frames = 0;
	for (size_t i = 0; i < JITTER_BUFFER_FRAMES; i++)
		jb->free[i] = (uint16_t)i;
}

/* The position in `order` of the first frame at or after the timestamp. Searched from the end:
 * what arrives is nearly always new. */
static size_t position_of(const struct jitter_buffer *jb, int64_t timestamp)
{
	size_t at = jb->n_frames;
	while (at > 0 && jb->frames[jb->order[at - 1]].timestamp >= timestamp)
		at--;
	return at;
}

static const struct buffered_frame *frame_at(const struct jitter_buffer *jb, size_t position)
{
	return position < jb->n_frames ? &jb->frames[jb->order[position]] : NULL;
}

static void drop_first(struct jitter_buffer *jb, size_t n_dropped)
{
	assert(n_dropped <= jb->n_frames);
	const size_t n_free = JITTER_BUFFER_FRAMES - jb->n_frames;
	for (size_t i = 0; i < n_dropped; i++)
		jb->free[n_free + i] = jb->order[i];
	jb->n_frames -= n_dropped;
	memmove(jb->order, jb->order + n_dropped, jb->n_frames * sizeof jb->order[0]);
}

/* The form's frame, made where there is none; NULL with *status where it cannot be. */
static struct buffered_frame *open_frame(struct jitter_buffer *jb, const struct frame_form *form,
	bool *is_first, int64_t *n_dropped, enum status *status)
{
	size_t at = position_of(jb, form->timestamp);
	const struct buffered_frame *const found = frame_at(jb, at);

	*is_first = !found || found->timestamp != form->timestamp;
	if (!*is_first) {
		*status = found->n_samples == form->n_samples ? STATUS_OK : STATUS_MALFORMED;
		return *status == STATUS_OK ? &jb->frames[jb->order[at]] : NULL;
	}
	if (jb->n_frames == JITTER_BUFFER_FRAMES) {
		*status = STATUS_LATE;
		if (at == 0)
			return NULL;
		drop_first(jb, 1);
		(*n_dropped)++;
		at--;
	}
	const uint16_t index = jb->free[JITTER_BUFFER_FRAMES - jb->n_frames - 1];
	memmove(jb->order + at + 1, jb->order + at, (jb->n_frames - at) * sizeof jb->order[0]);
	jb->order[at] = index;
	jb->n_frames++;
	struct buffered_frame *const frame = &jb->frames[index];
	frame->timestamp = form->timestamp;
	frame->seq = FRAME_IS_COPY;
	frame->available_us = form->arrival_us;
	frame->carrier_timestamp = form->carrier_timestamp;
	frame->n_samples = form->n_samples;
	frame->primary_bytes = 0;
	frame->copy_bytes = 0;
	*status = STATUS_OK;
	return frame;
}

enum status jitter_buffer_put(
	struct jitter_buffer *jb, const struct frame_form *form, bool *is_first, int64_t *n_dropped)
{
	const bool is_primary = form->seq >= 0;
	enum status status;

	assert(form->n_bytes >= 1 &&
		form->n_bytes <= (is_primary ? (size_t)PRIMARY_BYTES_MAX : RED_BLOCK_BYTES_MAX));
	struct buffered_frame *const frame = open_frame(jb, form, is_first, n_dropped, &status);
	if (!frame)
		return status;
	if (frame->primary_bytes > 0 || (!is_primary && frame->copy_bytes > 0))
		return STATUS_DUPLICATE;
	if (is_primary) {
		frame->seq = form->seq;
		frame->primary_bytes = form->n_bytes;
		memcpy(frame->primary, form->bytes, form->n_bytes);
	} else {
		frame->copy_bytes = form->n_bytes;
		memcpy(frame->copy, form->bytes, form->n_bytes);
	}
	return STATUS_OK;
}

static bool ends_by(const struct jitter_buffer *jb, size_t position, int64_t timestamp)
{
	const struct buffered_frame *const frame = &jb->frames[jb->order[position]];
	return frame->timestamp + frame->n_samples <= timestamp;
}

const struct buffered_frame *jitter_buffer_from(const struct jitter_buffer *jb, int64_t timestamp)
{
	const struct buffered_frame *begun = NULL;

	/* What is asked for is nearly always the first: it is about to be played. */
	for (size_t at = 0; at < jb->n_frames; at++) {
		const struct buffered_frame *const frame = frame_at(jb, at);
		if (frame->timestamp > timestamp)
			return begun ? begun : frame;
		if (!ends_by(jb, at, timestamp))
			begun = frame;
	}
	return begun;
}

void jitter_buffer_drop_before(struct jitter_buffer *jb, int64_t timestamp)
{
	size_t n_dropped = 0;
	while (n_dropped < jb->n_frames && ends_by(jb, n_dropped, timestamp))
		n_dropped++;
	drop_first(jb, n_dropped);
}
