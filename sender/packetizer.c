#include "sender/packetizer.h"

#include <assert.h>
#include <string.h>

void packetizer_init(struct packetizer *p, const struct packetizer_config *config)
{
	memset(p, 0, sizeof *p);
	p->ssrc = config->ssrc;
	p->seq = config->first_seq;
	p->timestamp = config->first_timestamp;
}

void packetizer_set_redundancy(struct packetizer *p, const struct redundancy *redundancy)
{
	assert(redundancy->n_copies <= REDUNDANCY_COPIES_MAX);
	assert(redundancy->n_copies == 0 ||
		redundancy->distances[redundancy->n_copies - 1] <= PACKETIZER_DISTANCE_MAX);
	p->redundancy = *redundancy;
}

void packetizer_set_ssrc(struct packetizer *p, uint32_t ssrc)
{
	p->ssrc = ssrc;
}

void packetizer_tell_capture(struct packetizer *p, uint64_t capture_ntp)
{
	p->tells_capture = true;
	p->capture_ntp = capture_ntp;
}

/* The frame `distance` before the one now to be packed, or NULL where it cannot travel. */
static const struct packetizer_slot *slot_back(const struct packetizer *p, int distance)
{
	if (p->n_frames < (uint64_t)distance)
		return NULL;
	const struct packetizer_slot *const slot =
		&p->slots[(p->n_frames - (uint64_t)distance) % PACKETIZER_SLOTS];
	/* A sender that changed its frame length may have frames too far back. */
	if (slot->n_bytes == 0 || p->timestamp - slot->timestamp > RED_OFFSET_SAMPLES_MAX)
		return NULL;
	return slot;
}

/* The nearest copies first, until the datagram is full: the oldest are the first left out.
 * Fills `chosen` in that order and returns how many. */
static int choose_copies(const struct packetizer *p, size_t primary_bytes,
	const struct packetizer_slot *chosen[REDUNDANCY_COPIES_MAX])
{
	size_t n_bytes = RED_LAST_HEADER_BYTES + primary_bytes;
	int n_chosen = 0;

	for (int i = 0; i < p->redundancy.n_copies; i++) {
		const struct packetizer_slot *const slot = slot_back(p, p->redundancy.distances[i]);
		if (!slot)
			continue;
		if (n_bytes + RED_HEADER_BYTES + slot->n_bytes > RTP_PAYLOAD_BYTES_MAX)
			break;
		n_bytes += RED_HEADER_BYTES + slot->n_bytes;
		chosen[n_chosen++] = slot;
	}
	return n_chosen;
}

size_t packetizer_overhead_bytes(const struct packetizer *p)
{
	const struct packetizer_slot *chosen[REDUNDANCY_COPIES_MAX];
	const int n_copies = choose_copies(p, 0, chosen);
	size_t n_bytes = n_copies > 0 ? RED_LAST_HEADER_BYTES : 0;

	for (int i = 0; i < n_copies; i++)
		n_bytes += RED_HEADER_BYTES + chosen[i]->n_bytes;
	return n_bytes;
}

static void remember(
	struct packetizer *p, const uint8_t *copy, size_t copy_bytes, int frame_samples)
{
	struct packetizer_slot *const slot = &p->slots[p->n_frames % PACKETIZER_SLOTS];
	assert(copy_bytes <= sizeof slot->data);
	slot->timestamp = p->timestamp;
	slot->n_bytes = copy_bytes;
	if (copy_bytes > 0)
		memcpy(slot->data, copy, copy_bytes);
	p->n_frames++;
	p->timestamp += (uint32_t)frame_samples;
}

uint32_t packetizer_next_timestamp(const struct packetizer *p)
{
	return p->timestamp;
}

struct packed packetizer_pack(struct packetizer *p, const uint8_t *primary, size_t primary_bytes,
	const uint8_t *copy, size_t copy_bytes, int frame_samples, uint8_t *datagram)
{
	assert(primary_bytes >= 1 && primary_bytes <= RTP_PAYLOAD_BYTES_MAX);
	const struct packetizer_slot *chosen[REDUNDANCY_COPIES_MAX];
	const size_t header_bytes = RTP_HEADER_BYTES + (p->tells_capture ? RTP_EXTENSION_BYTES : 0);
	uint8_t *const payload = datagram + header_bytes;
	struct packed packed = {
		.payload_bytes = primary_bytes,
		.seq = p->seq,
		.timestamp = p->timestamp,
		.n_copies = choose_copies(p, primary_bytes, chosen),
	};

	rtp_write_header(datagram,
		&(struct rtp_packet){
			.marker = !p->talk_spurt,
			.payload_type = packed.n_copies > 0 ? RTP_TYPE_RED : RTP_TYPE_OPUS,
			.seq = p->seq,
			.timestamp = p->timestamp,
			.ssrc = p->ssrc,
			.has_capture_time = p->tells_capture,
		});
	if (p->tells_capture)
		rtp_write_capture_time(datagram + RTP_HEADER_BYTES, p->capture_ntp);
	if (packed.n_copies == 0) {
		memcpy(payload, primary, primary_bytes);
	} else {
		struct red_payload red = { .n_blocks = 0 };
		for (int i = packed.n_copies - 1; i >= 0;
			i--) /* RFC 2198 leaves the order; oldest first */
			red.blocks[red.n_blocks++] = (struct red_block){
				.payload_type = RTP_TYPE_OPUS,
				.offset_samples = (uint16_t)(p->timestamp - chosen[i]->timestamp),
				.data = chosen[i]->data,
				.n_bytes = chosen[i]->n_bytes,
			};
		red.blocks[red.n_blocks++] = (struct red_block){
			.payload_type = RTP_TYPE_OPUS,
			.data = primary,
			.n_bytes = primary_bytes,
		};
		const enum status status =
			red_write(&red, payload, RTP_PAYLOAD_BYTES_MAX, &packed.payload_bytes);
		assert(status == STATUS_OK); /* choose_copies() counted the bytes */
		(void)status;
	}
	p->seq++;
	p->tells_capture = false;
	p->talk_spurt = true;
	remember(p, copy, copy_bytes, frame_samples);
	packed.n_bytes = header_bytes + packed.payload_bytes;
	return packed;
}

void packetizer_skip(struct packetizer *p, int frame_samples)
{
	p->talk_spurt = false;
	remember(p, NULL, 0, frame_samples);
}
