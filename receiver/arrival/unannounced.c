#include "receiver/arrival/unannounced.h"

#include "common/base/serial.h"
#include "common/base/units.h"
#include "common/rtp/red.h"
#include "common/rtp/sdp.h"
#include "receiver/arrival/packet_info.h"

#include <string.h>

/* A step of the timestamps may be off the packet's length by this part of it. */
enum { STEP_OFF_PARTS = 4 };

void unannounced_init(struct unannounced *u)
{
	memset(u, 0, sizeof *u);
	u->type = -1;
}

/* The types by which the packet would be RED with Opus in it; its opus is 0 where it is none. */
static struct payload_types as_red(
	const struct rtp_packet *packet, const struct payload_types *types, int *n_samples)
{
	struct red_payload red;

	if (red_parse(&red, packet->payload, packet->payload_bytes) != STATUS_OK)
		return (struct payload_types){ 0 };
	const struct red_block *const last = &red.blocks[red.n_blocks - 1];
	const bool is_known = packet->payload_type == types->red
				      ? sdp_is_free_type(last->payload_type)
				      : last->payload_type == types->opus;
	*n_samples = is_known ? packet_info_samples(last->data, last->n_bytes) : 0;
	return (struct payload_types){
		.opus = *n_samples > 0 ? last->payload_type : 0,
		.red = packet->payload_type,
	};
}

/* The types by which the packet would be Opus, alone or within RED, and its length. */
static struct payload_types as_opus(
	const struct rtp_packet *packet, const struct payload_types *types, int *n_samples)
{
	struct payload_types shown = { .red = types->red };

	*n_samples = 0;
	if (!sdp_is_free_type(packet->payload_type))
		return shown;
	const struct payload_types red = as_red(packet, types, n_samples);
	if (red.opus != 0 || packet->payload_type == types->red)
		return red;
	*n_samples = packet_info_samples(packet->payload, packet->payload_bytes);
	shown.opus = *n_samples > 0 ? packet->payload_type : 0;
	return shown;
}

bool unannounced_watch(
	struct unannounced *u, const struct rtp_packet *packet, struct payload_types *types)
{
	int n_samples;
	const struct payload_types shown = as_opus(packet, types, &n_samples);
	const int64_t step = timestamp_diff(packet->timestamp, u->timestamp);
	const bool follows = u->n_in_sequence > 0 && packet->ssrc == u->ssrc &&
			     packet->seq == u->next_seq && packet->payload_type == u->packet_type;
	const bool is_alike = follows && n_samples == u->n_samples &&
			      STEP_OFF_PARTS * apart(step, n_samples) <= n_samples;

	u->n_in_sequence = follows ? u->n_in_sequence + 1 : 1;
	u->n_alike = n_samples == 0 ? 0 : is_alike ? u->n_alike + 1 : 1;
	u->ssrc = packet->ssrc;
	u->next_seq = (uint16_t)(packet->seq + 1);
	u->timestamp = packet->timestamp;
	u->packet_type = packet->payload_type;
	u->n_samples = n_samples;
	if (u->n_in_sequence >= UNANNOUNCED_PACKETS)
		u->type = packet->payload_type;
	if (u->n_alike < UNANNOUNCED_PACKETS)
		return false;
	*types = shown;
	return true;
}
