#include "receiver/arrival/payload.h"

#include "common/base/units.h"
#include "receiver/arrival/jitter_buffer.h"
#include "receiver/arrival/packet_info.h"

/* Some senders take the encoder's look-ahead off their first frame's time, so that the second
 * begins before the first one ends: GStreamer's is 960 samples long, and 648 later comes the next.
 * (libopus looks ahead by 6.5 ms at most.) */
enum { OVERLAP_SAMPLES_MAX = 312 };

static struct payload_form form_of(const struct red_block *block)
{
	return (struct payload_form){
		.bytes = block->data,
		.n_bytes = block->n_bytes,
		.n_samples = packet_info_samples(block->data, block->n_bytes),
		.offset_samples = block->offset_samples,
	};
}

enum status payload_parse(
	struct payload *payload, const struct rtp_packet *packet, const struct payload_types *types)
{
	struct payload p = { .n_copies = 0 };
	struct red_payload red;

	if (packet->payload_type == types->opus) {
		red.n_blocks = 1;
		red.blocks[0] = (struct red_block){
			.payload_type = types->opus,
			.data = packet->payload,
			.n_bytes = packet->payload_bytes,
		};
	} else if (packet->payload_type == types->red) {
		const enum status status = red_parse(&red, packet->payload, packet->payload_bytes);
		if (status != STATUS_OK)
			return status;
	} else {
		return STATUS_UNSUPPORTED;
	}
	const struct red_block *const last = &red.blocks[red.n_blocks - 1];
	if (last->payload_type != types->opus)
		return STATUS_UNSUPPORTED;
	p.primary = form_of(last);
	if (last->n_bytes > PRIMARY_BYTES_MAX || p.primary.n_samples == 0)
		return STATUS_MALFORMED;
	for (size_t i = 0; i + 1 < red.n_blocks; i++) {
		const struct red_block *const b = &red.blocks[i];
		if (b->payload_type != types->opus || b->n_bytes == 0)
			continue; /* another codec's, or a place left empty: not ours to judge */
		const struct payload_form copy = form_of(b);
		if (copy.n_samples == 0 ||
			copy.n_samples > copy.offset_samples + OVERLAP_SAMPLES_MAX)
			return STATUS_MALFORMED;
		p.copies[p.n_copies++] = copy;
	}
	*payload = p;
	return STATUS_OK;
}

bool payload_has_impossible_copy(
	const struct payload *payload, int64_t timestamp, int64_t began_timestamp)
{
	for (size_t i = 0; i < payload->n_copies; i++) {
		const struct payload_form *const copy = &payload->copies[i];
		if (timestamp - copy->offset_samples > began_timestamp &&
			(copy->offset_samples % FRAME_SAMPLES_MIN != 0 ||
				copy->n_samples > copy->offset_samples))
			return true;
	}
	return false;
}
