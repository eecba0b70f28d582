#include "sender/coding/packetizer.h"

#include <assert.h>
#include <string.h>

static_assert((int)ENCODED_FORMS_MAX == (int)REDUNDANCY_FORMS_MAX, "one form for each rate");

void packetizer_init(struct packetizer *p, const struct packetizer_config *config)
{
	memset(p, 0, sizeof *p);
	p->ssrc = config->ssrc;
	p->seq = config->first_seq;
	p->timestamp = config->first_timestamp;
}

static int farthest(const struct redundancy *r)
{
	return r->n_copies > 0 ? r->distances[r->n_copies - 1] : 0;
}

void packetizer_set_redundancy(struct packetizer *p, const struct redundancy *redundancy)
{
	int form_bps[REDUNDANCY_FORMS_MAX];

	assert(redundancy->n_copies <= REDUNDANCY_COPIES_MAX);
	assert(redundancy->n_copies == 0 ||
		redundancy->distances[redundancy->n_copies - 1] <= PACKETIZER_DISTANCE_MAX);
	if (p->left_behind < farthest(&p->redundancy))
		p->left_behind = farthest(&p->redundancy);
	p->redundancy = *redundancy;
	(void)redundancy_forms(redundancy, form_bps, p->form_of);
}

void packetizer_set_ssrc(struct packetizer *p, uint32_t ssrc)
{
	p->ssrc = ssrc;
}

void packetizer_set_capture_time(struct packetizer *p, uint64_t capture_ntp)
{
	p->has_capture_time = true;
	p->capture_ntp = capture_ntp;
}

/* A copy chosen for the packet. */
struct chosen_copy {
	const struct packetizer_slot *slot;
	const struct packetizer_form *form; /* one of the slot's forms */
};

/* The frame `distance` before the one being packed, or NULL where it cannot be sent as a copy. */
static const struct packetizer_slot *slot_back(const struct packetizer *p, int distance)
{
	if (p->n_frames < (uint64_t)distance)
		return NULL;
	const struct packetizer_slot *const slot =
		&p->slots[(p->n_frames - (uint64_t)distance) % PACKETIZER_SLOTS];
	/* After a change of frame length, a frame may be too far back for RFC 2198's offset. */
	if (slot->n_forms == 0 || p->timestamp - slot->timestamp > RED_OFFSET_SAMPLES_MAX)
		return NULL;
	return slot;
}

static const struct packetizer_form *form_at(const struct packetizer_slot *slot, int form)
{
	return &slot->forms[form < slot->n_forms ? form : slot->n_forms - 1];
}

/* The distance of the nearest frame that the present distances have passed without a copy of it
 * having been sent; 0: none. */
static int owed_distance(const struct packetizer *p)
{
	if (p->redundancy.n_copies == 0)
		return 0;
	for (int d = farthest(&p->redundancy) + 1; d <= p->left_behind; d++) {
		const struct packetizer_slot *const slot = slot_back(p, d);
		if (slot && !slot->was_copied)
			return d;
	}
	return 0;
}

/* Chooses the nearest copies first, until the datagram is full, so that the oldest are left out
 * first. Fills `chosen` in that order and returns their number. */
static int choose_copies(const struct packetizer *p, size_t primary_bytes,
	struct chosen_copy chosen[REDUNDANCY_COPIES_MAX])
{
	const int n_copies = p->redundancy.n_copies;
	const int owed = n_copies < REDUNDANCY_COPIES_MAX ? owed_distance(p) : 0;
	size_t n_bytes = RED_LAST_HEADER_BYTES + primary_bytes;
	int n_chosen = 0;

	for (int i = 0; i < n_copies + (owed > 0); i++) {
		const int distance = i < n_copies ? p->redundancy.distances[i] : owed;
		const struct packetizer_slot *const slot = slot_back(p, distance);
		if (!slot)
			continue;
		const struct packetizer_form *const form =
			form_at(slot, i < n_copies ? p->form_of[i] : ENCODED_FORMS_MAX);
		if (n_bytes + RED_HEADER_BYTES + form->n_bytes > RTP_PAYLOAD_BYTES_MAX)
			break;
		n_bytes += RED_HEADER_BYTES + form->n_bytes;
		chosen[n_chosen++] = (struct chosen_copy){ slot, form };
	}
	return n_chosen;
}

size_t packetizer_overhead_bytes(const struct packetizer *p)
{
	struct chosen_copy chosen[REDUNDANCY_COPIES_MAX];
	const int n_copies = choose_copies(p, 0, chosen);
	size_t n_bytes = n_copies > 0 ? RED_LAST_HEADER_BYTES : 0;

	for (int i = 0; i < n_copies; i++)
		n_bytes += RED_HEADER_BYTES + chosen[i].form->n_bytes;
	return n_bytes;
}

static void remember(struct packetizer *p, const struct encoded_frame *frame, int frame_samples)
{
	struct packetizer_slot *const slot = &p->slots[p->n_frames % PACKETIZER_SLOTS];

	slot->timestamp = p->timestamp;
	slot->was_copied = false;
	slot->n_forms = frame->n_forms;
	for (int i = 0; i < frame->n_forms; i++) {
		assert(frame->forms[i].n_bytes <= RED_BLOCK_BYTES_MAX);
		slot->forms[i].n_bytes = frame->forms[i].n_bytes;
		memcpy(slot->forms[i].data, frame->forms[i].data, frame->forms[i].n_bytes);
	}
	p->n_frames++;
	if (p->left_behind > 0)
		p->left_behind++; /* counted from the next frame */
	p->timestamp += (uint32_t)frame_samples;
}

uint32_t packetizer_next_timestamp(const struct packetizer *p)
{
	return p->timestamp;
}

/* Writes the frame alone, or after its copies; returns the bytes written. */
static size_t write_payload(const struct packetizer *p, const struct encoded_frame *frame,
	const struct chosen_copy *copies, int n_copies, uint8_t *payload)
{
	struct red_payload red = { .n_blocks = 0 };
	size_t n_written = frame->primary_bytes;

	if (n_copies == 0) {
		memcpy(payload, frame->primary, frame->primary_bytes);
		return n_written;
	}
	/* RFC 2198 leaves the order of the copies open; the oldest comes first. */
	for (int i = n_copies - 1; i >= 0; i--)
		red.blocks[red.n_blocks++] = (struct red_block){
			.payload_type = RTP_TYPE_OPUS,
			.offset_samples = (uint16_t)(p->timestamp - copies[i].slot->timestamp),
			.data = copies[i].form->data,
			.n_bytes = copies[i].form->n_bytes,
		};
	red.blocks[red.n_blocks++] = (struct red_block){
		.payload_type = RTP_TYPE_OPUS,
		.data = frame->primary,
		.n_bytes = frame->primary_bytes,
	};
	const enum status status = red_write(&red, payload, RTP_PAYLOAD_BYTES_MAX, &n_written);
	assert(status == STATUS_OK); /* choose_copies() counted the bytes */
	(void)status;
	return n_written;
}

struct packed packetizer_pack(struct packetizer *p, const struct encoded_frame *frame,
	int frame_samples, uint8_t *datagram)
{
	assert(frame->primary_bytes >= 1 && frame->primary_bytes <= RTP_PAYLOAD_BYTES_MAX);
	struct chosen_copy chosen[REDUNDANCY_COPIES_MAX];
	const size_t header_bytes =
		RTP_HEADER_BYTES + (p->has_capture_time ? RTP_EXTENSION_BYTES : 0);
	struct packed packed = {
		.seq = p->seq,
		.timestamp = p->timestamp,
		.n_copies = choose_copies(p, frame->primary_bytes, chosen),
	};

	rtp_write_header(datagram,
		&(struct rtp_packet){
			.marker = !p->talk_spurt,
			.payload_type = packed.n_copies > 0 ? RTP_TYPE_RED : RTP_TYPE_OPUS,
			.seq = p->seq,
			.timestamp = p->timestamp,
			.ssrc = p->ssrc,
			.has_capture_time = p->has_capture_time,
		});
	if (p->has_capture_time)
		rtp_write_capture_time(datagram + RTP_HEADER_BYTES, p->capture_ntp);
	packed.payload_bytes =
		write_payload(p, frame, chosen, packed.n_copies, datagram + header_bytes);
	for (int i = 0; i < packed.n_copies; i++)
		p->slots[chosen[i].slot - p->slots].was_copied = true;
	if (owed_distance(p) == 0)
		p->left_behind = 0;
	p->seq++;
	p->has_capture_time = false;
	p->talk_spurt = true;
	remember(p, frame, frame_samples);
	packed.n_bytes = header_bytes + packed.payload_bytes;
	return packed;
}

void packetizer_leap(struct packetizer *p, uint32_t n_samples)
{
	p->timestamp += n_samples;
	p->talk_spurt = false;
}

void packetizer_skip(struct packetizer *p, int frame_samples)
{
	p->talk_spurt = false;
	remember(p, &(struct encoded_frame){ .primary_bytes = 0 }, frame_samples);
}
