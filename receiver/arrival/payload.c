#include "receiver/arrival/payload.h"

#include "common/base/units.h"
#include "receiver/arrival/jitter_buffer.h"
#include "receiver/arrival/packet_info.h"

static struct payload_form form_of(const struct red_block *block)
{
	return (struct payload_form){
		.bytes = block->data,
		.n_bytes = block->n_bytes,
		.n_samples = packet_info_samples(block->data, block->n_bytes),
		.offset_samples = block->offset_samples,
	};
}

/* Whether all blocks, taken from so many bytes on, are Opus of one mode, bandwidth and length. */
static bool are_alike(const struct red_payload *red, size_t shift)
{
	const uint8_t config = red->blocks[red->n_blocks - 1].data[shift] >> 3;

	for (size_t i = 0; i < red->n_blocks; i++) {
		const struct red_block *const b = &red->blocks[i];
		const size_t n_bytes = i + 1 < red->n_blocks ? b->n_bytes : b->n_bytes - shift;
		if (n_bytes == 0 || b->data[shift] >> 3 != config ||
			packet_info_samples(b->data + shift, n_bytes) == 0)
			return false;
	}
	return true;
}

/* Some senders put a byte of zero too many behind the headers. Read as it stands the first copy would be
 * of a kind that the primary is not; one byte on, all are alike. */
static void leave_out_extra_zero(struct red_payload *red)
{
	struct red_block *const last = &red->blocks[red->n_blocks - 1];

	if (red->n_blocks < 2 || red->blocks[0].n_bytes == 0 || red->blocks[0].data[0] != 0 ||
		last->n_bytes < 2 || are_alike(red, 0) || !are_alike(red, 1))
		return;
	for (size_t i = 0; i < red->n_blocks; i++)
		red->blocks[i].data++;
	last->n_bytes--;
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
		leave_out_extra_zero(&red);
	} else {
		return STATUS_UNSUPPORTED;
	}
	if (packet->payload_bytes ==
		0) /* padding alone, with which others probe the network's rate */
		return STATUS_UNSUPPORTED;
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
		if (copy.n_samples > 0 && copy.offset_samples > 0)
			p.copies[p.n_copies++] = copy;
	}
	*payload = p;
	return STATUS_OK;
}
