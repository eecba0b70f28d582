#include "receiver/arrival/unannounced.h"

#include "common/base/serial.h"
#include "common/rtp/red.h"
#include "common/rtp/sdp.h"
#include "receiver/arrival/packet_info.h"

#include <stdlib.h>
#include <string.h>

/* A step of the timestamps may be off the packet's length by this part of it. */
enum { STEP_OFF_PARTS = 4 };

void unannounced_init(struct unannounced *u)
{
	memset(u, 0, sizeof *u);
	u->type = -1;
}

/* What the packet would be as Opus: its payload type, alone or within RED, and its length. */
static uint8_t as_opus(
	const struct rtp_packet *packet, const struct payload_types *types, int *n_samples)
{
	struct red_payload red = { .n_blocks = 1 };

	red.blocks[0] = (struct red_block){
		.payload_type = packet->payload_type,
		.data = packet->payload,
		.n_bytes = packet->payload_bytes,
	};
	*n_samples = 0;
	if (packet->payload_type == types->red &&
		red_parse(&red, packet->payload, packet->payload_bytes) != STATUS_OK)
		return 0;
	const struct red_block *const last = &red.blocks[red.n_blocks - 1];
	if (!sdp_is_free_type(last->payload_type) || last->payload_type == types->red)
		return 0;
	*n_samples = packet_info_samples(last->data, last->n_bytes);
	return *n_samples > 0 ? last->payload_type : 0;
}

uint8_t unannounced_watch(
	struct unannounced *u, const struct rtp_packet *packet, const struct payload_types *types)
{
	int n_samples;
	const uint8_t opus_type = as_opus(packet, types, &n_samples);
	const int64_t step = timestamp_diff(packet->timestamp, u->timestamp);
	const bool follows = u->n_in_sequence > 0 && packet->ssrc == u->ssrc &&
			     packet->seq == u->next_seq && packet->payload_type == u->packet_type;
	const bool is_alike = follows && n_samples == u->n_samples &&
			      STEP_OFF_PARTS * llabs(step - n_samples) <= n_samples;

	u->n_in_sequence = follows ? u->n_in_sequence + 1 : 1;
	u->n_alike = n_samples == 0 ? 0 : is_alike ? u->n_alike + 1 : 1;
	u->ssrc = packet->ssrc;
	u->next_seq = (uint16_t)(packet->seq + 1);
	u->timestamp = packet->timestamp;
	u->packet_type = packet->payload_type;
	u->n_samples = n_samples;
	if (u->n_in_sequence >= UNANNOUNCED_PACKETS)
		u->type = packet->payload_type;
	return u->n_alike >= UNANNOUNCED_PACKETS ? opus_type : 0;
}
